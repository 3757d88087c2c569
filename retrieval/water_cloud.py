"""Backscatter of soil under plants: the water cloud model of Attema and Ulaby (1978).

One vegetation descriptor stands for what scatters and what attenuates. Parameters for crops and
grass at C band with NDVI: Baghdadi et al. (2017). Angles in degrees from nadir, sigma0 linear.
"""

import numpy as np

PARAMETERS = {"VV": (0.0950, 0.5513), "VH": (0.0413, 1.1662)}  # A, B


def transmissivity(plants: np.ndarray, theta: np.ndarray, b: np.ndarray | float) -> np.ndarray:
    """T2, what of the soil's backscatter comes through the plants and back (1).

    `plants` is the vegetation descriptor (NDVI, leaf area), `b` its attenuation.
    """
    return np.exp(-2.0 * b * np.asarray(plants) / np.cos(np.radians(theta)))


def cloud(
    soil: np.ndarray, dense: np.ndarray | float, theta: np.ndarray, through: np.ndarray
) -> np.ndarray:
    """Backscatter of plants and soil together, from that of the soil.

    `dense` is what plants scatter that let nothing `through`, seen from above; arguments
    broadcast.
    """
    return dense * np.cos(np.radians(theta)) * (1.0 - through) + through * soil


def two_way(ndvi: np.ndarray, theta: np.ndarray, polarisation: str = "VV") -> np.ndarray:
    """T2 of crops and grass from NDVI."""
    return transmissivity(ndvi, theta, _parameters(polarisation)[1])


def water_cloud(
    soil: np.ndarray, ndvi: np.ndarray, theta: np.ndarray, polarisation: str = "VV"
) -> np.ndarray:
    """Backscatter of crops or grass and soil together, from that of the soil and NDVI.

    Raises ValueError for a polarisation without parameters.
    """
    a, _ = _parameters(polarisation)
    return cloud(soil, a * np.asarray(ndvi), theta, two_way(ndvi, theta, polarisation))


def _parameters(polarisation: str) -> tuple[float, float]:
    if polarisation not in PARAMETERS:
        raise ValueError(f"polarisation '{polarisation}', allowed: {', '.join(PARAMETERS)}")
    return PARAMETERS[polarisation]
