"""One time step of one ISBA column, and the loop that carries all columns through many.

The order is that of the reference (SURFEX 8.1 with CISBA='DIF'): soil thermal
properties, soil water stress, wet canopy, stomata, surface energy with soil heat,
interception, soil water with phase change. Columns stand outermost, so that a column's
state stays in cache through all steps.
"""

import math
from typing import NamedTuple

import numpy as np

from ldas.core.constants import CP_D, GRAVITY, L_S, L_V, P0, R_D, R_V, RHO_WATER, T_TRIPLE
from ldas.core.kernel import kernel, parallel_kernel, prange
from ldas.core.meteorology import FORCING

from . import soil_heat, soil_thermal, soil_water, surface_energy, surface_exchange
from .freezing import freeze_and_thaw, surface_efficiency
from .interception import intercept, interception_capacity, wet_fraction
from .records import LAYERS, PADDED, Air, Canopy, Fluxes, Grid, Profile, Properties, Soil
from .soil_stress import soil_water_stress
from .stomata_jarvis import jarvis_resistance
from .tridiagonal import Work

ENERGY_SUBSTEP = 300.0  # s, longest sub-step of the surface energy budget
WATER_STEP_MAX = 900.0  # s, from here on the soil water is sub-stepped
F2_MIN = 1.0e-12  # 1, keeps the transpiration sink defined on dry soil


class ColumnState(NamedTuple):
    """What a column remembers; shape (column, LAYERS) or (column,)."""

    wg: np.ndarray  # liquid water, m3 m-3
    wgi: np.ndarray  # ice in liquid equivalent, m3 m-3
    tg: np.ndarray  # K
    wr: np.ndarray  # kg m-2
    ra: np.ndarray  # aerodynamic resistance of the last step, s m-1


class ColumnParameters(NamedTuple):
    """Fixed in time; shape (column,) but for the roots (column, layer)."""

    cell: np.ndarray  # which cell's forcing drives the column
    n_layers: np.ndarray  # layers with moisture
    root_share: np.ndarray  # 1
    wsat: np.ndarray  # m3 m-3
    wfc: np.ndarray  # m3 m-3
    wwilt: np.ndarray  # m3 m-3
    b: np.ndarray  # 1
    psi_sat: np.ndarray  # m
    k_sat: np.ndarray  # m s-1
    c_mineral: np.ndarray  # J m-3 K-1
    thawed_conductivity: np.ndarray  # saturated, W m-1 K-1
    dry_conductivity: np.ndarray  # W m-1 K-1
    c_v: np.ndarray  # K m2 J-1
    wrmax_cf: np.ndarray  # kg m-2
    rsmin: np.ndarray  # s m-1
    rgl: np.ndarray  # W m-2
    gamma: np.ndarray  # (kg kg-1)-1 x 1e-3
    z0_over_z0h: np.ndarray  # 1


class Vegetation(NamedTuple):
    """What the season changes; shape (column,)."""

    lai: np.ndarray  # m2 m-2
    veg: np.ndarray  # 1
    z0: np.ndarray  # m
    albedo: np.ndarray  # 1
    emissivity: np.ndarray  # 1


class Clock(NamedTuple):
    """Which steps to take: step k stands in forcing interval (first + k) // per_interval."""

    dt: float  # s
    first: int
    steps: int
    per_interval: int


TAIR, QAIR, WIND_U, WIND_V, SWDOWN, LWDOWN, PSURF, RAINF, SNOWF = range(len(FORCING))

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
)
RN, H, LE, G, EVAP, TRANSPIRATION, BARE_SOIL, INTERCEPTION, RUNOFF, DRAINAGE, RAIN = range(
    len(FLUXES)
)

WATER, ENERGY = range(2)  # columns of the worst residuals


@kernel
def air_density(t: float, q: float, p: float, z: float) -> float:
    """Air density (kg m-3) between the surface at pressure `p` (Pa) and height `z` (m)."""
    return p / (t * R_D * (1.0 + (R_V / R_D - 1.0) * q) + z * GRAVITY)


