"""Wrong inputs of `ldas evaluate`, one a line; `check` tells what `evaluate` would refuse.

`BOTH` rows are refused by both; `CHECK` rows by check alone: evaluate tells them and judges the rest.
"""

import re
import shutil
import sys
from pathlib import Path

import netCDF4
import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "evaluation"))
from synthetic import truth, write_experiment, write_station
from test_evaluate import NAMELIST

from ldas.cli import app

BOTH, CHECK, TOLD = ("check", "evaluate"), ("check",), ("told",)
DAYS = 120


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    time, lat, lon, true = truth(days=DAYS)
    write_experiment(folder / "open_loop", time, lat, lon, true + 0.05)
    write_experiment(folder / "analysis", time, lat, lon, true + 0.02)
    write_station(folder / "north.csv", time, true[:, 2, 1])
    return folder


def text(old, new):
    return lambda folder, nml: nml.replace(old, new)


def entry(line, group="evaluation"):
    return lambda folder, nml: nml.replace(f"&{group}\n", f"&{group}\n   {line}\n", 1)


def station(change):
    """The lines of the station's table, spoilt."""

    def spoil(folder, nml):
        path = folder / "north.csv"
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
        return nml

    return spoil


def result(name, change):
    """One month of a source, spoilt."""

    def spoil(folder, nml):
        path = folder / "analysis" / name
        content = path.read_bytes()
        path.unlink()
        change(path, content)
        return nml

    return spoil


def edited(change):
    def spoil(path, content):
        path.write_bytes(content)
        with netCDF4.Dataset(path, "a") as file:
            change(file)

    return result("state_201502.nc", spoil)


def every(change):
    """The first month of both experiments spoilt."""

    def spoil(folder, nml):
        for name in ("open_loop", "analysis"):
            with netCDF4.Dataset(folder / name / "state_201501.nc", "a") as file:
                change(file)
        return nml

    return spoil


def shifted(file):
    file["lat"][:] = file["lat"][:] + 1.0


