"""Freezing and thawing of soil water (Boone et al. 2000; Decharme et al. 2016)."""

import numpy as np

from ldas.core.constants import C_ICE, GRAVITY, L_F, RHO_ICE, RHO_WATER, T_TRIPLE
from ldas.core.elementary import power
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Canopy, Profile, Soil

from .thermal import W_MIN, supercooled_potential

TAU_ICE = 3300.0  # s, time scale of the phase change
CANOPY_INSULATION = 0.2  # 1, weight of the vegetation cover in layer 1
LAI_INSULATION = 30.0  # m2 m-2, LAI at which layer 1 would not change phase any more
ICE_TRACE = 1.0e-6  # m3 m-3, less ice than this melts at once
FUSION = L_F * RHO_WATER  # J m-3


@kernel
def surface_efficiency(canopy: Canopy) -> float:
    """Efficiency (1) of the phase change in layer 1 under a canopy."""
    if canopy.veg == 0.0:
        return 1.0
    leaves = min(max(1.0 - canopy.lai / LAI_INSULATION, 0.0), 1.0)
    return (1.0 - CANOPY_INSULATION * canopy.veg) * leaves


@kernel
def change_phase(
    t: float,
    w: float,
    wi: float,
    capacity: float,
    efficiency: float,
    soil: Soil,
    dt: float,
) -> tuple[float, float, float]:
    """Temperature (K), liquid and ice (m3 m-3) of a layer after `dt` (s) of phase change."""
    psi_max = supercooled_potential(t, soil.psi_sat)
    w_max = soil.wsat * power(psi_max / soil.psi_sat, -1.0 / soil.b)
    psi = soil.psi_sat * power(w / soil.wsat, -soil.b)
    excess = t - L_F * T_TRIPLE / (L_F - GRAVITY * psi)  # K above the freezing point
    available = efficiency * C_ICE * RHO_ICE * abs(excess)  # J m-3
    freezable = max(0.0, w - w_max) * FUSION
    freezing = min(available, freezable) * dt / TAU_ICE
    thawing = -min(available, wi * FUSION) * dt / TAU_ICE
    slope = -(T_TRIPLE * RHO_WATER * L_F**2 / GRAVITY) * w_max / (psi_max * soil.b * t * t)
    limited = excess < 0.0 and w >= w_max and available >= freezable
    apparent = slope if limited else 0.0
    heat = freezing if excess < 0.0 else thawing
    warming = heat / (capacity + apparent)
    frozen = (capacity + apparent) * warming / FUSION
    stays = t >= T_TRIPLE and wi <= 0.0
    return (
        t if stays else t + warming,
        w if stays else w - frozen,
        wi if stays else wi + frozen,
    )


@kernel
def freeze_and_thaw(
    column: Profile,
    capacity: np.ndarray,
    efficiency: float,
    sublimation: float,
    dz: np.ndarray,
    soil: Soil,
    dt: float,
) -> float:
    """Change the phase of all layers, sublimate ice of the first (m s-1), keep ice in the pores.

    Returns the water (m) pushed out of the last layer by ice.
    """
    w, wi, t = column
    n, cold = soil.n, 0
    for j in range(n):
        cold = j + 1 if t[j] < T_TRIPLE or wi[j] > 0.0 else cold
    for j in range(cold):  # layers below are warm and without ice
        e = efficiency if j == 0 else 1.0
        t[j], w[j], wi[j] = change_phase(t[j], w[j], wi[j], capacity[j], e, soil, dt)
    icy = sublimation != 0.0
    for j in range(n):
        icy = icy or wi[j] > 0.0
    if not icy:
        return 0.0
    wi[0] -= sublimation * dt / dz[0]
    deficit = max(0.0, -wi[0])
    wi[0] += deficit
    w[0] -= deficit
    lost = press_out(wi, dz, soil)
    for j in range(n):
        if 0.0 < wi[j] < ICE_TRACE:
            w[j] += wi[j]
            t[j] -= wi[j] * FUSION / capacity[j]
            wi[j] = 0.0
    return lost


@kernel
def press_out(wi: np.ndarray, dz: np.ndarray, soil: Soil) -> float:
    """Move the ice that exceeds the pores down; return what leaves the last layer (m)."""
    n, most = soil.n, soil.wsat - W_MIN
    full = False
    for j in range(n):
        full |= wi[j] > most
    if not full:
        return 0.0
    lost = 0.0
    for j in range(n):
        excess = max(0.0, wi[j] - most)
        wi[j] -= excess
        if j < n - 1:
            wi[j + 1] += excess * dz[j] / dz[j + 1]
        else:
            lost = excess * dz[j]
    return lost