@kernel
def exner(p: float) -> float:
    """Exner function (1) of pressure (Pa)."""
    return math.exp(R_D / CP_D * math.log(p / P0))


@kernel
def air_of_step(a: np.ndarray, z: np.ndarray, x: float, heights: np.ndarray) -> Air:
    """Forcing at weight `x` between stamps `a` and `z`, each of shape (variable,)."""
    t = a[TAIR] + x * (z[TAIR] - a[TAIR])
    q = a[QAIR] + x * (z[QAIR] - a[QAIR])
    u = a[WIND_U] + x * (z[WIND_U] - a[WIND_U])
    v = a[WIND_V] + x * (z[WIND_V] - a[WIND_V])
    p = a[PSURF] + x * (z[PSURF] - a[PSURF])
    z_temperature, z_wind = heights[0], heights[1]
    rho = air_density(t, q, p, z_temperature)
    return Air(
        t,
        q,
        surface_exchange.effective_wind(math.sqrt(u * u + v * v), z_wind),
        a[SWDOWN] + x * (z[SWDOWN] - a[SWDOWN]),
        a[LWDOWN] + x * (z[LWDOWN] - a[LWDOWN]),
        p,
        z[RAINF],
        rho,
        exner(p - rho * GRAVITY * z_temperature),
        exner(p),
        z_temperature,
        z_wind,
    )


@kernel
def soil_of(i: int, par: ColumnParameters) -> Soil:
    """Soil of column `i`."""
    return Soil(
        par.n_layers[i],
        par.wsat[i],
        par.wfc[i],
        par.wwilt[i],
        par.b[i],
        par.psi_sat[i],
        par.k_sat[i],
        par.c_mineral[i],
        par.thawed_conductivity[i],
        par.dry_conductivity[i],
    )


@kernel
def canopy_of(i: int, par: ColumnParameters, vegetation: Vegetation) -> Canopy:
    """Canopy and surface of column `i`."""
    z0 = vegetation.z0[i]
    return Canopy(
        vegetation.lai[i],
        vegetation.veg[i],
        z0,
        z0 / par.z0_over_z0h[i],
        vegetation.albedo[i],
        vegetation.emissivity[i],
        par.c_v[i],
        par.wrmax_cf[i],
        par.rsmin[i],
        par.rgl[i],
        par.gamma[i],
    )


@kernel
def stored_water(column: Profile, wr: float, n: int, dz: np.ndarray) -> float:
    """Water of a column (kg m-2)."""
    soil = 0.0
    for j in range(n):
        soil += (column.w[j] + column.wi[j]) * dz[j]
    return soil * RHO_WATER + wr


