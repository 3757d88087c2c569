"""How large errors are, told by the innovations as a run goes.

Where errors are what they were taken to be, the square of an innovation is on average
H B H^T + R. What it is on average instead scales B and R alike (Dee 1995, with one parameter):
one kind of observation shows the sum of both errors only, and Desroziers et al. (2005) come
back to the ratio that they were begun with. The gain is then the given one, and what the
analysis says of its own accuracy becomes true.
"""

import numpy as np

PRIOR = 1.0  # 1, innovations that what was known before them is worth
LEAST, MOST = 1.0 / 16.0, 16.0  # 1, of a variance: errors of a quarter to four times the given


def error_scale(
    square: np.ndarray,
    given: np.ndarray,
    number: np.ndarray,
    expected: np.ndarray,
    before: np.ndarray,
) -> np.ndarray:
    """By what to multiply the given variances of background and observation.

    `square` and `given` are sums, over `number` innovations, of their squares and of the
    variance given for them; `expected` is the variance given for the next one, `before` that
    known of innovations before any was seen (NaN: what is given). 1 where nothing is given.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(number > 0.0, given / number, expected)
        prior = np.where(np.isfinite(before), before, mean)
        found = (PRIOR * prior + square) / (PRIOR * mean + given)
    return np.clip(np.where(mean > 0.0, found, 1.0), LEAST, MOST)
