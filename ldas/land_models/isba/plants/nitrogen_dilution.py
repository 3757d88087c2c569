"""Growth and death of leaves, once a day: nitrogen dilution (NIT).

Calvet & Soussana (2001); Gibelin et al. (2006). Leaf biomass and total above-ground
biomass are tied by an allometric law (nitrogen decline of growing stands); assimilation
feeds the leaves, ageing and stress take from them.
"""

import math
from typing import NamedTuple

from ldas.core.constants import DAY, MOLAR_MASS_C, MOLAR_MASS_CO2
from ldas.core.elementary import exp, power
from ldas.core.kernel import kernel

CARBON_SHARE = 0.40  # 1, of dry biomass
BIOMASS_PER_CO2 = MOLAR_MASS_C / (MOLAR_MASS_CO2 * CARBON_SHARE)  # kg kg-1
ALLOMETRY_A = 0.38  # 1, leaf biomass = c (above-ground biomass)^(1 - a)
ALLOMETRY_C = 0.31425531725  # kg m-2
BIOMASS_LIMIT = 4.7540042445e-2  # kg m-2, below it dead leaves feed the below-ground pool
LAI_B_EQUATOR, LAI_B_SLOPE, LAI_B_MIN = 5.76, 0.64, 3.8  # m2 m-2, self-shading; Calvet et al. 2008
SELF_SHADING_POWER = 0.321  # 1
SHORTEST_LIFE = 0.1  # 1, of the longest


class Pools(NamedTuple):
    """Living biomass (kg m-2) and what the day brought."""

    leaf: float
    structural: float  # above the ground, active
    below: float  # below the ground
    assimilated: float  # CO2 since the last update, kg m-2
    an_leaf_max: float  # best leaf assimilation of the day, kg kg-1 m s-1
    respired_structural: float  # biomass respired since the last update, kg m-2
    respired_below: float


class Ageing(NamedTuple):
    """Traits that rule growth and death."""

    life: float  # longest leaf span, s
    lai_min: float  # m2 m-2
    leaf_mass: float  # leaf biomass per leaf area B_0, kg m-2
    an_max: float  # assimilation of a leaf at its best, kg kg-1 m s-1
    gm: float  # mesophyll conductance, m s-1
    lai_b: float  # LAI above which shading lengthens life, m2 m-2


def self_shading_lai(lat: float) -> float:
    """LAI (m2 m-2) from which on the leaves shade each other at latitude `lat` (degrees)."""
    return max(LAI_B_EQUATOR - LAI_B_SLOPE * math.atan(abs(math.radians(lat))), LAI_B_MIN)


@kernel
def leaf_span(pools: Pools, lai: float, age: Ageing) -> float:
    """Life of leaves (days): shorter as photosynthesis stays below its best."""
    shading = 0.0
    if age.gm > 0.0:
        shading = power(1000.0 * age.gm, SELF_SHADING_POWER) * lai / age.lai_b
    longest = age.life / DAY
    return max(
        SHORTEST_LIFE * longest,
        longest * max(1.0, shading) * min(1.0, pools.an_leaf_max / age.an_max),
    )


@kernel
def daily_growth(pools: Pools, lai: float, age: Ageing) -> tuple[Pools, float]:
    """Pools after a day's growth and death, their daily counters back at zero, and the LAI."""
    b1, b2, b3 = max(pools.leaf, 0.0), pools.structural, pools.below
    span = leaf_span(pools, lai, age)
    decay = 1.0 - exp(-DAY / age.life)
    lost = max(min(b1 - age.lai_min * age.leaf_mass, b1 * (1.0 - exp(-1.0 / span))), 0.0)
    leaf = b1 - lost
    gain = pools.assimilated * BIOMASS_PER_CO2
    exponent = 1.0 - ALLOMETRY_A
    if gain >= lost:
        total = leaf
        if leaf > 0.0:
            total = max(leaf, power(leaf / ALLOMETRY_C, 1.0 / exponent))
        structural = total - leaf
        stored = structural - b2 + structural * decay + pools.respired_structural
    else:
        stored = 0.0
        structural = max(b2 - b2 * decay - pools.respired_structural, 0.0)
        total = leaf + structural
    below_gain = -min(stored, 0.0)
    stored = max(stored, 0.0)
    if stored > lost:
        decayed = b2 * decay
        total = b1 + b2 - decayed - pools.respired_structural
        leaf = ALLOMETRY_C * power(total, exponent) if total > 0.0 else 0.0
        structural = total - leaf
        lost = b1 - leaf
        stored = structural - b2 + decayed + pools.respired_structural
    dead = max(0.0, lost - stored)
    below = b3
    if total <= BIOMASS_LIMIT and span > 1.0:
        below += dead
    below = max(0.0, below + below_gain - b3 * decay - pools.respired_below)
    leaf += gain
    lai = max(age.lai_min * age.leaf_mass, leaf) / age.leaf_mass
    return Pools(leaf, structural, below, 0.0, 0.0, 0.0, 0.0), lai
