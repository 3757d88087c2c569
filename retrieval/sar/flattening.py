"""Backscatter per area that the radar sees: terrain-flattened gamma0 (Small 2011).

IEEE TGRS 49, 3081-3093, doi:10.1109/TGRS.2011.2120616. The area of every piece of ground, as it
looks from the radar, is added up where the image shows it; slopes that are crowded into few
pixels add to each other there. gamma0 of a pixel is its sigma0 times its area on the ellipsoid
over that sum; on flat ground that is sigma0 / cos(theta).
"""

import math

import numpy as np

from ldas.core.kernel import loop_kernel

from .geocoding import along
from .terrain import unit

PIECES = 4  # of a grid cell along each side, as cells are about as large as looks


@loop_kernel
def _add_areas(
    places: np.ndarray,
    row: np.ndarray,
    col: np.ndarray,
    seen: np.ndarray,
    orbit: np.ndarray,
    first: int,
    last: int,
    area: np.ndarray,
) -> None:
    rows, cols = area.shape
    high, wide = row.shape
    share = 1.0 / PIECES
    for r in range(first, min(last, high - 1)):
        for c in range(wide - 1):
            t = seen[r, c]
            if not math.isfinite(t + row[r, c] + row[r + 1, c] + row[r, c + 1] + row[r + 1, c + 1]):
                continue
            x, y, z = places[0, r, c], places[1, r, c], places[2, r, c]
            sx, _, _ = along(orbit[0], t)
            sy, _, _ = along(orbit[1], t)
            sz, _, _ = along(orbit[2], t)
            ux, uy, uz = unit(sx - x, sy - y, sz - z)
            # the two triangles of a cell as one: half the cross product of its diagonals
            ax, bx = places[0, r + 1, c + 1] - x, places[0, r, c + 1] - places[0, r + 1, c]
            ay, by = places[1, r + 1, c + 1] - y, places[1, r, c + 1] - places[1, r + 1, c]
            az, bz = places[2, r + 1, c + 1] - z, places[2, r, c + 1] - places[2, r + 1, c]
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            if nx * x + ny * y + nz * z < 0.0:
                nx, ny, nz = -nx, -ny, -nz
            towards = 0.5 * (nx * ux + ny * uy + nz * uz)
            if towards <= 0.0:  # turned away from the radar
                continue
            towards *= share * share
            for i in range(PIECES):
                a = (i + 0.5) * share
                for j in range(PIECES):
                    b = (j + 0.5) * share
                    p = (1.0 - a) * ((1.0 - b) * row[r, c] + b * row[r, c + 1]) + a * (
                        (1.0 - b) * row[r + 1, c] + b * row[r + 1, c + 1]
                    )
                    q = (1.0 - a) * ((1.0 - b) * col[r, c] + b * col[r, c + 1]) + a * (
                        (1.0 - b) * col[r + 1, c] + b * col[r + 1, c + 1]
                    )
                    if not (-1.0 < p < rows and -1.0 < q < cols):
                        continue
                    k, m = int(math.floor(p)), int(math.floor(q))
                    for dk in range(2):
                        for dm in range(2):
                            if 0 <= k + dk < rows and 0 <= m + dm < cols:
                                weight = (1.0 - abs(p - (k + dk))) * (1.0 - abs(q - (m + dm)))
                                area[k + dk, m + dm] += weight * towards


def add_areas(
    area: np.ndarray,
    places: np.ndarray,
    row: np.ndarray,
    col: np.ndarray,
    seen: np.ndarray,
    orbit: np.ndarray,
    rows: slice,
) -> None:
    """Add the area (m2) that the radar sees of the ground to the looks (row, col) that show it.

    `places` (axis, row, col) are grid points fixed to the Earth (m), shown at `row` and `col` of
    the looks at the time `seen` (s). Ground between the points of `rows` and those below counts.
    """
    _add_areas(np.ascontiguousarray(places), row, col, seen, orbit, rows.start, rows.stop, area)


def flattened(sigma: np.ndarray, area: np.ndarray, looks_area: float) -> np.ndarray:
    """gamma0 of looks from sigma0, the area seen in each and that on the ellipsoid (m2).

    NaN where hardly any ground of the grid is seen: there the grid ends.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(area > 0.05 * looks_area, sigma * looks_area / area, np.nan)
