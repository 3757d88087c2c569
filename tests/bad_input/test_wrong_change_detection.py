"""Wrong inputs of change detection, one a line; `ldas check` knows every one of them."""

import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from spoiling import edited, entry, refused, text
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "retrieval"))
from radar_years import NAMELIST, VEGETATION, RadarYears

from ldas.cli import app


def kept(change):
    """References of an earlier run, spoilt."""

    def spoil(folder, nml):
        (folder / "cd.nml").write_text(nml)
        assert CliRunner().invoke(app, ["retrieve", str(folder / "cd.nml")]).exit_code == 0
        with netCDF4.Dataset(folder / "references.nc", "a") as file:
            change(file)
        return nml.replace("parameter_output", "parameter_file")

    return spoil


def other_cells(file):
    file["lat"][:] = file["lat"][:] + 0.5


def no_number(file):
    file["dry"][:] = np.nan


BOTH = [
    (text("'s1.nc'", "'no.nc'"), "no.nc"),
    (text("   sigma_files = 's1.nc'\n", ""), "sigma_files missing"),
    (text("'land.nc'", "'no.nc'"), "no.nc"),
    (text("'grid.nc'", "'no.nc'"), "no.nc"),
    (entry("sigma_variable = 'vh'"), "no variable 'vh'"),
    (entry("sigma_units = 'linear'"), "in dB?"),
    (entry("theta_variable = 'angle'"), "no variable 'angle'"),
    (entry("dry_quantile = 0.6"), "dry_quantile"),
    (entry("wet_quantile = 1.0"), "wet_quantile"),
    (entry("slope_spread = 0.0"), "slope_spread"),
    (entry("slope_prior = nan"), "slope_prior"),
    (entry("noise = -1.0"), "noise"),
    (entry("least_sensitivity = 0.0"), "least_sensitivity"),
    (entry("least_sensitivity = 90.0"), "not a single value"),
    (entry("least_images = 1"), "least_images"),
    (entry("least_images = 4000"), "not a single value least_images"),
    (entry("classes = 99"), "not a single value"),
    (entry("form = 's1s2'"), "form unknown entry"),
    (entry("ndvi_product = 'smap_l3'"), "smap_l3"),
    (entry("weather_files = 'no.nc'"), "no.nc"),
    (entry("parameter_file = 'no.nc'"), "no.nc"),
    (entry("parameter_file = 'grid.nc'"), "grid.nc no slope"),
    (text("'references.nc'", "'cd.nc'"), "parameter_output"),
    (text("'references.nc'", "'s1.nc'"), "parameter_output s1.nc"),
    (text("'references.nc'", "'/proc/no/r.nc'"), "parameter_output cannot write"),
    (text("'cd.nc'", "'land.nc'"), "output land.nc"),
    (kept(other_cells), "references.nc other cells"),
    (kept(no_number), "not a single value"),
    (edited(lambda f: f["theta"].setncattr("units", "kelvin"), "s1.nc"), "s1.nc theta"),
    (edited(lambda f: f["time"].__setitem__(3, 1e30), "s1.nc"), "s1.nc time is 1e+30 at stamp 3"),
]
GREEN = [
    (text("   ndvi_files = 'ndvi.nc'\n", ""), "ndvi_files missing"),
    (entry("driest = 0.5"), "wettest above driest"),
    (entry("wettest = 30.0"), "wettest"),
    (entry("least_change = 0.0"), "least_change"),
    (entry("least_change = 50.0"), "not a single value dense_plants"),
    (entry("cloud_variable = 'clouds'"), "no variable 'clouds'"),
    (kept(lambda f: f.delncattr("largest_change_slope")), "largest_change_slope"),
]
ROWS = [(NAMELIST, *row) for row in BOTH] + [(VEGETATION, *row) for row in GREEN]


@pytest.fixture(scope="module")
def years():
    return RadarYears(years=1)


@pytest.mark.parametrize("command", ["check", "retrieve"])
@pytest.mark.parametrize("row", range(len(ROWS)))
def test_wrong(tmp_path, years, row, command):
    nml, spoil, words = ROWS[row]
    nml = spoil(years.write(tmp_path), nml)
    refused(command, tmp_path, nml, words)
