"""Humidity of air in its several measures; over water, Bolton (1980) eq. 10."""

import numpy as np

from ldas.core.constants import EPSILON


def saturation_pressure(t: np.ndarray) -> np.ndarray:
    """Saturation vapour pressure over water (Pa) at temperature `t` (K)."""
    celsius = t - 273.15
    return 611.2 * np.exp(17.67 * celsius / (celsius + 243.5))


def specific_from_vapour_pressure(e: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Specific humidity (kg kg-1) from vapour pressure and pressure (Pa)."""
    return EPSILON * e / (p - (1.0 - EPSILON) * e)


def vapour_pressure(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Vapour pressure (Pa) from specific humidity (kg kg-1) and pressure (Pa)."""
    return q * p / (EPSILON + (1.0 - EPSILON) * q)


def specific_from_dew_point(tdew: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Specific humidity (kg kg-1) from the dew point (K)."""
    return specific_from_vapour_pressure(saturation_pressure(tdew), p)


def specific_from_relative(rh: np.ndarray, t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Specific humidity (kg kg-1) from relative humidity (1) over water."""
    return specific_from_vapour_pressure(rh * saturation_pressure(t), p)
