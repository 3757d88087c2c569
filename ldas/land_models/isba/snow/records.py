"""The snow pack of one column: what it remembers, and room to work in."""

from typing import NamedTuple

import numpy as np

from ldas.core.constants import C_ICE, L_F, RHO_WATER, T_TRIPLE
from ldas.core.kernel import kernel

SNOW_LAYERS = 12  # from the top
LAYER_MIN = 1.0e-4  # m, thinner layers conduct as if this thick
HOLD_SMALL, HOLD_LARGE, HOLD_RHO = 0.03, 0.10, 200.0  # 1, 1, kg m-3; Boone & Etchevers 2001


class SnowPack(NamedTuple):
    """Prognostic profiles, shape (SNOW_LAYERS,)."""

    swe: np.ndarray  # kg m-2
    rho: np.ndarray  # density, kg m-3
    heat: np.ndarray  # enthalpy, J m-2; 0 is liquid water at the triple point
    age: np.ndarray  # days


class SnowWork(NamedTuple):
    """Profiles that a step derives, shape (SNOW_LAYERS,) or more."""

    dz: np.ndarray  # thickness, m
    t: np.ndarray  # K
    liquid: np.ndarray  # m of water
    conductivity: np.ndarray  # W m-1 K-1
    absorbed: np.ndarray  # shortwave passing below the layer, negative, W m-2
    dz_new: np.ndarray  # m
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    d: np.ndarray


@kernel
def holding_capacity(rho: float, dz: float) -> float:
    """Liquid water (m) that a layer can hold."""
    rho = min(750.0, rho)
    share = HOLD_SMALL + (HOLD_LARGE - HOLD_SMALL) * max(0.0, HOLD_RHO - rho) / HOLD_RHO
    return share * dz * rho / RHO_WATER


@kernel
def layer_heat(dz: float, rho: float, t: float, liquid: float) -> float:
    """Enthalpy (J m-2) of a layer."""
    return dz * (rho * C_ICE * (t - T_TRIPLE) - L_F * rho) + L_F * RHO_WATER * liquid


@kernel
def unlimited_temperature(heat: float, dz: float, rho: float) -> float:
    """Temperature (K) that a layer would have were none of it liquid."""
    return T_TRIPLE + (heat / dz + L_F * rho) / (rho * C_ICE)


@kernel
def liquid_of(t: float, dz: float, rho: float) -> float:
    """Liquid water (m) of a layer whose unlimited temperature is `t` (K)."""
    return max(0.0, t - T_TRIPLE) * rho * C_ICE * dz / (L_F * RHO_WATER)


@kernel
def temperature_and_liquid(pack: SnowPack, work: SnowWork) -> None:
    """Fill `work.t` and `work.liquid` from the enthalpy."""
    for j in range(SNOW_LAYERS):
        t = unlimited_temperature(pack.heat[j], work.dz[j], pack.rho[j])
        work.liquid[j] = liquid_of(t, work.dz[j], pack.rho[j])
        work.t[j] = min(T_TRIPLE, t)


@kernel
def refresh_heat(pack: SnowPack, work: SnowWork) -> None:
    """Fill the enthalpy from temperature, density and liquid water."""
    for j in range(SNOW_LAYERS):
        pack.heat[j] = layer_heat(work.dz[j], pack.rho[j], work.t[j], work.liquid[j])


@kernel
def total(profile: np.ndarray) -> float:
    """Sum over the layers."""
    found = 0.0
    for j in range(SNOW_LAYERS):
        found += profile[j]
    return found