ROWS = [
    (text("reference = 'open_loop'", "reference = 'no'"), BOTH, "&evaluation reference no"),
    (text("folder = 'open_loop'", "folder = 'nowhere'"), BOTH, "no results of source 'open_loop'"),
    (text("folder = 'analysis'", "folder = 'nowhere'"), CHECK, "no results of source 'analysis'"),
    (text("folder = 'analysis'", "files = 'no.nc'"), CHECK, "no.nc is no file"),
    (text("folder = 'analysis'", "files = 'no_*.nc'"), CHECK, "matches no file"),
    (text("folder = 'analysis'", "folder = 'analysis'\n   files = 'a.nc'"), BOTH, "either"),
    (text("name = 'analysis'", "name = '1 2'"), BOTH, "&source name"),
    (text("name = 'ev'", "name = '../ev'"), BOTH, "&evaluation name"),
    (text("file = 'north.csv'", "file = 'south.csv'"), CHECK, "south.csv"),
    (text("columns = 'sm'", "columns = 'soil'"), CHECK, "no column soil"),
    (text("variables = 'wg'", "variables = 'water'"), BOTH, "water"),
    (text("depths = 0.05", "depths = -0.05"), BOTH, "depths"),
    (text("depths = 0.05", "depths = 500.0"), BOTH, "depths"),
    (text("latitude = 43.2", "latitude = 143.2"), BOTH, "&station latitude"),
    (text("latitude = 43.2", "latitude = 60.0"), CHECK, "outside the grid"),
    (text("longitude = 1.1", "longitude = -90.0"), CHECK, "outside the grid"),
    (text("min_pairs = 30", "min_pairs = 1"), BOTH, "min_pairs"),
    (text("min_pairs = 30", "min_pairs = 100000"), TOLD, "fewer than min_pairs"),
    (text("bootstrap = 0", "bootstrap = -1"), BOTH, "bootstrap"),
    (text("   reference = 'open_loop'\n", "   reference = 'open_loop'\n   ismn = 'no.zip'\n"), CHECK, "no.zip"),
    (entry("start = '2030-01-01'"), BOTH, "no value in the period"),
    (entry("end = '1990-01-01'"), BOTH, "no value in the period"),
    (entry("start = '2016-01-01'\n   end = '2015-01-01'"), BOTH, "&evaluation end"),
    (entry("reference_year = 1900"), BOTH, "reference_year 1900"),
    (entry("probe_depths = 0.05\n   probe_layers = 99"), BOTH, "probe_layers 99"),
    (entry("probe_depths = 0.05\n   probe_layers = 0"), BOTH, "probe_layers"),
    (entry("probe_depths = 0.05, 0.2\n   probe_layers = 3"), BOTH, "probe_layers"),
    (entry("probe_depths = -0.05\n   probe_layers = 3"), BOTH, "probe_depths"),
    (entry("depth_min = 2.0\n   depth_max = 1.0"), BOTH, "depth_max"),
    (entry("layer = 99", "source"), BOTH, "layer 99"),
    (entry("layer = 0", "source"), BOTH, "layer"),
    (entry("mask_file = 'no.nc'"), CHECK, "no.nc"),
    (entry("irrigation_file = 'no.nc'"), CHECK, "no.nc"),
    (entry("irrigation_file = 'open_loop/state_201501.nc'\n   irrigation_variable = 'x'"), CHECK, "no variable 'x'"),
    (entry("minutes = -1.0"), BOTH, "minutes"),
    (entry("confidence = 95.0"), BOTH, "confidence"),
    (entry("anomaly_days = 0"), BOTH, "anomaly_days"),
    (entry("truth = 'nobody'"), BOTH, "truth nobody"),
    (entry("output_dir = 'north.csv'"), BOTH, "north.csv"),
    (station(lambda lines: lines[:1]), CHECK, "north.csv"),
    (station(lambda lines: []), CHECK, "north.csv"),
    (station(lambda lines: ["time_utc,other", *lines[1:]]), CHECK, "no column sm"),
    (station(lambda lines: ["when,sm", *lines[1:]]), CHECK, "time_utc"),
    (station(lambda lines: [lines[0], *(f"yesterday,{k}" for k in range(9))]), CHECK, "north.csv time"),
    (station(lambda lines: [lines[0], *(s.split(",")[0] + ",wet" for s in lines[1:])]), CHECK, "north.csv sm"),
    (station(lambda lines: [lines[0], *(s.split(",")[0] + "," for s in lines[1:])]), CHECK, "north.csv"),
    (station(lambda lines: [lines[0], *(s.split(",")[0] + ",45.0" for s in lines[1:])]), CHECK, "units"),
    (result("state_201502.nc", lambda path, content: None), CHECK, "state_201502.nc missing between"),
    (result("state_201502.nc", lambda path, content: path.write_bytes(content[:2000])), CHECK, "state_201502.nc"),
    (result("state_201502.nc", lambda path, content: path.write_bytes(b"")), CHECK, "state_201502.nc"),
    (result("state_201502.nc", lambda path, content: path.write_text("text")), CHECK, "state_201502.nc"),
    (edited(shifted), CHECK, "state_201502.nc grid"),
    (edited(lambda f: f.renameVariable("wg", "old")), CHECK, "state_201502.nc wg"),
    (edited(lambda f: f.renameVariable("time", "when")), CHECK, "state_201502.nc time"),
    (edited(lambda f: f["time"].__setitem__(slice(None), f["time"][::-1])), CHECK, "state_201502.nc time does not increase"),
    (edited(lambda f: f["time"].setncattr("units", "days since 2031-01-01")), CHECK, "state_201502.nc within the month"),
    (edited(lambda f: f["time"].setncattr("units", "days since x")), CHECK, "state_201502.nc time cannot be read"),
    (edited(lambda f: f["time"].delncattr("units")), CHECK, "state_201502.nc time cannot be read"),
    (every(lambda f: f.renameVariable("lat", "y")), CHECK, "state_201501.nc no variable lat"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "command", "words"),
    [
        pytest.param(
            spoil, command, words, id=f"{k}-{command}-{re.sub(r'[^A-Za-z0-9]+', '_', words)}"
        )
        for k, (spoil, commands, words) in enumerate(ROWS)
        for command in commands
    ],
)
def test_wrong_evaluation(good, tmp_path, spoil, command, words):
    for name in ("open_loop", "analysis"):
        shutil.copytree(good / name, tmp_path / name)
    shutil.copy(good / "north.csv", tmp_path)
    (tmp_path / "ev.nml").write_text(spoil(tmp_path, NAMELIST.replace("300", "0")))
    status = 2
    if command == "told":
        command, status = "evaluate", 0
    found = CliRunner().invoke(app, [command, str(tmp_path / "ev.nml")])
    said = re.sub(r"\s+", " ", found.stderr)
    assert found.exit_code == status, (found.exit_code, said, found.exception)
    assert "Traceback" not in said
    for word in words.split(" "):
        assert word in said, (word, said)


def test_the_good_case_is_good(good, tmp_path):
    shutil.copytree(good, tmp_path / "case")
    (tmp_path / "case" / "ev.nml").write_text(NAMELIST.replace("300", "0"))
    for command in BOTH:
        found = CliRunner().invoke(app, [command, str(tmp_path / "case" / "ev.nml")])
        assert found.exit_code == 0, (found.stderr, found.exception)
