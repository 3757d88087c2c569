"""Ragged series are those of the file as it is now."""

import netCDF4
import numpy as np
import pytest

from ldas.gridded.ragged import ragged_series
from ldas.gridded.stored import open_stored


def write(path, values):
    """Three observations, two of the first place and one of the second."""
    with netCDF4.Dataset(path, "w") as out:
        out.createDimension("place", 2)
        out.createDimension("obs", 3)
        for name, stored in (("lat", [43.0, 44.0]), ("lon", [1.0, 2.0])):
            out.createVariable(name, "f8", ("place",))[:] = stored
        out.createVariable("row_size", "i4", ("place",))[:] = [2, 1]
        out["row_size"].sample_dimension = "obs"
        out.createVariable("time", "f8", ("obs",))[:] = [6.0, 30.0, 30.0]
        out["time"].units = "hours since 2017-06-01"
        out.createVariable("sm", "f4", ("obs",))[:] = values


def test_a_file_that_takes_the_place_of_another_is_read(tmp_path):
    path, day = tmp_path / "series.nc", np.datetime64("2017-06-01T12:00")
    for values in ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]):
        write(tmp_path / "new.nc", values)
        (tmp_path / "new.nc").replace(path)
        file = open_stored(path)
        series = ragged_series(file)
        field = series.field(file.variable("sm"), day, day + np.timedelta64(1, "D"), 2)
        assert field == pytest.approx(values[1:])
