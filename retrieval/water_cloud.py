"""Backscatter of soil under plants: the water cloud model of Attema and Ulaby (1978).

Parameters for crops and grass at C band with NDVI as the one vegetation descriptor:
Baghdadi et al. (2017). Angles in degrees from nadir, sigma0 linear.
"""

import numpy as np

PARAMETERS = {"VV": (0.0950, 0.5513), "VH": (0.0413, 1.1662)}  # A, B


def two_way(ndvi: np.ndarray, theta: np.ndarray, polarisation: str = "VV") -> np.ndarray:
    """T2, what of the soil's backscatter comes through the plants and back (1)."""
    _, b = _parameters(polarisation)
    return np.exp(-2.0 * b * np.asarray(ndvi) / np.cos(np.radians(theta)))


def water_cloud(
    soil: np.ndarray, ndvi: np.ndarray, theta: np.ndarray, polarisation: str = "VV"
) -> np.ndarray:
    """Backscatter of plants and soil together, from that of the soil.

    Raises ValueError for a polarisation without parameters.
    """
    a, _ = _parameters(polarisation)
    through = two_way(ndvi, theta, polarisation)
    return a * np.asarray(ndvi) * np.cos(np.radians(theta)) * (1.0 - through) + through * soil


def _parameters(polarisation: str) -> tuple[float, float]:
    if polarisation not in PARAMETERS:
        raise ValueError(f"polarisation '{polarisation}', allowed: {', '.join(PARAMETERS)}")
    return PARAMETERS[polarisation]
