"""One time step of one ISBA column.

The order is that of the reference (SURFEX 8.1 with CISBA='DIF'): soil thermal
properties, soil water stress, wet canopy, snow, stomata, surface energy with soil heat,
interception, soil water with phase change, biomass.
"""

from typing import NamedTuple

import numpy as np

from ldas.core.constants import L_S, L_V, RHO_WATER
from ldas.core.kernel import kernel

from .plants.photosynthesis import Leaf, Uptake, canopy_uptake
from .plants.stomata_jarvis import RS_MAX, jarvis_resistance
from .records import Air, Canopy, Fluxes, Grid, Profile, Properties, SnowCover, Soil
from .snow.cover import canopy_in_snow, snow_cover
from .snow.pack import SnowExchange, SnowSite, pack_depth, step_snow
from .snow.records import SnowPack, SnowWork, total
from .snow.to_soil import spread_snow_heat
from .soil import heat as soil_heat
from .soil import thermal as soil_thermal
from .soil import water as soil_water
from .soil.freezing import freeze_and_thaw, surface_efficiency
from .soil.stress import soil_water_stress
from .surface import energy as surface_energy
from .surface import exchange as surface_exchange
from .surface.interception import intercept, interception_capacity, wet_fraction
from .tridiagonal import Work

ENERGY_SUBSTEP = 300.0  # s, longest sub-step of the surface energy budget
WATER_STEP_MAX = 900.0  # s, from here on the soil water is sub-stepped
F2_MIN = 1.0e-12  # 1, keeps the transpiration sink defined on dry soil

# fluxes, shape (column, flux), summed over the steps
FLUXES = (
    "rn",
    "h",
    "le",
    "g",
    "evap",
    "transpiration",
    "bare_soil_evap",
    "interception_evap",
    "runoff",
    "drainage",
    "rainf",
    "snowf",
    "snow_melt",
    "gpp",
    "reco",
    "irrigation",
)
RN, H, LE, G, EVAP, TRANSPIRATION, BARE_SOIL, INTERCEPTION, RUNOFF, DRAINAGE = range(10)
RAIN, SNOW, SNOW_MELT, GPP, RECO, IRRIGATION = range(10, len(FLUXES))

WATER, ENERGY = range(2)  # columns of the worst residuals


class Workspace(NamedTuple):
    """Where a step keeps what it derives, shape (PADDED,) each."""

    work: Work
    properties: Properties
    root_weight: np.ndarray  # 1, each layer's part of the soil water stress
    sink: np.ndarray  # m s-1
    from_snow: np.ndarray  # W m-2
    snow: SnowWork


class Surface(NamedTuple):
    """What a column remembers beside its profiles."""

    wr: float  # water on the canopy, kg m-2
    ra: float  # aerodynamic resistance of the last step, s m-1
    le: float  # latent heat flux of the last step, W m-2
    snow_albedo: float  # 1


class Watering(NamedTuple):
    """Irrigation of a step, kg m-2 s-1: on the leaves, and on the ground below them."""

    sprinkled: float
    poured: float


class Plant(NamedTuple):
    """How the stomata work: after Jarvis, or by the photosynthesis of `leaf`."""

    living: bool
    leaf: Leaf


NO_COVER = SnowCover(0.0, 0.0, 0.0)


@kernel
def stored_water(column: Profile, pack: SnowPack, wr: float, n: int, dz: np.ndarray) -> float:
    """Water of a column (kg m-2)."""
    soil = 0.0
    for j in range(n):
        soil += (column.w[j] + column.wi[j]) * dz[j]
    return soil * RHO_WATER + wr + total(pack.swe)


@kernel
def worst_of(worst: float, residual: float) -> float:
    """The larger of two residuals; NaN, once met, stays."""
    if residual <= worst or worst != worst:
        return worst
    return residual


