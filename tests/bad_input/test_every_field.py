"""Every field of every file of a run, spoilt in every way that files are; run and check tell it."""

import re

import netCDF4
import numpy as np
import pytest
from conftest import VALUES, SmallCase
from test_wrong_inputs import observed, surface
from typer.testing import CliRunner

from ldas.cli import app

BOTH = ("check", "run")
FORCED = list(VALUES)
IMPOSSIBLE = {  # values in the unit of the file that no weather has
    "Tair": (17.0, 5000.0, -5.0),
    "Qair": (0.9, -0.1, 8.0),
    "Wind": (-3.0, 500.0),
    "SWdown": (-50.0, 5000.0),
    "LWdown": (-20.0, 3000.0),
    "Rainf": (-0.001, 3.0),
    "Snowf": (-0.001, 3.0),
    "PSurf": (980.0, 9.8e6, -98000.0),
}


def opened(path):
    return netCDF4.Dataset(path, "a")


def value_at(number):
    """One value of one hour."""
    return lambda f, name: f[name].__setitem__((30, 1, 1), number)


def everywhere(number):
    return lambda f, name: f[name].__setitem__(slice(None), number)


def units(text):
    return lambda f, name: f[name].setncattr("units", text)


def attr(key, value):
    return lambda f, name: f[name].setncattr(key, value)


def without_units(f, name):
    f[name].delncattr("units")


def renamed(f, name):
    f.renameVariable(name, f"old_{name}")


def retyped(kind, dims=("time", "lat", "lon")):
    """The field stored anew as another type or on other dimensions."""

    def change(f, name):
        f.renameVariable(name, f"old_{name}")
        old = f[f"old_{name}"]
        new = f.createVariable(name, kind, dims)
        new.units = old.units
        if kind is str:
            new[:] = np.full(new.shape, "1.0", object)
        old.units = "1"

    return change


