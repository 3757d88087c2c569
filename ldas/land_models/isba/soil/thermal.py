"""Thermal conductivity and heat capacity of the soil, and the inertia of the surface.

Peters-Lidard et al. (1998) conductivity, Johansen's interpolation by Kersten numbers
(`CSCOND='PL98'`); surface inertia after Noilhan & Planton (1989).
"""

import math

import numpy as np

from ldas.core.constants import C_ICE, C_WATER, GRAVITY, L_F, RHO_ICE, RHO_WATER, T_TRIPLE
from ldas.core.elementary import exp, log, power
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import LAYERS, PADDED, VECTOR, Canopy, Profile, Soil

from .hydraulics import ICE_CONDUCTIVITY, WATER_CONDUCTIVITY

LN_ICE_OVER_WATER = math.log(ICE_CONDUCTIVITY / WATER_CONDUCTIVITY)
PER_LN_10 = 1.0 / math.log(10.0)
SATURATION_MIN = 0.1  # 1, below it the Kersten number is not evaluated
W_MIN = 0.001  # m3 m-3, least liquid water of a layer
INERTIA_MAX = 1.0e-4  # K m2 J-1
CANOPY_SHARE = 0.2  # 1, share of Cv that is the leaves' own heat capacity
WATER_TABLE_DEPTH = 100.0  # m, where the potential is that of saturation if no table is known


@kernel
def frozen_fraction(w: float, wi: float) -> float:
    """Ice as a fraction of all water of a layer (1)."""
    return wi / (wi + max(w, W_MIN))


@kernel
def heat_capacity(w: float, wi: float, soil: Soil) -> float:
    """Volumetric heat capacity (J m-3 K-1) of soil with liquid `w` and ice `wi` (m3 m-3)."""
    return (1.0 - soil.wsat) * soil.c_mineral + w * C_WATER * RHO_WATER + wi * C_ICE * RHO_ICE


@kernel
def thermal_conductivity(w: float, wi: float, soil: Soil) -> float:
    """Thermal conductivity (W m-1 K-1) of soil with liquid `w` and ice `wi` (m3 m-3).

    Ice of fraction f in the pores raises the saturated value by (ice/water)^(f wsat).
    """
    s = min(1.0, max(SATURATION_MIN, (w + wi) / soil.wsat))
    f = frozen_fraction(w, wi)
    kersten = (1.0 - f) * (log(s) * PER_LN_10 + 1.0) + f * s
    saturated = soil.thawed_conductivity * exp(f * soil.wsat * LN_ICE_OVER_WATER)
    return kersten * (saturated - soil.dry_conductivity) + soil.dry_conductivity


@kernel
def supercooled_potential(t: float, psi_sat: float) -> float:
    """Potential (m) of liquid water in equilibrium with ice at `t` (K): the Gibbs limit."""
    return min(psi_sat, L_F * (t - T_TRIPLE) / (GRAVITY * t))


@kernel
def water_below_hydrology(
    z: float, z_last: float, psi_last: float, t: float, soil: Soil
) -> tuple[float, float]:
    """Liquid water and ice (m3 m-3) of a layer at depth `z` below the last one with moisture.

    The potential runs linearly from `psi_last` at `z_last` to saturation at the water
    table; what cannot be liquid at temperature `t` is ice. Used for heat only.
    """
    k = max(0.0, (WATER_TABLE_DEPTH - z) / (z - z_last))
    psi = (soil.psi_sat + k * psi_last) / (1.0 + k)
    total = water_at_potential(psi, soil)
    unfrozen = min(total, water_at_potential(supercooled_potential(t, soil.psi_sat), soil))
    liquid = total if t >= T_TRIPLE else unfrozen
    return liquid, total - liquid


@kernel
def water_at_potential(psi: float, soil: Soil) -> float:
    """Water content (m3 m-3), at least W_MIN, at the potential `psi` (m)."""
    ratio = max(1.0, psi / soil.psi_sat)
    return max(W_MIN, soil.wsat * power(ratio, -1.0 / soil.b))


@kernel
def fill_below_hydrology(column: Profile, node: np.ndarray, soil: Soil) -> None:
    """Give the layers below the last one with moisture the water that heat needs to know."""
    if soil.n == LAYERS:
        return
    w, wi, t = column
    last = soil.n - 1
    s = min(1.0, (w[last] + wi[last]) / soil.wsat)
    psi_last = soil.psi_sat * power(s, -soil.b)
    first = np.uint64(soil.n // VECTOR * VECTOR)  # an index that cannot count from the end
    for j in range(first, np.uint64(PADDED)):
        liquid, ice = water_below_hydrology(node[j], node[last], psi_last, t[j], soil)
        w[j] = liquid if j > last else w[j]
        wi[j] = ice if j > last else wi[j]


@kernel
def soil_thermal_properties(
    w: np.ndarray, wi: np.ndarray, soil: Soil, conductivity: np.ndarray, capacity: np.ndarray
) -> None:
    """Fill `conductivity` (W m-1 K-1) and `capacity` (J m-3 K-1), shape (PADDED,)."""
    for j in range(PADDED):
        conductivity[j] = thermal_conductivity(w[j], wi[j], soil)
        capacity[j] = heat_capacity(w[j], wi[j], soil)


@kernel
def ground_inertia(dz: float, capacity: float) -> float:
    """C_G (K m2 J-1) of the top layer of thickness `dz` (m)."""
    return min(INERTIA_MAX, 1.0 / (dz * capacity))


@kernel
def surface_inertia(c_g: float, wr: float, canopy: Canopy) -> float:
    """C_T (K m2 J-1): ground and canopy, which holds `wr` (kg m-2) of water, side by side."""
    c_canopy = min(INERTIA_MAX, 1.0 / (CANOPY_SHARE / canopy.c_v + C_WATER * wr))
    return 1.0 / ((1.0 - canopy.veg) / c_g + canopy.veg / c_canopy)
