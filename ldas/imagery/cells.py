"""The cells of a product, as a file gives them."""

from pathlib import Path

import numpy as np

from forcing.interpolation import wrapped
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input


def cells_of_file(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes (degrees), ascending, of a NetCDF file's lat and lon.

    Raises UserError for a file without them.
    """
    with open_input(path, "grid_file") as dataset:
        lost = [name for name in ("lat", "lon") if name not in dataset.variables]
        if lost:
            raise UserError(f"{path}: no variable {' or '.join(lost)} for the cells")
        axes = [np.ma.filled(dataset[name][:].astype(float), np.nan) for name in ("lat", "lon")]
    if not all(np.isfinite(axis).all() for axis in axes):
        raise UserError(f"{path}: lat or lon is not finite throughout")
    return np.sort(axes[0]), np.sort(wrapped(axes[1]))
