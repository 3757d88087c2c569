"""Correction of the air for the height of the cell above the forcing's ground.

Cosgrove et al. (2003, NLDAS), section 3.2: temperature by a fixed lapse rate, pressure
hydrostatic, relative humidity kept, longwave by Stefan-Boltzmann with the emissivity of
Satterlund (1979).
"""

import numpy as np

from ldas.core.constants import GRAVITY, LAPSE_RATE, R_D

from .humidity import saturation_pressure, specific_from_vapour_pressure, vapour_pressure


def sky_emissivity(e: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Clear-sky emissivity (1) from vapour pressure (Pa) and temperature (K)."""
    return 1.08 * (1.0 - np.exp(-((e / 100.0) ** (t / 2016.0))))


def correct_for_height(
    t: np.ndarray, q: np.ndarray, p: np.ndarray, lw: np.ndarray, dz: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Temperature (K), humidity (kg kg-1), pressure (Pa), longwave (W m-2) `dz` (m) higher.

    `dz` must broadcast against the others; where it is zero nothing changes.
    """
    t_new = t - LAPSE_RATE * dz
    p_new = p * np.exp(-GRAVITY * dz / (R_D * 0.5 * (t + t_new)))
    e = vapour_pressure(q, p)
    e_new = e / saturation_pressure(t) * saturation_pressure(t_new)
    q_new = specific_from_vapour_pressure(e_new, p_new)
    ratio = sky_emissivity(e_new, t_new) / sky_emissivity(e, t)
    lw_new = lw * ratio * (t_new / t) ** 4
    level = np.broadcast_to(dz == 0.0, t.shape)
    return (
        np.where(level, t, t_new),
        np.where(level, q, q_new),
        np.where(level, p, p_new),
        np.where(level, lw, lw_new),
    )
