"""Backscatter from images to analysis on a small twin: calibrated, assimilated, honest about it."""

import json
import shutil
from dataclasses import replace

import netCDF4
import numpy as np
import pytest
from conftest import contents
from typer.testing import CliRunner

from ldas.cli import app
from ldas.cycling.build import read_domain
from ldas.cycling.configuration import load
from ldas.cycling.observing import open_sets
from ldas.synthetic.twin import TwinOptions, write_twin
from observation_ops.quality import CODE

END = np.datetime64("2017-05-20T18:00:00")
SHORT = ("start = '2017-01-01T18:00'", "start = '2017-04-01T18:00'")
CALIBRATED = "   calibration_file = 'output/calibration/sigma0.nc'\n"
RESCALED = "   rescaling = 'linear'\n   rescaling_file = 'a.nc'\n"
FOUND = "irrigation.nc"  # of `ldas irrigation`, beside the results
ORBIT = "   orbit_variable = 'relative_orbit'\n"


def ldas_(command, path, status=0):
    result = CliRunner().invoke(app, [command, str(path)])
    assert result.exit_code == status, (result.output, result.exception)
    return " ".join((result.stderr if status else result.stdout).split())


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """A twin of 2 x 2 cells with images, its open loop and its calibration."""
    folder = tmp_path_factory.mktemp("twin")
    write_twin(folder, TwinOptions(2, 1, END, years=1, radar=True), lambda text: None)
    ldas_("run", folder / "open_loop.nml")
    return folder, ldas_("calibrate", folder / "calibrate.nml")


def variant(folder, base, name, *changes):
    """A namelist of the twin with other entries, from April on, under another name."""
    text = (folder / f"{base}.nml").read_text().replace(f"name = '{base}'", f"name = '{name}'")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"{name}.nml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def analysed(twin):
    jacobians = ("&assimilation", "&assimilation\n jacobians = .true.")
    path = variant(twin[0], "sigma0", "one", SHORT, jacobians)
    ldas_("run", path)
    return path, twin[0] / "output" / "one"


def test_the_calibration_tells_how_good_it_is(twin):
    folder, said = twin
    assert "3 orbits" in said and "R 0." in said and "dB for 0.1 m3 m-3" in said
    with netCDF4.Dataset(folder / "output" / "calibration" / "sigma0.nc") as file:
        assert (file["r"][:] > 0.7).all() and (file["error"][:] < 1.0).all()
        assert ((file["sensitivity"][:] > 3.0) & (file["sensitivity"][:] < 60.0)).all()
        assert np.allclose(np.diff(file["theta"][:], axis=0), [[[4.0]], [[3.0]]], atol=1e-3)
        assert list(file["orbit"][:]) == [1, 2, 3]
        assert file["soil"].units == "dB (m3 m-3)-1"


def test_innovations_are_small_and_moved_by_the_jacobian(analysed):
    _, results = analysed
    counts = json.loads((results / "summary.json").read_text())["observations"]["sigma0"]
    assert counts["used"] > 20
    with netCDF4.Dataset(results / "analysis_201705.nc") as file:
        assert file["background_sigma0"].units == file["innovation_sigma0"].units == "dB"
        assert file["obs_sigma0"].units == "1"
        used = file["flag_sigma0"][:] == CODE["used"]
        observed, seen = file["obs_sigma0"][:][used], file["obs_rescaled_sigma0"][:][used]
        assert np.allclose(seen, 10.0 * np.log10(observed), atol=1e-4)
        innovation = np.asarray(file["innovation_sigma0"][:][used])
        residual = np.asarray(file["residual_sigma0"][:][used])
        assert np.abs(residual).mean() < np.abs(innovation).mean() < 3.0
        slope = np.ma.filled(file["jacobian_sigma0_wg2"][:], np.nan)
        assert np.nanmax(slope) > 1.0  # dB per m3 m-3, after a day


@pytest.mark.parametrize("chosen", ["ekf", "ensrf"])
def test_other_filters_take_it_too(twin, analysed, chosen):
    folder, _ = twin
    filter_ = ("&assimilation", f"&assimilation\n filter = '{chosen}'\n members = 4")
    ends = (f"end = '{str(END)[:16]}'", "end = '2017-04-20T18:00'")
    path = variant(folder, "sigma0_joint", f"joint_{chosen}", SHORT, filter_, ends)
    ldas_("run", path)
    counts = json.loads((folder / "output" / path.stem / "summary.json").read_text())
    assert counts["observations"]["sigma0"]["used"] > 0
    assert counts["observations"]["lai"]["used"] > 0


def test_irrigation_shows_in_what_the_analysis_added(twin, analysed):
    folder, results = twin[0], analysed[1]
    said = ldas_("irrigation", analysed[0])
    assert "cells are more likely irrigated than not" in said
    for name in ("probability", "amount"):
        assert (results / f"irrigation.{name}.png").stat().st_size > 5_000
    with netCDF4.Dataset(folder / "irrigated.nc") as file:
        irrigated = np.asarray(file["irrigated"][:]).astype(bool)
    with netCDF4.Dataset(results / "irrigation.nc") as file:
        for name in ("irrigation_probability", "water_added"):  # of 20 days of 5 mm, in May
            assert file[name][:][irrigated].min() > file[name][:][~irrigated].max()
        assert file["irrigation"].units == "kg m-2" and file["irrigation"].shape[0] == 2
        april, may = file["irrigation"][:][:, irrigated].mean(axis=1)
        assert april < may < 200.0


