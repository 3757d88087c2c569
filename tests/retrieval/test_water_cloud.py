"""The water cloud of each place: its inverse, what calibration gains in a year of its own."""

import shutil

import numpy as np
import pytest
import xarray as xr
from radar_years import CLOUD as YEARS
from radar_years import SOURCE, RadarYears
from typer.testing import CliRunner

from ldas.cli import app
from observation_ops.backscatter import MOISTURE, Signature, backscatter, moisture_of

UNTIL = "2020-01-01"
CLOUD = YEARS.removesuffix(SOURCE).replace("'cd.nc'", f"'cloud.nc'\n   fit_until = '{UNTIL}'")
NAMELIST = CLOUD + SOURCE


@pytest.mark.parametrize("law", ["linear", "iem"])
def test_moisture_is_the_inverse_of_backscatter(law):
    random, number = np.random.default_rng(1), 400
    soil, offset = random.uniform(15.0, 40.0, number), random.uniform(-17.0, -13.0, number)
    if law == "iem":
        soil, offset = random.uniform(0.6, 2.5, number), np.zeros(number)
    place = Signature(
        random.uniform(0.02, 0.1, number), random.uniform(0.05, 0.2, number), soil,
        offset,
        random.uniform(25.0, 44.0, number), np.full(number, 0.25),
    )  # fmt: skip
    lai, moisture = random.uniform(0.0, 3.0, number), random.uniform(0.03, 0.5, number)
    found, more = moisture_of(backscatter(moisture, lai, place, law), lai, place, law)
    np.testing.assert_allclose(found, moisture, atol=2e-4)
    rise = backscatter(moisture + 0.005, lai, place, law) - backscatter(
        moisture - 0.005, lai, place, law
    )
    away = np.abs(more / (rise / 0.01) - 1.0)
    assert np.median(away) < 1e-3 and (away < 0.02).mean() > 0.95  # kinks where water is free
    for beyond in (MOISTURE[1] + 0.05, None):
        dark = -60.0 if beyond is None else backscatter(beyond, lai, place, law)
        found, more = moisture_of(np.broadcast_to(dark, lai.shape), lai, place, law)
        assert np.isnan(found).all() and np.isnan(more).all()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three years of radar, and a coarse model that knows the region's mean and errs by 0.03."""
    folder = tmp_path_factory.mktemp("cloud")
    years = RadarYears()
    years.write(folder)
    years.write_model(folder)
    return folder


def run(folder, text=NAMELIST, command="retrieve"):
    (folder / "w.nml").write_text(text)
    return CliRunner().invoke(app, [command, str(folder / "w.nml")])


def opened(path):
    with xr.open_dataset(path) as found:
        return found.load()


def errors(found, truth, when):
    """R of the worst cell, and the standard deviation of the error, of a part of the dates."""
    good = np.isfinite(found.ssm.values) & (found.quality.values == 0) & when[:, None, None]
    r = min(
        np.corrcoef(found.ssm.values[good[:, i, j], i, j], truth[good[:, i, j], i, j])[0, 1]
        for i, j in np.ndindex(3, 3)
    )
    return r, (found.ssm.values - truth)[good].std(), (found.ssm.values - truth)[good].mean()


@pytest.mark.parametrize("soil", ["linear", "iem"])
def test_a_year_that_was_not_fitted_to(folder, soil):
    """The last of three; S2MP, whose own model made the scene, has R 0.97 here."""
    text = NAMELIST.replace("   grid", f"   soil = '{soil}'\n   grid")
    checked = run(folder, text, "check")
    assert checked.exit_code == 0 and "2 orbits" in checked.output, checked.output
    assert run(folder, text).exit_code == 0
    found = opened(folder / "cloud.nc")
    truth = RadarYears().truth
    later = found.time.values >= np.datetime64(UNTIL)
    r, sd, bias = errors(found, truth, later)
    print(f"{soil}: R of the worst cell {r:.3f}, sd {sd:.4f}, bias {bias:+.4f}")
    assert r > 0.92 and sd < 0.036 and abs(bias) < 0.015
    good = found.quality.values == 0
    assert good.mean() > 0.8 and (np.isfinite(found.ssm.values) == good).all()
    within = np.abs(found.ssm.values - truth)[good] <= found.ssm_uncertainty.values[good]
    assert within.mean() > 0.6  # the fit's scatter is the other moisture's, too


def test_an_operational_day_needs_no_history(folder, tmp_path):
    kept = NAMELIST.replace("'references.nc'", "'fit.nc'")
    assert run(folder, kept).exit_code == 0
    whole = opened(folder / "cloud.nc")
    last = RadarYears()
    last.days, last.sigma, last.theta = (v[-1:] for v in (last.days, last.sigma, last.theta))
    last.write(tmp_path, optical=False)
    shutil.copy(folder / "ndvi.nc", tmp_path / "ndvi.nc")
    day = CLOUD.replace("parameter_output = 'references", f"parameter_file = '{folder}/fit")
    done = run(tmp_path, day)
    assert done.exit_code == 0, done.output
    found = opened(tmp_path / "cloud.nc")
    for name in ("ssm", "ssm_uncertainty", "quality"):
        np.testing.assert_array_equal(found[name].values[0], whole[name].values[-1], name)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (SOURCE, "", "fitted to the moisture of one"),
        ("'model.nc'", "'none.nc'", "none.nc' is no file"),
        ("'references.nc'", "'references.nc', hours = 1.0", "no value within 1 h of any image"),
        ("'references.nc'", "'references.nc', min_pairs = 5000", "few_pairs"),
        ("'references.nc'", "'references.nc', classes = 7", "no image shows anything"),
        ("'references.nc'", "'references.nc', r_min = 0.999", "poor_fit"),
        (f"'{UNTIL}'", "'1999-01-01'", "fit_until"),
        ("parameter_output = 'references.nc'", "parameter_file = 's1.nc'", "leave it out"),
        ("'references.nc'", "'model.nc'", "is read by the same command"),
        ("variable = 'sm'", "variable = 'sm', units = '%'", "'water_cloud' is fitted to m3 m-3"),
    ],
)
def test_what_cannot_be_is_refused(folder, old, new, words):
    for command in ("check", "retrieve"):
        done = run(folder, NAMELIST.replace(old, new), command)
        said = " ".join(done.output.split())
        assert done.exit_code == 2 and words in said and "Traceback" not in said, said


def test_parameters_of_something_else_are_refused(folder):
    text = CLOUD.replace("parameter_output = 'references.nc'", "parameter_file = 'ndvi.nc'")
    done = run(folder, text)
    assert done.exit_code == 2 and "ndvi.nc: no plants" in " ".join(done.output.split())
