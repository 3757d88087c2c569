"""`ldas retrieve` on scenes of which everything is known, and on broken ones."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from scene import PASSES, Scene
from typer.testing import CliRunner

from ldas.cli import app
from ldas.imagery import scene as scenes
from retrieval.ndvi import by_class, clear, filled, ndvi, nearest_date, standard_dates
from retrieval.prior import DRY, NONE, WET, prior_knowledge
from retrieval.s2mp import CODE

NAMELIST = """&retrieval
   form = 's1s2'
   output = 'ssm.nc'
   sigma_files = 's1.nc'
   ndvi_files = 's2.nc'
   cloud_variable = 'cloud'
   land_cover_file = 'land.nc'
   grid_file = 'grid.nc'
/
"""


def retrieve(folder, text=NAMELIST, status=0):
    path = folder / "r.nml"
    path.write_text(text)
    result = CliRunner().invoke(app, ["retrieve", str(path)])
    assert result.exit_code == status, (result.stderr, result.exception)
    assert "Traceback" not in result.stderr
    if status:
        return result.stderr.replace("\n", " ")
    with xr.open_dataset(folder / "ssm.nc") as found:
        return found.load()


def test_the_truth_is_found(tmp_path):
    scene = Scene()
    found = retrieve(scene.write(tmp_path))
    error = found.ssm.values - scene.truth
    assert np.abs(error.mean()) < 0.02 and error.std() < 0.03
    assert found.ssm.attrs["units"] == "m3 m-3"
    assert (found.quality == 0).all() and (found.network == 0).all()
    assert found.n_pixels.min() >= 50 and found.n_pixels.max() <= 100
    assert (np.abs(error) <= 2.0 * found.ssm_uncertainty.values).mean() > 0.9
    assert np.array_equal(found.time.values.astype("datetime64[s]"), PASSES)


def test_two_forms_agree(tmp_path):
    """S1+S2 against S1+S3: R >= 0.9, bias <= 0.04, STDD <= 0.03."""
    Scene(cells=8).write(tmp_path)
    one = retrieve(tmp_path).ssm.values.ravel()
    two = retrieve(tmp_path, NAMELIST.replace("'s1s2'", "'s1s3'")).ssm.values.ravel()
    r, bias, stdd = np.corrcoef(one, two)[0, 1], (one - two).mean(), (one - two).std()
    print(f"\nR {r:.4f}, bias {bias:+.4f}, STDD {stdd:.4f}")
    assert r >= 0.9 and abs(bias) <= 0.04 and stdd <= 0.03


def test_plots_with_holes(tmp_path):
    scene = Scene()
    scene.write(tmp_path)
    labels = np.zeros(scene.sigma.shape[1:], np.int32)
    labels[5:25, 5:25], labels[40:60, 30:50], labels[48:52, 38:42] = 7, 3, 0
    with netCDF4.Dataset(tmp_path / "grid.nc", "a") as out:
        for name, values in (("y", scene.radar_lat), ("x", scene.radar_lon)):
            out.createDimension(name, values.size)
            out.createVariable(name, "f8", (name,))[:] = values
        out.createVariable("label", "i4", ("y", "x"))[:] = labels
    text = NAMELIST.replace("'s1s2'", "'plots'\n label_file = 'grid.nc'")
    found = retrieve(tmp_path, text)
    assert found.label.values.tolist() == [3, 7]
    assert found.n_pixels.sel(label=3).values.tolist() == [400 - 16] * 3
    fine = np.repeat(np.repeat(scene.moisture, 2, axis=-2), 2, axis=-1)
    truth = 0.01 * fine[:, labels == 7].mean(axis=1)
    assert np.abs(found.ssm.sel(label=7).values - truth).max() < 0.07


def test_decibels_descending_latitudes_and_strips(tmp_path, monkeypatch):
    scene = Scene()
    wanted = retrieve(scene.write(tmp_path)).ssm.values
    scene.sigma, scene.units = 10.0 * np.log10(scene.sigma), "dB"
    scene.radar_lat, scene.sigma = scene.radar_lat[::-1], scene.sigma[:, ::-1].copy()
    scene.land_lat, scene.radar_lon = scene.land_lat[::-1], scene.radar_lon + 360.0
    scene.ndvi, scene.cover = scene.ndvi[:, ::-1].copy(), scene.cover[::-1].copy()
    scene.write(tmp_path)
    monkeypatch.setattr(scenes, "STRIP", 1600)
    assert np.allclose(retrieve(tmp_path).ssm.values, wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("bend", "reason"),
    [
        (lambda s: s.theta.fill(50.0), "angle"),
        (lambda s: s.sigma.fill(0.001), "backscatter_range"),  # calm water
        (lambda s: s.sigma.fill(3.0), "backscatter_range"),  # a city
        (lambda s: s.cloud.fill(1), "no_ndvi"),  # a year of clouds
        (lambda s: s.ndvi.fill(0.9), "ndvi_range"),
        (lambda s: s.cover.fill(111), "land_cover"),
        (lambda s: s.sigma.fill(np.nan), "no_radar"),
        (lambda s: s.sigma.fill(-0.1), None),
    ],
)
def test_what_is_no_soil_has_a_reason(tmp_path, bend, reason):
    scene = Scene(cells=2)
    bend(scene)
    if reason is None:
        said = retrieve(scene.write(tmp_path), status=2)
        assert "negative" in said and "in dB?" in said
        return
    said = retrieve(scene.write(tmp_path), status=2)
    assert f"not a single value could be retrieved (12 {reason})" in said
    with xr.open_dataset(tmp_path / "ssm.nc") as file:
        found = file.load()
    assert np.isnan(found.ssm).all() and (found.quality == CODE[reason]).all()
    meanings = found.quality.attrs["flag_meanings"].split()
    assert meanings[CODE[reason]] == reason and np.isnan(found.network).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("sigma_files = 's1.nc'", "sigma_files = 's0.nc'"), "is no file"),
        (("sigma_files = 's1.nc'", "sigma_files = 's1.nc'\n sigma_units = 'dB'"), "linear?"),
        (("cloud_variable = 'cloud'", "cloud_variable = 'clouds'"), "no variable 'clouds'"),
        (("   land_cover_file = 'land.nc'\n", ""), "land_cover_file: missing"),
        (("'s1s2'", "'plots'"), "label_file: missing"),
        (("form = ", "from = "), "did you mean 'form'"),
        (("grid_file = 'grid.nc'", "grid_file = 'cells.nc'"), "cells.nc"),
    ],
)
def test_wrong_input_is_told(tmp_path, change, said):
    Scene(cells=2).write(tmp_path)
    assert change[0] in NAMELIST
    assert said in retrieve(tmp_path, NAMELIST.replace(*change), status=2)


def test_a_grid_that_is_not_regular_is_refused(tmp_path):
    scene = Scene(cells=2)
    scene.radar_lat[3] += 2e-4
    assert "not evenly spaced" in retrieve(scene.write(tmp_path), status=2)


def test_metres_are_no_degrees(tmp_path):
    scene = Scene(cells=2)
    scene.radar_lat, scene.radar_lon = scene.radar_lat * 1e5, scene.radar_lon * 1e5
    assert "no latitudes and longitudes" in retrieve(scene.write(tmp_path), status=2)


def test_dates_in_file_names(tmp_path):
    """Images without a time dimension, one a file, as GeoTIFF has them."""
    scene = Scene(cells=2)
    wanted = retrieve(scene.write(tmp_path)).ssm.values
    with xr.open_dataset(tmp_path / "s1.nc") as whole:
        whole = whole.load()
    for k, stamp in enumerate(PASSES):
        name = str(stamp).replace("-", "").replace(":", "")
        whole.isel(time=k, drop=True).to_netcdf(tmp_path / f"S1A_{name}_VV.nc")
    text = NAMELIST.replace("'s1.nc'", "'S1A_*_VV.nc'")
    found = retrieve(tmp_path, text)
    assert np.array_equal(found.ssm.values, wanted)
    assert np.array_equal(found.time.values.astype("datetime64[s]"), PASSES)
    (tmp_path / "S1A_20200503T060000_VV.nc").rename(tmp_path / "S1A_first_VV.nc")
    assert "no date YYYYMMDD" in retrieve(tmp_path, text, status=2)


def test_units_that_say_nothing_are_asked_for(tmp_path):
    scene = Scene(cells=2)
    scene.units = "counts"
    assert "sigma_units" in retrieve(scene.write(tmp_path), status=2)


def test_ndvi_clouds_and_gaps():
    red, nir = np.array([0.1, 0.0, 0.05]), np.array([0.3, 0.0, 0.45])
    assert np.allclose(ndvi(red, nir), [0.5, np.nan, 0.8], equal_nan=True)
    assert np.allclose(clear(np.array([0.2, 0.3, 1.5]), np.array([0, 3, 0])), [0.2, np.nan, np.nan],
                       equal_nan=True)  # fmt: skip
    days = np.array(["2020-01-01", "2020-01-11", "2020-05-30"], "datetime64[s]")
    values = np.array([[0.2, np.nan], [0.4, np.nan], [0.6, 0.5]])
    targets = standard_dates(days[0], days[0])
    assert [str(t)[:10] for t in targets] == ["2020-01-01", "2020-01-15"]
    found = filled(values, days, np.array(["2020-01-06", "2020-03-15"], "datetime64[s]"), 90.0)
    assert found[0, 0] == pytest.approx(0.3) and np.isnan(found[1, 0]) and np.isnan(found[0, 1])
    assert filled(values, days, days[2:], 90.0)[0].tolist() == [0.6, 0.5]
    assert nearest_date(targets, np.datetime64("2020-01-07T00")) == 0
    classes = np.array([40, 40, 30])
    assert by_class(np.array([0.2, 0.4, np.nan]), classes, (40, 30))[40] == pytest.approx(0.3)


def test_prior_knowledge_is_of_the_weather():
    rain, warm = np.zeros((12, 4)), np.full((12, 4), 290.0)
    rain[-1, 1], rain[-5, 2], warm[:, 3] = 20.0, 8.0, 274.0
    assert prior_knowledge(rain, warm).tolist() == [DRY, WET, NONE, NONE]
    rain[3, 0] = np.nan
    assert prior_knowledge(rain, warm)[0] == NONE
    with pytest.raises(ValueError, match="days of weather"):
        prior_knowledge(rain[:3], warm[:3])


def test_on_xarray_and_on_dask():
    from retrieval.on_xarray import soil_moisture

    scene = Scene(cells=2)
    fine = scene.moisture.shape[-1]
    sigma = scene.sigma.reshape(3, fine, 2, fine, 2).mean(axis=(2, 4))
    dims = ("time", "lat", "lon")
    sigma0 = xr.DataArray(sigma, dims=dims, attrs={"units": "1"})
    theta = xr.DataArray(38.0)
    green = xr.DataArray(scene.green, dims=dims[1:])
    found = soil_moisture(sigma0, theta, green)
    assert found.ssm.dims == dims and (found.quality == 0).mean() > 0.95
    error = (found.ssm - 0.01 * scene.moisture).values
    assert np.nanmean(np.abs(error) <= found.ssm_uncertainty.values) > 0.5
    decibel = (10.0 * np.log10(sigma0)).assign_attrs(units="dB")
    assert np.allclose(soil_moisture(decibel, theta, green).ssm, found.ssm, equal_nan=True)
    with pytest.raises(ValueError, match="units"):
        soil_moisture(sigma0.assign_attrs(units="counts"), theta, green)
    pytest.importorskip("dask")
    lazy = soil_moisture(sigma0.chunk(time=1), theta, green.chunk())
    assert lazy.ssm.chunks is not None
    assert np.allclose(lazy.ssm.compute(), found.ssm, equal_nan=True)
