"""The ensemble square-root filter: observations one after another, none of them perturbed.

Whitaker & Hamill (2002), as used for LDAS-Monde by Bonan et al. (2020).
"""

import numpy as np


def ensrf_analysis(
    ensemble: np.ndarray, equivalents: np.ndarray, r: np.ndarray, observed: np.ndarray
) -> np.ndarray:
    """Analysed members (member, n).

    `equivalents` (member, obs) are the observations as each member has them, `r` (obs,)
    variances, `observed` (obs,).
    """
    members = ensemble.shape[0]
    joint = np.concatenate([ensemble, equivalents], axis=1)
    mean = joint.mean(axis=0)
    spread = joint - mean
    n = ensemble.shape[1]
    for k in range(observed.size):
        y = spread[:, n + k]
        variance = y @ y / (members - 1)
        covariance = spread.T @ y / (members - 1)
        gain = covariance / (variance + r[k])
        mean = mean + gain * (observed[k] - mean[n + k])
        reduced = 1.0 / (1.0 + np.sqrt(r[k] / (variance + r[k])))
        spread = spread - reduced * np.outer(y, gain)
    return (mean + spread)[:, :n]
