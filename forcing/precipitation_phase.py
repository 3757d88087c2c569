"""Rain or snow, where only their sum is known."""

import numpy as np

ALL_SNOW, NO_SNOW = 273.15, 275.15  # K


def snow_share(t: np.ndarray) -> np.ndarray:
    """Share of precipitation that falls as snow at air temperature `t` (K).

    Linear from 1 at 0 degrees Celsius to 0 at 2, between the thresholds of many land models
    (Jennings et al. 2018 find half of it snow at 1.0 degrees on average over the northern
    hemisphere).
    """
    return np.clip((NO_SNOW - t) / (NO_SNOW - ALL_SNOW), 0.0, 1.0)
