"""From the pixels of maps, tile by tile, to statistics of cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forcing.interpolation import wrapped
from ldas.core.errors import UserError
from ldas.gridded.axes import LAT, LON, ONE, axes_of
from ldas.gridded.geometry import KM_PER_DEGREE, Rectilinear, geometry_of
from ldas.gridded.packing import packing_of
from ldas.gridded.stored import Stored, open_image
from ldas.gridded.upright import upright

ROWS_AT_ONCE = 2048  # of pixels


@dataclass(frozen=True)
class CellGrid:
    """Cells of `size` degrees, or of another `width`: middles of rows and columns, ascending."""

    lat: np.ndarray
    lon: np.ndarray
    size: float
    width: float | None = None

    @classmethod
    def of_box(cls, box: Sequence[float], size: float) -> "CellGrid":
        """The cells of a box (south, north, west, east), its far sides met as the size allows."""
        south, north, west, east = box
        rows, cols = (max(1, round(v / size)) for v in (north - south, east - west))
        return cls(
            south + size * (np.arange(rows) + 0.5), west + size * (np.arange(cols) + 0.5), size
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.lat.size, self.lon.size

    def index(self, axis: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Number of the row or column that holds each value, -1 outside."""
        step = self.size if axis is not self.lon or self.width is None else self.width
        found = np.floor((values - (axis[0] - 0.5 * step)) / step).astype(np.int64)
        return np.where((found >= 0) & (found < axis.size), found, -1)


@dataclass
class Statistics:
    """Sums over the pixels of each cell (row, col)."""

    number: np.ndarray
    total: np.ndarray
    squares: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean, NaN without a pixel."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.total / self.number

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation, NaN without a pixel."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(np.maximum(self.squares / self.number - self.mean**2, 0.0))


@dataclass(frozen=True)
class Strip:
    """Some rows of pixels of a map, raw, with the cells they fall in."""

    stored: Stored
    raw: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    row: np.ndarray
    col: np.ndarray


def strips(paths: Sequence[Path], variable: str, cells: CellGrid) -> Iterator[Strip]:
    """The rows of all tiles that fall into the cells; raises UserError if none does."""
    met = False
    for path in paths:
        file = open_image(path)
        stored = file.variable(variable)
        axes = axes_of(file, stored)
        if axes.curvilinear:
            stored, axes = upright(stored, axes)
        places = geometry_of(axes, stored)
        if not isinstance(places, Rectilinear):
            raise UserError(f"{path}: '{variable}' lists places, it is no map")
        col = cells.index(cells.lon, wrapped(places.lon - cells.lon[0]) + cells.lon[0])
        row = cells.index(cells.lat, places.lat)
        rows, cols = np.flatnonzero(row >= 0), np.flatnonzero(col >= 0)
        if rows.size == 0 or cols.size == 0:
            rows, cols, row, col = _covering(places, cells)
            if rows.size == 0 or cols.size == 0:
                continue
        met = True
        across = slice(int(cols[0]), int(cols[-1]) + 1)
        for first in range(int(rows[0]), int(rows[-1]) + 1, ROWS_AT_ONCE):
            down = slice(first, min(first + ROWS_AT_ONCE, int(rows[-1]) + 1))
            index = {LAT: down, LON: across, ONE: 0}
            raw = stored.read(*(index.get(role, 0) for role in axes.roles))
            if [role for role in axes.roles if role in (LAT, LON)] == [LON, LAT]:
                raw = raw.T
            yield Strip(stored, raw, places.lat[down], places.lon[across], row[down], col[across])
    if not met:
        raise UserError(f"{paths[0]}: does not cover the cells, nor does any other of its files")


