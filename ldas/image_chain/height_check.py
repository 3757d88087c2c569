"""Do the heights of the cells agree with those that the radar's own processor had?

A model that counts from the geoid where the ellipsoid is meant is wrong by tens of metres
everywhere, and so is each place in the image; the product's tie points tell.
"""

import numpy as np

from .image_grid import ImageGrid
from .safe import TiePoints
from .terrain_file import Terrain

MOST = 25.0  # m, that the median may be off: terrain within a tie point's surroundings is less
FEWEST = 3  # tie points


def strange_heights(ties: TiePoints, grid: ImageGrid, terrain: Terrain) -> str:
    """A line where the ground lies elsewhere than the tie points on the cells; else nothing."""
    row, col = grid.index(ties.lat, ties.lon)
    inside = np.flatnonzero(row >= 0)
    if inside.size < FEWEST:
        return ""
    off = [
        float(terrain.heights(slice(row[k], row[k] + 1))[0, col[k]] - ties.height[k])
        for k in inside
    ]
    middle = float(np.median(off))
    if abs(middle) <= MOST:
        return ""
    return (
        f"the ground lies {middle:+.0f} m from the heights of {inside.size} tie points of the "
        "product: does &images dem_geoid (or height) fit the elevation model?"
    )
