"""Where plants hide the soil, as the radar itself tells: the ratio of VH to VV.

Plants scatter into the other polarisation, soil hardly does; as crops grow the ratio rises while
VV falls (Vreugdenhil et al. 2018). At 61 stations of SCAN (3,518 passes) VV rises by 0.05 dB with
1 vol.% of the soil's moisture below -8 dB, by 0.03 up to -7, by 0.01 and less above.
"""

import numpy as np

from .iem import decibels

RATIO_MAX = -7.0  # dB


def hides(vv: np.ndarray, vh: np.ndarray, ratio_max: float = RATIO_MAX) -> np.ndarray:
    """Where VH over VV (both linear, means over enough looks) is above `ratio_max` (dB).

    Where VH is not known nothing is.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return decibels(vh / vv) > ratio_max