@kernel
def worse(worst: float, residual: float) -> float:
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
    grid: Grid,
    properties: Properties,
    work: Work,
    dt: float,
) -> tuple[Fluxes, float, float]:
    """Surface energy budget and soil heat over `dt` (s), in sub-steps of at most 300 s.

    Advances the temperatures; returns mean fluxes, the new resistance `ra` (s m-1) and the worst
    residual of the budget (W m-2).
    """
    conductivity, capacity = properties.conductivity, properties.capacity
    c_g = soil_thermal.ground_inertia(grid.dz[0], capacity[0])
    c_t = soil_thermal.surface_inertia(c_g, wr, canopy)
    conductance = soil_heat.interface_conductance(
        grid.dz[0], conductivity[0], grid.dz[1], conductivity[1]
    )
    splits = max(1, int(round(dt / ENERGY_SUBSTEP)))
    h = dt / splits
    mean = Fluxes(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    t = column.t
    worst = 0.0
    for _ in range(splits):
        t1_old = t[0]
        ex = surface_exchange.exchange(
            t1_old, column.w[0], column.wi[0], ra, soil, canopy, air, rs, f2, delta, wr, dt
        )
        ra, delta = ex.ra, ex.delta
        t1, t2 = surface_energy.surface_temperature_coefficients(
            t1_old, air, canopy, ex, c_t, c_g, conductance, h
        )
        soil_heat.diffuse_heat(t, t1, t2, conductivity, capacity, grid.dz, h, work)
        f = surface_energy.surface_fluxes(t[0], t1_old, air, canopy, ex)
        stored = surface_energy.stored_heat(t[0], t1_old, t[1], c_t, c_g, conductance, h)
        worst = worse(worst, abs(f.rn - f.h - f.leg - f.legi - f.lev - stored))
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
    fluxes: Fluxes,
    root_weight: np.ndarray,
    sink: np.ndarray,
    f2: float,
    soil: Soil,
    canopy: Canopy,
    p: float,
    grid: Grid,
    properties: Properties,
    work: Work,
    dt: float,
) -> tuple[float, float]:
    """Soil water and its phase over `dt` (s); returns runoff and drainage (kg m-2 s-1).

    `reaching` (kg m-2 s-1) is the water that reaches the ground.
    """
    supply = reaching / RHO_WATER
    uptake = fluxes.letr / (max(F2_MIN, f2) * RHO_WATER * L_V)
    evaporation = fluxes.leg / (RHO_WATER * L_V)
    efficiency = surface_efficiency(canopy)
    pieces = max(2, int(round(dt / WATER_STEP_MAX))) if dt >= WATER_STEP_MAX else 1
    h = dt / pieces
    runoff, drainage = 0.0, 0.0
    for _ in range(pieces):
        for j in range(soil.n):
            sink[j] = root_weight[j] * uptake
        sink[0] += evaporation
        if supply < 0.0:
            soil_water.spread_loss(column.w, -supply, grid.dz, soil, sink)
        runoff += soil_water.infiltrate(column.w, column.wi, max(0.0, supply) * h, grid.dz, soil)
        drainage += h * soil_water.move_water(column, sink, p, grid, soil, h, properties, work)
        drainage += freeze_and_thaw(
            column,
            properties.capacity,
            efficiency,
            fluxes.legi / (RHO_WATER * L_S),
            grid.dz,
            soil,
            h,
        )
    return runoff * RHO_WATER / dt, drainage * RHO_WATER / dt


@kernel
def step_column(
    column: Profile,
    wr: float,
    ra: float,
    root_share: np.ndarray,
    root_weight: np.ndarray,
    sink: np.ndarray,
    soil: Soil,
    canopy: Canopy,
    air: Air,
    grid: Grid,
    properties: Properties,
    work: Work,
    dt: float,
    flux: np.ndarray,
    worst: np.ndarray,
) -> tuple[float, float]:
    """Advance one column by `dt` (s): its profiles in place, `wr` and `ra` returned.

    Fluxes are added to `flux`, `worst` is raised to the step's residuals.
    """
    before = stored_water(column, wr, soil.n, grid.dz)
    soil_thermal.fill_below_hydrology(column, grid.node, soil)
    soil_thermal.soil_thermal_properties(
        column.w, column.wi, soil, properties.conductivity, properties.capacity
    )
    f2 = soil_water_stress(column.w, root_share, soil, root_weight)
    wrmax = interception_capacity(canopy)
    delta = wet_fraction(wr, wrmax, canopy.z0, canopy.lai)
    rs = jarvis_resistance(air, canopy, f2)
    f, ra, residual = step_energy(
        column, wr, ra, delta, rs, f2, soil, canopy, air, grid, properties, work, dt
    )
    worst[ENERGY] = worse(worst[ENERGY], residual)
    wr, drip = intercept(wr, wrmax, canopy.veg, air.rain, (f.lev - f.letr) / L_V, dt)
    reaching = (1.0 - canopy.veg) * air.rain + drip
    runoff, drainage = step_water(
        column, reaching, f, root_weight, sink, f2, soil, canopy, air.p, grid, properties, work, dt
    )
    bare = f.leg / L_V + f.legi / L_S
    evap = bare + f.lev / L_V
    gain = stored_water(column, wr, soil.n, grid.dz) - before
    residual = abs((air.rain - evap - runoff - drainage) * dt - gain)
    worst[WATER] = worse(worst[WATER], residual)
    le = f.leg + f.legi + f.lev
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
    flux[RAIN] += air.rain
    return wr, ra


