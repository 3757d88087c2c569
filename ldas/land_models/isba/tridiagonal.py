"""Thomas algorithm for the soil's implicit equations."""

from typing import NamedTuple

import numpy as np

from ldas.core.kernel import kernel


class Work(NamedTuple):
    """Scratch rows of the soil's equations, shape (PADDED,)."""

    lower: np.ndarray
    diagonal: np.ndarray
    upper: np.ndarray
    x: np.ndarray
    flux: np.ndarray
    dflux: np.ndarray
    dflux_next: np.ndarray


@kernel
def solve_tridiagonal(
    lower: np.ndarray, diagonal: np.ndarray, upper: np.ndarray, rhs: np.ndarray, n: int
) -> None:
    """Solve for x in place of `rhs`: lower_j x_{j-1} + diagonal_j x_j + upper_j x_{j+1} = rhs_j.

    All four arrays have shape (>= n,); rows 0..n-1 are used, `upper` is overwritten.
    """
    pivot = 1.0 / diagonal[0]
    rhs[0] *= pivot
    for j in range(1, n):
        upper[j - 1] *= pivot
        pivot = 1.0 / (diagonal[j] - lower[j] * upper[j - 1])
        rhs[j] = (rhs[j] - lower[j] * rhs[j - 1]) * pivot
    for j in range(n - 2, -1, -1):
        rhs[j] -= upper[j] * rhs[j + 1]
