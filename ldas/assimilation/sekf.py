"""The simplified extended Kalman filter: background errors fixed from window to window.

Mahfouf et al. (2009), Albergel et al. (2017): x_a = x_b + B H^T (H B H^T + R)^-1 (y - h(x_b)),
all columns of a cell together, H from finite differences over the window. In the
published system errors are uncorrelated; here those of neighbouring layers, of leaves and
root zone, and of the patches of a cell may be correlated, because rain, irrigation or a
season that the model has wrong is wrong in all of them.
"""

import math

import numpy as np

from ldas.core.kernel import kernel

from .small_solve import cholesky, solve_factored


def sekf_cells(
    first: np.ndarray,
    fraction: np.ndarray,
    jacobian: np.ndarray,
    background_variance: np.ndarray,
    observation_variance: np.ndarray,
    innovation: np.ndarray,
    patch_correlation: float = 0.0,
    correlation: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Increment (column, control), gain (column, control, obs) and H B Hᵀ's diagonal (cell, obs).

    Columns first[c] to first[c + 1] belong to cell c, of which each covers `fraction`.
    `jacobian` (column, obs, control) is that of the column, not weighted;
    `background_variance` (column, control) is 0 where a variable is not to be changed;
    `observation_variance` and `innovation` (cell, obs), NaN where there is none;
    `patch_correlation` (1) is that of errors between patches, `correlation` (control, control)
    that between variables (none if not given). The last result is how many cells had an
    observation.
    """
    observations, controls = innovation.shape[1], background_variance.shape[1]
    increment = np.zeros_like(background_variance)
    gain = np.zeros((*background_variance.shape, observations))
    hbh = np.full(innovation.shape, np.nan)
    analysed = _sekf_cells(
        first,
        fraction,
        np.ascontiguousarray(jacobian),
        background_variance,
        observation_variance,
        innovation,
        patch_correlation,
        np.eye(controls) if correlation is None else np.ascontiguousarray(correlation),
        np.empty((observations, observations)),
        np.empty(observations),
        np.empty(observations, np.int64),
        *(np.empty((observations, controls)) for _ in range(3)),
        increment,
        gain,
        hbh,
    )
    return increment, gain, hbh, analysed


@kernel
def _sekf_cells(
    first: np.ndarray,
    fraction: np.ndarray,
    jacobian: np.ndarray,
    background_variance: np.ndarray,
    observation_variance: np.ndarray,
    innovation: np.ndarray,
    rho: float,
    correlation: np.ndarray,
    s: np.ndarray,
    weight: np.ndarray,
    there: np.ndarray,
    scaled: np.ndarray,
    mixed: np.ndarray,
    together: np.ndarray,
    increment: np.ndarray,
    gain: np.ndarray,
    hbh: np.ndarray,
) -> int:
    """The loop of `sekf_cells` over cells, with room to work in.

    `scaled` = f h sigma of a column, `mixed` = C scaled, `together` = the sum over columns.
    """
    observations, controls = innovation.shape[1], background_variance.shape[1]
    analysed = 0
    for c in range(first.size - 1):
        begin, end = first[c], first[c + 1]
        n = 0
        for k in range(observations):
            if innovation[c, k] == innovation[c, k]:
                there[n] = k
                n += 1
        if n == 0:
            continue
        analysed += 1
        for i in range(n):
            for m in range(controls):
                together[i, m] = 0.0
            for j in range(n):
                s[i, j] = 0.0
        for p in range(begin, end):
            mix(p, n, fraction, jacobian, background_variance, there, correlation, scaled, mixed)
            for i in range(n):
                for m in range(controls):
                    together[i, m] += scaled[i, m]
                for j in range(i + 1):
                    for m in range(controls):
                        s[i, j] += (1.0 - rho) * scaled[i, m] * mixed[j, m]
        for i in range(n):
            for j in range(i + 1):
                for m in range(controls):
                    for q in range(controls):
                        s[i, j] += rho * together[i, m] * correlation[m, q] * together[j, q]
            hbh[c, there[i]] = s[i, i]
            s[i, i] += observation_variance[c, there[i]]
        if not cholesky(s, n):
            continue
        for p in range(begin, end):
            mix(p, n, fraction, jacobian, background_variance, there, correlation, scaled, mixed)
            for m in range(controls):
                sigma = math.sqrt(background_variance[p, m])
                for i in range(n):
                    shared = 0.0
                    for q in range(controls):
                        shared += correlation[m, q] * together[i, q]
                    weight[i] = sigma * ((1.0 - rho) * mixed[i, m] + rho * shared)
                solve_factored(s, weight, n)
                for i in range(n):
                    gain[p, m, there[i]] = weight[i]
                    increment[p, m] += weight[i] * innovation[c, there[i]]
    return analysed


@kernel
def mix(
    p: int,
    n: int,
    fraction: np.ndarray,
    jacobian: np.ndarray,
    background_variance: np.ndarray,
    there: np.ndarray,
    correlation: np.ndarray,
    scaled: np.ndarray,
    mixed: np.ndarray,
) -> None:
    """Fill f h sigma of column `p` for its `n` observations, and C times it."""
    controls = background_variance.shape[1]
    for i in range(n):
        for m in range(controls):
            sigma = math.sqrt(background_variance[p, m])
            scaled[i, m] = fraction[p] * jacobian[p, there[i], m] * sigma
        for m in range(controls):
            mixed[i, m] = 0.0
            for q in range(controls):
                mixed[i, m] += correlation[m, q] * scaled[i, q]
