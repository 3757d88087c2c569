"""Cholesky solution of the few equations of one cell, compiled."""

import math

import numpy as np

from ldas.core.kernel import kernel


@kernel
def cholesky(a: np.ndarray, n: int) -> bool:
    """Replace the lower triangle of the leading n x n of `a` by its Cholesky factor.

    False if `a` is not positive definite.
    """
    for j in range(n):
        pivot = a[j, j]
        for k in range(j):
            pivot -= a[j, k] * a[j, k]
        if not pivot > 0.0:
            return False
        a[j, j] = math.sqrt(pivot)
        for i in range(j + 1, n):
            value = a[i, j]
            for k in range(j):
                value -= a[i, k] * a[j, k]
            a[i, j] = value / a[j, j]
    return True


@kernel
def solve_factored(a: np.ndarray, b: np.ndarray, n: int) -> None:
    """Solve L L^T x = b in place, `a` holding L in its lower triangle."""
    for i in range(n):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]
