"""From a product's pixels to the cells of a model: means of finer pixels, or the nearest."""

from dataclasses import dataclass

import numpy as np

from forcing.interpolation import wrapped
from ldas.gridded.cache import kept
from ldas.gridded.geometry import (
    EARTH_RADIUS,
    KM_PER_DEGREE,
    Geometry,
    Places,
    Rectilinear,
    unit_vectors,
)

FINER = 1.5  # cells over pixels along one axis, from which on pixels are averaged
MANY = 250_000  # pixels, from which on it is worth a file to know which cells they make up
SLIVER = 1e-6  # 1, share of a pixel below which it only touches a cell
COVERED_MIN = 0.5  # 1, share of a cell's area that good pixels must cover


def spacing(axis: np.ndarray) -> float:
    """Typical step of an axis (degrees); infinite for a single point."""
    return float(np.median(np.abs(np.diff(axis)))) if axis.size > 1 else np.inf


@dataclass(frozen=True)
class ToCells:
    """Which pixels make up each cell.

    `cell` and `pixel` (pair,) are flat indices, `weight` (pair,) the area they share (in pixels
    at the equator, or 1 where a pixel counts as a whole); a cell without any pixel near enough
    has no pair. `rows` and `cols` cut the part of the product that is read.
    """

    cells: int
    cell: np.ndarray
    pixel: np.ndarray
    weight: np.ndarray
    rows: slice
    cols: slice

    def mean(self, values: np.ndarray, good: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean of good pixels in each cell, and the share of its area with them.

        `values` and `good` are (row, col).
        """
        value, ok = values.ravel()[self.pixel], self.weight * good.ravel()[self.pixel]
        total = np.bincount(self.cell, weights=self.weight, minlength=self.cells)
        number = np.bincount(self.cell, weights=ok, minlength=self.cells)
        seen = np.where(ok > 0.0, value, 0.0)
        summed = np.bincount(self.cell, weights=ok * seen, minlength=self.cells)
        with np.errstate(invalid="ignore", divide="ignore"):
            return summed / number, np.where(total > 0, number / total, 0.0)

    def commonest(self, codes: np.ndarray, none: int) -> np.ndarray:
        """The code most pixels of each cell have other than `none`; `none` where all have it."""
        code = codes.ravel()[self.pixel]
        highest = int(code.max(initial=none)) + 1
        table = np.zeros((self.cells, highest))
        np.add.at(table, (self.cell, code), self.weight)
        table[:, none] *= 1e-6
        return np.where(table.sum(axis=1) > 0.0, table.argmax(axis=1), none)


def cells_of(
    geometry: Geometry, lat: np.ndarray, lon: np.ndarray, steps: tuple[float, float], limit: float
) -> ToCells:
    """Pixels of any geometry for cells at `lat`, `lon`; see `to_cells`.

    `steps` is the size of the cells in latitude and longitude (degrees, infinite for one),
    `limit` how far a pixel may lie (km). Where there are many pixels the answer is kept in the
    cache, for the next run and the other ranks.
    """
    rows, cols = geometry.shape
    if rows * cols < MANY:
        return _cells_of(geometry, lat, lon, steps, limit)
    return kept(
        (type(geometry).__name__, geometry.lat, geometry.lon, lat, lon, *steps, limit),
        lambda: _cells_of(geometry, lat, lon, steps, limit),
    )


def _cells_of(
    geometry: Geometry, lat: np.ndarray, lon: np.ndarray, steps: tuple[float, float], limit: float
) -> ToCells:
    if isinstance(geometry, Rectilinear):
        return to_cells(geometry.lat, geometry.lon, lat, lon, *steps, limit)
    return places_to_cells(geometry, lat, lon, steps, limit)


def places_to_cells(
    places: Places, lat: np.ndarray, lon: np.ndarray, steps: tuple[float, float], limit: float
) -> ToCells:
    """Places in any order for cells: averaged in each cell where finer, else the nearest."""
    there = np.flatnonzero(np.isfinite(places.lat))
    size = KM_PER_DEGREE * min(steps[0], steps[1] * np.cos(np.radians(lat.mean())))
    half_diagonal = 0.5 * np.sqrt(2.0) * places.spacing
    reach = max(limit, half_diagonal, size if np.isfinite(size) else 0.0)
    from scipy.spatial import cKDTree  # a third of a second, which other commands need not wait for

    away, cell = cKDTree(unit_vectors(lat, lon)).query(
        unit_vectors(places.lat[there], places.lon[there])
    )
    near = away * EARTH_RADIUS <= reach
    there, cell = there[near], cell[near]
    if np.isfinite(size) and size > FINER * places.spacing:
        north = np.abs(places.lat[there] - lat[cell]) <= 0.5 * steps[0] + 1e-9
        east = np.abs(wrapped(places.lon[there] - lon[cell])) <= 0.5 * steps[1] + 1e-9
        there, cell = there[north & east], cell[north & east]
    elif there.size:
        away, pixel = cKDTree(unit_vectors(places.lat[there], places.lon[there])).query(
            unit_vectors(lat, lon)
        )
        cell = np.flatnonzero(away * EARTH_RADIUS <= max(limit, half_diagonal))
        there = there[pixel[cell]]
    if there.size == 0:
        nothing = np.empty(0, np.int64)
        return ToCells(lat.size, nothing, nothing, np.empty(0), slice(0, 0), slice(0, 1))
    first, last = int(there.min()), int(there.max()) + 1
    order = np.lexsort((there, cell))
    whole = np.ones(order.size)
    rows = slice(first, last)
    return ToCells(lat.size, cell[order], there[order] - first, whole, rows, slice(0, 1))


def to_cells(
    product_lat: np.ndarray,
    product_lon: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    lat_step: float,
    lon_step: float,
    max_distance: float,
) -> ToCells:
    """Pixels of a product for cells at `lat`, `lon` that are `lat_step` by `lon_step` large.

    Pixels finer than the cells are averaged by the area that they share; else the nearest one, if
    its middle is not farther than `max_distance` (km) or half a pixel.
    """
    p_lon, cell_lon = wrapped(product_lon), wrapped(lon)
    rows = covering(product_lat, lat, lat_step)
    cols = covering(p_lon, cell_lon, lon_step)
    part_lat, part_lon = product_lat[rows], p_lon[cols]
    finer = (
        np.isfinite(lat_step)
        and lat_step > FINER * spacing(product_lat)
        and lon_step > FINER * spacing(product_lon)
    )
    if finer:
        cell, pixel, weight = _shared(part_lat, part_lon, lat, cell_lon, lat_step, lon_step)
    else:
        pixel = spacing(product_lat) if product_lat.size > 1 else 0.0
        half = 0.5 * EARTH_RADIUS * np.radians(pixel) * np.sqrt(2.0)
        cell, pixel = _nearest(part_lat, part_lon, lat, cell_lon, max(max_distance, half))
        weight = np.ones(cell.size)
    return ToCells(lat.size, cell, pixel, weight, rows, cols)


def covering(axis: np.ndarray, values: np.ndarray, step: float) -> slice:
    """The points of an axis that cover `values` (`step` apart, infinite for one), with a margin.

    Empty if none is near.
    """
    margin = (step if np.isfinite(step) else 0.0) + 2.0 * min(spacing(axis), 10.0)
    inside = np.flatnonzero((axis >= values.min() - margin) & (axis <= values.max() + margin))
    return slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)


def _shared(
    p_lat: np.ndarray,
    p_lon: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    lat_step: float,
    lon_step: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells, pixels and the share of each pixel's area in each cell, narrower near the poles."""
    south, north = _edges(p_lat)
    west, east = _edges(p_lon)
    cells, pixels, weights = [], [], []
    for k, (la, lo) in enumerate(zip(lat, lon, strict=True)):
        down = _overlap(south, north, la - 0.5 * lat_step, la + 0.5 * lat_step)
        across = _overlap(west, east, lo - 0.5 * lon_step, lo + 0.5 * lon_step)
        rows, cols = np.flatnonzero(down), np.flatnonzero(across)
        area = down[rows] * np.cos(np.radians(p_lat[rows]))
        found = (rows[:, None] * p_lon.size + cols[None, :]).ravel()
        pixels.append(found)
        weights.append((area[:, None] * across[None, cols]).ravel())
        cells.append(np.full(found.size, k))
    return _joined(cells), _joined(pixels), np.concatenate([*weights, np.empty(0)])


def _edges(axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper edges of the pixels of an axis, half-way to their neighbours."""
    if axis.size < 2:
        return axis - 0.5 * spacing(axis), axis + 0.5 * spacing(axis)
    middle = 0.5 * (axis[1:] + axis[:-1])
    first, last = 2.0 * axis[0] - middle[0], 2.0 * axis[-1] - middle[-1]
    edges = np.concatenate([[first], middle, [last]])
    return np.minimum(edges[1:], edges[:-1]), np.maximum(edges[1:], edges[:-1])


def _overlap(lower: np.ndarray, upper: np.ndarray, start: float, end: float) -> np.ndarray:
    """Share of each interval that lies between start and end; rounding is no overlap."""
    share = (np.minimum(upper, end) - np.maximum(lower, start)) / (upper - lower)
    return np.where(share < SLIVER, 0.0, np.where(share > 1.0 - SLIVER, 1.0, share))


def _nearest(
    p_lat: np.ndarray, p_lon: np.ndarray, lat: np.ndarray, lon: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray]:
    if p_lat.size == 0 or p_lon.size == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    row = np.abs(p_lat[None, :] - lat[:, None]).argmin(axis=1)
    col = np.abs(p_lon[None, :] - lon[:, None]).argmin(axis=1)
    north = np.radians(p_lat[row] - lat)
    east = np.radians(p_lon[col] - lon) * np.cos(np.radians(lat))
    near = EARTH_RADIUS * np.hypot(north, east) <= limit
    return np.flatnonzero(near), (row * p_lon.size + col)[near]


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts).astype(np.int64) if parts else np.empty(0, np.int64)
