"""Wrong inputs, one a line: what is spoilt, the command, and words that its message must have.

Every row ends with status 2, without a traceback and without results. Where `check` stands behind
the command too, `ldas check` must know it as well.
"""

import re

import netCDF4
import numpy as np
import pytest
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app

CHECK, RUN = "check", "run"
BOTH = (RUN, CHECK)


def namelist(old, new):
    """Spoil the text of the namelist."""

    def spoil(case):
        case.set(old, new)
        case.write()

    return spoil


def forcing(change):
    """Spoil the forcing before it is written."""

    def spoil(case):
        change(case.forcing)
        case.write()

    return spoil


def scalar(name, value, units="m"):
    return forcing(lambda f: f.scalars.__setitem__(name, (units, value)))


def second_file(**scalars):
    """A second forcing file, of other hours, that says something else of the ground."""

    def spoil(case):
        case.set("'forcing.nc'", "'forcing.nc', 'later.nc'")
        namelist_path = case.write()
        case.forcing.time_units = "hours since 2001-06-04 01:00:00"
        for name, value in scalars.items():
            case.forcing.scalars[name] = ("m", value)
        case.forcing.write(namelist_path.parent / "later.nc")

    return spoil


def attribute(name, key, value):
    """An attribute of a forcing variable, or of a coordinate."""

    def spoil(case):
        path = case.write().parent / "forcing.nc"
        with netCDF4.Dataset(path, "a") as file:
            file[name].setncattr(key, value)

    return spoil


def surface(change):
    """A surface file, spoilt."""

    def spoil(case):
        head, tail = case.text.split("&domain")
        case.text = (
            f"{head}&domain\n   surface_file = 'surface.nc'\n/\n&forcing{tail.split('&forcing')[1]}"
        )
        case.write()
        lat, lon = np.array([43.2, 43.4, 43.6]), np.array([1.4, 1.6])
        with netCDF4.Dataset(case.folder / "surface.nc", "w") as out:
            for name, axis in (("lat", lat), ("lon", lon)):
                out.createDimension(name, axis.size)
                out.createVariable(name, "f8", (name,))[:] = axis
            out.createDimension("patch", 12)
            out.createDimension("month", 12)
            share = np.zeros((12, 3, 2))
            share[9] = 1.0
            out.createVariable("patch_fraction", "f8", ("patch", "lat", "lon"))[:] = share
            for name, value in (("clay", 0.2), ("sand", 0.4), ("altitude", 100.0)):
                out.createVariable(name, "f8", ("lat", "lon"))[:] = value
            change(out)

    return spoil


def text_clay(out):
    out.renameVariable("clay", "old")
    stored = out.createVariable("clay", str, ("lat", "lon"))
    stored[:] = np.full((3, 2), "0.2", object)


def lai_patch_month(out):
    out.createVariable("lai", "f8", ("patch", "month", "lat", "lon"))[:] = 2.0


def observed(change, **entries):
    """An analysis with a product of one pixel, spoilt."""

    def spoil(case):
        given = {"type": "'ssm'", "files": "'ssm.nc'", "variable": "'ssm'", **entries}
        lines = "\n".join(f"   {key} = {value}" for key, value in given.items() if value)
        case.set("name = 'case'", "name = 'case'\n   kind = 'analysis'")
        control = "   control = 'wg2'\n" if "control" not in case.text else ""
        case.set("&output", f"&assimilation\n{control}/\n&observation\n{lines}\n/\n&output")
        case.write()
        case.write_ssm(change)

    return spoil


def nothing(_):
    pass


def sets(name, key, value):
    return lambda out: out[name].setncattr(key, value)


def far(out):
    out["lat"][:] = 50.0


def text_values(out):
    out.renameVariable("ssm", "numbers")
    stored = out.createVariable("ssm", str, ("time", "lat", "lon"))
    stored.units = "m3 m-3"
    stored[:] = np.full((1, 1, 1), "0.2", object)


