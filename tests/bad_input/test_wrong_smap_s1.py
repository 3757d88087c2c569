"""Wrong inputs of 'smap_s1', one a line; `ldas check` knows every one of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
from spoiling import edited, entry, refused, text

sys.path.insert(0, str(Path(__file__).parents[1] / "retrieval"))
from radiometer_scene import GROUP, NAMELIST, RadiometerScene


def scene(bend):
    def spoil(folder, nml):
        bent = RadiometerScene()
        bend(bent)
        bent.write(folder)
        return nml

    return spoil


def late(s):
    s.late = np.timedelta64(90, "h")


def celsius(s):
    s.tb = s.tb - 273.15


def elsewhere(s):
    s.col = s.col + 100


def in_db(s):
    s.vv, s.vh = 10.0 * np.log10(s.vv), 10.0 * np.log10(s.vh)


def dense(s):
    s.opacity = s.opacity + 3.0


ROWS = [
    (text("'s1.nc'", "'no.nc'"), "no.nc"),
    (text("'grid.nc'", "'no.nc'"), "no.nc"),
    (edited(lambda f: f["lon"].__setitem__(0, 0.0), "grid.nc"), "grid.nc lon 0 step of"),
    (text("'smap_*.h5'", "'no_*.h5'"), "radiometer_files no_"),
    (text("   radiometer_files = 'smap_*.h5'\n", ""), "radiometer_files missing"),
    (text("'smap_*.h5'", "'s1.nc'"), "s1.nc"),
    (text("'fine.nc'", "'s1.nc'"), "s1.nc read by the same command"),
    (text("'fine.nc'", "'smap_1.h5'"), "smap_1.h5 read by the same command"),
    (entry("vh_variable = 'hv'"), "no variable 'hv'"),
    (entry("tb_variable = 'tb'"), "smap_0.h5 'tb'"),
    (entry("opacity_variable = 'tau'"), "smap_0.h5 'tau'"),
    (entry("clay_variable = 'mud'"), "smap_0.h5 'mud'"),
    (entry("radiometer_product = 'smapp'"), "smapp smap"),
    (entry("radiometer_product = 'cgls_lai1km'"), "smap_0.h5"),
    (entry("hours = 0.0"), "hours"),
    (entry("hours = 1.0"), "not a single value no_radiometer"),
    (entry("beta = 'guess'"), "beta"),
    (entry("beta = 'series'"), "not a single value no_beta least_pairs"),
    (entry("least_pairs = 1"), "least_pairs"),
    (entry("most_opacity = 0.0"), "most_opacity"),
    (entry("tb_error = -1.0"), "tb_error"),
    (entry("noise = 0.0"), "noise"),
    (entry("ndvi_files = 'no.nc'"), "no.nc"),
    (entry("form = 's1s2'"), "form unknown entry"),
    (scene(late), "not a single value no_radiometer"),
    (scene(celsius), "not a single value no_radiometer"),
    (scene(elsewhere), "not a single value no_radiometer"),
    (scene(in_db), "negative in dB?"),
    (scene(dense), "not a single value dense_plants"),
    (
        edited(lambda f: f[GROUP].renameVariable("tb_time_seconds", "t"), "smap_0.h5"),
        "smap_0.h5 tb_time",
    ),
    (
        edited(lambda f: f[GROUP].renameVariable("EASE_row_index", "r"), "smap_0.h5"),
        "smap_0.h5 EASE_row",
    ),
    (edited(lambda f: f["sigma0_vh"].setncattr("units", "K"), "s1.nc"), "sigma0_vh"),
]


@pytest.mark.parametrize("command", ["check", "retrieve"])
@pytest.mark.parametrize("row", range(len(ROWS)))
def test_wrong(tmp_path, row, command):
    spoil, words = ROWS[row]
    nml = spoil(RadiometerScene().write(tmp_path), NAMELIST)
    refused(command, tmp_path, nml, words)
