"""Weather that is none, though every number of it is possible: warned of, not refused."""

import numpy as np
import pytest
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app


def night(f):
    f.fields["SWdown"][:] = 1.0


def no_day(f):
    f.fields["Tair"][:] = 290.0


def percent(f):
    f.fields["RH"] = f.fields.pop("Qair") * 0.0 + np.linspace(0.5, 0.9, f.hours.size)[:, None, None]
    f.units["RH"] = "%"


def bright(f):
    f.fields["SWdown"][:] *= 1.9


STRANGE = {
    "night": (night, "SWdown' never exceeds 1 W m-2: no day"),
    "no_day": (no_day, "Tair' changes by 0 K only"),
    "still": (lambda f: None, "Wind' is 3 all the time"),
    "percent": (percent, "RH' never exceeds"),
    "bright": (bright, "SWdown' is brighter than the sun, up to 15"),
}


@pytest.mark.parametrize("how", STRANGE)
def test_told_with_file_place_and_time(tmp_path, how):
    case = SmallCase(tmp_path)
    change, words = STRANGE[how]
    change(case.forcing)
    case.set("06-03T12:00", "06-04T00:00")
    case.write()
    found = CliRunner().invoke(app, ["check", str(tmp_path / "case.nml")])
    assert found.exit_code == 0, found.stderr
    (line,) = [line for line in found.stdout.splitlines() if words in line]
    assert line.startswith("warning: ") and "forcing.nc" in line
    assert "lat 43, lon 1" in line and "2001-06-01T00:00 to 2001-06-04T00:00" in line


def test_real_weather_is_plausible(tmp_path, data):
    text = tmp_path / "x.nml"
    text.write_text(HAPEX)
    found = CliRunner().invoke(app, ["check", str(text)])
    assert found.exit_code == 0, found.stderr
    assert "warning" not in found.stdout
    assert "costs about" in found.stdout


HAPEX = """&experiment
   name = 'x'
   start = '1986-01-02T00:00'
   end = '1986-12-30T00:00'
/
&domain
   latitude = 43.6
   longitude = 0.1
   altitude = 113.0
   clay = 0.17
   sand = 0.37
   patch_fraction = 0., 0., 0., 0., 0., 0., 1., 0., 0., 0., 0., 0.
/
&forcing
   files = '$LDAS_DATA/hapex1986_forcing.nc'
   point_distance = 200.0
/
&model
   lai = 2.0
/
&output
   frequency = 3600
/
"""
