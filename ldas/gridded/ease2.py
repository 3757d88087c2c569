"""EASE-Grid 2.0, global, cylindrical and equal in area (Brodzik et al. 2012): SMAP's grids."""

from dataclasses import dataclass

import numpy as np

from .geometry import Rectilinear

WEST, NORTH = -17367530.445161499, 7314540.830638599  # m, outer corner of the first cell


@dataclass(frozen=True)
class EaseGrid:
    """Rows and columns of square cells `size` m wide."""

    rows: int
    cols: int
    size: float


GRIDS = {
    "M36": EaseGrid(406, 964, 36032.220840584),
    "M25": EaseGrid(584, 1388, 25025.2600081),
    "M09": EaseGrid(1624, 3856, 9008.055210146),
    "M03": EaseGrid(4872, 11568, 3002.6850700487),
    "M01": EaseGrid(14616, 34704, 1000.89502334956),
}


def ease2(name: str) -> Rectilinear:
    """Latitudes from the north and longitudes from the west of one of GRIDS."""
    from pyproj import Transformer

    grid = GRIDS[name]
    x = WEST + grid.size * (np.arange(grid.cols) + 0.5)
    y = NORTH - grid.size * (np.arange(grid.rows) + 0.5)
    back = Transformer.from_crs("EPSG:6933", "EPSG:4326", always_xy=True)
    lon, _ = back.transform(x, np.zeros_like(x))
    _, lat = back.transform(np.zeros_like(y), y)
    return Rectilinear(np.asarray(lat), np.asarray(lon))
