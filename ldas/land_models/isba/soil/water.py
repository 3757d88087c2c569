"""Liquid water in the soil: mixed-form Richards equation (Boone et al. 2000; Decharme et al. 2011).

Brooks-Corey potential and conductivity, ice impedance (Johnsson & Lundin 1991), vapour
conductance (Braud et al. 1993), Crank-Nicolson fluxes linearised once in w. Rain first
fills the layers from the top; what does not fit is runoff.
"""

import math

import numpy as np

from ldas.core.constants import E_SAT_TRIPLE, GRAVITY, P0, R_V, RHO_WATER, T_TRIPLE
from ldas.core.elementary import exp, log
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Grid, Profile, Properties, Soil, whole_vectors
from ldas.land_models.isba.surface.humidity import (
    saturation_vapour_pressure,
    specific_humidity_of,
    vapour_pressure_of,
)
from ldas.land_models.isba.tridiagonal import Work, solve_tridiagonal

from .thermal import W_MIN

LN_IMPEDANCE = -6.0 * math.log(10.0)  # 1, a layer all frozen loses six decades
IMPLICIT = 0.5  # 1, weight of the new time level
TORTUOSITY = 0.66  # 1
VAPOUR_DIFFUSIVITY = 2.17e-5  # m2 s-1 at T_TRIPLE and P0
VAPOUR_EXPONENT = 1.88  # 1
DRY_OFFSET = 0.05  # m3 m-3


@kernel
def ice_impedance(w: float, wi: float) -> float:
    """Factor (1) by which ice in the pores slows water and vapour."""
    return exp(LN_IMPEDANCE * wi / (wi + w))


@kernel
def brooks_corey(w: float, wi: float, soil: Soil) -> tuple[float, float]:
    """Matric potential (m) and conductivity (m s-1) of the pores that ice `wi` (m3 m-3) leaves."""
    s = min(1.0, w / max(W_MIN, soil.wsat - wi))
    steep = exp(soil.b * log(s))  # s^b
    k = soil.k_sat * steep * steep * s * s * s  # s^(2b+3)
    return soil.psi_sat / steep, k


@kernel
def vapour_pressure_in_pores(t: float, p: float, chi: float) -> float:
    """Vapour pressure (Pa) over the pore water before the effect of its potential.

    As the reference has it: the ice share `chi` weighs the pressure at `t`, the liquid
    share that at min(t, 273.16 K).
    """
    saturated = saturation_vapour_pressure(t)
    cold = saturated if t < T_TRIPLE else E_SAT_TRIPLE
    over_ice = vapour_pressure_of(specific_humidity_of(saturated, p), p)
    return chi * over_ice + (1.0 - chi) * cold if chi > 0.0 else cold


@kernel
def vapour_flow(
    w: float, wi: float, t: float, p: float, psi: float, e_pores: float, soil: Soil
) -> float:
    """Isothermal vapour conductivity (kg m-2 s-1) of a layer without ice's impedance.

    It is nil from field capacity up.
    """
    total = w + wi
    diffusivity = VAPOUR_DIFFUSIVITY * (P0 / p) * exp(VAPOUR_EXPONENT * log(t / T_TRIPLE))
    air = min(soil.wsat, (soil.wsat - total) * (1.0 + total / (soil.wsat - DRY_OFFSET)))
    pv = exp(psi * GRAVITY / (R_V * t)) * e_pores
    k = TORTUOSITY * p * diffusivity * air * GRAVITY * pv / ((p - pv) * (R_V * t) ** 2)
    return k if total < soil.wfc and total > W_MIN else 0.0


@kernel
def transport_properties(
    column: Profile,
    p: float,
    soil: Soil,
    psi: np.ndarray,
    k: np.ndarray,
    k_vapour: np.ndarray,
    e_pores: np.ndarray,
) -> None:
    """Fill potential (m), conductivities (m s-1) and pore vapour pressure (Pa), (PADDED,)."""
    w, wi, t = column
    layers = whole_vectors(soil.n)
    for j in range(layers):
        psi[j], k[j] = brooks_corey(w[j], wi[j], soil)
    icy, cold, dry = False, False, False
    for j in range(soil.n):
        icy = icy or wi[j] > 0.0
        cold = cold or t[j] < T_TRIPLE
        dry = dry or w[j] + wi[j] < soil.wfc
    for j in range(layers):
        k_vapour[j] = 0.0
    if dry:
        for j in range(layers):
            e_pores[j] = E_SAT_TRIPLE
        if icy or cold:
            for j in range(layers):
                e_pores[j] = vapour_pressure_in_pores(t[j], p, wi[j] / (w[j] + wi[j]))
        for j in range(layers):
            k_vapour[j] = vapour_flow(w[j], wi[j], t[j], p, psi[j], e_pores[j], soil)
    if icy:
        for j in range(layers):
            impedance = ice_impedance(w[j], wi[j])
            k[j] *= impedance
            k_vapour[j] *= impedance
    for j in range(layers):
        k_vapour[j] /= RHO_WATER