SPOILT = {
    "nan": (value_at(np.nan), "2001-06-02"),
    "inf": (value_at(np.inf), "2001-06-02"),
    "minus_inf": (value_at(-np.inf), "2001-06-02"),
    "minus_9999": (value_at(-9999.0), "2001-06-02"),
    "fill": (value_at(9.969209968386869e36), "2001-06-02"),
    "all_nan": (everywhere(np.nan), "2001-06-01"),
    "no_units": (without_units, "no units"),
    "unknown_units": (units("furlongs"), "furlongs"),
    "units_of_something_else": (units("mol"), "mol"),
    "absent": (renamed, ""),
    "text": (retyped(str), "no numbers"),
    "no_time": (retyped("f4", ("lat", "lon")), ""),
    "no_place": (retyped("f4", ("time", "lon", "lon")), ""),
    "scale_as_text": (attr("scale_factor", "0.01"), "scale_factor"),
    "scale_0": (attr("scale_factor", 0.0), "scale_factor"),
    "scale_nan": (attr("scale_factor", np.nan), "scale_factor"),
    "two_offsets": (attr("add_offset", [1.0, 2.0]), "add_offset"),
    "range_as_text": (attr("valid_range", "0 to 1"), "valid_range"),
    "range_elsewhere": (attr("valid_range", np.array([-5.0, -4.0], "f4")), ""),
    "missing_as_text": (attr("missing_value", "none"), "missing_value"),
}
ROWS = [
    pytest.param(name, change, words, id=f"{name}-{how}")
    for name in FORCED
    for how, (change, words) in SPOILT.items()
] + [
    pytest.param(name, everywhere(number), "allowed", id=f"{name}-{number:g}")
    for name, numbers in IMPOSSIBLE.items()
    for number in numbers
]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The good case and its forcing, bit by bit."""
    case = SmallCase(tmp_path_factory.mktemp("fields"))
    case.write()
    return case, (case.folder / "forcing.nc").read_bytes()


def refused(folder, words, commands=BOTH):
    for command in commands:
        result = CliRunner().invoke(app, [command, str(folder / "case.nml")])
        said = re.sub(r"\s+", " ", result.stderr)
        assert result.exit_code == 2, (command, result.exit_code, said, result.exception)
        assert "Traceback" not in said
        for word in words:
            assert word in said, (word, said)


@pytest.mark.parametrize(("name", "change", "words"), ROWS)
def test_forcing_field(good, name, change, words):
    case, untouched = good
    path = case.folder / "forcing.nc"
    path.unlink()
    path.write_bytes(untouched)
    with opened(path) as file:
        change(file, name)
    refused(case.folder, [words, "forcing.nc" if words else ""])


AXES = {
    "time_unordered": (lambda f: f["time"].__setitem__(slice(3, 5), [5.0, 4.0]), "time"),
    "time_twice": (lambda f: f["time"].__setitem__(4, 3.0), "time"),
    "time_gap": (lambda f: f["time"].__setitem__(slice(40, None), f["time"][40:] + 5), "time"),
    "time_nan": (lambda f: f["time"].__setitem__(7, np.nan), "time"),
    "time_without_units": (lambda f: f["time"].delncattr("units"), "time"),
    "time_elsewhere": (lambda f: f["time"].setncattr("units", "hours since 1901-01-01"), "1901"),
    "time_short": (lambda f: f["time"].setncattr("units", "minutes since 2001-06-01"), "covers"),
    "calendar": (lambda f: f["time"].setncattr("calendar", "360_day"), "360_day"),
    "calendar_text": (lambda f: f["time"].setncattr("calendar", "moon"), "moon"),
    "lat_nan": (lambda f: f["lat"].__setitem__(1, np.nan), "lat"),
    "lat_100": (lambda f: f["lat"].__setitem__(slice(None), [95.0, 100.0, 105.0]), "lat"),
    "lat_twice": (lambda f: f["lat"].__setitem__(1, 43.0), "lat"),
    "lat_far": (lambda f: f["lat"].__setitem__(slice(None), [53.0, 53.5, 54.0]), "53"),
    "lon_far": (lambda f: f["lon"].__setitem__(slice(None), [91.0, 91.5, 92.0]), "91"),
    "lon_unordered": (lambda f: f["lon"].__setitem__(slice(None), [1.0, 2.0, 1.5]), "lon"),
    "lat_text": (lambda f: f["lat"].setncattr("units", "metres"), "lat"),
}


@pytest.mark.parametrize("how", AXES)
def test_forcing_axes(good, how):
    case, untouched = good
    path = case.folder / "forcing.nc"
    path.unlink()
    path.write_bytes(untouched)
    change, words = AXES[how]
    with opened(path) as file:
        change(file)
    refused(case.folder, [words, "forcing.nc"])


DAMAGE = {
    "empty": lambda b: b"",
    "text": lambda b: b"these are no numbers",
    "head": lambda b: b[:600],
    "half": lambda b: b[: len(b) // 2],
    "zeros": lambda b: b"\0" * len(b),
    "html": lambda b: b"<html><body>404 Not Found</body></html>",
}


@pytest.mark.parametrize("how", DAMAGE)
def test_forcing_damaged(good, how):
    case, untouched = good
    path = case.folder / "forcing.nc"
    path.unlink()
    path.write_bytes(DAMAGE[how](untouched))
    refused(case.folder, ["forcing.nc", "read"])


def surface_value(name, number):
    return lambda out: out[name].__setitem__(slice(None), number)


NO_GROUND = {
    "clay": (-0.1, 1.5, 20.0, np.nan, np.inf),
    "sand": (-0.1, 1.5, 40.0, np.nan),
    "altitude": (-9999.0, 1e5, np.nan),
    "patch_fraction": (-1.0, 5.0, np.inf),
}
SURFACE = {
    **{f"{name}_{number:g}": (surface_value(name, number), name)
       for name, numbers in NO_GROUND.items() for number in numbers},
    **{f"{name}_absent": (lambda o, n=name: o.renameVariable(n, "old"), name)
       for name in ("clay", "sand", "patch_fraction", "lat", "lon")},
    **{f"{name}_units": (lambda o, n=name: o[n].setncattr("units", "furlong"), name)
       for name in ("clay", "sand", "altitude", "patch_fraction")},
    "lat_nan": (lambda o: o["lat"].__setitem__(0, np.nan), "lat"),
    "lat_95": (lambda o: o["lat"].__setitem__(slice(None), [95.0, 96.0, 97.0]), "lat"),
    "lon_twice": (lambda o: o["lon"].__setitem__(slice(None), 1.4), "lon"),
    "lon_1000": (lambda o: o["lon"].__setitem__(slice(None), [1000.0, 1001.0]), "lon"),
}  # fmt: skip


@pytest.mark.parametrize("how", SURFACE)
def test_surface(tmp_path, how):
    change, words = SURFACE[how]
    surface(change)(SmallCase(tmp_path))
    refused(tmp_path, [words, "surface.nc"])


@pytest.mark.parametrize("how", DAMAGE)
def test_surface_damaged(tmp_path, how):
    surface(lambda out: None)(SmallCase(tmp_path))
    path = tmp_path / "surface.nc"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(DAMAGE[how](content))
    refused(tmp_path, ["surface.nc", "read"])


@pytest.mark.parametrize("how", DAMAGE)
def test_observations_damaged(tmp_path, how):
    observed(lambda out: None)(SmallCase(tmp_path))
    path = tmp_path / "ssm.nc"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(DAMAGE[how](content))
    refused(tmp_path, ["ssm.nc", "read"])


OBSERVED = {
    **{f"all_{number:g}": (surface_value("ssm", number), BOTH, "none was used")
       for number in (np.nan, -9999.0, 5.0, 1e36)},
    "lat_absent": (lambda o: o.renameVariable("lat", "rows"), BOTH, "ssm.nc"),
    "lat_nan": (lambda o: o["lat"].__setitem__(0, np.nan), BOTH, "latitude"),
    "lat_200": (lambda o: o["lat"].__setitem__(0, 200.0), BOTH, "latitude"),
    "lon_2000": (lambda o: o["lon"].__setitem__(0, 2000.0), BOTH, "longitude"),

    "time_nan": (lambda o: o["time"].__setitem__(0, np.nan), BOTH, "time"),
    "time_units": (lambda o: o["time"].setncattr("units", "since"), BOTH, "time"),
    "no_units": (lambda o: o["ssm"].delncattr("units"), BOTH, "units"),
    "furlong": (lambda o: o["ssm"].setncattr("units", "furlong"), BOTH, "furlong"),
    "time_1950": (lambda o: o["time"].setncattr("units", "hours since 1950-01-01"), BOTH, "none"),
}  # fmt: skip


@pytest.mark.parametrize("how", OBSERVED)
def test_observation_field(tmp_path, how):
    change, commands, words = OBSERVED[how]
    observed(change)(SmallCase(tmp_path))
    refused(tmp_path, [words], commands)
