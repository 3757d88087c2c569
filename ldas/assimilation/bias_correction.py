"""A bias correction of a model that errs alike day after day, learnt from its innovations.

Dee and da Silva (1998), Dee (2005): what innovations have in common is the model's bias, not
the error of its state. A lack of irrigation is such a bias: an analysis every few days only
refills what is lost again before the next. Noise must not be learnt: a correction counts by
what of the square of the mean innovation exceeds that of its noise (positive-part shrinkage),
judged once for a cell and not layer by layer, and the noise is what the innovations show and
not what was assumed.
"""

import numpy as np

LARGEST = 0.01  # m3 m-3 a day, of a correction: 10 mm in a metre of soil
ASSUMED = 3.0  # 1, pairs of innovations that the assumed variance is worth


def learnt(correction: np.ndarray, increment: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Correction a day (column, control) after an analysis.

    `increment` (column, control) is what the soil moisture observed gave, `share` (column,)
    what of it is learnt, 1 over days: a gain over the days between analyses, 0 for a column's
    first analysis, which corrects where it began.
    """
    return np.clip(correction + share[:, None] * increment, -LARGEST, LARGEST)


def white_variance(assumed: np.ndarray, steps: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Variance of innovations but for what they have in common.

    `steps` is the sum of half the squared differences of `number` consecutive ones: a steady
    part is not in it (von Neumann 1941). The `assumed` one counts for a few.
    """
    return (ASSUMED * assumed + steps) / (ASSUMED + number)


def significant(mean: np.ndarray, noise: np.ndarray, threshold: float) -> np.ndarray:
    """What of a correction is applied, 0 to 1: none where mean^2 < threshold x noise."""
    square = np.maximum(mean**2, np.finfo(float).tiny)
    return np.maximum(0.0, 1.0 - threshold * noise / square)
