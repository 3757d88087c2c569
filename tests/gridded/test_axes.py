"""What a file's attributes say of its axes is what cf_xarray itself makes of them."""

import itertools

import cf_xarray  # noqa: F401  (gives datasets their .cf)
import netCDF4
import xarray as xr

from ldas.gridded.axes import NAMES, _by_attributes
from ldas.gridded.stored import open_stored

UNITS = (None, "degrees_north", "degree_E", "degreesN", "degrees", "m", "1")
STANDARD = (None, "latitude", "longitude", "time", "projection_x_coordinate", "altitude")
AXES = (None, "X", "Y", "T", "Z")


def test_attributes_mean_what_cf_xarray_takes_them_for(tmp_path):
    path = tmp_path / "all.nc"
    with netCDF4.Dataset(path, "w") as out:
        for k, said in enumerate(itertools.product(UNITS, STANDARD, AXES)):
            variable = out.createVariable(f"v{k}", "f4", ())
            for name, value in zip(("units", "standard_name", "axis"), said, strict=True):
                if value is not None:
                    variable.setncattr(name, value)
    with xr.open_dataset(path) as opened:
        expected = opened.set_coords(list(opened.variables)).cf.coordinates
        degrees = [
            name  # an axis in degrees whose standard name is left out of account
            for name, variable in opened.variables.items()
            if variable.attrs.get("axis") in ("X", "Y")
            and variable.attrs.get("units", "").startswith("degrees")
        ]
    found = _by_attributes(open_stored(path))
    for what in NAMES:
        ours, theirs = (set(names[what]) - set(degrees) for names in (found, expected))
        assert ours == theirs
        assert ours and found[what] == sorted(found[what])
