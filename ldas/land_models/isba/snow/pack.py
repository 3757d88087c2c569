"""One step of the explicit snow pack, ISBA-ES (Boone & Etchevers 2001; Decharme et al. 2016).

Fluxes are per area of snow; the share of the ground under snow weighs them outside. The
order is that of the reference: fall, layers, settling, light, surface budget, heat, melt,
percolation, sublimation, age.
"""

from typing import NamedTuple

from ldas.core.constants import DAY, L_F, L_S, RHO_WATER, T_TRIPLE
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Air, Canopy

from . import compaction as snow_compaction
from . import energy as snow_energy
from . import layers as snow_layers
from . import melt as snow_melt
from . import radiation as snow_radiation
from .cover import DEPTH_MIN, RHO_MAX, RHO_MIN
from .records import (
    SNOW_LAYERS,
    SnowPack,
    SnowWork,
    liquid_of,
    refresh_heat,
    temperature_and_liquid,
    total,
    unlimited_temperature,
)

VANISHING = 1.1 * DEPTH_MIN  # m, a thinner pack is handed over to the soil


class SnowSite(NamedTuple):
    """Where the pack lies."""

    permanent: float  # share of permanent snow, 1
    forest: float  # share of trees, 1
    t_soil: float  # temperature of the first soil layer, K
    dz_soil: float  # m
    conductivity_soil: float  # W m-1 K-1


class SnowExchange(NamedTuple):
    """What the snow-covered area exchanged during a step."""

    rn: float  # W m-2
    h: float
    les: float
    g: float  # into the pack
    ground: float  # into the soil, W m-2
    correction: float  # heat that melting left over, into the soil, W m-2
    water: float  # out of the pack into the ground, kg m-2 s-1 of the whole area
    lack: float  # vapour that the soil gives in the snow's place, kg m-2 s-1
    albedo: float  # 1, after the step
    residual: float  # of the pack's energy, W m-2


@kernel
def pack_depth(pack: SnowPack) -> float:
    """Depth (m) of the pack."""
    depth = 0.0
    for j in range(SNOW_LAYERS):
        depth += pack.swe[j] / pack.rho[j]
    return depth


@kernel
def surface_temperature(pack: SnowPack) -> float:
    """Temperature (K) of the first layer."""
    if pack.swe[0] <= 0.0:
        return T_TRIPLE
    dz = pack.swe[0] / pack.rho[0]
    depth = max(DEPTH_MIN, dz)
    warm = unlimited_temperature(pack.heat[0], depth, pack.rho[0])
    return min(T_TRIPLE, warm)


@kernel
def clear(pack: SnowPack) -> None:
    """No snow."""
    for j in range(SNOW_LAYERS):
        pack.swe[j] = 0.0
        pack.rho[j] = RHO_MIN
        pack.heat[j] = 0.0
        pack.age[j] = 0.0


@kernel
def step_snow(
    pack: SnowPack,
    albedo: float,
    cover: float,
    site: SnowSite,
    canopy: Canopy,
    air: Air,
    work: SnowWork,
    dt: float,
) -> SnowExchange:
    """Advance a pack that covers a share `cover` (1) by `dt` (s).

    A pack too thin to be carried gives all its mass and heat to the ground.
    """
    swe = total(pack.swe)
    heat = total(pack.heat)
    rain = cover * air.rain
    rn, h, les, ground, correction, lack, water = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    brought = 0.0
    for j in range(SNOW_LAYERS):
        work.dz[j] = pack.swe[j] / pack.rho[j]
    depth = total(work.dz)
    if depth >= DEPTH_MIN or air.snow * dt / RHO_MAX >= DEPTH_MIN:
        before = depth
        bands = snow_radiation.spectral_albedo(pack.rho[0], pack.age[0], site.permanent, air.p)
        scale = albedo / snow_radiation.broadband(bands)
        bands = (bands[0] * scale, bands[1] * scale, bands[2] * scale)
        brought = snow_layers.fall(pack, work, air, dt)
        if before == 0.0:
            bands = snow_radiation.spectral_albedo(pack.rho[0], pack.age[0], site.permanent, air.p)
            albedo = snow_radiation.broadband(bands)
        snow_layers.arrange_layers(pack, work)
        temperature_and_liquid(pack, work)
        snow_compaction.settle(pack, work, dt)
        snow_compaction.pack_by_wind(pack, work, air.wind_speed, site.forest, dt)
        refresh_heat(pack, work)
        snow_radiation.absorb(pack, work, air.sw, bands, site.permanent, air.mu, canopy.albedo)
        snow_energy.snow_conductivity(pack, work, air.p)
        surface = snow_energy.snow_surface(pack, work, air, canopy.z0, canopy.z0h, albedo, dt)
        phantom = snow_energy.phantom_heat(pack, work)
        through = snow_energy.conduct(
            pack, work, surface, site.t_soil, site.dz_soil, site.conductivity_soil, dt
        )
        fluxes = snow_energy.close_surface(work, surface, through, air, albedo, dt)
        phantom = (snow_energy.phantom_heat(pack, work) - phantom) / dt
        rn, h, les = fluxes.rn, fluxes.h, fluxes.les
        light = -work.absorbed[SNOW_LAYERS - 1]
        if fluxes.g - light >= -total(pack.heat) / dt:
            depth = 0.0
        else:
            excess = snow_melt.melt(pack, work)
            water, unkept = snow_melt.percolate(pack, work, rain, dt)
            lack, gained = snow_melt.sublimate(pack, work, cover * les, air.t, dt)
            excess = (excess + unkept - gained + settle_accounts(pack, work)) / dt
            albedo = snow_radiation.broadband(
                snow_radiation.spectral_albedo(pack.rho[0], pack.age[0], site.permanent, air.p)
            )
            ground = through.ground_unlimited + light
            correction = through.ground - through.ground_unlimited + excess + phantom
            depth = total(work.dz)
            for j in range(SNOW_LAYERS):
                pack.swe[j] = work.dz[j] * pack.rho[j]
                pack.age[j] += dt / DAY
    if depth < VANISHING:
        brought = -air.snow * L_F * dt
        les = min(les, L_S * (swe / dt + air.snow))
        water = max(0.0, swe / dt + air.snow - cover * les / L_S + rain)
        ground = (heat + brought) / dt + rn - h - les
        correction, lack = 0.0, 0.0
        clear(pack)
    g = rn - h - les
    residual = g - ground - correction - (total(pack.heat) - heat - brought) / dt
    return SnowExchange(rn, h, les, g, ground, correction, water, lack, albedo, abs(residual))


@kernel
def settle_accounts(pack: SnowPack, work: SnowWork) -> float:
    """Make temperature, liquid water and enthalpy agree after sublimation.

    Returns the enthalpy (J m-2) that layers too thin for a temperature of their own, or
    with more liquid than mass, could not keep.
    """
    before = total(pack.heat)
    for j in range(SNOW_LAYERS):
        share = min(1.0, work.dz[j] / DEPTH_MIN)
        warm = unlimited_temperature(pack.heat[j], max(DEPTH_MIN, work.dz[j]), pack.rho[j])
        warm = T_TRIPLE + share * (warm - T_TRIPLE)
        work.liquid[j] = liquid_of(warm, work.dz[j], pack.rho[j])
        work.t[j] = min(T_TRIPLE, warm)
    snow_melt.restore_first_layer(pack, work)
    for j in range(SNOW_LAYERS):
        work.liquid[j] = min(work.liquid[j], work.dz[j] * pack.rho[j] / RHO_WATER)
    refresh_heat(pack, work)
    return before - total(pack.heat)
