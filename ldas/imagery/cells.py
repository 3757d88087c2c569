"""The cells of a product, as a file gives them."""

from pathlib import Path

import netCDF4
import numpy as np

from forcing.interpolation import wrapped
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input

LARGEST_CHANGE = 0.5  # of a step against the usual one, as a share of it


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
    lat, lon = np.sort(axes[0], axis=None), np.sort(wrapped(axes[1]), axis=None)
    for name, axis, shape in (("lat", lat, axes[0].shape), ("lon", lon, axes[1].shape)):
        _refuse_gaps(path, name, axis, shape)
    return lat, lon


def refuse_other_cells(
    dataset: netCDF4.Dataset, path: Path, what: str, lat: np.ndarray, lon: np.ndarray
) -> None:
    """Raise UserError if `what` a file keeps is not of the cells at `lat`, `lon`."""
    for name, mine in (("lat", lat), ("lon", lon)):
        other = np.asarray(dataset[name][:])
        if mine.shape != other.shape or not np.allclose(mine, other, atol=1e-6):
            raise UserError(f"{path}: {what} of other cells ({name}) than those of the product")


def _refuse_gaps(path: Path, name: str, axis: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise UserError for an axis that is none, or whose steps differ much."""
    if len(shape) != 1 or axis.size == 0:
        raise UserError(f"{path}: {name} is of shape {shape}; needed: one axis for all cells")
    steps = np.diff(axis)
    if steps.size == 0:
        return
    usual = float(np.median(steps))
    k = int(np.argmax(np.abs(steps - usual)))
    if not abs(steps[k] - usual) <= LARGEST_CHANGE * usual:
        raise UserError(
            f"{path}: from {name} {axis[k]:g} to {axis[k + 1]:g} is a step of {steps[k]:.3g}, the "
            f"others are of {usual:.3g} degrees: a wrong number or cells that are missing"
        )
