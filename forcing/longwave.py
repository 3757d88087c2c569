"""Longwave radiation of the sky where it is not measured, by named formulae.

The emissivity of a clear sky by one of FORMULAE; clouds by how much the day's shortwave falls
short of a clear one's (Unsworth and Monteith 1975: e = e0 + 0.84 c (1 - e0)).
"""

from collections.abc import Callable

import numpy as np

from ldas.core.constants import SOLAR_CONSTANT, STEFAN
from ldas.core.sun import cos_zenith

from .humidity import vapour_pressure

CLEAR_SKY = 0.75  # 1, of the radiation above the atmosphere (Allen et al. 1998, eq. 37, sea level)
OVERCAST = 0.2  # 1, of a clear sky's shortwave, under a closed cover
NO_SUN = 20.0  # W m-2, mean above the atmosphere, below which clouds cannot be told
UNKNOWN_COVER = 0.5  # 1, where they cannot


def prata(t: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Emissivity (1) at `t` (K) and vapour pressure `e` (Pa): Prata (1996), eq. 18."""
    w = 46.5 * (e / 100.0) / t
    return 1.0 - (1.0 + w) * np.exp(-np.sqrt(1.2 + 3.0 * w))


def brutsaert(t: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Emissivity (1) at `t` (K) and vapour pressure `e` (Pa): Brutsaert (1975), eq. 11."""
    return 1.24 * (e / 100.0 / t) ** (1.0 / 7.0)


FORMULAE: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "prata": prata,
    "brutsaert": brutsaert,
}


def cloud_cover(
    shortwave: np.ndarray, time: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> np.ndarray:
    """Share of the sky under cloud (cell, 1), from shortwave (cell, stamp) over a day or so."""
    above = SOLAR_CONSTANT * cos_zenith(time[None, :], lat[:, None], lon[:, None]).mean(axis=1)
    clear = CLEAR_SKY * np.where(above > NO_SUN, above, np.inf)
    ratio = shortwave.mean(axis=1) / clear
    cover = np.clip(1.0 - (ratio - OVERCAST) / (1.0 - OVERCAST), 0.0, 1.0)
    return np.where(above > NO_SUN, cover, UNKNOWN_COVER)[:, None]


def longwave(
    formula: str, t: np.ndarray, q: np.ndarray, p: np.ndarray, cover: np.ndarray
) -> np.ndarray:
    """Longwave down (W m-2) at air temperature (K), humidity (kg kg-1), pressure (Pa)."""
    clear = FORMULAE[formula](t, vapour_pressure(q, p))
    return (clear + 0.84 * cover * (1.0 - clear)) * STEFAN * t**4