ROWS = [
    # the text of the namelist
    (namelist("lai = 2.0", "lai = 2.0\n   rsmin(5) = 100"), BOTH, "rsmin(5) whole list"),
    (namelist("lai = 2.0", "lai = 2.0\n   rsmin(300000000) = 40"), BOTH, "whole list"),
    (namelist("lai = 2.0", "lai = 300000000*2.0"), BOTH, "line 300000000 at most 10000"),
    (namelist("lai = 2.0", "lai = 2.0\n   lai = 3.0"), BOTH, "lai is given twice"),
    (namelist("   frequency = 3600\n/\n", "   frequency = 3600\n/\nmore\n"), BOTH, "outside any"),
    (namelist("'case'", "'case"), BOTH, "line 3 quote is not closed"),
    (namelist("lai = 2.0", "name = 'isba','x'\n   lai = 2.0"), BOTH, "&model name"),
    (namelist("lai = 2.0", "name = 'noah'\n   lai = 2.0"), BOTH, "'bmi' 'files' 'isba'"),
    (namelist("'2001-06-01T00:00'", "'now'"), BOTH, "&experiment start ISO date"),
    (namelist("'2001-06-01T00:00'", "'today'"), BOTH, "&experiment start ISO date"),
    (namelist("files = 'forcing.nc'", "files = 'forcing.nc'\n   source = 'era6'"), BOTH, "era5"),
    (
        namelist("files = 'forcing.nc'", "files = 'forcing.nc'\n   lead_hours = 5"),
        BOTH,
        "lead_hours",
    ),
    (
        namelist("lai = 2.0", "lai = 2.0\n   root_depth = 12*90.0"),
        BOTH,
        "root_depth 90 m patch 'bare at lat 43.4, lon 1.7",
    ),
    # heights and ground of the forcing
    (scalar("ZREF", 1e6), BOTH, "forcing.nc 1e+06 height of temperature allowed 0.5 to 200"),
    (scalar("ZREF", 0.001), BOTH, "height of temperature"),
    (scalar("ZREF", 0.0), BOTH, "height of temperature"),
    (scalar("ZREF", -2.0), BOTH, "height of temperature"),
    (scalar("ZREF", np.nan), BOTH, "height of temperature"),
    (scalar("UREF", 1e6), BOTH, "height of wind"),
    (scalar("UREF", 0.001), BOTH, "height of wind"),
    (scalar("ZS", np.nan), BOTH, "altitude"),
    (scalar("ZS", 1e5), BOTH, "altitude"),
    (second_file(ZS=900.0), BOTH, "later.nc another altitude forcing.nc"),
    (second_file(ZREF=10.0), BOTH, "later.nc another height of temperature"),
    (second_file(UREF=2.0), BOTH, "later.nc another height of wind"),
    # times and units of the forcing
    (attribute("time", "units", "hours since 2001-06-01 00:00:00 EST"), BOTH, "time EST UTC"),
    (attribute("time", "units", "hours since 2001-06-01 00:00:00 +02:00"), BOTH, "time UTC"),
    (attribute("time", "units", "hours"), BOTH, "time"),
    (attribute("time", "units", "months since 2001-06-01"), BOTH, "time months"),
    (attribute("time", "calendar", "noleap"), BOTH, "calendar noleap"),
    (attribute("Tair", "units", "furlong"), BOTH, "Tair furlong"),
    (attribute("Rainf", "units", "furlong"), BOTH, "Rainf furlong"),
    (attribute("Tair", "units", "W m-2"), BOTH, "Tair W m-2"),
    (attribute("Tair", "scale_factor", "0.01"), BOTH, "Tair scale_factor not a number"),
    (attribute("Tair", "scale_factor", 0.0), BOTH, "Tair scale_factor is 0"),
    (attribute("Tair", "add_offset", "none"), BOTH, "Tair add_offset not a number"),
    # the surface file
    (surface(text_clay), BOTH, "surface.nc clay no numbers"),
    (surface(lai_patch_month), BOTH, "lai (month, patch, lat, lon)"),
    (surface(lambda o: o["clay"].__setitem__(slice(None), 0.9)), BOTH, "clay + sand is 1.3"),
    (surface(lambda o: o["lat"].__setitem__(1, 43.2)), BOTH, "lat 43.2 is given twice"),
    (surface(lambda o: o["altitude"].__setitem__(slice(None), np.nan)), BOTH, "altitude"),
    (surface(sets("clay", "units", "K")), BOTH, "clay K"),
    (surface(lambda o: o["patch_fraction"].__setitem__(slice(None), 0.0)), BOTH, "no land"),
    (
        surface(lambda o: o["clay"].setncattr("add_offset", "x")),
        BOTH,
        "clay add_offset 'x' not a number",
    ),
    (
        surface(lambda o: o["patch_fraction"].__setitem__((5, 1, 1), -9999.0)),
        BOTH,
        "patch_fraction -999",
    ),
    # observations
    (
        observed(nothing, product="'smap_l9'", type=None, variable=None),
        BOTH,
        "smap_l9 ldas products",
    ),
    (observed(nothing, type=None), BOTH, "&observation type missing"),
    (observed(nothing, variable=None), BOTH, "&observation variable missing"),
    (observed(nothing, variable="'sm'"), BOTH, "no variable 'sm' it has"),
    (observed(nothing, group="'x'"), BOTH, "no group 'x'"),
    (observed(nothing, files="'away_*.nc'"), BOTH, "matches no file"),
    (observed(nothing, product="'cgls_ndvi300m'", type=None, variable=None), BOTH, "ndvi"),
    (observed(sets("time", "calendar", "360_day")), BOTH, "ssm.nc calendar 360_day"),
    (observed(sets("time", "calendar", "noleap")), BOTH, "ssm.nc calendar noleap"),
    (
        observed(sets("time", "units", "fortnights since 2001-06-01")),
        BOTH,
        "ssm.nc time fortnights",
    ),
    (observed(sets("ssm", "scale_factor", "one")), BOTH, "ssm scale_factor not a number"),
    (observed(sets("ssm", "scale_factor", 0.0)), BOTH, "ssm scale_factor is 0"),
    (observed(sets("ssm", "scale_factor", [1.0, 2.0])), BOTH, "ssm scale_factor not a number"),
    (observed(sets("ssm", "missing_value", "none")), BOTH, "ssm missing_value is text"),
    (observed(sets("ssm", "valid_range", "0 to 1")), BOTH, "ssm valid_range is text"),
    (observed(sets("ssm", "flag_values", "a b")), BOTH, "ssm flag_values is text"),
    (observed(sets("ssm", "units", "K")), BOTH, "ssm units 'K'"),
    (observed(sets("ssm", "units", "0")), BOTH, "ssm units '0'"),
    (observed(sets("ssm", "units", "-1")), BOTH, "ssm units '-1'"),
    (observed(sets("ssm", "units", "%")), BOTH, "set rescaling"),
    (observed(text_values), BOTH, "ssm no numbers"),
    (observed(far), BOTH, "none was used"),
    (observed(nothing, rescaling="'linear'"), BOTH, "rescaling_file missing"),
    (observed(nothing, rescaling="'linear'", rescaling_file="'no.nc'"), BOTH, "no.nc"),
    (observed(nothing, mask_file="'no.nc'"), BOTH, "no.nc"),
]


