"""A product that a retrieval is made of, named by a `&source`: its fields at some cells."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from ldas.config.namelist import expand_path
from ldas.config.product_entries import missing, type_of, wanted_of
from ldas.config.source_group import ProductSource
from ldas.core.errors import UserError
from ldas.core.netcdf_input import find_inputs
from ldas.imagery.cells import cells_of_file
from observation_ops import quality
from observation_ops.at_cells import at_cells
from observation_ops.gridding import ToCells, cells_of
from observation_ops.observation_type import observation_type
from observation_ops.products import Product, Stamp, open_wanted


@dataclass
class Source:
    """A product over some cells."""

    settings: ProductSource
    product: Product
    stamps: list[Stamp]
    _cells: dict[int, ToCells] = field(default_factory=dict)

    def over(self, lat: np.ndarray, lon: np.ndarray, steps: tuple[float, float]) -> Self:
        """The same product over the cells of rows `lat` and columns `lon`."""
        found = type(self)(self.settings, self.product, self.stamps)
        grid = [axis.ravel() for axis in np.meshgrid(lat, lon, indexing="ij")]
        for place in sorted({stamp.place for stamp in self.stamps}):
            found._cells[place] = cells_of(
                self.product.geometries[place], *grid, steps, self.settings.max_distance
            )
        return found

    @property
    def factor(self) -> float:
        """From the product's unit to `units`."""
        return 1.0 if self.product.factor is None else self.product.factor

    @property
    def units(self) -> str:
        """That of the values: m3 m-3 if it can be, else the product's own."""
        if self.product.factor is None:
            return self.product.units
        return self.product.kind.model_units

    def values(self, stamp: Stamp) -> np.ndarray:
        """Good values (cell,) in `units`, NaN elsewhere."""
        found, code = at_cells(self.product, stamp, self._cells[stamp.place])
        return self.factor * np.where(code == quality.USED, found, np.nan)


def open_source(
    path: Path,
    entries: ProductSource,
    purpose: str,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
) -> Source:
    """Look into the files of a `&source` of surface soil moisture, from `start` to `end`.

    `path` is the namelist's, `purpose` for messages. Raises UserError with all that is wrong.
    """
    lines = missing(entries)
    if lines:
        raise UserError([f"&source '{entries.name}' {line}" for line in lines])
    kind = observation_type(type_of(entries))
    if kind.name != "ssm":
        raise UserError(
            f"&source '{entries.name}' type: found '{kind.name}'; 'ssm' is what can {purpose}"
        )
    named = [expand_path(text, path.parent) for text in entries.files]
    files = find_inputs(named, f"&source '{entries.name}' files")
    product = open_wanted(wanted_of(entries, kind, tuple(files)), entries.reader)
    low, high = start or np.datetime64("0001-01-01"), end or np.datetime64("9999-01-01")
    stamps = [stamp for stamp in product.stamps if low <= stamp.time <= high]
    if not stamps:
        there = [stamp.time for stamp in product.stamps]
        span = f"{min(there)} to {max(there)}" if there else "none at all"
        raise UserError(f"&source '{entries.name}' files: no field in the period ({span})")
    return Source(entries, product, sorted(stamps, key=lambda stamp: stamp.time))


def cells_for(path: Path, grid_file: str | None, first: Source) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of what is made, ascending: those of a file, or of a source itself."""
    if grid_file is not None:
        return cells_of_file(expand_path(grid_file, path.parent))
    if not first.product.regular:
        raise UserError(
            f"&retrieval grid_file: missing; '{first.settings.name}' has no grid of its own on "
            "which the product could be given"
        )
    return np.sort(first.product.lat), np.sort(first.product.lon)