@parallel_kernel
def advance_columns(
    state: ColumnState,
    par: ColumnParameters,
    vegetation: Vegetation,
    grid: Grid,
    forcing: np.ndarray,
    heights: np.ndarray,
    clock: Clock,
    flux_sum: np.ndarray,
    worst: np.ndarray,
) -> None:
    """Carry every column of `state` through `clock.steps` steps, in place.

    `forcing` (cell, stamp, variable): states are linear between stamps and taken at the
    start of a step; precipitation at a stamp is the mean rate of the interval ending
    there. `heights` (cell, 2) of temperature and wind (m). `flux_sum` (column, flux) is
    added to, `worst` (column, 2) raised to the worst residuals.
    """
    for i in prange(par.cell.size):
        scratch = np.ones((18, PADDED + 8))
        _advance_one(
            i, state, par, vegetation, grid, forcing, heights, clock, scratch, flux_sum, worst
        )


@kernel
def _advance_one(
    i: int,
    state: ColumnState,
    par: ColumnParameters,
    vegetation: Vegetation,
    grid: Grid,
    forcing: np.ndarray,
    heights: np.ndarray,
    clock: Clock,
    scratch: np.ndarray,
    flux_sum: np.ndarray,
    worst: np.ndarray,
) -> None:
    """Carry column `i` through all steps; everything it needs is taken up once."""
    soil, canopy = soil_of(i, par), canopy_of(i, par, vegetation)
    column = Profile(scratch[0], scratch[1], scratch[2])
    work = Work(
        scratch[3], scratch[4], scratch[5], scratch[6], scratch[7], scratch[16], scratch[17]
    )
    properties = Properties(
        scratch[8], scratch[9], scratch[10], scratch[11], scratch[12], scratch[13]
    )
    root_weight, sink = scratch[14], scratch[15]
    roots, flux, residuals = par.root_share[i], flux_sum[i], worst[i]
    series, height = forcing[par.cell[i]], heights[par.cell[i]]
    wr, ra = state.wr[i], state.ra[i]
    load(state, i, soil, column)
    for k in range(clock.steps):
        stamp, substep = divmod(clock.first + k, clock.per_interval)
        air = air_of_step(series[stamp], series[stamp + 1], substep / clock.per_interval, height)
        wr, ra = step_column(
            column,
            wr,
            ra,
            roots,
            root_weight,
            sink,
            soil,
            canopy,
            air,
            grid,
            properties,
            work,
            clock.dt,
            flux,
            residuals,
        )
    store(column, soil, state, i)
    state.wr[i], state.ra[i] = wr, ra


@kernel
def load(state: ColumnState, i: int, soil: Soil, column: Profile) -> None:
    """Copy the profiles of column `i` into padded ones; what is not state gets a safe value."""
    for j in range(PADDED):
        moist, real = j < soil.n, j < LAYERS
        column.w[j] = state.wg[i, j] if moist else soil.wfc
        column.wi[j] = state.wgi[i, j] if moist else 0.0
        column.t[j] = state.tg[i, j] if real else T_TRIPLE


@kernel
def store(column: Profile, soil: Soil, state: ColumnState, i: int) -> None:
    """Copy the profiles back into column `i` of the state."""
    for j in range(soil.n):
        state.wg[i, j] = column.w[j]
        state.wgi[i, j] = column.wi[j]
    for j in range(LAYERS):
        state.tg[i, j] = column.t[j]
