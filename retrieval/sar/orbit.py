"""Where a satellite was: a polynomial through the state vectors of its orbit."""

import numpy as np

DEGREE = 6  # as many as keep the residual below a centimetre over the two minutes of a frame


def fit_orbit(time: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, float]:
    """Polynomials (axis, power) in time through positions, and their largest residual (m).

    `time` (vector,) in s about the middle of the frame, `position` (vector, axis) in m, fixed to
    the Earth. Fewer vectors than coefficients need make a polynomial of lower degree.
    """
    degree = min(DEGREE, time.size - 1)
    middle, half = 0.5 * (time.max() + time.min()), 0.5 * np.ptp(time) or 1.0
    coefficients = np.empty((3, degree + 1))
    residual = 0.0
    for axis in range(3):
        fitted = np.polynomial.Polynomial.fit(
            time, position[:, axis], degree, domain=[middle - half, middle + half]
        )
        coefficients[axis] = _padded(fitted.convert().coef, degree + 1)
        residual = max(residual, float(np.abs(fitted(time) - position[:, axis]).max()))
    return coefficients, residual


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([values, np.zeros(size - values.size)])
