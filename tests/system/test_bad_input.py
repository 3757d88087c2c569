"""Wrong input: status 2, a message that names what and where, and nothing half-written."""

import re

import numpy as np
import pytest
from typer.testing import CliRunner

from ldas.cli import app

VARIABLES = ("Tair", "Qair", "Wind", "SWdown", "LWdown", "Rainf", "Snowf", "PSurf")


def refused(case, *expected, command="run"):
    """The command ends with 2, says each of `expected`, and leaves no results."""
    result = CliRunner().invoke(app, [command, str(case.folder / "case.nml")])
    said = re.sub(r"\s+", " ", result.stderr)
    assert result.exit_code == 2, (result.exit_code, result.stderr, result.exception)
    assert "Traceback" not in result.stderr
    for words in expected:
        assert words in said, said
    left = [p for p in case.folder.rglob("*") if p.suffix in (".nc", ".part") or "tmp" in p.name]
    assert [p.name for p in left if p.name != "forcing.nc"] == []
    return said


@pytest.mark.parametrize("name", VARIABLES)
def test_forcing_variable_missing(case, name):
    del case.forcing.fields[name]
    case.write()
    refused(case, "forcing.nc", name)


@pytest.mark.parametrize("name", VARIABLES)
def test_forcing_variable_all_nan(case, name):
    case.forcing.fields[name][:] = np.nan
    case.write()
    refused(case, "forcing.nc", name, "2001-06-01T")


@pytest.mark.parametrize("name", VARIABLES)
def test_one_hour_of_nan(case, name):
    case.forcing.fields[name][31] = np.nan
    case.write()
    refused(case, "forcing.nc", name, "2001-06-02T07:00")


@pytest.mark.parametrize(
    ("name", "scale", "offset"),
    [("Tair", 1.0, -273.15), ("PSurf", 0.01, 0.0), ("Rainf", 3600.0, 0.0), ("Qair", 1000.0, 0.0)],
)
def test_values_in_another_unit_than_said(case, name, scale, offset):
    case.forcing.fields["Rainf"][20] = 1e-3
    case.forcing.fields[name] = case.forcing.fields[name] * scale + offset
    case.write()
    refused(case, "forcing.nc", name, "2001-06-0")


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("units", ["furlong", None])
def test_unknown_or_absent_units(case, name, units):
    case.forcing.units[name] = units
    case.write()
    refused(case, "forcing.nc", name, "units")


def test_missing_hour(case):
    keep = np.arange(73) != 30
    case.forcing.hours = case.forcing.hours[keep]
    case.forcing.fields = {k: v[keep] for k, v in case.forcing.fields.items()}
    case.write()
    refused(case, "forcing.nc", "2001-06-02T05:00", "2001-06-02T07:00")


def test_duplicated_hour(case):
    case.forcing.hours[30] = case.forcing.hours[29]
    case.write()
    refused(case, "forcing.nc", "twice", "2001-06-02T05:00")


def test_time_not_increasing(case):
    case.forcing.hours[[30, 31]] = case.forcing.hours[[31, 30]]
    case.write()
    refused(case, "forcing.nc", "does not increase")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("2001-06-03T12:00", "2001-07-03T12:00", "2001-06-04"),
        ("2001-06-01T", "2001-05-30T", "05-30"),
    ],
)
def test_period_not_covered(case, old, new, named):
    case.set(old, new).write()
    refused(case, "forcing", named)


def test_truncated_file(case):
    path = case.write().parent / "forcing.nc"
    path.write_bytes(path.read_bytes()[:6000])
    refused(case, "forcing.nc")


def test_file_without_content(case):
    (case.write().parent / "forcing.nc").write_bytes(b"")
    refused(case, "forcing.nc")


def test_text_in_place_of_netcdf(case):
    (case.write().parent / "forcing.nc").write_text("hello\n")
    refused(case, "forcing.nc")


def test_other_calendar(case):
    case.forcing.calendar = "360_day"
    case.write()
    refused(case, "forcing.nc", "360_day")


def test_domain_outside_the_forcing(case):
    case.set("latitude = 43.4", "latitude = 50.4").write()
    refused(case, "50.4", "forcing")


