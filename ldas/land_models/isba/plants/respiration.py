"""Respiration of living biomass (NIT) and of the ecosystem (Norman et al. 1992)."""

import math

import numpy as np

from ldas.core.constants import DAY, T_TRIPLE
from ldas.core.elementary import exp
from ldas.core.kernel import kernel

from .nitrogen_dilution import BIOMASS_PER_CO2

LN_2 = math.log(2.0)
T_REFERENCE = 25.0  # degC
HERB_RATE = 1.16e-7  # s-1, of biomass at 25 degC; Faurie 1994
SAPWOOD_RATE = 1.25 / (365.0 * DAY)  # s-1, at 15 degC; Kucharik et al. 2000
SAPWOOD_ENERGY, SAPWOOD_T = 3500.0, 288.0  # K
SOIL_RATE = 4.4e-8  # kg m-2 s-1, with
SOIL_BASE, SOIL_PER_LAI = 13.5, 5.4  # 1, and per m2 m-2: Norman et al. 1992
SOIL_TOP, SOIL_DEEP = 0.1, 1.0  # m, depths of the moisture and temperature that count


@kernel
def q10_2(t: float) -> float:
    """Doubling every 10 K (1), one at 25 degC; `t` in K."""
    return exp(0.1 * LN_2 * (t - T_TRIPLE - T_REFERENCE))


@kernel
def depth_mean(values: np.ndarray, dz: np.ndarray, depth: float) -> float:
    """Mean of a soil profile from the surface to `depth` (m)."""
    total, bottom, j = 0.0, 0.0, 0
    while bottom < depth:
        bottom += dz[j]
        total += values[j] * min(dz[j], depth - bottom + dz[j])
        j += 1
    return total / depth


@kernel
def structural_respiration(biomass: float, woody: bool, t_surface: float, dt: float) -> float:
    """Above-ground structural biomass (kg m-2) respired in `dt` (s) at `t_surface` (K)."""
    if woody:
        rate = SAPWOOD_RATE * exp(SAPWOOD_ENERGY * (1.0 / SAPWOOD_T - 1.0 / t_surface))
        return biomass * dt * rate
    return biomass * HERB_RATE * q10_2(t_surface) * dt


@kernel
def below_respiration(biomass: float, t_soil: float, dt: float) -> float:
    """Below-ground biomass (kg m-2) respired in `dt` (s) at the soil's temperature (K)."""
    return biomass * HERB_RATE * q10_2(t_soil) * dt


@kernel
def ecosystem_respiration(
    leaves: float, structural: float, lai: float, w_top: float, t_soil: float, dt: float
) -> float:
    """CO2 (kg m-2 s-1) of soil, leaves (kg m-2 s-1) and the `structural` biomass of a step.

    The soil's part, roots included, grows with the moisture `w_top` (m3 m-3) of its first
    10 cm and doubles every 10 K.
    """
    soil = SOIL_RATE * (SOIL_BASE + SOIL_PER_LAI * lai) * w_top * q10_2(t_soil)
    return soil + leaves + structural / (BIOMASS_PER_CO2 * dt)
