"""Energy budget of the snow surface, and heat through the pack into the soil.

Boone & Etchevers (2001), conductivity of Yen (1981) and vapour transfer of Sun et al.
(1999): implicit within the pack, explicit towards the soil's temperature.
"""

from typing import NamedTuple

from ldas.core.constants import C_ICE, CP_D, L_S, P0, RHO_WATER, STEFAN, T_TRIPLE
from ldas.core.elementary import exp, log
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Air
from ldas.land_models.isba.soil.heat import interface_conductance
from ldas.land_models.isba.soil.hydraulics import ICE_CONDUCTIVITY
from ldas.land_models.isba.surface.exchange import aerodynamic_conductance, richardson
from ldas.land_models.isba.surface.humidity import dq_sat_dt, q_sat

from .records import LAYER_MIN, SNOW_LAYERS, SnowPack, SnowWork

EMISSIVITY = 0.99  # 1
CONDUCTIVITY_POWER = 1.88  # 1
VAPOUR_A, VAPOUR_B, VAPOUR_C = -0.06023, -2.5425, -289.99  # W m-1 K-1, W m-1, K


class SnowSurface(NamedTuple):
    """The snow surface as the air sees it, and its share in the linear system."""

    qs: float  # kg kg-1
    dqs: float  # kg kg-1 K-1
    a: float  # density of the air over its resistance, kg m-2 s-1
    ri: float  # Richardson number, 1
    inertia: float  # of the first layer, K m2 J-1
    t_old: float  # K
    t1: float  # T_1 = t1 + t2 T_2: K
    t2: float  # 1


class SnowHeat(NamedTuple):
    """What the conduction left (W m-2)."""

    flux: float  # from layer 1 to layer 2
    ground: float  # to the soil, from snow not above the melting point
    ground_unlimited: float  # to the soil, as solved


class SnowFluxes(NamedTuple):
    """Fluxes at the snow surface (W m-2)."""

    rn: float
    h: float
    les: float  # sublimation
    g: float  # into the pack


@kernel
def snow_conductivity(pack: SnowPack, work: SnowWork, p: float) -> None:
    """Fill `work.conductivity` (W m-1 K-1)."""
    for j in range(SNOW_LAYERS):
        solid = ICE_CONDUCTIVITY * exp(CONDUCTIVITY_POWER * log(pack.rho[j] / RHO_WATER))
        vapour = (VAPOUR_A + VAPOUR_B / (work.t[j] + VAPOUR_C)) * (P0 / p)
        work.conductivity[j] = solid + max(0.0, vapour)


@kernel
def phantom_heat(pack: SnowPack, work: SnowWork) -> float:
    """Heat (J m-2, from the melting point) of the thickness that thin layers lack to LAYER_MIN.

    The conduction counts with it; its change belongs to the soil.
    """
    heat = 0.0
    for j in range(SNOW_LAYERS):
        lacking = max(LAYER_MIN, work.dz[j]) - work.dz[j]
        heat += pack.rho[j] * C_ICE * lacking * (work.t[j] - T_TRIPLE)
    return heat


@kernel
def snow_surface(
    pack: SnowPack, work: SnowWork, air: Air, z0: float, z0h: float, albedo: float, dt: float
) -> SnowSurface:
    """Linearise the budget of the snow surface about its temperature."""
    ts = work.t[0]
    qs = q_sat(ts, air.p)
    dqs = dq_sat_dt(ts, air.p, qs)
    ri = richardson(ts, qs, air)
    a = air.rho * aerodynamic_conductance(ri, air.z_temperature, air.z_wind, air.wind, z0, z0h)
    dz1, dz2 = max(LAYER_MIN, work.dz[0]), max(LAYER_MIN, work.dz[1])
    inertia = 1.0 / (pack.rho[0] * C_ICE * dz1)
    below = interface_conductance(dz1, work.conductivity[0], dz2, work.conductivity[1])
    radiation = EMISSIVITY * STEFAN * ts**3
    left = 1.0 / dt + inertia * (
        4.0 * radiation + a * L_S * dqs + a * CP_D / air.exner_surface + below
    )
    old = 1.0 / dt + inertia * (3.0 * radiation + a * L_S * dqs)
    source = inertia * (
        a * CP_D * air.t / air.exner
        + air.sw * (1.0 - albedo)
        + EMISSIVITY * air.lw
        - a * L_S * (qs - air.q)
        + work.absorbed[0]
    )
    return SnowSurface(
        qs, dqs, a, ri, inertia, ts, (ts * old + source) / left, below * inertia / left
    )