def test_snowfall_is_not_dropped(case):
    case.set("lai = 2.0", "lai = 2.0\n   snow = 'none'")
    case.forcing.fields["Snowf"][40] = 1e-4
    case.write()
    refused(case, "snow")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lai = 2.0", "lia = 2.0", ("&model", "lia", "lai")),
        ("&output", "&outptu", ("outptu", "output")),
        ("lai = 2.0", "lai = 'many'", ("&model", "lai")),
        ("lai = 2.0", "lai = 200.0", ("lai", "200", "allowed")),
        ("lai = 2.0", "lai = 2.0, 3.0", ("&model", "lai")),
        ("clay = 0.2", "clay = 20.0", ("&domain", "clay", "20")),
        ("clay = 0.2", "", ("&domain", "clay")),
        ("2001-06-03T12:00", "2001-05-03T12:00", ("&experiment", "end", "start")),
        ("'2001-06-01T00:00'", "'June'", ("&experiment", "start", "ISO")),
        ("'2001-06-01T00:00'", "20010601", ("&experiment", "start", "ISO")),
        ("'forcing.nc'", "'elsewhere.nc'", ("&forcing", "elsewhere.nc")),
        ("'forcing.nc'", "'${NO_SUCH}/f.nc'", ("NO_SUCH",)),
        ("0.1, 0., 0.,", "0.5, 0., 0.,", ("patch_fraction", "1.4")),
        ("frequency = 3600", "frequency = 3601", ("&output", "frequency", "3601")),
        ("frequency = 3600", "variables = 'gw'", ("gw",)),
        ("lai = 2.0", "lai = 2.0\n time_step = 700", ("time_step", "700")),
        ("lai = 2.0", "", ("lai", "missing")),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_namelist(case, old, new, said, command):
    case.set(old, new).write()
    refused(case, "", *said, command=command)


def test_namelist_that_is_no_namelist(case):
    case.write()
    (case.folder / "case.nml").write_text("&experiment name = \n")
    refused(case, "case.nml")


def test_namelist_that_is_not_there(case):
    refused(case, "case.nml")


def test_output_folder_that_cannot_be_written(case):
    (case.folder / "output").write_text("a file stands here\n")
    case.write()
    refused(case, "output")


def test_check_lists_all_problems_at_once(case):
    case.set("clay = 0.2", "clay = 20.0").set("frequency = 3600", "frequency = -1")
    del case.forcing.fields["PSurf"]
    case.write()
    refused(case, "clay", "frequency", "PSurf", command="check")


def test_surface_file_names_what_it_lacks(case):
    import netCDF4

    with netCDF4.Dataset(case.folder / "surface.nc", "w") as out:
        out.createDimension("lat", 2)
        out.createVariable("lat", "f8", ("lat",))[:] = [43.0, 43.5]
    text = case.text
    head, tail = text.split("&domain")
    case.text = (
        head + "&domain\n surface_file = 'surface.nc'\n/\n&forcing" + tail.split("&forcing")[1]
    )
    case.write()
    said = CliRunner().invoke(app, ["run", str(case.folder / "case.nml")])
    assert said.exit_code == 2
    for name in ("patch_fraction", "clay", "sand", "lon"):
        assert name in said.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("files = 'forcing.nc'", "files = 'forcing.nc'\n   height_correction = .false.", "height"),
        ("files = 'forcing.nc'", "files = 'forcing.nc'\n   co2 = 500.0", "&forcing co2"),
        ("", "", "another content of"),
    ],
)
def test_a_resumed_run_is_the_run_that_was_begun(case, old, new, said):
    case.set("end = '2001-06-03T12:00'", "end = '2001-06-02T18:00'").write()
    path = case.folder / "case.nml"
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 0
    case.set("'2001-06-02T18:00'", "'2001-06-03T12:00'")
    if old:
        case.set(old, new).write_namelist()
    else:
        case.forcing.fields["Rainf"] *= 2.0
        (case.folder / "forcing.nc").unlink()
        case.write()
    told = CliRunner().invoke(app, ["run", str(path)])
    assert told.exit_code == 2 and said in re.sub(r"\s+", " ", told.stderr), told.stderr
    if not old:
        case.set("name = 'case'", "name = 'case'\n   accept_changed_inputs = .true.")
        case.write_namelist()
        assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 0
