"""Restarts, rescaling statistics and maps that are damaged or somebody else's, one a line."""

import re
import shutil

import netCDF4
import numpy as np
import pytest
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app

BOTH = ("check", "run")


def invoke(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def refused(result, words):
    said = re.sub(r"\s+", " ", result.stderr)
    assert result.exit_code == 2, (result.exit_code, said, result.exception)
    assert "Traceback" not in said
    for word in words.split(" "):
        assert word in said, (word, said)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A case that has been run for a day and a half."""
    case = SmallCase(tmp_path_factory.mktemp("ended"))
    case.set("'2001-06-03T12:00'", "'2001-06-02T18:00'").write()
    assert invoke("run", case.folder / "case.nml").exit_code == 0
    return case.folder


def edited(change):
    def spoil(path):
        with netCDF4.Dataset(path, "a") as file:
            change(file)

    return spoil


def damaged(content):
    def spoil(path):
        whole = path.read_bytes()
        path.unlink()
        path.write_bytes(content(whole))

    return spoil


def without(name):
    return edited(lambda f: f.delncattr(name))


def attribute(name, value):
    return edited(lambda f: f.setncattr(name, value))


def value(name, number):
    def change(file):
        file[name][...] = number

    return edited(change)


RESTARTS = [
    (damaged(lambda b: b""), "cannot be read"),
    (damaged(lambda b: b[: len(b) // 2]), "cannot be read"),
    (damaged(lambda b: b"text"), "cannot be read"),
    (damaged(lambda b: b"\0" * 4000), "cannot be read"),
    (without("title"), "not a restart"),
    (attribute("title", "ldas output"), "not a restart"),
    (without("format"), "format"),
    (attribute("format", 99), "format 99"),
    (attribute("format", "one"), "format one"),
    (without("time"), "cannot be read"),
    (attribute("time", "yesterday"), "cannot be read"),
    (attribute("time", 17), "restart"),
    (without("settings"), "cannot be read"),
    (attribute("settings", "{"), "cannot be read"),
    (without("notes"), "cannot be read"),
    (attribute("notes", "[1"), "cannot be read"),
    (edited(lambda f: f.renameVariable("wg", "old")), "restart without wg"),
    (edited(lambda f: f.renameVariable("lat", "old")), "restart"),
    (value("lat", 50.0), "another domain"),
    (value("patch", 11), "another domain"),
    (value("wg", np.nan), "wg"),
    (value("wg", 5.0), "wg"),
    (value("wg", -1.0), "wg"),
    (value("tg", 20.0), "tg"),
    (value("tg", np.inf), "tg"),
]


@pytest.mark.parametrize("number", range(len(RESTARTS)))
@pytest.mark.parametrize("named", [False, True])
def test_restart(ended, tmp_path, number, named):
    """Of the run itself, gone on from; and named by `&model restart` of a new one."""
    spoil, words = RESTARTS[number]
    folder = tmp_path / "case"
    shutil.copytree(ended, folder)
    (restart,) = list((folder / "output" / "case" / "restart").glob("*.nc"))
    text = (folder / "case.nml").read_text().replace("06-02T18:00", "06-03T12:00")
    if named:
        restart = shutil.move(restart, folder / "begin.nc")
        text = text.replace("name = 'case'", "name = 'new'").replace(
            "'2001-06-01T00:00'", "'2001-06-02T18:00'"
        )
        text = text.replace("&model", "&model\n   restart = 'begin.nc'")
    spoil(restart)
    (folder / "case.nml").write_text(text)
    for command in BOTH:
        refused(invoke(command, folder / "case.nml"), words)


RESCALE = """
&assimilation
   control = 'wg2'
/
&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
   rescaling = 'linear'
   rescaling_file = 'climate.nc'
/
&rescaling
   open_loop = 'output/case'
/
"""


def product(path, change=lambda out: None):
    with netCDF4.Dataset(path, "w") as out:
        for name, values in (("time", [18.0, 30.0]), ("lat", [43.4]), ("lon", [1.7])):
            out.createDimension(name, len(values))
            out.createVariable(name, "f8", (name,))[:] = values
        out["time"].units = "hours since 2001-06-01"
        stored = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
        stored.units, stored[:] = "%", 40.0
        change(out)


def entry(old, new):
    return lambda folder, text: text.replace(old, new)


def spoilt(change):
    def spoil(folder, text):
        product(folder / "ssm.nc", change)
        return text

    return spoil


def result(name, change):
    def spoil(folder, text):
        (path,) = list((folder / "output" / "case").glob(name))
        change(path)
        return text

    return spoil


RESCALINGS = [
    (entry("open_loop = 'output/case'", "open_loop = 'output/no'"), "output/no"),
    (entry("rescaling = 'linear'", "rescaling = 'cubic'"), "rescaling"),
    (entry("   rescaling_file = 'climate.nc'\n", ""), "rescaling_file missing"),
    (entry("'climate.nc'", "'ssm.nc'"), "ssm.nc read by the same command"),
    (entry("'climate.nc'", "'forcing.nc'"), "forcing.nc read by the same command"),
    (entry("'climate.nc'", "'case.nml'"), "case.nml read by the same command"),
    (entry("'climate.nc'", "'output/case/state_200106.nc'"), "read by the same command"),
    (entry("'ssm.nc'", "'no.nc'"), "no.nc"),
    (entry("variable = 'ssm'", "variable = 'sm'"), "no variable 'sm'"),
    (entry("latitude = 43.4", "latitude = 43.9"), "open_loop another grid"),
    (spoilt(lambda o: o["ssm"].__setitem__(slice(None), np.nan)), "good and unfrozen"),
    (spoilt(lambda o: o["ssm"].__setitem__(slice(None), 400.0)), "good and unfrozen"),
    (
        spoilt(lambda o: o["time"].setncattr("units", "hours since 1999-01-01")),
        "no observation in the period",
    ),
    (spoilt(lambda o: o["lat"].__setitem__(0, 10.0)), "good and unfrozen"),
    (spoilt(lambda o: o["ssm"].setncattr("units", "K")), "units 'K'"),
    (result("state_*.nc", lambda p: p.unlink()), "state"),
    (result("state_*.nc", damaged(lambda b: b"text")), "state_200106.nc"),
    (result("state_*.nc", damaged(lambda b: b[:3000])), "state_200106.nc"),
    (result("state_*.nc", edited(lambda f: f.renameVariable("wg", "old"))), "state_200106.nc wg"),
]


@pytest.mark.parametrize("number", range(len(RESCALINGS)))
def test_rescaling(ended, tmp_path, number):
    spoil, words = RESCALINGS[number]
    folder = tmp_path / "case"
    shutil.copytree(ended, folder)
    product(folder / "ssm.nc")
    text = (folder / "case.nml").read_text() + RESCALE
    (folder / "case.nml").write_text(spoil(folder, text))
    refused(invoke("rescale", folder / "case.nml"), words)
    refused(invoke("check", folder / "case.nml"), words)
    assert not (folder / "climate.nc").exists()


def test_the_good_rescaling_is_good(ended, tmp_path):
    folder = tmp_path / "case"
    shutil.copytree(ended, folder)
    product(folder / "ssm.nc")
    (folder / "case.nml").write_text((folder / "case.nml").read_text() + RESCALE)
    assert invoke("check", folder / "case.nml").exit_code == 0
    assert invoke("rescale", folder / "case.nml").exit_code == 0
    analysis = (
        (folder / "case.nml")
        .read_text()
        .replace("name = 'case'", "name = 'an'\n   kind = 'analysis'", 1)
    )
    (folder / "an.nml").write_text(analysis)
    spoils = (
        (damaged(lambda b: b""), "climate.nc"),
        (damaged(lambda b: b"text"), "climate.nc"),
        (edited(lambda f: f.renameVariable("departure", "old")), "no variable 'departure' anew"),
    )
    for spoil, words in spoils:
        whole = (folder / "climate.nc").read_bytes()
        spoil(folder / "climate.nc")
        for command in BOTH:
            refused(invoke(command, folder / "an.nml"), words)
        (folder / "climate.nc").write_bytes(whole)
