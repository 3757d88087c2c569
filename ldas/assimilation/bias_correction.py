"""A bias correction of a model that errs alike day after day, learnt from its increments.

Dee and da Silva (1998), Dee (2005): what increments have in common is the model's bias, not
the error of its state. A lack of irrigation is such a bias: an analysis every few days only
refills what is lost again before the next. Noise must not be learnt: a correction counts by
what of its square exceeds that of the noise in it (positive-part shrinkage).
"""

import numpy as np

LARGEST = 0.01  # m3 m-3 a day, of a correction: 10 mm in a metre of soil


def learnt(
    correction: np.ndarray,
    noise: np.ndarray,
    increment: np.ndarray,
    expected: np.ndarray,
    share: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Correction a day and the variance of its noise, both (column, control), after an analysis.

    `increment` is the analysis', `expected` its variance if the model had no bias, `share`
    (column, 1) what of it is learnt, 1 over days: a gain over the days between analyses, 0
    for a column's first analysis, which corrects where it began.
    """
    after = np.clip(correction + share * increment, -LARGEST, LARGEST)
    return after, noise + share**2 * expected


def significant(correction: np.ndarray, noise: np.ndarray, threshold: float) -> np.ndarray:
    """What of a correction is applied: none below `threshold` times its noise's variance."""
    square = np.maximum(correction**2, np.finfo(float).tiny)
    return correction * np.maximum(0.0, 1.0 - threshold * noise / square)


def increment_variance(gain: np.ndarray, innovation_variance: np.ndarray) -> np.ndarray:
    """Variance (column, control) of K d for innovations that do not go together.

    `gain` (column, control, obs), `innovation_variance` (column, obs), 0 where there is none.
    """
    return np.einsum("pmk,pk->pm", gain**2, innovation_variance)
