"""Surface energy budget of soil and canopy as one surface, linearised about the old temperature.

Noilhan & Planton (1989), implicit coupling with the soil after Boone et al. (2000).
Two inertias stand in the reference and here: the atmosphere's fluxes act on C_T, the
conduction to the second layer on C_G.
"""

from ldas.core.constants import CP_D, L_S, L_V, STEFAN
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Air, Canopy, Exchange, Fluxes, SnowCover

from .exchange import transpiration_conductance


@kernel
def surface_temperature_coefficients(
    t1_old: float,
    air: Air,
    canopy: Canopy,
    ex: Exchange,
    snow: SnowCover,
    from_snow: float,
    c_t: float,
    c_g: float,
    conductance: float,
    dt: float,
) -> tuple[float, float]:
    """t1 (K) and t2 (1) of T_1 = t1 + t2 T_2 that close the surface energy budget.

    `conductance` (W m-2 K-1) leads from layer 1 to layer 2; inertias in K m2 J-1. What
    lies under snow exchanges nothing with the air; the snow passes `from_snow` (W m-2) on.
    """
    a = air.rho / ex.ra
    free = 1.0 - snow.total
    bare = (1.0 - canopy.veg) * (1.0 - snow.ground)
    liquid = L_V * bare * (1.0 - ex.frozen) * ex.switch
    ice = L_S * bare * ex.frozen * ex.switch_ice
    leaves = L_V * canopy.veg * (1.0 - snow.plants) * ex.hv
    h_a = a * (leaves + liquid + ice)
    h_s = a * (leaves + liquid * ex.hug + ice * ex.hugi)
    radiation = canopy.emissivity * STEFAN * t1_old**3
    exchange = h_s * ex.dqs
    left = (
        1.0 / dt
        + c_t * (free * (4.0 * radiation + a * CP_D / air.exner_surface) + exchange)
        + conductance * c_g
    )
    old = 1.0 / dt + c_t * (free * 3.0 * radiation + exchange)
    gained = (
        a * CP_D * air.t / air.exner + air.sw * (1.0 - canopy.albedo) + canopy.emissivity * air.lw
    )
    source = c_t * (free * gained - (h_s * ex.qs - h_a * air.q) + from_snow)
    return (t1_old * old + source) / left, conductance * c_g / left


@kernel
def surface_fluxes(t1: float, t1_old: float, air: Air, canopy: Canopy, ex: Exchange) -> Fluxes:
    """Fluxes of the snow-free surface at its new temperature `t1`, linearised about `t1_old`."""
    emitted = STEFAN * t1_old**3 * (4.0 * t1 - 3.0 * t1_old)
    rn = (1.0 - canopy.albedo) * air.sw + canopy.emissivity * (air.lw - emitted)
    h = air.rho * CP_D * (t1 / air.exner_surface - air.t / air.exner) / ex.ra
    q_star = ex.qs + ex.dqs * (t1 - t1_old)
    ground = air.rho * (1.0 - canopy.veg) / ex.ra
    leg = ground * L_V * (ex.hug * q_star - air.q) * (1.0 - ex.frozen) * ex.switch
    legi = ground * L_S * (ex.hugi * q_star - air.q) * ex.frozen * ex.switch_ice
    deficit = air.rho * L_V * canopy.veg * (q_star - air.q)
    lev = deficit * ex.hv / ex.ra
    letr = 0.0
    if ex.evaporating:
        dry = 1.0 - ex.delta
        letr = deficit * dry * transpiration_conductance(ex.ra, ex.rs, ex.f2)
    return Fluxes(rn, h, leg, legi, lev, letr)


@kernel
def stored_heat(
    t1: float, t1_old: float, t2: float, c_t: float, c_g: float, conductance: float, dt: float
) -> float:
    """Heat taken by the surface and passed below (W m-2), from the temperatures alone.

    Equal to Rn - H - LE when the budget closes; independent of how those were computed.
    """
    return ((t1 - t1_old) / dt + c_g * conductance * (t1 - t2)) / c_t
