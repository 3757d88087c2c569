"""What the simulated base contains: the range of sigma0 at each angle and NDVI."""

from functools import lru_cache

import numpy as np

from ldas.core.kernel import parallel_kernel, prange

from .training_base import HEIGHT, MOISTURE, NDVI, SIGMA_NOISE, THETA, forward

WITHIN = 2.0  # standard deviations of the base's noise, beyond which nothing was trained on
HEIGHTS, MOISTURES = 8, 5  # samples of roughness and moisture; sigma0 is smooth in both
ANGLES, GREENS = 11, 7
BLOCK = 4096  # values of one thread in turn


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Lowest and highest sigma0 (dB), and dB per vol.% of mean roughness: (theta, ndvi, 3)."""
    theta, ndvi = np.linspace(*THETA, ANGLES), np.linspace(*NDVI, GREENS)
    moisture, height = np.linspace(*MOISTURE, MOISTURES), np.linspace(*HEIGHT, HEIGHTS)
    mv, h, t, g = np.meshgrid(moisture, height, theta, ndvi, indexing="ij")
    sigma = forward(mv, h, t, g)
    slope = (sigma[-1] - sigma[0]).mean(axis=0) / (MOISTURE[1] - MOISTURE[0])
    return np.stack([sigma.min(axis=(0, 1)), sigma.max(axis=(0, 1)), slope], axis=-1)


def beyond(sigma: np.ndarray, theta: np.ndarray, ndvi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far sigma0 (dB) lies outside the base (dB, 0 inside), and what that is in vol.%.

    Outside is what no soil of the base gives at that angle (degrees) and NDVI with twice its
    noise. The second is the distance by the mean sensitivity of sigma0 to moisture there.
    Arguments are (n,), finite.
    """
    parts = [np.ascontiguousarray(v, dtype=np.float64) for v in (sigma, theta, ndvi)]
    distance, moisture = np.empty((2, parts[0].size))
    _beyond(*parts, _table(), distance, moisture)
    return distance, moisture


@parallel_kernel
def _beyond(
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    table: np.ndarray,
    distance: np.ndarray,
    moisture: np.ndarray,
) -> None:
    """Fill both: the table is linear in angle and NDVI between its points, held beyond them."""
    n = sigma.size
    for block in prange((n + BLOCK - 1) // BLOCK):
        for i in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            x = (theta[i] - THETA[0]) / (THETA[1] - THETA[0]) * (ANGLES - 1)
            y = (ndvi[i] - NDVI[0]) / (NDVI[1] - NDVI[0]) * (GREENS - 1)
            x, y = min(max(x, 0.0), ANGLES - 1.0), min(max(y, 0.0), GREENS - 1.0)
            a, b = min(int(x), ANGLES - 2), min(int(y), GREENS - 2)
            u, v = x - a, y - b
            p, q, r, s = (1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v
            low = p * table[a, b, 0] + q * table[a + 1, b, 0]
            low += r * table[a, b + 1, 0] + s * table[a + 1, b + 1, 0]
            high = p * table[a, b, 1] + q * table[a + 1, b, 1]
            high += r * table[a, b + 1, 1] + s * table[a + 1, b + 1, 1]
            slope = p * table[a, b, 2] + q * table[a + 1, b, 2]
            slope += r * table[a, b + 1, 2] + s * table[a + 1, b + 1, 2]
            margin = WITHIN * SIGMA_NOISE
            distance[i] = max(low - margin - sigma[i], sigma[i] - high - margin, 0.0)
            moisture[i] = distance[i] / slope
