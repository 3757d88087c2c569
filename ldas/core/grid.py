"""The model's map: a regular latitude-longitude grid of which only land cells are computed."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Grid:
    """`lat` and `lon` (degrees, ascending) and the land cells among them, in row order.

    `row` and `col` give each cell's place on the map, shape (cell,).
    """

    lat: np.ndarray
    lon: np.ndarray
    row: np.ndarray
    col: np.ndarray

    @classmethod
    def from_mask(cls, lat: np.ndarray, lon: np.ndarray, land: np.ndarray) -> "Grid":
        """Grid whose cells are where `land` (lat, lon) is true."""
        row, col = np.nonzero(land)
        return cls(lat, lon, row, col)

    @property
    def cells(self) -> int:
        """Number of land cells."""
        return self.row.size

    @property
    def cell_lat(self) -> np.ndarray:
        """Latitude of each cell (degrees north)."""
        return self.lat[self.row]

    @property
    def cell_lon(self) -> np.ndarray:
        """Longitude of each cell (degrees east)."""
        return self.lon[self.col]

    def to_map(self, values: np.ndarray) -> np.ndarray:
        """`values` (..., cell) as maps (..., lat, lon), NaN outside the cells."""
        shape = (*values.shape[:-1], self.lat.size, self.lon.size)
        out = np.full(shape, np.nan, dtype=values.dtype)
        out[..., self.row, self.col] = values
        return out
