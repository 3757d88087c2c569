"""The extended Kalman filter: background errors that the model carries from window to window.

Mahfouf et al. (2009). One cell at a time: the control vector of all its columns, with the
covariances between them.
"""

import numpy as np

LARGEST = 4.0  # 1, of a carried variance over the given one: errors twice as large


def forecast_covariance(
    b: np.ndarray, m: np.ndarray, q: np.ndarray, into: np.ndarray | None = None
) -> np.ndarray:
    """Error covariance at the end of a window: M B M^T + E Q E^T, shape (n, n).

    `b` (k, k) at its start, `m` (n, k) what the model makes of it, `q` (k, k) the errors that
    the model adds, `into` (n, k) where they are found at the end (not given: k = n and in
    their own place). Rows beyond the control variables can be equivalents of observations.
    """
    added = q if into is None else into @ q @ into.T
    ahead = m @ b @ m.T + added
    return 0.5 * (ahead + ahead.T)


def bounded(b: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Covariance `b` (n, n) with no variance above LARGEST times those given, (n,).

    Correlations stay. Where the model has a threshold within a perturbation (water that just
    freezes) a finite difference is no derivative, and one window of it would make errors of
    metres of water.
    """
    own = np.diagonal(b)
    limit = LARGEST * variance
    shrunk = np.sqrt(limit / np.where(own > limit, own, 1.0))
    factor = np.where(own > limit, shrunk, 1.0)
    return factor[:, None] * b * factor[None, :]


def ekf_analysis(
    b: np.ndarray, h: np.ndarray, r: np.ndarray, innovation: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Increment (n,), gain (n, obs) and analysed B (n, n) in Joseph's form.

    `h` (obs, n), `r` (obs,) variances, `innovation` (obs,).
    """
    s = h @ b @ h.T + np.diag(r)
    gain = np.linalg.solve(s, h @ b).T
    left = np.eye(b.shape[0]) - gain @ h
    after = left @ b @ left.T + (gain * r) @ gain.T
    return gain @ innovation, gain, 0.5 * (after + after.T)