@kernel
def conduct(
    pack: SnowPack,
    work: SnowWork,
    surface: SnowSurface,
    t_soil: float,
    dz_soil: float,
    conductivity_soil: float,
    dt: float,
) -> SnowHeat:
    """Advance `work.t` (K) by `dt` (s); the soil's first layer is at `t_soil` (K).

    A surface at the melting point that would warm further is held there: its excess is
    left in layer 1 for the melt.
    """
    last = SNOW_LAYERS - 1
    conductance, source, inertia = work.dz_new, work.d, work.c
    for j in range(last):
        conductance[j] = interface_conductance(
            max(LAYER_MIN, work.dz[j]),
            work.conductivity[j],
            max(LAYER_MIN, work.dz[j + 1]),
            work.conductivity[j + 1],
        )
    conductance[last] = interface_conductance(
        max(LAYER_MIN, work.dz[last]), work.conductivity[last], dz_soil, conductivity_soil
    )
    for j in range(SNOW_LAYERS):
        inertia[j] = pack.rho[j] * C_ICE * max(LAYER_MIN, work.dz[j]) / dt
    for j in range(1, SNOW_LAYERS):
        source[j] = inertia[j] * work.t[j] - (work.absorbed[j - 1] - work.absorbed[j])
    source[last] += conductance[last] * t_soil
    t = work.t
    t[0] = eliminate(work, surface.t1, surface.t2)
    flux = conductance[0] * (t[0] - t[1])
    if t[0] > T_TRIPLE and surface.t_old == T_TRIPLE:
        eliminate(work, T_TRIPLE, 0.0)
        flux = conductance[0] * (T_TRIPLE - t[1])
    unlimited = conductance[last] * (t[last] - t_soil)
    ground = conductance[last] * (min(T_TRIPLE, t[last]) - t_soil)
    t[last] += (unlimited - ground) / inertia[last]
    return SnowHeat(flux, ground, unlimited)


@kernel
def eliminate(work: SnowWork, t1: float, t2: float) -> float:
    """Solve for layers 2 on, given T_1 = t1 + t2 T_2; returns T_1.

    `work.dz_new` holds the conductances (W m-2 K-1), `work.c` the inertias, `work.d` the
    sources.
    """
    t, conductance, inertia = work.t, work.dz_new, work.c
    ratio, value = work.a, work.b
    ratio[0], value[0] = t2, t1
    for j in range(1, SNOW_LAYERS):
        above = conductance[j - 1]
        pivot = 1.0 / (inertia[j] + conductance[j] + above * (1.0 - ratio[j - 1]))
        ratio[j] = conductance[j] * pivot
        value[j] = (work.d[j] + above * value[j - 1]) * pivot
    last = SNOW_LAYERS - 1
    t[last] = value[last]
    for j in range(last - 1, 0, -1):
        t[j] = value[j] + ratio[j] * t[j + 1]
    return t1 + t2 * t[1]


@kernel
def surface_flux(t: float, surface: SnowSurface, air: Air, albedo: float) -> SnowFluxes:
    """Fluxes of a snow surface that warms from its old temperature to `t` (K)."""
    rise = t - surface.t_old
    emitted = EMISSIVITY * STEFAN * surface.t_old**3 * (surface.t_old + 4.0 * rise)
    rn = (1.0 - albedo) * air.sw + EMISSIVITY * air.lw - emitted
    h = surface.a * CP_D * (t / air.exner_surface - air.t / air.exner)
    les = surface.a * L_S * ((surface.qs - air.q) + surface.dqs * rise)
    return SnowFluxes(rn, h, les, rn - h - les)


@kernel
def close_surface(
    work: SnowWork, surface: SnowSurface, heat: SnowHeat, air: Air, albedo: float, dt: float
) -> SnowFluxes:
    """Fluxes of the step, and the temperature of layer 1 that they leave (above freezing: melt)."""
    t = work.t[0]
    if t <= T_TRIPLE:
        return surface_flux(t, surface, air, albedo)
    fluxes = surface_flux(T_TRIPLE, surface, air, albedo)
    if surface.t_old < T_TRIPLE:
        unlimited = surface_flux(t, surface, air, albedo)
        work.t[0] = t - (unlimited.g - fluxes.g) * dt * surface.inertia
    else:
        work.t[0] = T_TRIPLE + dt * surface.inertia * (fluxes.g + work.absorbed[0] - heat.flux)
    return fluxes