def _covering(
    places: Rectilinear, cells: CellGrid
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where pixels are so coarse that none has its middle in a cell: the one over the middle."""
    nothing = np.empty(0, int)
    axes = (places.lat, places.lon)
    half = [0.5 * np.abs(np.median(np.diff(v))) if v.size > 1 else 0.0 for v in axes]
    north = np.abs(places.lat - cells.lat.mean())
    east = np.abs(wrapped(places.lon - cells.lon.mean()))
    if north.min() > half[0] or east.min() > half[1]:
        return nothing, nothing, nothing, nothing
    row, col = np.full(places.lat.size, -1), np.full(places.lon.size, -1)
    row[north.argmin()] = col[east.argmin()] = 0
    return np.array([north.argmin()]), np.array([east.argmin()]), row, col


def statistics(paths: Sequence[Path], variable: str, cells: CellGrid) -> Statistics:
    """Statistics of a map in each cell; a pixel larger than cells counts in all it covers."""
    size = cells.lat.size * cells.lon.size
    sums = [np.zeros(size) for _ in range(3)]
    nearest = np.full(size, np.nan)
    for strip in strips(paths, variable, cells):
        values, why = packing_of(strip.stored).values(strip.raw)
        good = ~(why["missing"] | why["invalid"]) & np.isfinite(values)
        flat = strip.row[:, None] * cells.lon.size + strip.col[None]
        inside = good & (strip.row[:, None] >= 0) & (strip.col[None] >= 0)
        for total, part in zip(sums, (np.ones_like(values), values, values**2), strict=True):
            total += np.bincount(flat[inside], weights=part[inside], minlength=size)
        _fill_from_coarser(nearest, strip, np.where(good, values, np.nan), cells)
    number, total, squares = sums
    lonely = (number == 0) & np.isfinite(nearest)
    number[lonely], total[lonely] = 1.0, nearest[lonely]
    squares[lonely] = nearest[lonely] ** 2
    return Statistics(*(v.reshape(cells.shape) for v in (number, total, squares)))


def _fill_from_coarser(
    nearest: np.ndarray, strip: Strip, values: np.ndarray, cells: CellGrid
) -> None:
    """For pixels larger than cells: the value of the pixel that covers each cell's middle."""
    for axis in (strip.lat, strip.lon):
        if axis.size > 1 and np.abs(np.median(np.diff(axis))) <= cells.size:
            return
    r = np.abs(strip.lat[:, None] - cells.lat[None]).argmin(axis=0)
    c = np.abs(wrapped(strip.lon[:, None] - cells.lon[None])).argmin(axis=0)
    step = np.abs(np.median(np.diff(strip.lat))) if strip.lat.size > 1 else cells.size
    near = np.abs(strip.lat[r] - cells.lat)[:, None] <= 0.5 * step + 1e-9
    near = near & (np.abs(wrapped(strip.lon[c] - cells.lon))[None] <= 0.5 * step + 1e-9)
    found = np.where(near, values[np.ix_(r, c)], np.nan).ravel()
    nearest[:] = np.where(np.isfinite(found), found, nearest)


def class_counts(
    paths: Sequence[Path], variable: str, cells: CellGrid, codes: np.ndarray, unknown: Sequence[int]
) -> np.ndarray:
    """Pixels of each class (class, row, col), the last one those of no known class.

    Raises UserError for a code that is neither in `codes` nor `unknown`.
    """
    size = cells.lat.size * cells.lon.size
    out = np.zeros((codes.size + 1, size))
    for strip in strips(paths, variable, cells):
        if strip.raw.dtype.kind not in "iu":
            raise UserError(
                f"{strip.stored.path}: variable '{variable}' holds {strip.raw.dtype}, no classes"
            )
        fills = [*strip.stored.numbers("_FillValue"), *unknown]
        strange = ~np.isin(strip.raw, [*codes, *fills])
        if strange.any():
            raise UserError(
                f"{strip.stored.path}: land cover class {strip.raw[strange][0]} is not in the table"
            )
        flat = strip.row[:, None] * cells.lon.size + strip.col[None]
        inside = (strip.row[:, None] >= 0) & (strip.col[None] >= 0)
        for k, code in enumerate(codes):
            out[k] += np.bincount(flat[inside & (strip.raw == code)], minlength=size)
        out[-1] += np.bincount(
            flat[inside & np.isin(strip.raw, fills) & ~np.isin(strip.raw, codes)], minlength=size
        )
    return out.reshape(-1, *cells.shape)


def slope(paths: Sequence[Path], variable: str, cells: CellGrid) -> np.ndarray:
    """Mean slope (degrees) of a terrain's pixels in each cell, NaN without one."""
    size = cells.lat.size * cells.lon.size
    number, total = np.zeros(size), np.zeros(size)
    for strip in strips(paths, variable, cells):
        values, why = packing_of(strip.stored).values(strip.raw)
        values = np.where(why["missing"], np.nan, values)
        if min(values.shape) < 2:
            continue
        north = 1000.0 * KM_PER_DEGREE * strip.lat
        east = 1000.0 * KM_PER_DEGREE * strip.lon * np.cos(np.radians(strip.lat.mean()))
        dy, dx = np.gradient(values, north, east)
        angle = np.degrees(np.arctan(np.hypot(dx, dy)))
        flat = strip.row[:, None] * cells.lon.size + strip.col[None]
        inside = np.isfinite(angle) & (strip.row[:, None] >= 0) & (strip.col[None] >= 0)
        number += np.bincount(flat[inside], minlength=size)
        total += np.bincount(flat[inside], weights=angle[inside], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (total / number).reshape(cells.shape)
