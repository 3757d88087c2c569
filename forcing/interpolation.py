"""From the forcing grid to the model's cells: bilinear in latitude and longitude."""

from dataclasses import dataclass

import numpy as np

from ldas.core.errors import UserError
from ldas.core.kernel import kernel
from ldas.gridded.geometry import EARTH_RADIUS, unit_vectors

from .series import Box


def wrapped(lon: np.ndarray) -> np.ndarray:
    """Longitudes in [-180, 180)."""
    return (np.asarray(lon) + 180.0) % 360.0 - 180.0


@dataclass(frozen=True)
class Bilinear:
    """Corners in the box and weights of each cell, shape (cell, 4)."""

    box: Box
    corner: np.ndarray
    weight: np.ndarray

    @classmethod
    def to_cells(
        cls,
        lat: np.ndarray,
        lon: np.ndarray,
        cell_lat: np.ndarray,
        cell_lon: np.ndarray,
        point_distance: float,
    ) -> "Bilinear":
        """Weights from a grid in any order and longitude convention to the cells.

        Cells up to half a grid step outside take the border's value; raises UserError for
        a cell further out, or further than `point_distance` (km) from a single point.
        """
        rows, cols = np.argsort(lat), np.argsort(wrapped(lon), kind="stable")
        lats, lons = lat[rows], wrapped(lon)[cols]
        target_lon = wrapped(cell_lon)
        if lats.size == 1 and lons.size == 1:
            _check_distance(lats[0], lons[0], cell_lat, target_lon, point_distance)
        else:
            _check_inside("latitude", lats, cell_lat, cell_lat, target_lon)
            _check_inside("longitude", lons, target_lon, cell_lat, target_lon)
        r0, r1, y = _between(lats, cell_lat)
        c0, c1, x = _between(lons, target_lon)
        top, left = int(r0.min()), int(c0.min())
        row_range = slice(top, int(r1.max()) + 1)
        col_range = slice(left, int(c1.max()) + 1)
        box = Box(rows[row_range], cols[col_range], lats[row_range], lons[col_range])
        width = box.cols.size
        corner = np.stack(
            [(r - top) * width + (c - left) for r in (r0, r1) for c in (c0, c1)], axis=1
        )
        weight = np.stack([v * u for v in (1.0 - y, y) for u in (1.0 - x, x)], axis=1)
        return cls(box, corner, weight)

    @classmethod
    def to_nearest(
        cls,
        lat: np.ndarray,
        lon: np.ndarray,
        cell_lat: np.ndarray,
        cell_lon: np.ndarray,
        point_distance: float,
    ) -> "Bilinear":
        """The nearest of listed places for each cell; raises UserError beyond `point_distance`."""
        places, cells = unit_vectors(lat, wrapped(lon)), unit_vectors(cell_lat, wrapped(cell_lon))
        from scipy.spatial import cKDTree  # a third of a second, which grids need not wait for

        away, nearest = cKDTree(places).query(cells)
        k = int(np.argmax(away))
        if away[k] * EARTH_RADIUS > point_distance:
            raise UserError(
                f"forcing grid: the nearest place is {away[k] * EARTH_RADIUS:.0f} km from the cell "
                f"at lat {cell_lat[k]:g}, lon {cell_lon[k]:g}; allowed: &forcing point_distance = "
                f"{point_distance:g} km"
            )
        used, position = np.unique(nearest, return_inverse=True)
        box = Box(used, np.zeros(1, int), lat[used], lon[used[:1]])
        corner = np.repeat(position.reshape(-1, 1), 4, axis=1)
        weight = np.tile([1.0, 0.0, 0.0, 0.0], (cell_lat.size, 1))
        return cls(box, corner, weight)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Values (cell, stamp) from values (stamp, row, col) of the box."""
        flat = np.ascontiguousarray(values).reshape(values.shape[0], -1)
        out = np.empty((self.corner.shape[0], values.shape[0]))
        weigh(flat, self.corner, self.weight, out)
        return out


@kernel
def weigh(values: np.ndarray, corner: np.ndarray, weight: np.ndarray, out: np.ndarray) -> None:
    """out (cell, stamp) = sum of four weighted corners of values (stamp, position)."""
    for i in range(corner.shape[0]):
        for t in range(values.shape[0]):
            total = 0.0
            for k in range(4):
                if weight[i, k] != 0.0:
                    total += weight[i, k] * values[t, corner[i, k]]
            out[i, t] = total


def _between(axis: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbours on the ascending `axis` and the weight of the upper one."""
    if axis.size == 1:
        zero = np.zeros(target.size, dtype=int)
        return zero, zero, np.zeros(target.size)
    lower = np.clip(np.searchsorted(axis, target, side="right") - 1, 0, axis.size - 2)
    x = (target - axis[lower]) / (axis[lower + 1] - axis[lower])
    return lower, lower + 1, np.clip(x, 0.0, 1.0)


def _check_inside(
    name: str, axis: np.ndarray, target: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> None:
    margin = 0.5 * np.diff(axis).max() if axis.size > 1 else 0.5
    bad = (target < axis[0] - margin) | (target > axis[-1] + margin)
    if bad.any():
        k = int(np.argmax(bad))
        raise UserError(
            f"forcing grid: {int(bad.sum())} of {bad.size} cells lie outside, the first at lat "
            f"{lat[k]:g}, lon {lon[k]:g}; the forcing covers {name} {axis[0]:g} to {axis[-1]:g}"
        )


def _check_distance(
    lat: float, lon: float, cell_lat: np.ndarray, cell_lon: np.ndarray, limit: float
) -> None:
    dy = np.radians(cell_lat - lat)
    dx = np.radians(wrapped(cell_lon - lon)) * np.cos(np.radians(lat))
    distance = EARTH_RADIUS * np.hypot(dx, dy)
    k = int(np.argmax(distance))
    if distance[k] > limit:
        raise UserError(
            f"forcing grid: its only point, lat {lat:g}, lon {lon:g}, is {distance[k]:.0f} km from "
            f"the cell at lat {cell_lat[k]:g}, lon {cell_lon[k]:g}; allowed: &forcing "
            f"point_distance = {limit:g} km"
        )
