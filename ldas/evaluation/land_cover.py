"""The dominant land cover of the cells of a map, and how much of a cell it covers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError
from ldas.gridded.stored import open_image
from ldas.io.land_cover import UNKNOWN
from ldas.io.map_cells import CellGrid, strips

FORESTS = "forest"
CGLS = {
    20: "shrubs", 30: "herbaceous", 40: "cropland", 50: "urban", 60: "bare", 70: "snow",
    80: "water", 90: "wetland", 100: "moss", 200: "sea",
    **{code: FORESTS for first in (111, 121) for code in range(first, first + 6)},
}  # fmt: skip


@dataclass(frozen=True)
class Covers:
    """Of cells (lat, lon): the class that covers most, '' where none is known, and its share."""

    name: np.ndarray
    share: np.ndarray
    homogeneous: float

    def names(self) -> list[str]:
        """The classes that dominate any cell, those of most cells first."""
        found, number = np.unique(self.name[self.name != ""], return_counts=True)
        return [str(found[k]) for k in np.argsort(-number, kind="stable")]

    def of(self, name: str) -> np.ndarray:
        """Where a class dominates."""
        return self.name == name

    def pure(self, name: str) -> np.ndarray:
        """Where it covers at least the share from which on a cell is homogeneous."""
        return self.of(name) & (self.share >= self.homogeneous)


def covers_of(
    path: Path, variable: str, lat: np.ndarray, lon: np.ndarray, homogeneous: float
) -> Covers:
    """The dominant classes of regular cells at `lat`, `lon` by a finer map of classes.

    Classes are named by the map's `flag_meanings`, else as CGLS-LC100 does (its forests as one).
    Raises UserError for a map that is no map of classes, is coarser, or does not cover the cells.
    """
    check_covers(path, variable)
    sizes = [abs(float(np.median(np.diff(v)))) for v in (lat, lon) if v.size > 1]
    step = min(sizes)
    cells = CellGrid(lat, lon, sizes[0], sizes[-1])
    counts: dict[str, np.ndarray] = {}
    size, names = lat.size * lon.size, dict(CGLS)
    whole = np.zeros(size)
    for strip in strips([path], variable, cells):
        if strip.lat.size > 1 and abs(strip.lat[1] - strip.lat[0]) > step:
            raise UserError(f"{path}: coarser than the cells; no shares of classes")
        names = _names(strip.stored.attrs) or names
        fills = [*strip.stored.numbers("_FillValue"), *UNKNOWN]
        inside = (strip.row[:, None] >= 0) & (strip.col[None] >= 0)
        flat = strip.row[:, None] * lon.size + strip.col[None]
        whole += np.bincount(flat[inside], minlength=size)
        for code in np.unique(strip.raw[inside]):
            if code in fills:
                continue
            name = names.get(int(code), f"class {int(code)}")
            here = np.bincount(flat[inside & (strip.raw == code)], minlength=size)
            counts[name] = counts.get(name, np.zeros(size)) + here
    if not counts:
        raise UserError(f"{path}: no known class in any of the cells")
    kinds = sorted(counts)
    number = np.stack([counts[kind] for kind in kinds])
    with np.errstate(invalid="ignore"):
        share = np.where(whole > 0.0, number.max(axis=0) / whole, np.nan)
    name = np.where(number.max(axis=0) > 0.0, np.array(kinds)[number.argmax(axis=0)], "")
    shape = (lat.size, lon.size)
    return Covers(name.reshape(shape), share.reshape(shape), homogeneous)


def check_covers(path: Path, variable: str) -> None:
    """Raise UserError if a file is no map of classes."""
    stored = open_image(path).variable(variable)
    if stored.dtype.kind not in "iu":
        raise UserError(f"{path}: variable '{variable}' holds {stored.dtype}, no classes")


def _names(attributes: Mapping[str, Any]) -> dict[int, str]:
    """Names by code as CF flags give them, none without."""
    values, meanings = attributes.get("flag_values"), attributes.get("flag_meanings")
    if values is None or meanings is None:
        return {}
    words = str(meanings).split()
    codes = np.atleast_1d(values)
    if len(words) != codes.size:
        return {}
    return {int(c): w.replace("_", " ") for c, w in zip(codes, words, strict=True)}
