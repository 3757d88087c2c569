"""Triple collocation: how far three series are from a truth that none of them is.

Stoffelen (1998) by covariances, with the correlation to the truth of McColl et al. (2014). The
three must see the same truth with errors that do not depend on it nor on each other.
"""

from dataclasses import dataclass

import numpy as np

from .metrics import constant


@dataclass(frozen=True)
class Collocated:
    """Of each of three series: error (one sd, in the scale of the first) and R with the truth.

    NaN where a variance comes out negative or a covariance is not positive: `undefined` says so.
    """

    n: int
    error: tuple[float, float, float]
    r: tuple[float, float, float]
    undefined: str = ""


def triple_collocation(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Collocated:
    """Errors and correlations of three series (time,) without gaps.

    var(e_x) = C_xx - C_xy C_xz / C_yz and R_x^2 = C_xy C_xz / (C_xx C_yz), in turn for each.
    """
    nothing = (np.nan, np.nan, np.nan)
    if x.size < 3 or any(constant(series) for series in (x, y, z)):
        return Collocated(x.size, nothing, nothing, "too few values, or a constant series")
    c = np.cov(np.stack([x, y, z]))
    if min(c[0, 1], c[0, 2], c[1, 2]) <= 0.0:
        return Collocated(x.size, nothing, nothing, "two of them do not vary together")
    signal = np.array([c[0, 1] * c[0, 2] / c[1, 2], c[0, 1] * c[1, 2] / c[0, 2],
                       c[0, 2] * c[1, 2] / c[0, 1]])  # fmt: skip
    to_first = np.sqrt(signal[0] / signal)
    variance = np.diag(c) - signal
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.where(variance >= 0.0, variance, np.nan)) * to_first
    r = np.where(variance >= 0.0, np.sqrt(signal / np.diag(c)), np.nan)
    told = "" if (variance >= 0.0).all() else "a variance of errors comes out negative"
    first, second = (tuple(float(v) for v in values) for values in (error, r))
    return Collocated(x.size, first, second, told)
