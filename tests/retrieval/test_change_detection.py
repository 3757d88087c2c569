"""Change detection: slope, references, index and errors, with plants and without."""

import shutil

import numpy as np
import pytest
import xarray as xr
from radar_years import NAMELIST, VEGETATION, RadarYears
from typer.testing import CliRunner

from ldas.cli import app
from retrieval import on_xarray
from retrieval.change_detection import CODE, SLOPE, incidence_slope, references, saturation
from retrieval.change_detection_vegetation import Changes, moisture


def made(number=400, cells=200, angles=(33.0, 43.0), slope=-0.2, noise=0.4, seed=1, step=0.08):
    """Series of an index from 0 to 1, as often here as there, from -14 to -8 dB at 40 degrees.

    It wanders: from one image to the next it changes by a sixteenth or so.
    """
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.normal(0.0, step, (number, cells)), axis=0) + random.random(cells)
    wet = np.abs((steps + 1.0) % 2.0 - 1.0)
    theta = np.broadcast_to(np.resize(angles, number)[:, None], wet.shape)
    level = -14.0 + 6.0 * wet + random.normal(0.0, noise, wet.shape)
    return wet, level + slope * (theta - 40.0), theta


def test_orbits_with_different_angles_give_the_slope():
    _, sigma, theta = made(step=5.0)  # one image tells nothing of the next
    slope, error = incidence_slope(sigma, theta, spread=10.0)
    assert abs(slope.mean() + 0.2) < 0.005
    within = np.abs(slope + 0.2) < error
    assert 0.6 < within.mean() < 0.76  # one standard error: 0.68
    drawn, _ = incidence_slope(sigma, theta)
    assert 0.005 < drawn.mean() + 0.2 < 0.015  # towards what is known beforehand


def test_one_orbit_gives_the_prior():
    _, sigma, theta = made(angles=(37.0,))
    slope, error = incidence_slope(sigma, theta)
    assert (slope == SLOPE).all() and (error == 0.05).all()


def test_gaps_do_not_matter():
    _, sigma, theta = made()
    more = np.concatenate([sigma, np.full_like(sigma[:3], np.nan)])
    angles = np.concatenate([theta, theta[:3]])
    one, two = references(sigma, theta), references(more, angles)
    for name, values in one.__dict__.items():
        np.testing.assert_allclose(getattr(two, name), values, rtol=1e-12, err_msg=name)


def test_references_are_quantiles_with_honest_errors():
    """Against the spread over many cells that differ by chance only."""
    random = np.random.default_rng(2)
    sigma = random.normal(-11.0, 2.0, (300, 4000))
    found = references(sigma, np.full(sigma.shape, 40.0))
    assert abs(found.dry.mean() + 11.0 + 1.645 * 2.0) < 0.05  # of 300 values, a little inside
    assert found.dry.std() == pytest.approx(found.dry_error.mean(), rel=0.1)
    assert found.wet.std() == pytest.approx(found.wet_error.mean(), rel=0.1)


def test_the_index_and_its_error():
    wet, sigma, theta = made()
    found = saturation(references(sigma, theta), sigma, theta, noise=0.4)
    assert (found.flag == 0).mean() > 0.95
    assert np.nanmin(found.index) == 0.0 and np.nanmax(found.index) == 1.0
    middle = (wet > 0.2) & (wet < 0.8) & (found.flag == 0)
    off = (found.index - (wet - 0.05) / 0.9)[middle]
    assert abs(off.mean()) < 0.01
    assert 0.6 < (np.abs(off) < found.error[middle]).mean() < 0.76


def test_what_is_no_soil_gives_no_value():
    _, sigma, theta = made(cells=3)
    known = references(sigma, theta)
    odd = np.array([-25.0, -2.0, np.nan]), np.array([40.0, 40.0, 40.0])
    assert saturation(known, *odd).flag.tolist() == [
        CODE["beyond_references"], CODE["beyond_references"], CODE["no_radar"]
    ]  # fmt: skip
    assert (saturation(known, sigma[0], np.full(3, 65.0)).flag == CODE["angle"]).all()
    few = references(sigma[:20], theta[:20])
    assert (saturation(few, sigma[0], theta[0]).flag == CODE["few_images"]).all()
    _, level, middle = made(cells=3, angles=(40.0,))
    dull = saturation(references(0.1 * level, middle), 0.1 * level[0], middle[0])
    assert (dull.flag == CODE["little_sensitivity"]).all() and np.isnan(dull.index).all()


def test_a_series_of_noise_gives_no_value():
    random = np.random.default_rng(5)
    sigma = random.normal(-11.0, 2.0, (80, 300))
    sigma[::7, ::2] = np.nan
    theta = np.full(sigma.shape, 40.0)
    known = references(sigma, theta)
    assert np.median(known.contrast) == pytest.approx(3.29, abs=0.2)
    found = saturation(known, sigma, theta)
    assert (known.contrast < 5.0).mean() > 0.98
    noisy = known.contrast < 5.0
    there = np.isfinite(sigma)
    assert (found.flag[:, noisy][there[:, noisy]] == CODE["all_noise"]).all()


