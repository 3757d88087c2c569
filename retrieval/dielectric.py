"""The relative dielectric constant of moist soil: arrays in, complex arrays out (e' - j e'').

Moisture is volumetric (m3 m-3), clay and sand are fractions of the weight (1).
"""

import numpy as np

C_BAND = 5.405  # GHz, Sentinel-1
# Hallikainen et al. (1985), table 2: rows 1, moisture, moisture^2; columns 1, sand %, clay %
HALLIKAINEN = {
    4.0: (
        np.array([[2.927, -0.012, -0.001], [5.505, 0.371, 0.062], [114.826, -0.389, -0.547]]),
        np.array([[0.004, 0.001, 0.002], [0.951, 0.005, -0.010], [16.759, 0.192, 0.290]]),
    ),
    6.0: (
        np.array([[1.993, 0.002, 0.015], [38.086, -0.176, -0.633], [10.720, 1.256, 1.522]]),
        np.array([[-0.123, 0.002, 0.003], [7.502, -0.058, -0.116], [2.942, 0.452, 0.543]]),
    ),
}
VACUUM = 8.854e-12  # F m-1
OPTICAL_LIMIT = 4.9  # of water's dielectric constant


def hallikainen(
    moisture: np.ndarray, clay: float, sand: float, frequency: float = C_BAND
) -> np.ndarray:
    """Hallikainen et al. (1985), between 4 and 6 GHz linear in `frequency` (GHz).

    Raises ValueError for another frequency.
    """
    low, high = sorted(HALLIKAINEN)
    if not low <= frequency <= high:
        raise ValueError(f"frequency {frequency:g} GHz, allowed {low:g} to {high:g}")
    mv = np.asarray(moisture, float)
    texture = np.array([1.0, 100.0 * sand, 100.0 * clay])
    share = (frequency - low) / (high - low)

    def part(which: int) -> np.ndarray:
        a, b, c = (1.0 - share) * HALLIKAINEN[low][which] @ texture + share * (
            HALLIKAINEN[high][which] @ texture
        )
        return a + b * mv + c * mv**2

    return part(0) - 1j * np.maximum(part(1), 0.0)


def mironov(
    moisture: np.ndarray, clay: np.ndarray | float, frequency: float = C_BAND
) -> np.ndarray:
    """Mironov et al. (2009), near 20 deg C, from 0.3 to 26.5 GHz; clay only."""
    n, k = mixed(np.asarray(moisture, float), *refractions(np.asarray(clay, float), frequency))
    return n**2 - k**2 - 2j * n * k


def refractions(clay: np.ndarray, frequency: float) -> tuple[np.ndarray, ...]:
    """What Mironov et al. (2009) mix, by the fraction of clay.

    Refractive index and attenuation of dry soil, the most bound water (m3 m-3), and index and
    attenuation of bound and of free water: Debye relaxation (s) and conductivity (S m-1). Of
    arrays, or of numbers in kernels.
    """
    c = 100.0 * clay
    omega = 2.0e9 * np.pi * frequency

    def water(static, tau, sigma):  # noqa: ANN001, ANN202 (inlined where it is compiled)
        damped = (static - OPTICAL_LIMIT) / (1.0 + (omega * tau) ** 2)
        real = OPTICAL_LIMIT + damped
        imaginary = damped * omega * tau + sigma / (omega * VACUUM)
        size = np.sqrt(real * real + imaginary * imaginary)
        return np.sqrt(0.5 * (size + real)), np.sqrt(0.5 * (size - real))

    n_bound, k_bound = water(
        79.8 - 85.4e-2 * c + 32.7e-4 * c**2, 1.062e-11 + 3.450e-14 * c, 0.3112 + 0.467e-2 * c
    )
    n_free, k_free = water(100.0, 8.5e-12, 0.3631 + 1.217e-2 * c)
    n_dry, k_dry = 1.634 - 0.539e-2 * c + 0.2748e-4 * c**2, 0.03952 - 0.04038e-2 * c
    return n_dry, k_dry, 0.02863 + 0.30673e-2 * c, n_bound, k_bound, n_free, k_free


def mixed(
    mv: np.ndarray,
    n_dry: np.ndarray,
    k_dry: np.ndarray,
    most_bound: np.ndarray,
    n_bound: np.ndarray,
    k_bound: np.ndarray,
    n_free: np.ndarray,
    k_free: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Refractive index and attenuation of moist soil: dry soil, bound and free water add up.

    Of arrays, or of numbers in kernels.
    """
    bound, free = np.minimum(mv, most_bound), np.maximum(mv - most_bound, 0.0)
    n = n_dry + (n_bound - 1.0) * bound + (n_free - 1.0) * free
    return n, k_dry + k_bound * bound + k_free * free