@kernel
def infiltrate(w: np.ndarray, wi: np.ndarray, water: float, dz: np.ndarray, soil: Soil) -> float:
    """Fill the layers from the top with `water` (m); return what does not fit (m)."""
    for j in range(soil.n):
        if water <= 0.0:
            break
        room = max(0.0, max(W_MIN, soil.wsat - wi[j]) - w[j]) * dz[j]
        taken = min(water, room)
        w[j] += taken / dz[j]
        water -= taken
    return max(0.0, water)


@kernel
def spread_loss(w: np.ndarray, loss: float, dz: np.ndarray, soil: Soil, sink: np.ndarray) -> None:
    """Add `loss` (m s-1, positive) to the sinks of all layers but the last, by water held."""
    held = 0.0
    for j in range(soil.n - 1):
        held += dz[j] * w[j]
    for j in range(soil.n - 1):
        sink[j] += loss * dz[j] * w[j] / held


@kernel
def richards_fluxes(
    w: np.ndarray,
    psi: np.ndarray,
    k: np.ndarray,
    k_vapour: np.ndarray,
    per_spacing: np.ndarray,
    layers: int,
    b: float,
    flux: np.ndarray,
    dflux: np.ndarray,
    dflux_next: np.ndarray,
) -> None:
    """Fill the flux (m s-1, up) through the lower face of `layers` and its derivatives.

    Conductivities are geometric means; `dflux` is by the layer's own water, `dflux_next`
    by that of the layer below; vapour conductivity is not differentiated.
    """
    slope = 0.5 * (2.0 * b + 3.0)
    for j in range(layers):
        k_mean = math.sqrt(k[j] * k[j + 1])
        nu = k_mean + math.sqrt(k_vapour[j] * k_vapour[j + 1])
        head = (psi[j] - psi[j + 1]) * per_spacing[j]
        dk = slope * k_mean * (head + 1.0)
        dhead = b * nu * per_spacing[j]
        flux[j] = -nu * head - k_mean
        dflux[j] = (dhead * psi[j] - dk) / w[j]
        dflux_next[j] = -(dhead * psi[j + 1] + dk) / w[j + 1]


@kernel
def move_water(
    column: Profile,
    sink: np.ndarray,
    p: float,
    grid: Grid,
    soil: Soil,
    dt: float,
    properties: Properties,
    work: Work,
) -> float:
    """Advance the liquid water of `column` by `dt` (s); return the drainage (m s-1).

    `sink` (m s-1 per layer) holds evaporation and transpiration. Fluxes are positive
    upwards, gravity drains the bottom freely.
    """
    lower, diagonal, upper, x = work.lower, work.diagonal, work.upper, work.x
    flux, dflux, dflux_next = work.flux, work.dflux, work.dflux_next
    psi, k, k_vapour = properties.psi, properties.k, properties.k_vapour
    transport_properties(column, p, soil, psi, k, k_vapour, properties.e_pores)
    w, dz, last = column.w, grid.dz, soil.n - 1
    richards_fluxes(
        w, psi, k, k_vapour, grid.per_spacing, whole_vectors(soil.n), soil.b, flux, dflux,
        dflux_next,
    )  # fmt: skip
    flux[last] = -k[last]
    dflux[last] = -(2.0 * soil.b + 3.0) * k[last] / w[last]
    dflux_next[last] = 0.0
    lower[0] = 0.0
    diagonal[0] = dz[0] / dt - IMPLICIT * dflux[0]
    x[0] = flux[0] - sink[0]
    upper[0] = -IMPLICIT * dflux_next[0]
    for j in range(1, soil.n):
        lower[j] = IMPLICIT * dflux[j - 1]
        diagonal[j] = dz[j] / dt - IMPLICIT * (dflux[j] - dflux_next[j - 1])
        upper[j] = -IMPLICIT * dflux_next[j]
        x[j] = flux[j] - flux[j - 1] - sink[j]
    solve_tridiagonal(lower, diagonal, upper, x, soil.n)
    drainage = -(flux[last] + IMPLICIT * dflux[last] * x[last])
    for j in range(soil.n):
        w[j] += x[j]
    return drainage + keep_in_pores(w, column.wi, dz, soil) / dt


@kernel
def keep_in_pores(w: np.ndarray, wi: np.ndarray, dz: np.ndarray, soil: Soil) -> float:
    """Move what exceeds the pores down, then what lacks to W_MIN up; return the loss below (m)."""
    n = soil.n
    outside = False
    for j in range(n):
        outside |= w[j] > max(W_MIN, soil.wsat - wi[j]) or w[j] < W_MIN
    if not outside:
        return 0.0
    lost = 0.0
    for j in range(n):
        excess = max(0.0, w[j] - max(W_MIN, soil.wsat - wi[j]))
        w[j] -= excess
        if j < n - 1:
            w[j + 1] += excess * dz[j] / dz[j + 1]
        else:
            lost = excess * dz[j]
    for j in range(n):
        lack = max(0.0, W_MIN - w[j])
        w[j] += lack
        if j < n - 1:
            w[j + 1] -= lack * dz[j] / dz[j + 1]
        else:
            lost -= lack * dz[j]
    return lost
