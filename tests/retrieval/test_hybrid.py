"""Change detection as a further input of the network: what it gains, its errors, its commands."""

import numpy as np
import pytest
import xarray as xr
from radar_years import HYBRID as YEARS
from radar_years import RadarYears
from typer.testing import CliRunner

from ldas.cli import app
from retrieval import hybrid, inversion, on_xarray
from retrieval.change_detection import references, saturation
from retrieval.hybrid_base import simulate
from retrieval.training import HYBRID, read_networks, train_one
from retrieval.training_base import MOISTURE

NAMELIST = YEARS.replace("cd.nc", "h.nc")


@pytest.fixture(scope="module")
def base():
    return simulate(8000, 99)


def rmse(found, truth):
    return float(np.sqrt(np.mean((found - truth) ** 2)))


def test_it_knows_more_than_either_alone(base):
    """On places that it was not trained on: the network alone, the index alone, both."""
    networks, truth = read_networks(), base.moisture
    sigma, theta, ndvi, index = base.inputs.T
    net, single = networks[HYBRID], networks["none"]
    both, sd = inversion.invert(net.network, net.uncertainty, sigma, theta, ndvi, index)
    alone, _ = inversion.invert(single.network, single.uncertainty, sigma, theta, ndvi)
    line = np.polyval(np.polyfit(index, truth, 1), index)
    error = {"both": rmse(both, truth), "s2mp": rmse(alone, truth), "index": rmse(line, truth)}
    print({name: round(value, 2) for name, value in error.items()}, "vol.%")
    assert error["both"] < 0.9 * min(error["s2mp"], error["index"])
    assert abs(np.mean(both - truth)) < 0.4
    assert np.mean(np.abs(both - truth) <= sd) == pytest.approx(0.683, abs=0.03)


def test_training_gives_the_same_again():
    one, two = (train_one(HYBRID, 5, 800) for _ in range(2))
    assert all(
        np.array_equal(value, getattr(two.network, name))
        for name, value in one.network.__dict__.items()
    )


def test_the_lookup_is_the_compiled_one(base):
    net = read_networks()[HYBRID]
    mv, sd = inversion.invert(net.network, net.uncertainty, *base.inputs.T)
    edges = (net.uncertainty.moisture, net.uncertainty.ndvi, net.uncertainty.theta)
    seen = (mv, base.inputs[:, 2], base.inputs[:, 1])
    classes = (np.searchsorted(e, v, side="right") for e, v in zip(edges, seen, strict=True))
    np.testing.assert_array_equal(net.uncertainty.table[tuple(classes)], sd)
    wanted = net.network(base.inputs)
    inside = (wanted > 3.0) & (wanted < 39.0)
    np.testing.assert_allclose(mv[inside], wanted[inside], atol=1e-10)


def run(folder, text=NAMELIST, command="retrieve"):
    (folder / "h.nml").write_text(text)
    return CliRunner().invoke(app, [command, str(folder / "h.nml")])


def test_from_a_namelist(tmp_path):
    years = RadarYears(greenest=0.0)
    years.write(tmp_path)
    checked = run(tmp_path, command="check")
    assert checked.exit_code == 0 and "a first value can be retrieved" in checked.stdout
    done = run(tmp_path)
    assert done.exit_code == 0, done.output
    with xr.open_dataset(tmp_path / "h.nc") as found:
        found.load()
    good = (found.quality == 0).values
    assert good.mean() > 0.8
    assert (np.isfinite(found.ssm) | ~np.isin(found.quality, (0, 15, 16))).all()
    r = [
        np.corrcoef(found.ssm.values[good[:, i, j], i, j], years.truth[good[:, i, j], i, j])[0, 1]
        for i, j in np.ndindex(3, 3)
    ]
    print("R", np.round(r, 3))
    assert min(r) > 0.85
    low, high = 0.01 * np.array(MOISTURE)
    assert low - 1e-6 <= np.nanmin(found.ssm) and np.nanmax(found.ssm) <= high + 1e-6


def test_on_xarray_it_is_the_same(tmp_path):
    years = RadarYears()
    dims = ("time", "lat", "lon")
    sigma, theta, ndvi = (
        xr.DataArray(v, dims=dims) for v in (years.sigma, years.theta, years.ndvi)
    )
    sigma.attrs["units"] = "dB"
    known = on_xarray.references(sigma, theta)
    found = on_xarray.hybrid(known, sigma, theta, ndvi)
    flat = [v.values.reshape(years.days.size, -1) for v in (sigma, theta, ndvi)]
    plain = saturation(references(*flat[:2]), *flat[:2])
    wet, sd, flag = hybrid.hybrid(read_networks()[HYBRID], *flat, plain.index, plain.flag)
    np.testing.assert_array_equal(found.ssm.values.reshape(wet.shape), wet)
    np.testing.assert_array_equal(found.ssm_uncertainty.values.reshape(wet.shape), sd)
    np.testing.assert_array_equal(found.quality.values.reshape(wet.shape), flag)
    turned = hybrid.hybrid(
        read_networks()[HYBRID], *(v.T for v in flat), plain.index.T, plain.flag.T
    )
    for one, other in zip(turned, (wet, sd, flag), strict=True):
        np.testing.assert_array_equal(one, other.T)
    lazy = on_xarray.hybrid(known, *(v.chunk(lat=5) for v in (sigma, theta, ndvi)))
    xr.testing.assert_allclose(lazy.compute(), found, rtol=1e-12)


def test_what_cannot_be_seen_gives_no_value():
    net = read_networks()[HYBRID]
    odd = {
        "angle": (-10.0, 48.0, 0.3, 0.5),
        "backscatter_range": (-24.0, 38.0, 0.3, 0.5),
        "no_ndvi": (-10.0, 38.0, np.nan, 0.5),
        "dense_plants": (-10.0, 38.0, 0.8, 0.5),
    }
    for name, values in odd.items():
        wet, sd, flag = hybrid.hybrid(net, *(np.array([v]) for v in values), np.zeros(1, np.int8))
        assert flag[0] == hybrid.CODE[name] and np.isnan(wet[0]) and np.isnan(sd[0])
    far = [np.array([v]) for v in (-22.0, 21.0, 0.1, 0.5)]
    _, wide, flag = hybrid.hybrid(net, *far, np.zeros(1, np.int8))
    assert flag[0] == hybrid.CODE["outside_base"] and wide[0] > 0.1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("   ndvi_files = 'ndvi.nc'\n", "", "ndvi_files"),
        ("'ndvi.nc'", "'ndvi.nc'\n   networks = 'none.json'", "has no network 'hybrid'"),
        ("'ndvi.nc'", "'ndvi.nc'\n   least_images = 5000", "few_images"),
        ("'ndvi.nc'", "'ndvi.nc'\n   ndvi_max = 0.01", "ndvi lies above ndvi_max everywhere"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, old, new, words):
    RadarYears(years=1).write(tmp_path)
    text = NAMELIST.replace(old, new)
    for command in ("check", "retrieve"):
        done = run(tmp_path, text, command)
        assert done.exit_code == 2 and words in " ".join(done.output.split()), done.output
