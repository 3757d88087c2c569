"""Statistics of cells in a file, found again: whose they are, and where each cell stands."""

from collections.abc import Mapping
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.core.grid import Grid

CLOSE = 1.0e-6  # degrees


def check_identity(
    dataset: netCDF4.Dataset, path: Path, title: str, what: str, identity: Mapping[str, str]
) -> None:
    """Raise UserError unless a file has this title and the attributes of `identity`.

    `what` says what it should be, and which command makes one.
    """
    if getattr(dataset, "title", "") != title:
        raise UserError(f"{path}: not a {what}")
    problems = [
        f"{path}: made for {key} = {getattr(dataset, key, 'nothing')}, here {value}"
        for key, value in identity.items()
        if getattr(dataset, key, None) != value
    ]
    if problems:
        raise UserError(problems)


def places_on(dataset: netCDF4.Dataset, path: Path, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each cell of `grid` on a file's map; raises UserError for another grid."""
    found = []
    for name, wanted in (("lat", grid.cell_lat), ("lon", grid.cell_lon)):
        if name not in dataset.variables:
            raise UserError(f"{path}: no variable '{name}'")
        axis = np.asarray(dataset[name][:])
        index = np.abs(axis[None, :] - wanted[:, None]).argmin(axis=1)
        if not np.allclose(axis[index], wanted, rtol=0.0, atol=CLOSE):
            raise UserError(f"{path}: made for another grid")
        found.append(index)
    return found[0], found[1]
