"""Wrong inputs of `ldas retrieve` with method 'swi', one a line; `ldas check` knows every one."""

import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from spoiling import edited, entry, refused, text
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "retrieval"))
from two_products import COARSE, NAMELIST, TwoProducts

from ldas.cli import app


def nothing_good(file):
    file["quality"][:] = 1


def far(file):
    file["lat"][:] = file["lat"][:] + 20.0


def no_number(file):
    file["lat"][0] = np.nan


def kept(change=None, end="2020-06-01", line=""):
    """A memory of an earlier run, spoilt, and a run on from it."""

    def spoil(folder, nml):
        first = entry(f"end = '{end}'\n   memory_output = 'memory.nc'")(folder, nml)
        (folder / "first.nml").write_text(first)
        assert CliRunner().invoke(app, ["retrieve", str(folder / "first.nml")]).exit_code == 0
        (folder / "swi.nc").unlink()
        if change is not None:
            edited(change, "memory.nc")(folder, nml)
        return entry(f"memory_file = 'memory.nc'\n   {line}")(folder, nml)

    return spoil


def with_constants(folder, nml):
    return kept()(folder, nml).replace("2.0, 10.0", "2.0, 20.0")


ROWS = [
    (entry("memory_file = 'no.nc'"), "no.nc"),
    (entry("memory_file = 'fine.nc'"), "fine.nc not a memory memory_output"),
    (entry("memory_output = 'fine.nc'"), "fine.nc read by the same command"),
    (entry("memory_output = 'swi.nc'"), "memory_output swi.nc"),
    (entry("memory_output = '/proc/no/m.nc'"), "memory_output cannot write"),
    (kept(line="memory_output = 'memory.nc'"), "memory_output memory.nc read by the same command"),
    (kept(line="hour = 6.0"), "memory.nc hour = 18.0, now 6.0"),
    (with_constants, "memory.nc constants = (2.0, 10.0)"),
    (kept(lambda f: f["lat"].__setitem__(0, 10.0)), "memory.nc other cells (lat)"),
    (kept(lambda f: f.renameVariable("weight", "w")), "memory.nc not a memory"),
    (kept(lambda f: f.delncattr("title")), "memory.nc not a memory"),
    (kept(lambda f: f.delncattr("origin")), "memory.nc origin"),
    (kept(lambda f: f.setncattr("time", "monday")), "memory.nc time monday"),
    (kept(lambda f: f["index"].__setitem__(slice(None), 1e20)), "memory.nc index 1e+20 row 0"),
    (kept(end="2031-01-01"), "memory.nc no source has a later field"),
    (text("'swi'", "'swy'"), "method 'swy' 'swi'"),
    (text("'fine.nc'", "'no.nc'"), "'fine' no.nc"),
    (text("'coarse.nc'", "'no_*.nc'"), "'coarse' no_"),
    (text("'ssm'\n   files", "'sm'\n   files"), "no variable 'sm'"),
    (text("'ssm'\n   variable", "'lai'\n   variable"), "'fine' 'lai'"),
    (text("   type = 'ssm'\n", ""), "'fine' type missing"),
    (text("   name = 'coarse'\n", ""), "&source name missing"),
    (text("'coarse'\n", "'fine'\n"), "'fine' is given twice"),
    (text("weight = 0.5", "weight = 0.0"), "weight"),
    (text("error = 8.0", "error = -1.0"), "error"),
    (text("max_distance = 5.0", "max_distance = -5.0"), "max_distance"),
    (text("2.0, 10.0", "2.0, -10.0"), "constants"),
    (text("2.0, 10.0", "2.0, 'x'"), "constants"),
    (text("2.0, 10.0", "2.0, 1e30"), "constants 0.5 to 3650 days"),
    (text("2.0, 10.0", "2.010.0"), "2.010.0 is no value"),
    (text("2.0, 10.0", "2.0, 2.2"), "constants name twice"),
    (entry("hour = 24.0"), "hour"),
    (entry("revisit = 0.0"), "revisit"),
    (entry("least_filled = 5.0"), "least_filled"),
    (entry("min_values = 1"), "min_values"),
    (entry("start = '2031-01-01'"), "no field in the period 2020-01-01"),
    (entry("end = '2001-01-01'"), "no field in the period"),
    (entry("matching = 'none'"), "matching one unit percent"),
    (entry("matching = 'cdf'"), "matching"),
    (entry("sigma_files = 's1.nc'"), "sigma_files unknown entry"),
    (entry("grid_file = 'no.nc'"), "no.nc"),
    (text("'swi.nc'", "'fine.nc'"), "fine.nc read by the same command"),
    (text("'swi.nc'", "'coarse.nc'"), "coarse.nc read by the same command"),
    (text("'swi.nc'", "'spoilt.nml'"), "spoilt.nml"),
    (text("'swi.nc'", "'/proc/no/swi.nc'"), "cannot write"),
    (edited(lambda f: f["ssm"].setncattr("units", "kelvin"), "fine.nc"), "'kelvin'"),
    (edited(no_number, "fine.nc"), "fine.nc lat"),
    (edited(lambda f: f["time"].delncattr("units"), "fine.nc"), "fine.nc time"),
]


@pytest.mark.parametrize("command", ["check", "retrieve"])
@pytest.mark.parametrize("row", range(len(ROWS)))
def test_wrong(tmp_path, row, command):
    spoil, words = ROWS[row]
    nml = spoil(TwoProducts().write(tmp_path), NAMELIST + COARSE)
    refused(command, tmp_path, nml, words)


@pytest.mark.parametrize("command", ["check", "retrieve"])
@pytest.mark.parametrize("bend", [nothing_good, far])
def test_nothing_to_take_up(tmp_path, bend, command):
    TwoProducts().write(tmp_path)
    nml = edited(bend, "fine.nc")(tmp_path, NAMELIST)
    if bend is far:
        with netCDF4.Dataset(tmp_path / "grid.nc", "w") as out:
            for name, values in (("lat", [43.0, 43.01]), ("lon", [1.0, 1.01])):
                out.createDimension(name, 2)
                out.createVariable(name, "f8", (name,))[:] = values
        nml = entry("grid_file = 'grid.nc'")(tmp_path, nml)
    said = refused(command, tmp_path, nml, "nothing_yet")
    assert "not a single value" in said
