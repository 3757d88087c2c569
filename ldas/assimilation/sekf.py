"""The simplified extended Kalman filter: background errors fixed and uncorrelated.

Mahfouf et al. (2009), Albergel et al. (2017): x_a = x_b + B H^T (H B H^T + R)^-1 (y - h(x_b)),
all columns of a cell together, H from finite differences over the window.
"""

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
) -> tuple[np.ndarray, np.ndarray, int]:
    """Increment (column, control) and gain (column, control, obs) of every cell.

    Columns first[c] to first[c + 1] belong to cell c, of which each covers `fraction`.
    `jacobian` (column, obs, control) is that of the column, not weighted;
    `background_variance` (column, control) is 0 where a variable is not to be changed;
    `observation_variance` and `innovation` (cell, obs), NaN where there is none. The third
    result is how many cells had an observation.
    """
    observations = innovation.shape[1]
    increment = np.zeros_like(background_variance)
    gain = np.zeros((*background_variance.shape, observations))
    analysed = _sekf_cells(
        first,
        fraction,
        np.ascontiguousarray(jacobian),
        background_variance,
        observation_variance,
        innovation,
        np.empty((observations, observations)),
        np.empty(observations),
        np.empty(observations, np.int64),
        increment,
        gain,
    )
    return increment, gain, analysed


@kernel
def _sekf_cells(
    first: np.ndarray,
    fraction: np.ndarray,
    jacobian: np.ndarray,
    background_variance: np.ndarray,
    observation_variance: np.ndarray,
    innovation: np.ndarray,
    s: np.ndarray,
    weight: np.ndarray,
    there: np.ndarray,
    increment: np.ndarray,
    gain: np.ndarray,
) -> int:
    """The loop of `sekf_cells` over cells, with room to work in."""
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
            for j in range(i + 1):
                value = observation_variance[c, there[i]] if i == j else 0.0
                for p in range(begin, end):
                    share = fraction[p] * fraction[p]
                    for m in range(controls):
                        h = jacobian[p, there[i], m] * jacobian[p, there[j], m]
                        value += share * h * background_variance[p, m]
                s[i, j] = value
        if not cholesky(s, n):
            continue
        for p in range(begin, end):
            for m in range(controls):
                for i in range(n):
                    weight[i] = background_variance[p, m] * fraction[p] * jacobian[p, there[i], m]
                solve_factored(s, weight, n)
                for i in range(n):
                    gain[p, m, there[i]] = weight[i]
                    increment[p, m] += weight[i] * innovation[c, there[i]]
    return analysed
