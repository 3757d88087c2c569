"""What is known of a place: plants that hide its soil, as VH tells, and the soil's texture."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from radar_years import NAMELIST as CHANGE
from radar_years import RadarYears
from scene import Scene
from test_s2mp import NAMELIST, retrieve
from typer.testing import CliRunner

from ldas.cli import app
from retrieval import on_xarray
from retrieval.cross_ratio import hides
from retrieval.iem import decibels, linear
from retrieval.s2mp import CODE
from retrieval.texture import of_place, reflectivity
from retrieval.training_base import CLAY, SAND, forward

WITH_VH = NAMELIST.replace("   form", "   vh_variable = 'sigma0_vh'\n   form")
TEXTURE = NAMELIST.replace("   form", "   texture_file = 'soil.nc'\n   form")


def under_wheat(seed=1):
    """A scene whose western half lies under wheat: VV of -18 dB, VH 5 dB below; 12 dB elsewhere."""
    scene = Scene(seed=seed)
    half = scene.sigma.shape[-1] // 2
    random = np.random.default_rng(seed)
    scene.sigma[..., :half] = linear(-18.0) * random.gamma(10.0, 0.1, scene.sigma[..., :half].shape)
    ratio = np.where(np.arange(2 * half) < half, -5.0, -12.0)
    scene.vh = scene.sigma * linear(ratio) * random.gamma(10.0, 0.1, scene.sigma.shape)
    return scene


@pytest.mark.parametrize("form", ["s1s2", "s1s3"])
def test_no_value_where_plants_hide_the_soil(tmp_path, form):
    scene = under_wheat()
    scene.write(tmp_path)
    west = slice(0, 2)
    blind = retrieve(tmp_path, NAMELIST.replace("s1s2", form))
    wrong = blind.ssm.values[..., west] - scene.truth[..., west]
    assert np.nanmean(wrong) < -0.1  # what the flag is for
    found = retrieve(tmp_path, WITH_VH.replace("s1s2", form))
    assert (found.quality.values[..., west] == CODE["plants_hide_soil"]).all()
    assert np.isnan(found.ssm.values[..., west]).all()
    np.testing.assert_array_equal(found.ssm.values[..., 2:], blind.ssm.values[..., 2:])


def test_the_same_by_change_detection(tmp_path):
    years = RadarYears()
    years.write(tmp_path)
    summer = (years.ndvi > 0.6) & np.ones(years.sigma.shape, bool)
    vh = years.sigma + np.where(summer, -5.0, -12.0)
    with netCDF4.Dataset(tmp_path / "s1.nc", "a") as out:
        out.createVariable("sigma0_vh", "f8", ("time", "lat", "lon"))[:] = vh
        out["sigma0_vh"].units = "dB"
    (tmp_path / "cd.nml").write_text(
        CHANGE.replace("&retrieval", "&retrieval vh_variable = 'sigma0_vh'")
    )
    done = CliRunner().invoke(app, ["retrieve", str(tmp_path / "cd.nml")])
    assert done.exit_code == 0, done.output
    with xr.open_dataset(tmp_path / "cd.nc") as found:
        hidden = found.quality.attrs["flag_meanings"].split().index("plants_hide_soil")
        told = found.quality.values == hidden
    share = summer.reshape(-1, 3, 4, 3, 4).mean(axis=(2, 4))
    assert told[share == 1.0].all() and not told[share == 0.0].any()


def test_what_vh_does_not_tell_is_not_hidden():
    vv, vh = linear(np.array([-12.0, -12.0, -12.0])), linear(np.array([-18.0, -22.0, np.nan]))
    assert hides(vv, vh).tolist() == [True, False, False]
    assert hides(vv, vh, -5.0).tolist() == [False, False, False]
    arrays = [xr.DataArray(v, dims="place") for v in (decibels(vv), np.full(3, 38.0))]
    arrays[0].attrs["units"] = "dB"
    other = xr.DataArray(decibels(vh), dims="place", attrs={"units": "dB"})
    found = on_xarray.soil_moisture(*arrays, xr.full_like(arrays[1], 0.3), sigma0_vh=other)
    assert found.quality.values.tolist() == [CODE["plants_hide_soil"], 0, 0]
    assert np.isfinite(found.ssm.values).tolist() == [False, True, True]


@pytest.mark.parametrize(("clay", "sand"), [(0.05, 0.85), (0.15, 0.6), (0.5, 0.1)])
def test_moisture_of_the_mean_soil_is_that_of_the_place(clay, sand):
    """By the integral equation model: as bright as the mean soil is at the moisture before."""
    moisture = np.linspace(0.05, 0.38, 30)
    own, _ = of_place(moisture, np.full(30, 0.04), np.full(30, clay), np.full(30, sand))
    assert np.abs(own - moisture).max() > 0.015
    for height, theta in ((0.8, 22.0), (1.5, 38.0), (3.0, 44.0)):
        mean = forward(100.0 * moisture, height, theta, 0.0)
        place = forward(100.0 * own, height, theta, 0.0, clay, sand)
        assert np.abs(mean - place).max() < 0.01  # dB


def test_texture_widens_the_error_as_it_stretches_moisture():
    moisture, error = np.array([0.2, np.nan, 0.2, 0.2]), np.full(4, 0.04)
    clay, sand = np.array([0.5, 0.5, np.nan, CLAY]), np.array([0.1, 0.1, 0.4, SAND])
    own, sd = of_place(moisture, error, clay, sand)
    more, _ = of_place(moisture + 0.01, error, clay, sand)
    assert sd[0] == pytest.approx(0.04 * (more[0] - own[0]) / 0.01, rel=0.02)
    assert np.isnan(own[1]) and own[2] == 0.2
    assert own[3] == pytest.approx(0.2, abs=1e-3) and sd[3] == pytest.approx(0.04, rel=0.02)
    assert reflectivity(0.3, 0.2, 0.4) > reflectivity(0.1, 0.2, 0.4)


def test_a_scene_of_clay(tmp_path):
    """Known texture takes away three quarters of the bias that the mean soil leaves, and more."""
    scene = Scene(cells=6, texture=(0.5, 0.1))
    scene.write(tmp_path)
    with netCDF4.Dataset(tmp_path / "soil.nc", "w") as out:
        for name, axis in (("lat", scene.lat[::-1]), ("lon", scene.lon)):
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis
        for name, value in (("clay", 0.5), ("sand", 0.1)):
            out.createVariable(name, "f8", ("lat", "lon"))[:] = value
    usual = retrieve(tmp_path).ssm.values - scene.truth
    placed = retrieve(tmp_path, TEXTURE).ssm.values - scene.truth
    mean_soil = Scene(cells=6)
    mean_soil.write(tmp_path)
    known = retrieve(tmp_path).ssm.values - mean_soil.truth
    print(f"bias {usual.mean():+.4f}, with texture {placed.mean():+.4f}, else {known.mean():+.4f}")
    assert usual.mean() < known.mean() - 0.02
    assert abs(placed.mean() - known.mean()) < 0.25 * abs(usual.mean() - known.mean())


def soil(folder, **bend):
    scene = Scene(cells=2)
    scene.write(folder)
    fields = {"clay": 0.3, "sand": 0.4, **bend}
    with netCDF4.Dataset(folder / "soil.nc", "w") as out:
        for name, axis in (("lat", scene.lat), ("lon", scene.lon + fields.pop("moved", 0.0))):
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis
        for name, value in fields.items():
            if value is not None:
                out.createVariable(name, "f8", ("lat", "lon"))[:] = value


@pytest.mark.parametrize(
    ("bend", "words"),
    [
        ({"clay": 35.0}, "soil.nc: 'clay' holds 35 to 35; needed: fractions, 0 to 1"),
        ({"sand": None}, "soil.nc: no variable sand"),
        ({"moved": 0.5}, "soil.nc: lon are other cells than those of the product"),
        ({"clay": np.nan}, "'clay' holds nothing"),
    ],
)
def test_a_texture_that_is_none_is_refused(tmp_path, bend, words):
    soil(tmp_path, **bend)
    assert words in " ".join(retrieve(tmp_path, TEXTURE, 2).split())
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "r.nml")])
    assert checked.exit_code == 2 and words in " ".join(checked.output.split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WITH_VH.replace("sigma0_vh'", "hv'"), "no variable 'hv'"),
        (WITH_VH.replace("sigma0_vh'", "theta'"), "'theta' has units 'degree', allowed: dB"),
        (TEXTURE.replace("'s1s2'", "'plots', label_file = 'grid.nc'"), "form = 'plots' has none"),
    ],
)
def test_other_wrong_entries(tmp_path, text, words):
    scene = under_wheat()
    scene.write(tmp_path)
    for command in ("check", "retrieve"):
        (tmp_path / "r.nml").write_text(text)
        done = CliRunner().invoke(app, [command, str(tmp_path / "r.nml")])
        assert done.exit_code == 2, done.output
        said = " ".join(done.output.split())
        assert "Traceback" not in said and words in said
