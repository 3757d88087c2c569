"""The extended Kalman filter: background errors that the model carries from window to window.

Mahfouf et al. (2009). One cell at a time: the control vector of all its columns, with the
covariances between them.
"""

import numpy as np


def forecast_covariance(b: np.ndarray, m: np.ndarray, q: np.ndarray) -> np.ndarray:
    """B at the end of a window: M B M^T + Q, `b` and `m` (n, n), `q` (n,) variances."""
    ahead = m @ b @ m.T
    ahead[np.diag_indices_from(ahead)] += q
    return 0.5 * (ahead + ahead.T)


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
