"""How the ground lies under a radar's beam: incidence angles, layover and shadow."""

import math

import numpy as np

from ldas.core.kernel import kernel, parallel_kernel, prange

from .geocoding import along

A_EARTH, B_EARTH = 6378137.0, 6356752.314245  # m, semi-axes of WGS 84
FARTHEST = 20_000.0  # m, along which terrain is looked for


@kernel
def unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """A vector of length 1."""
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


@kernel
def ellipsoid_normal(x: float, y: float, z: float) -> tuple[float, float, float]:
    """The direction that is up at a place near the ellipsoid."""
    return unit(x / A_EARTH**2, y / A_EARTH**2, z / B_EARTH**2)


@kernel
def angle_between(cosine: float) -> float:
    """Degrees of a cosine that rounding may have brought beyond 1; NaN of NaN."""
    if np.isnan(cosine):
        return np.nan
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


@parallel_kernel
def _incidence(
    places: np.ndarray,
    seen: np.ndarray,
    orbit: np.ndarray,
    theta: np.ndarray,
    local: np.ndarray,
    row_step: np.ndarray,
    col_step: np.ndarray,
) -> None:
    rows, cols = seen.shape
    for r in prange(rows):
        above, below = max(r - 1, 0), min(r + 1, rows - 1)
        for c in range(cols):
            left, right = max(c - 1, 0), min(c + 1, cols - 1)
            t = seen[r, c]
            x, y, z = places[0, r, c], places[1, r, c], places[2, r, c]
            sx, _, _ = along(orbit[0], t)
            sy, _, _ = along(orbit[1], t)
            sz, _, _ = along(orbit[2], t)
            ux, uy, uz = unit(sx - x, sy - y, sz - z)
            nx, ny, nz = ellipsoid_normal(x, y, z)
            up = ux * nx + uy * ny + uz * nz
            theta[r, c] = angle_between(up)
            # along the columns and along the rows, from pixel to pixel
            wide, high = max(right - left, 1), max(below - above, 1)
            ex = (places[0, r, right] - places[0, r, left]) / wide
            ey = (places[1, r, right] - places[1, r, left]) / wide
            ez = (places[2, r, right] - places[2, r, left]) / wide
            fx = (places[0, below, c] - places[0, above, c]) / high
            fy = (places[1, below, c] - places[1, above, c]) / high
            fz = (places[2, below, c] - places[2, above, c]) / high
            mx, my, mz = unit(ey * fz - ez * fy, ez * fx - ex * fz, ex * fy - ey * fx)
            outward = mx * nx + my * ny + mz * nz
            cosine = ux * mx + uy * my + uz * mz
            local[r, c] = angle_between(cosine if outward > 0.0 else -cosine)
            # horizontal parts of the steps and of the line of sight
            e, f = ex * nx + ey * ny + ez * nz, fx * nx + fy * ny + fz * nz
            ex, ey, ez = ex - e * nx, ey - e * ny, ez - e * nz
            fx, fy, fz = fx - f * nx, fy - f * ny, fz - f * nz
            hx, hy, hz = unit(ux - up * nx, uy - up * ny, uz - up * nz)
            ee, ff = ex * ex + ey * ey + ez * ez, fx * fx + fy * fy + fz * fz
            ef = ex * fx + ey * fy + ez * fz
            he, hf = hx * ex + hy * ey + hz * ez, hx * fx + hy * fy + hz * fz
            determinant = ee * ff - ef * ef
            col_step[r, c] = (he * ff - hf * ef) / determinant
            row_step[r, c] = (hf * ee - he * ef) / determinant


def incidence(
    places: np.ndarray, seen: np.ndarray, orbit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Angles of incidence (degrees) on the ellipsoid and on the terrain, and the way to the radar.

    `places` (axis, row, col) are positions fixed to the Earth (m) of neighbouring grid points,
    `seen` (row, col) the times at which they are (s), `orbit` the polynomials of the satellite.
    The way is told in rows and in columns for each metre towards the radar.
    """
    theta, local, row_step, col_step = np.empty((4, *seen.shape))
    _incidence(np.ascontiguousarray(places), seen, orbit, theta, local, row_step, col_step)
    return theta, local, row_step, col_step


@kernel
def height_at(height: np.ndarray, r: float, c: float) -> float:
    """Height between four grid points; NaN outside."""
    rows, cols = height.shape
    if not (0.0 <= r <= rows - 1.0 and 0.0 <= c <= cols - 1.0):
        return np.nan
    i, j = min(int(r), max(rows - 2, 0)), min(int(c), max(cols - 2, 0))
    below, right = min(i + 1, rows - 1), min(j + 1, cols - 1)
    a, b = r - i, c - j
    upper = (1.0 - b) * height[i, j] + b * height[i, right]
    lower = (1.0 - b) * height[below, j] + b * height[below, right]
    return (1.0 - a) * upper + a * lower


@parallel_kernel
def _hidden(
    height: np.ndarray,
    theta: np.ndarray,
    row_step: np.ndarray,
    col_step: np.ndarray,
    spacing: float,
    relief: float,
    layover: np.ndarray,
    shadow: np.ndarray,
) -> None:
    rows, cols = height.shape
    for r in prange(rows):
        for c in range(cols):
            layover[r, c], shadow[r, c] = False, False
            h = height[r, c]
            if np.isnan(h + theta[r, c]):
                continue
            tangent = math.tan(math.radians(theta[r, c]))
            # range grows by d sin(theta) - dh cos(theta): hidden where that turns round
            farthest = min(relief * max(tangent, 1.0 / tangent), FARTHEST)
            d = spacing
            while d <= farthest:
                dr, dc = d * row_step[r, c], d * col_step[r, c]
                near = height_at(height, r + dr, c + dc)
                far = height_at(height, r - dr, c - dc)
                if (near - h) * tangent > d:
                    shadow[r, c] = True
                if h - near > d * tangent or far - h > d * tangent:
                    layover[r, c] = True
                d += spacing


def hidden(
    height: np.ndarray,
    theta: np.ndarray,
    row_step: np.ndarray,
    col_step: np.ndarray,
    spacing: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Where a place shares its distance to the radar with others (layover), or lies in shadow.

    `height` (row, col) in m, `theta` on the ellipsoid (degrees), the way to the radar as
    `incidence` tells it, `spacing` of the grid points in m. From each place the terrain is
    followed towards the radar and away from it. A place is in shadow if a nearer one stands
    above the line of sight, and in layover if a nearer one is as far from the radar or a
    farther one as near (Kropatsch and Strobl 1990, IEEE TGRS 28, doi:10.1109/36.45752).
    """
    layover, shadow = np.empty((2, *height.shape), bool)
    there = height[np.isfinite(height)]
    relief = float(np.ptp(there)) if there.size else 0.0
    _hidden(height, theta, row_step, col_step, spacing, relief, layover, shadow)
    return layover, shadow