def label(row):
    return re.sub(r"\W+", "_", row[2])[:40]


@pytest.mark.parametrize(
    ("spoil", "command", "words"),
    [
        pytest.param(spoil, command, words, id=f"{number}-{command}-{label((0, 0, words))}")
        for number, (spoil, commands, words) in enumerate(ROWS)
        for command in commands
    ],
)
def test_wrong_input(tmp_path, spoil, command, words):
    case = SmallCase(tmp_path)
    spoil(case)
    result = CliRunner().invoke(app, [command, str(tmp_path / "case.nml")])
    said = re.sub(r"\s+", " ", result.stderr)
    assert result.exit_code == 2, (result.exit_code, said, result.exception)
    assert "Traceback" not in said
    for word in words.split(" "):
        assert word in said, (word, said)


@pytest.mark.parametrize("control", ["'wg2', 'wg2'", "'wg22'", "'lai'"])
@pytest.mark.parametrize("command", BOTH)
def test_wrong_control(tmp_path, command, control):
    case = SmallCase(tmp_path)
    observed(nothing)(case)
    text = (tmp_path / "case.nml").read_text()
    (tmp_path / "case.nml").write_text(text.replace("control = 'wg2'", f"control = {control}"))
    result = CliRunner().invoke(app, [command, str(tmp_path / "case.nml")])
    assert result.exit_code == 2 and "control" in result.stderr


def test_the_good_case_behind_the_rows_is_good(tmp_path):
    for spoil in (namelist("lai = 2.0", "lai = 2.0"), surface(nothing), observed(nothing)):
        folder = tmp_path / str(id(spoil))
        folder.mkdir()
        case = SmallCase(folder)
        spoil(case)
        for command in BOTH:
            result = CliRunner().invoke(app, [command, str(folder / "case.nml")])
            assert result.exit_code == 0, (result.stderr, result.exception)


def test_a_namelist_with_the_mark_of_windows_editors(tmp_path):
    case = SmallCase(tmp_path)
    path = case.write()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert CliRunner().invoke(app, ["check", str(path)]).exit_code == 0