def test_the_largest_change_is_found_as_a_line_in_ndvi():
    random = np.random.default_rng(4)
    ndvi, share = random.uniform(0.05, 0.85, 100_000), random.random(100_000)
    gathered = Changes()
    for part in np.split(np.arange(ndvi.size), 10):
        gathered.add(ndvi[part], share[part] * (7.0 - 6.0 * ndvi[part]))
    slope, intercept = gathered.largest()
    assert slope == pytest.approx(-6.0 * 0.95, rel=0.03)  # the 95th percentile of the share
    assert intercept == pytest.approx(7.0 * 0.95, rel=0.03)
    change = share * 0.95 * (7.0 - 6.0 * ndvi)
    wet, _ = moisture(change, np.full(ndvi.size, 0.3), ndvi, (slope, intercept), 2.5)
    dense = slope * ndvi + intercept < 2.5
    assert np.isnan(wet[dense]).all() and dense.any()
    np.testing.assert_allclose(wet[~dense], 0.05 + 0.35 * share[~dense], atol=0.02)


def test_a_line_needs_two_classes():
    few = Changes()
    few.add(np.full(100, 0.3), np.ones(100))
    with pytest.raises(ValueError, match="two"):
        few.largest()


def test_on_xarray_and_in_pieces():
    _, sigma, theta = made(cells=6)
    dims = ("time", "lat", "lon")
    arrays = [xr.DataArray(v.reshape(400, 2, 3), dims=dims) for v in (sigma, theta)]
    arrays[0].attrs["units"] = "dB"
    known = on_xarray.references(*arrays)
    found = on_xarray.change_detection(known, *arrays)
    direct = saturation(references(sigma, theta), sigma, theta)
    np.testing.assert_array_equal(found.ssm.values.reshape(400, 6), 100.0 * direct.index)
    np.testing.assert_array_equal(found.quality.values.reshape(400, 6), direct.flag)
    assert found.ssm.units == "percent" and found.ssm.dims == dims
    pieces = [v.chunk(lat=1) for v in arrays]
    lazy = on_xarray.change_detection(on_xarray.references(*pieces), *pieces)
    xr.testing.assert_allclose(lazy.compute(), found, rtol=1e-12)


def run(folder, text, command="retrieve"):
    (folder / "cd.nml").write_text(text)
    result = CliRunner().invoke(app, [command, str(folder / "cd.nml")])
    assert result.exit_code == 0, (result.stderr, result.exception)
    if command == "check":
        return result.stdout
    with xr.open_dataset(folder / "cd.nc") as found:
        return found.load()


def r_in_time(found, truth):
    """Correlation with the truth of each cell, on the dates with a value."""
    out = []
    for i, j in np.ndindex(truth.shape[1:]):
        good = np.isfinite(found.ssm.values[:, i, j])
        out.append(np.corrcoef(found.ssm.values[good, i, j], truth[good, i, j])[0, 1])
    return np.array(out)


def test_years_of_radar_and_plants_helped_by_ndvi(tmp_path):
    """Where greenness does not go with dryness; where it does both are as good (docs)."""
    years = RadarYears(greenest=0.0)
    years.write(tmp_path)
    plain = r_in_time(run(tmp_path, NAMELIST), years.truth)
    green = r_in_time(run(tmp_path, VEGETATION), years.truth)
    print(f"\nR in time, mean of cells: plain {plain.mean():.3f}, with NDVI {green.mean():.3f}")
    assert plain.min() >= 0.75
    assert green.mean() > plain.mean() + 0.005


def test_an_operational_day_needs_no_history(tmp_path):
    years = RadarYears()
    years.write(tmp_path)
    for text in (NAMELIST, VEGETATION):
        whole = run(tmp_path, text)
        last = RadarYears()
        last.days, last.sigma, last.theta = (v[-1:] for v in (last.days, last.sigma, last.theta))
        (tmp_path / "day").mkdir(exist_ok=True)
        last.write(tmp_path / "day", optical=False)
        shutil.copy(tmp_path / "ndvi.nc", tmp_path / "day" / "ndvi.nc")
        day = text.replace("parameter_output = 'references", "parameter_file = '../references")
        found = run(tmp_path / "day", day)
        for name in ("ssm", "ssm_uncertainty", "quality", "n_pixels"):
            np.testing.assert_array_equal(found[name].values[0], whole[name].values[-1], name)


def test_linear_and_db_agree_and_water_is_left_out(tmp_path):
    one, two = RadarYears(), RadarYears()
    two.sigma_units = "1"
    for years in (one, two):
        years.cover[:4, :4] = 80  # a lake
    (tmp_path / "two").mkdir()
    db = run(one.write(tmp_path), NAMELIST)
    lin = run(two.write(tmp_path / "two"), NAMELIST)
    np.testing.assert_allclose(db.ssm.values, lin.ssm.values, atol=1e-3)
    assert (db.quality.values[:, 0, 0] == CODE["land_cover"]).all()
    assert np.isfinite(db.ssm.values[:, 0, 1]).mean() > 0.9


def test_check_looks_at_the_series(tmp_path):
    said = run(RadarYears().write(tmp_path), VEGETATION, "check")
    assert "366 radar images" in said and "largest change" in said and "no problem" in said
    assert not (tmp_path / "cd.nc").exists() and not (tmp_path / "references.nc").exists()
