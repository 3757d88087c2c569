"""Irrigation as somebody measured or planned it: amounts of each UTC day from files."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.core.grid import Grid
from observation_ops import quality
from observation_ops.at_cells import at_cells
from observation_ops.gridding import cells_of, spacing
from observation_ops.observation_type import NeverAssimilated
from observation_ops.products import Wanted, open_wanted

from .irrigation import Prescribed

REACH = 50.0  # km, how far the nearest pixel may lie


APPLIED = NeverAssimilated(
    name="irrigation",
    meaning="irrigation of a UTC day",
    variable="irrigation",
    layer=None,
    model_units="kg m-2 day-1",
    plain="never",
    lower=0.0,
    upper=500.0,
    error=0.0,
    error_help="",
)


def read_prescribed(
    files: tuple[Path, ...], variable: str, grid: Grid, start: np.datetime64, whole: bool
) -> Prescribed:
    """Amounts (kg m-2) of each day at the cells of `grid`, for a run from `start` on.

    A field counts for the UTC day of its time, several of one day as their mean; a day without
    a field and a cell without a value are not irrigated. Raises UserError for files that cannot
    be read, another unit, a wrong value, and where no cell of a `whole` domain gets water from
    `start` on.
    """
    product = open_wanted(Wanted(APPLIED, files, variable))
    assert product.factor is not None
    fields: dict[np.datetime64, list[np.ndarray]] = defaultdict(list)
    steps = (spacing(grid.lat), spacing(grid.lon))
    cells = [
        cells_of(geometry, grid.cell_lat, grid.cell_lon, steps, REACH)
        for geometry in product.geometries
    ]
    for stamp in product.stamps:
        values, why = at_cells(product, stamp, cells[stamp.place])
        wrong = why == quality.CODE["out_of_range"]
        if wrong.any():
            k = int(np.argmax(wrong))
            raise UserError(
                f"{stamp.path}: variable '{variable}' is not within 0 to {APPLIED.upper:g} mm a "
                f"day at lat {grid.cell_lat[k]:g}, lon {grid.cell_lon[k]:g} on {stamp.time}"
            )
        day = stamp.time.astype("datetime64[D]")
        fields[day].append(np.nan_to_num(values * product.factor, nan=0.0))
    first, last = min(fields), max(fields)
    amounts = np.zeros((int((last - first).astype(int)) + 1, grid.cells))
    for day, found in fields.items():
        amounts[int((day - first).astype(int))] = np.mean(found, axis=0)
    since = max(0, int((start.astype("datetime64[D]") - first).astype(int)))
    if whole and not (amounts[since:] > 0.0).any():
        raise UserError(
            f"{files[0]}: variable '{variable}' is nowhere more than 0 in the domain from {start} "
            f"on (its fields: {first} to {last})"
        )
    return Prescribed(first, amounts)
