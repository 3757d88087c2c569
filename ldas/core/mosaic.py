"""The patches of a cell: 12 surface types side by side, each one column of the model."""

from dataclasses import dataclass

import numpy as np

from .kernel import kernel

PATCHES = (
    "bare soil",
    "rock",
    "permanent snow",
    "deciduous broadleaf",
    "needleleaf",
    "evergreen broadleaf",
    "C3 crop",
    "C4 crop",
    "irrigated crop",
    "C3 grass",
    "C4 grass",
    "wetland",
)
CROPS = ("C3 crop", "C4 crop", "irrigated crop")
FRACTION_TOLERANCE = 1.0e-3  # 1, how far the fractions of a cell may sum from 1


@dataclass(frozen=True)
class Mosaic:
    """The columns of a set of cells, in order of cell, then patch.

    `cell`, `patch` (both from 0) and `fraction` have shape (column,); the fractions of a
    cell sum to 1.
    """

    cells: int
    cell: np.ndarray
    patch: np.ndarray
    fraction: np.ndarray

    @classmethod
    def from_fractions(cls, fractions: np.ndarray) -> "Mosaic":
        """Columns for every patch with a fraction > 0; `fractions` has shape (cell, patch)."""
        share = fractions / fractions.sum(axis=1, keepdims=True)
        cell, patch = np.nonzero(share > 0.0)
        return cls(fractions.shape[0], cell.astype(np.int64), patch, share[cell, patch])

    @property
    def columns(self) -> int:
        """Number of columns."""
        return self.cell.size

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Fraction-weighted means (cell, ...) of `values` (column, ...), summed in fixed order."""
        flat = np.ascontiguousarray(values, dtype=float).reshape(self.columns, -1)
        out = np.zeros((self.cells, flat.shape[1]))
        add_weighted(flat, self.fraction, self.cell, out)
        return out.reshape(self.cells, *values.shape[1:])

    def by_patch(self, values: np.ndarray) -> np.ndarray:
        """`values` (column, ...) as (patch, cell, ...), NaN where a patch is absent."""
        out = np.full((len(PATCHES), self.cells, *values.shape[1:]), np.nan)
        out[self.patch, self.cell] = values
        return out


@kernel
def add_weighted(
    values: np.ndarray, weight: np.ndarray, group: np.ndarray, out: np.ndarray
) -> None:
    """Add weight_i values_i (column, k) to out_g (group, k), column after column."""
    for i in range(values.shape[0]):
        for k in range(values.shape[1]):
            out[group[i], k] += weight[i] * values[i, k]