@pytest.mark.parametrize(
    ("base", "entry", "words"),
    [
        ("open_loop", "", "irrigation is found in the increments of an analysis"),
        ("one", "name = 'unknown'", "no analysis_*.nc"),
        ("one", "first_month = 9", "no soil moisture in months"),
        ("one", "crop_min = 1.0", "no cell has 1 of cropland"),
        ("one", "output = 'surface.nc'", "read by the same command"),
        ("one", "prior = 1.0", "&irrigation prior"),
    ],
)
def test_irrigation_that_cannot_be_found(twin, analysed, base, entry, words):
    path = twin[0] / "find.nml"
    text = (twin[0] / f"{base}.nml").read_text()
    if entry.startswith("name"):
        text = text.replace("name = 'one'", entry)
    elif entry:
        text += f"&irrigation\n {entry}\n/\n"
    path.write_text(text)
    assert words in ldas_("irrigation", path, 2)


@pytest.mark.mpi
def test_ranks_give_the_same_bits(analysed, twin, ldas):
    path = variant(twin[0], "one", "two")
    assert ldas("run", path, ranks=2).returncode == 0
    expected = {key: bits for key, bits in contents(analysed[1]).items() if key[0] != FOUND}
    assert contents(twin[0] / "output" / "two") == expected


def test_the_integral_equation_model_as_soil(twin):
    folder, _ = twin
    other = ("calibration/sigma0.nc", "calibration/iem.nc")
    path = variant(
        folder, "calibrate", "iem", ("&calibration", "&calibration\n soil = 'iem'"), other
    )
    assert "100 % of the cells" in ldas_("calibrate", path)
    with netCDF4.Dataset(folder / "output" / "calibration" / "iem.nc") as file:
        assert file["soil"].units == "cm"
        assert ((file["soil"][:] > 0.2) & (file["soil"][:] < 4.0)).all()
    ldas_("run", variant(folder, "sigma0", "by_iem", SHORT, other, (str(END)[:10], "2017-04-12")))


@pytest.mark.parametrize(
    ("base", "change", "words"),
    [
        ("sigma0", (CALIBRATED, ""), "calibration_file"),
        ("sigma0", ("output/calibration/sigma0.nc", "surface.nc"), "not a calibration file"),
        ("sigma0", ("output/calibration/sigma0.nc", "no.nc"), "no.nc"),
        ("sigma0", ("sigma0_vv'", "theta'"), "units 'degree'"),
        ("sigma0", ("= 'relative_orbit'", "= 'orbit'"), "no number of an orbit"),
        ("sigma0", (ORBIT, ORBIT + "   r_min = 1.0\n"), "no cell has"),
        ("sigma0", (ORBIT, ORBIT + "   min_pairs = 5000\n"), "no cell has"),
        ("sigma0", (ORBIT, ORBIT + RESCALED), "allowed: none"),
        ("sigma0", ("= 'nit'", "= 'nit'\n   gm = 1e-3"), "made for model"),
        ("lai", ("type = 'lai'", "type = 'lai'\n   calibration_file = 'a.nc'"), "for sigma0"),
        ("calibrate", (ORBIT, ""), "angles that vary"),
        ("calibrate", (ORBIT, ORBIT + "   min_pairs = 500\n"), "no cell has min_pairs = 500"),
        ("calibrate", ("open_loop = 'output/open_loop'", ""), "open_loop"),
        ("calibrate", ("output/open_loop'", "output/nothing'"), "nothing: no state"),
        ("calibrate", ("output/calibration/sigma0.nc", "sigma0.nc"), "read by the same command"),
        ("calibrate", (ORBIT, ORBIT + "   angle_variable = 'angle'\n"), "'angle'"),
        ("calibrate", (ORBIT, ORBIT + "   angle_variable = 'sigma0_vv'\n"), "units"),
        ("calibrate", ("end = '2017-01-01T18:00'", "end = '2016-01-02T12:00'"), "no observation"),
    ],
)  # fmt: skip
def test_wrong_input(twin, tmp_path, base, change, words):
    folder, _ = twin
    path = variant(folder, base, "wrong", change)
    commands = ("check", "run")
    if base == "calibrate":  # `check` tells of what is not made yet
        path.write_text(path.read_text().replace("calibration/sigma0.nc", "calibration/new.nc"))
        commands = ("calibrate",) if "open_loop" in words else ("check", "calibrate")
    for command in commands:
        assert words in ldas_(command, path, 2), command
    shutil.rmtree(folder / "output" / "wrong", ignore_errors=True)


def test_nothing_to_calibrate(twin):
    text = (twin[0] / "lai.nml").read_text()
    path = twin[0] / "none.nml"
    path.write_text(text + "&calibration\n open_loop = 'output/open_loop'\n/\n")
    assert "nothing to calibrate" in ldas_("calibrate", path, 2)


def test_before_any_image_has_come_the_calibration_is_known(twin):
    folder, _ = twin
    conf = load(folder / "sigma0.nml")
    nothing = conf.observation[0].model_copy(update={"files": []})
    (found,) = open_sets(replace(conf, observation=[nothing]), read_domain(conf))
    assert found.usable().all()
    assert found.within(conf.period) is None


def test_no_result_is_judged_by_backscatter(twin):
    folder, _ = twin
    path = folder / "judge.nml"
    text = "&evaluation\n reference = 'open_loop'\n/\n&source\n name = 'open_loop'\n"
    text += " folder = 'output/open_loop'\n/\n&source\n name = 'radar'\n files = 'sigma0.nc'\n"
    path.write_text(text + " type = 'sigma0'\n variable = 'sigma0_vv'\n/\n")
    assert "'sigma0' is no output of a model" in ldas_("check", path, 2)
