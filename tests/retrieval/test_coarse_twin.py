"""What coarse sensors see of a twin's truth: blocks, half orbits that can be read, honest noise."""

import numpy as np
import pytest
import xarray as xr

from ldas.imagery.radiometer import FIELDS, open_radiometer
from ldas.synthetic.coarse_twin import ALBEDO, SMAP_NOISE, in_blocks, write_coarse
from ldas.synthetic.landscape import Landscape, make_landscape
from retrieval.iem import linear
from retrieval.oh import cross_polarised
from retrieval.training_base import forward, forward_both

SIDE, DAYS = 30, 400


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coarse")
    whole = make_landscape(1)
    place = (..., slice(10, 10 + SIDE), slice(24, 24 + SIDE))
    land = Landscape(
        whole.lat[10 : 10 + SIDE], whole.lon[24 : 24 + SIDE],
        *(getattr(whole, n)[place] for n in ("altitude", "clay", "sand", "patch_fraction")),
        whole.lai,
    )  # fmt: skip
    random = np.random.default_rng(2)
    time = np.datetime64("2016-01-01T18:00:00", "ns") + np.arange(DAYS).astype("m8[D]")
    season = np.cos(2.0 * np.pi * np.arange(DAYS) / 365.0)[:, None, None]
    wg = 0.22 + 0.08 * season + 0.002 * random.standard_normal((DAYS, SIDE, SIDE))
    maps = {"wg": wg, "tg": 288.0 - 10.0 * season + 0.0 * wg, "lai": 1.5 - season + 0.0 * wg}
    fields = {
        name: xr.DataArray(np.where(land.land, v, np.nan), dims=("time", "lat", "lon"),
                           coords={"time": time})
        for name, v in maps.items()
    }  # fmt: skip
    write_coarse(folder, land, fields["wg"], fields["tg"], fields["lai"], seed=1)
    return folder, land, fields


def test_blocks_are_means(twin):
    _, land, fields = twin
    lat, lon, mean = in_blocks(land, fields["wg"].values, 3.0)
    assert np.isnan(mean[:, [0, -1]]).all() and np.isnan(mean[:, :, [0, -1]]).all()
    row = np.abs(land.lat - lat[4]) < 0.5 * (lat[1] - lat[0])
    col = np.abs(land.lon - lon[5]) < 0.5 * (lon[1] - lon[0])
    inside = fields["wg"].values[:, row][:, :, col]
    np.testing.assert_allclose(mean[:, 4, 5], np.nanmean(inside, axis=(1, 2)), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "sd", "km"), [("smap_36km", 0.015, 36.0), ("smap_s1_3km", 0.02, 3.0)]
)
def test_moisture_has_the_noise_that_is_stated(twin, name, sd, km):
    folder, land, fields = twin
    with xr.open_dataset(folder / f"{name}.nc") as found:
        _, _, mean = in_blocks(land, fields["wg"].sel(time=found.time).values, km)
        left = found.ssm.values - mean
    assert np.nanstd(left) == pytest.approx(sd, rel=0.1)
    assert np.isfinite(left).any() and np.array_equal(np.isnan(left), np.isnan(mean))


def test_the_index_goes_with_moisture(twin):
    folder, land, fields = twin
    with xr.open_dataset(folder / "ascat.nc") as found:
        _, _, mean = in_blocks(land, fields["wg"].values, 25.0)
        there = np.isfinite(mean[0])
        r = [np.corrcoef(found.ssm.values[:, i, j], mean[:, i, j])[0, 1]
             for i, j in np.argwhere(there)]  # fmt: skip
        assert min(r) > 0.95 and found.ssm.units == "percent"
        assert np.nanmin(found.ssm) >= 0.0 and np.nanmax(found.ssm) <= 100.0


def test_half_orbits_are_read_as_smap_s(twin):
    folder, land, fields = twin
    files = sorted((folder / "smap").glob("*.h5"))
    assert len(files) == -(-DAYS // 3)
    variables = {
        "tb": "tb_v_corrected", "temperature": "surface_temperature", "albedo": "albedo",
        "opacity": "vegetation_opacity_option2", "roughness": "roughness_coefficient",
        "clay": "clay_fraction",
    }  # fmt: skip
    assert set(variables) == set(FIELDS)
    grid = [v.ravel() for v in np.meshgrid(land.lat, land.lon, indexing="ij")]
    radiometer = open_radiometer("smap_l2", variables, files, *grid)
    found = [radiometer.near(time, 1.0) for time in fields["wg"].time.values[::3]]
    assert all(one is not None for one in found)
    assert found[0]["albedo"] == pytest.approx(ALBEDO)
    tb = np.array([one["tb"] for one in found])
    step = np.diff(tb, n=2, axis=0) / np.sqrt(6.0)  # of a smooth year nothing but noise is left
    assert step.std() == pytest.approx(np.hypot(SMAP_NOISE, 0.2), rel=0.15)


def test_vh_of_soil_and_plants():
    """Oh (2004): between -20 and -10 dB below VV, more with roughness; plants add to it."""
    height = np.linspace(0.5, 3.5, 20)
    q = cross_polarised(height, 38.0)
    assert (np.diff(q) > 0.0).all() and 0.01 < q[0] < q[-1] < 0.1
    vv, vh = (np.array(v) for v in zip(*both_under(0.0, 0.4, 0.8), strict=True))
    assert linear(vh[0]) / linear(vv[0]) == pytest.approx(cross_polarised(1.5, 38.0))
    assert (np.diff(vh - vv) > 0.5).all()
    assert vv[1] == pytest.approx(forward(20.0, 1.5, 38.0, 0.4), abs=1e-12)


def both_under(*ndvi):
    return [forward_both(20.0, 1.5, 38.0, value) for value in ndvi]
