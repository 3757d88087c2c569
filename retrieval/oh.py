"""How much of what a soil scatters comes back in the other polarisation: Oh (2004)."""

import numpy as np

from .iem import wave_number


def cross_polarised(height: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """VH over VV of a bare soil (linear), from its rms height (cm) and the angle (degrees).

    q = 0.095 (0.13 + sin 1.5 theta)^1.4 (1 - exp(-1.3 (k s)^0.9)) at C band.
    """
    ks = wave_number() * np.asarray(height, float)
    rising = (0.13 + np.sin(1.5 * np.radians(theta))) ** 1.4
    return 0.095 * rising * (1.0 - np.exp(-1.3 * ks**0.9))