@kernel
def step_energy(
    column: Profile,
    wr: float,
    ra: float,
    delta: float,
    rs: float,
    f2: float,
    soil: Soil,
    canopy: Canopy,
    air: Air,
    cover: SnowCover,
    ground: float,
    correction: float,
    grid: Grid,
    workspace: Workspace,
    dt: float,
) -> tuple[Fluxes, float, float]:
    """Surface energy budget and soil heat over `dt` (s), in sub-steps of at most 300 s.

    Advances the temperatures; returns mean fluxes of the snow-free part, the new
    resistance `ra` (s m-1) and the worst residual of the budget (W m-2). `ground` and
    `correction` (W m-2) come from the snow.
    """
    conductivity, capacity = workspace.properties.conductivity, workspace.properties.capacity
    c_g = soil_thermal.ground_inertia(grid.dz[0], capacity[0])
    c_t = soil_thermal.surface_inertia(c_g, wr, canopy)
    conductance = soil_heat.interface_conductance(
        grid.dz[0], conductivity[0], grid.dz[1], conductivity[1]
    )
    from_snow = 0.0
    if cover.total > 0.0:
        from_snow = spread_snow_heat(
            cover.total, ground, correction, c_t, capacity, grid.dz, dt, workspace.from_snow
        )
    splits = max(1, int(round(dt / ENERGY_SUBSTEP)))
    h = dt / splits
    mean = Fluxes(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    t = column.t
    worst = 0.0
    for _ in range(splits):
        t1_old = t[0]
        ex = surface_exchange.exchange(
            t1_old, column.w[0], column.wi[0], ra, soil, canopy, air, rs, f2, delta, wr, cover, dt
        )
        ra, delta = ex.ra, ex.delta
        t1, t2 = surface_energy.surface_temperature_coefficients(
            t1_old, air, canopy, ex, cover, from_snow, c_t, c_g, conductance, h
        )
        if cover.total > 0.0:
            soil_heat.add_heat(t, workspace.from_snow, capacity, grid.dz, h)
        soil_heat.diffuse_heat(t, t1, t2, conductivity, capacity, grid.dz, h, workspace.work)
        f = surface_energy.surface_fluxes(t[0], t1_old, air, canopy, ex)
        stored = surface_energy.stored_heat(t[0], t1_old, t[1], c_t, c_g, conductance, h)
        gained = (1.0 - cover.total) * (f.rn - f.h) + from_snow
        evaporated = (1.0 - cover.ground) * (f.leg + f.legi) + (1.0 - cover.plants) * f.lev
        worst = worst_of(worst, abs(gained - evaporated - stored))
        mean = Fluxes(
            mean.rn + f.rn / splits,
            mean.h + f.h / splits,
            mean.leg + f.leg / splits,
            mean.legi + f.legi / splits,
            mean.lev + f.lev / splits,
            mean.letr + f.letr / splits,
        )
    return mean, ra, worst


@kernel
def step_water(
    column: Profile,
    reaching: float,
    lack: float,
    fluxes: Fluxes,
    f2: float,
    soil: Soil,
    canopy: Canopy,
    p: float,
    grid: Grid,
    workspace: Workspace,
    dt: float,
) -> tuple[float, float]:
    """Soil water and its phase over `dt` (s); returns runoff and drainage (kg m-2 s-1).

    `reaching` (kg m-2 s-1) is the water that reaches the ground, `lack` what the soil
    evaporates in the snow's place; `fluxes` are those of the whole column.
    """
    sink = workspace.sink
    supply = reaching / RHO_WATER
    uptake = fluxes.letr / (max(F2_MIN, f2) * RHO_WATER * L_V)
    evaporation = fluxes.leg / (RHO_WATER * L_V)
    loss = lack / RHO_WATER - min(0.0, supply)
    efficiency = surface_efficiency(canopy)
    pieces = max(2, int(round(dt / WATER_STEP_MAX))) if dt >= WATER_STEP_MAX else 1
    h = dt / pieces
    runoff, drainage = 0.0, 0.0
    for _ in range(pieces):
        for j in range(soil.n):
            sink[j] = workspace.root_weight[j] * uptake
        sink[0] += evaporation
        if loss != 0.0:
            soil_water.spread_loss(column.w, loss, grid.dz, soil, sink)
        runoff += soil_water.infiltrate(column.w, column.wi, max(0.0, supply) * h, grid.dz, soil)
        drainage += h * soil_water.move_water(
            column, sink, p, grid, soil, h, workspace.properties, workspace.work
        )
        drainage += freeze_and_thaw(
            column,
            workspace.properties.capacity,
            efficiency,
            fluxes.legi / (RHO_WATER * L_S),
            grid.dz,
            soil,
            h,
        )
    return runoff * RHO_WATER / dt, drainage * RHO_WATER / dt


@kernel
def sprinkled_on(air: Air, water: float) -> Air:
    """The weather with `water` (kg m-2 s-1) from sprinklers falling with the rain."""
    return Air(
        air.t,
        air.q,
        air.wind,
        air.wind_speed,
        air.sw,
        air.lw,
        air.p,
        air.rain + water,
        air.snow,
        air.co2,
        air.mu,
        air.rho,
        air.exner,
        air.exner_surface,
        air.z_temperature,
        air.z_wind,
    )


@kernel
def stomata(
    plant: Plant, canopy: Canopy, exposed: float, f2: float, t1: float, then: Surface, air: Air
) -> Uptake:
    """Canopy resistance and, for living plants, what they assimilate and respire."""
    if not plant.living:
        return Uptake(jarvis_resistance(air, canopy, f2), 0.0, 0.0, 0.0)
    if canopy.lai <= 0.0:
        return Uptake(RS_MAX, 0.0, 0.0, 0.0)
    return canopy_uptake(plant.leaf, canopy.lai, exposed, f2, t1, then.ra, then.le, air)


@kernel
def step_column(
    column: Profile,
    pack: SnowPack,
    then: Surface,
    root_share: np.ndarray,
    soil: Soil,
    bare_canopy: Canopy,
    plant: Plant,
    permanent: float,
    forest: float,
    dry_air: Air,
    watering: Watering,
    grid: Grid,
    workspace: Workspace,
    dt: float,
    flux: np.ndarray,
    worst: np.ndarray,
) -> tuple[Surface, Uptake]:
    """Advance one column by `dt` (s): its profiles in place, the rest returned.

    `bare_canopy` is the surface without snow, `dry_air` the weather without irrigation;
    `permanent` and `forest` are the shares of permanent snow and trees. Fluxes are added to
    `flux`, `worst` is raised to the step's residuals.
    """
    wr = then.wr
    air = sprinkled_on(dry_air, watering.sprinkled)
    conductivity = workspace.properties.conductivity
    before = stored_water(column, pack, wr, soil.n, grid.dz)
    soil_thermal.fill_below_hydrology(column, grid.node, soil)
    soil_thermal.soil_thermal_properties(
        column.w, column.wi, soil, conductivity, workspace.properties.capacity
    )
    f2 = soil_water_stress(column.w, root_share, soil, workspace.root_weight)
    canopy, cover = bare_canopy, NO_COVER
    swe = total(pack.swe)
    if swe > 0.0:
        cover = snow_cover(swe, pack_depth(pack), canopy.veg, canopy.z0)
        canopy = canopy_in_snow(canopy, cover.total, air.z_wind, air.z_temperature)
    wrmax = interception_capacity(canopy)
    delta = wet_fraction(wr, wrmax, canopy.z0, canopy.lai)
    snow = SnowExchange(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, then.snow_albedo, 0.0)
    if swe > 0.0 or air.snow > 0.0:
        site = SnowSite(permanent, forest, column.t[0], grid.dz[0], conductivity[0])
        snow = step_snow(pack, then.snow_albedo, cover.total, site, canopy, air, workspace.snow, dt)
    exposed = (1.0 - delta) * (1.0 - cover.plants)
    uptake = stomata(plant, canopy, exposed, f2, column.t[0], then, air)
    f, ra, residual = step_energy(
        column,
        wr,
        then.ra,
        delta,
        uptake.rs,
        f2,
        soil,
        canopy,
        air,
        cover,
        snow.ground,
        snow.correction,
        grid,
        workspace,
        dt,
    )
    worst[ENERGY] = worst_of(worst[ENERGY], max(residual, cover.total * snow.residual))
    open_ground, open_plants = 1.0 - cover.ground, 1.0 - cover.plants
    f = Fluxes(
        (1.0 - cover.total) * f.rn + cover.total * snow.rn,
        (1.0 - cover.total) * f.h + cover.total * snow.h,
        open_ground * f.leg,
        open_ground * f.legi,
        open_plants * f.lev,
        open_plants * f.letr,
    )
    rain = air.rain - cover.total * air.rain
    wr, drip = intercept(wr, wrmax, canopy.veg, rain, (f.lev - f.letr) / L_V, dt)
    reaching = (1.0 - canopy.veg) * rain + drip + snow.water + watering.poured
    runoff, drainage = step_water(
        column, reaching, snow.lack, f, f2, soil, canopy, air.p, grid, workspace, dt
    )
    bare = f.leg / L_V + f.legi / L_S
    evap = bare + f.lev / L_V + cover.total * snow.les / L_S
    gain = stored_water(column, pack, wr, soil.n, grid.dz) - before
    residual = abs((air.rain + air.snow + watering.poured - evap - runoff - drainage) * dt - gain)
    worst[WATER] = worst_of(worst[WATER], residual)
    le = f.leg + f.legi + f.lev + cover.total * snow.les
    flux[RN] += f.rn
    flux[H] += f.h
    flux[LE] += le
    flux[G] += f.rn - f.h - le
    flux[EVAP] += evap
    flux[TRANSPIRATION] += f.letr / L_V
    flux[BARE_SOIL] += bare
    flux[INTERCEPTION] += (f.lev - f.letr) / L_V
    flux[RUNOFF] += runoff
    flux[DRAINAGE] += drainage
    flux[RAIN] += dry_air.rain
    flux[SNOW] += air.snow
    flux[SNOW_MELT] += snow.water
    flux[IRRIGATION] += watering.sprinkled + watering.poured
    return Surface(wr, ra, le, snow.albedo), uptake
