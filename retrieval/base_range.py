"""What the simulated base contains: the range of sigma0 at each angle and NDVI."""

from functools import lru_cache

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from .training_base import HEIGHT, MOISTURE, NDVI, SIGMA_NOISE, THETA, forward

WITHIN = 2.0  # standard deviations of the base's noise, beyond which nothing was trained on
HEIGHTS, MOISTURES = 8, 5  # samples of roughness and moisture; sigma0 is smooth in both
ANGLES, GREENS = 11, 7


@lru_cache(maxsize=1)
def _table() -> RegularGridInterpolator:
    """Lowest and highest sigma0 (dB), and dB per vol.% of mean roughness: (theta, ndvi, 3)."""
    theta, ndvi = np.linspace(*THETA, ANGLES), np.linspace(*NDVI, GREENS)
    moisture, height = np.linspace(*MOISTURE, MOISTURES), np.linspace(*HEIGHT, HEIGHTS)
    mv, h, t, g = np.meshgrid(moisture, height, theta, ndvi, indexing="ij")
    sigma = forward(mv, h, t, g)
    slope = (sigma[-1] - sigma[0]).mean(axis=0) / (MOISTURE[1] - MOISTURE[0])
    found = np.stack([sigma.min(axis=(0, 1)), sigma.max(axis=(0, 1)), slope], axis=-1)
    return RegularGridInterpolator((theta, ndvi), found)


def beyond(sigma: np.ndarray, theta: np.ndarray, ndvi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far sigma0 (dB) lies outside the base (dB, 0 inside), and what that is in vol.%.

    Outside is what no soil of the base gives at that angle (degrees) and NDVI with twice its
    noise. The second is the distance by the mean sensitivity of sigma0 to moisture there.
    """
    places = np.stack([np.clip(theta, *THETA), np.clip(ndvi, *NDVI)], axis=-1)
    low, high, slope = np.moveaxis(_table()(places), -1, 0)
    margin = WITHIN * SIGMA_NOISE
    distance = np.maximum(np.maximum(low - margin - sigma, sigma - high - margin), 0.0)
    return distance, distance / slope
