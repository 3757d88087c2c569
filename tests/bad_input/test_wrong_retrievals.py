"""Wrong inputs of `ldas retrieve`, one a line; `ldas check` knows every one of them."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from spoiling import edited
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "retrieval"))
from scene import Scene
from test_s2mp import NAMELIST

from ldas.cli import app

BOTH = ("check", "retrieve")


def text(old, new):
    def spoil(folder, nml):
        assert old in nml, old
        return nml.replace(old, new)

    return spoil


def entry(line):
    return text("&retrieval\n", f"&retrieval\n   {line}\n")


def scene(bend):
    """The scene, bent before it is written."""

    def spoil(folder, nml):
        bent = Scene(cells=2)
        bend(bent)
        for path in folder.glob("*.nc"):
            path.unlink()
        bent.write(folder)
        return nml

    return spoil


def damaged(name, content):
    def spoil(folder, nml):
        (folder / name).unlink()
        (folder / name).write_bytes(content)
        return nml

    return spoil


def attr(variable, key, value):
    return lambda f: f[variable].setncattr(key, value)


def moved(file):
    file["lat"][:] = file["lat"][:] + 20.0


def later(file):
    file["time"][:] = file["time"][:] + 86400 * 900


def radians(s):
    s.theta = np.radians(s.theta)


ROWS = [
    (text("'s1.nc'", "'s0.nc'"), "is no file"),
    (text("'s2.nc'", "'s0_*.nc'"), "matches no file"),
    (text("'land.nc'", "'no.nc'"), "no.nc"),
    (text("'grid.nc'", "'no.nc'"), "no.nc"),
    (text("'s1s2'", "'s1s9'"), "form s1s9"),
    (text("'s1s2'", "'plots'"), "label_file missing"),
    (text("'cloud'", "'clouds'"), "no variable 'clouds'"),
    (text("'ssm.nc'", "'s1.nc'"), "s1.nc"),
    (text("'ssm.nc'", "'s2.nc'"), "s2.nc"),
    (text("'ssm.nc'", "'land.nc'"), "land.nc"),
    (text("'ssm.nc'", "'grid.nc'"), "grid.nc"),
    (text("'ssm.nc'", "'r.nml'"), "r.nml"),
    (text("   sigma_files = 's1.nc'\n", ""), "sigma_files missing"),
    (text("   ndvi_files = 's2.nc'\n", ""), "ndvi_files missing"),
    (entry("sigma_variable = 'vh'"), "no variable 'vh'"),
    (entry("theta_variable = 'angle'"), "no variable 'angle'"),
    (entry("theta_files = 'no.nc'"), "no.nc"),
    (entry("ndvi_variable = 'evi'"), "no variable 'evi'"),
    (entry("ndvi_variable = ''"), "no variable 'red'"),
    (entry("ndvi_product = 'smap_l3'"), "smap_l3"),
    (entry("ndvi_product = 'no'"), "no"),
    (entry("sigma_units = 'dB'"), "linear?"),
    (entry("sigma_units = 'K'"), "sigma_units"),
    (entry("cloud_good = 7"), "not a single value could be retrieved"),
    (entry("classes = 99"), "not a single value land_cover"),
    (entry("ndvi_max = 0.01"), "not a single value ndvi_range"),
    (entry("ndvi_max = 75.0"), "ndvi_max"),
    (entry("ndvi_gap = -1.0"), "ndvi_gap"),
    (entry("ndvi_gap = nan"), "ndvi_gap"),
    (entry("slope_max = -5.0"), "slope_max"),
    (entry("slope_file = 'no.nc'"), "no.nc"),
    (entry("slope_file = 'land.nc'"), "slope"),
    (entry("least_share = 2.0"), "least_share"),
    (text("   grid_file = 'grid.nc'\n", "   resolution = 1e-9\n"), "resolution"),
    (entry("resolution = -1.0"), "resolution"),
    (entry("weather_files = 'no.nc'"), "no.nc"),
    (entry("weather_files = 's1.nc'"), "s1.nc"),
    (entry("dry_days = 0"), "dry_days"),
    (entry("networks = 'no.json'"), "no.json"),
    (entry("networks = 'grid.nc'"), "grid.nc"),
    (entry("method = 'magic'"), "method magic"),
    (entry("stem_classes = 40"), "stem_days"),
    (entry("stem_days = 400.0, 500.0\n   stem_classes = 40"), "stem_days"),
    (scene(lambda s: s.sigma.fill(np.nan)), "not a single value no_radar"),
    (scene(lambda s: s.sigma.fill(np.inf)), "not a single value"),
    (scene(lambda s: s.sigma.fill(0.0)), "not a single value"),
    (scene(lambda s: s.sigma.fill(-0.1)), "negative dB?"),
    (scene(lambda s: s.sigma.fill(12.0)), "sigma_units"),
    (scene(lambda s: s.theta.fill(np.nan)), "not a single value"),
    (scene(lambda s: s.theta.fill(-30.0)), "theta"),
    (scene(lambda s: s.theta.fill(85.0)), "theta"),
    (scene(radians), "radians"),
    (scene(lambda s: s.ndvi.fill(np.nan)), "not a single value ndvi"),
    (scene(lambda s: s.ndvi.__imul__(10000.0)), "ndvi"),
    (scene(lambda s: s.ndvi.__imul__(200.0)), "ndvi"),
    (scene(lambda s: s.ndvi.__isub__(2.0)), "ndvi"),
    (scene(lambda s: s.ndvi.__imul__(2.2)), "ndvi"),
    (scene(lambda s: s.cloud.fill(1)), "not a single value"),
    (scene(lambda s: s.cover.fill(111)), "not a single value land_cover"),
    (edited(moved, "s1.nc"), "sigma_files do not cover"),
    (edited(moved, "s2.nc"), "ndvi_files do not cover"),
    (edited(moved, "land.nc"), "land.nc cover"),
    (edited(later, "s2.nc"), "not a single value"),
    (edited(attr("sigma0_vv", "units", "K"), "s1.nc"), "sigma0_vv 'K'"),
    (edited(attr("theta", "units", "K"), "s1.nc"), "theta 'K'"),
    (edited(attr("theta", "units", "radian"), "s1.nc"), "theta"),
    (edited(attr("ndvi", "units", "K"), "s2.nc"), "ndvi 'K'"),
    (edited(attr("time", "units", "moons since 2000-01-01"), "s1.nc"), "time moons"),
    (edited(attr("time", "calendar", "360_day"), "s1.nc"), "360_day"),
    (edited(attr("sigma0_vv", "scale_factor", "one"), "s1.nc"), "scale_factor"),
    (edited(lambda f: f["lat"].__setitem__(3, np.nan), "s1.nc"), "lat"),
    (edited(lambda f: f["lat"].__setitem__(3, 43.9), "s1.nc"), "lat"),
    (edited(lambda f: f.renameVariable("lat", "rows"), "s1.nc"), "s1.nc"),
    (edited(lambda f: f.renameVariable("lat", "rows"), "grid.nc"), "grid.nc"),
    (damaged("s1.nc", b""), "s1.nc empty"),
    (damaged("s1.nc", b"text"), "s1.nc read"),
    (damaged("s2.nc", b"<html>"), "s2.nc read"),
    (damaged("land.nc", b"\0" * 99), "land.nc read"),
    (damaged("grid.nc", b"text"), "grid.nc read"),
]


@pytest.mark.parametrize(
    ("spoil", "command", "words"),
    [
        pytest.param(
            spoil, command, words, id=f"{k}-{command}-{re.sub(r'[^A-Za-z0-9]+', '_', words)}"
        )
        for k, (spoil, words) in enumerate(ROWS)
        for command in BOTH
    ],
)
def test_wrong_retrieval(tmp_path, spoil, command, words):
    Scene(cells=2).write(tmp_path)
    (tmp_path / "r.nml").write_text(spoil(tmp_path, NAMELIST))
    found = CliRunner().invoke(app, [command, str(tmp_path / "r.nml")])
    said = re.sub(r"\s+", " ", found.stderr)
    assert found.exit_code == 2, (found.exit_code, said, found.exception)
    assert "Traceback" not in said
    for word in words.split(" "):
        assert word in said, (word, said)


def test_the_good_case_is_good(tmp_path):
    Scene(cells=2).write(tmp_path)
    (tmp_path / "r.nml").write_text(NAMELIST)
    for command in BOTH:
        found = CliRunner().invoke(app, [command, str(tmp_path / "r.nml")])
        assert found.exit_code == 0, (found.stderr, found.exception)
