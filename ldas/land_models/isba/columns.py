"""All columns of a rank carried through many steps.

Columns stand outermost, so that a column's state stays in cache through all steps.
"""

from typing import NamedTuple

import numpy as np

from ldas.core.constants import T_TRIPLE
from ldas.core.kernel import kernel, loop_kernel

from .column import Plant, Surface, Watering, Workspace, step_column
from .plants.biomass import step_biomass
from .plants.canopy_structure import roughness_length, surface_emissivity, vegetation_cover
from .plants.nitrogen_dilution import Ageing, Pools
from .plants.photosynthesis import C3, C4, HERB, Leaf
from .records import LAYERS, PADDED, WIDTH, Air, Canopy, Grid, Profile, Properties, Soil
from .snow.records import SNOW_LAYERS, SnowPack, SnowWork
from .surface.atmosphere import air_in, fill_weather
from .tridiagonal import Work

SCRATCH_ROWS = 33


class ColumnState(NamedTuple):
    """What a column remembers; shape (column,) but for the profiles."""

    wg: np.ndarray  # (column, LAYERS) liquid water, m3 m-3
    wgi: np.ndarray  # (column, LAYERS) ice in liquid equivalent, m3 m-3
    tg: np.ndarray  # (column, LAYERS) K
    wr: np.ndarray  # kg m-2
    ra: np.ndarray  # aerodynamic resistance of the last step, s m-1
    snow_swe: np.ndarray  # (column, SNOW_LAYERS) kg m-2
    snow_rho: np.ndarray  # (column, SNOW_LAYERS) kg m-3
    snow_heat: np.ndarray  # (column, SNOW_LAYERS) J m-2
    snow_age: np.ndarray  # (column, SNOW_LAYERS) days
    snow_albedo: np.ndarray  # 1
    lai: np.ndarray  # m2 m-2
    biomass_leaf: np.ndarray  # kg m-2
    biomass_structural: np.ndarray  # kg m-2
    biomass_below: np.ndarray  # kg m-2
    assimilated: np.ndarray  # CO2 since the last growth, kg m-2
    an_leaf_max: np.ndarray  # kg kg-1 m s-1
    respired_structural: np.ndarray  # kg m-2
    respired_below: np.ndarray  # kg m-2
    le: np.ndarray  # latent heat flux of the last step, W m-2
    irrigation_rate: np.ndarray  # kg m-2 s-1
    irrigation_left: np.ndarray  # s


class ColumnParameters(NamedTuple):
    """Fixed in time; shape (column,) but for the roots (column, layer)."""

    cell: np.ndarray  # which cell's forcing drives the column
    n_layers: np.ndarray  # layers with moisture
    soil_depth: np.ndarray  # m, of those layers
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
    form: np.ndarray  # of the vegetation, see canopy_structure
    height: np.ndarray  # of trees and bare surfaces, m
    permanent: np.ndarray  # share of permanent snow, 1
    forest: np.ndarray  # share of trees, 1
    living: np.ndarray  # whether the leaves grow
    kind: np.ndarray  # herb or tree, see photosynthesis
    c4: np.ndarray  # whether the pathway is C4
    avoiding: np.ndarray  # stress strategy
    gm: np.ndarray  # m s-1
    gc: np.ndarray  # m s-1
    dmax: np.ndarray  # kg kg-1
    f2i: np.ndarray  # 1
    amax: np.ndarray  # kg m-2 s-1
    leaf_life: np.ndarray  # s
    lai_min: np.ndarray  # m2 m-2
    leaf_mass: np.ndarray  # kg m-2
    an_max: np.ndarray  # kg kg-1 m s-1
    lai_b: np.ndarray  # m2 m-2
    sprinkled: np.ndarray  # whether irrigation falls on the leaves


class Vegetation(NamedTuple):
    """What the season prescribes; shape (column,). NaN: follows the leaf area."""

    lai: np.ndarray  # m2 m-2; not used where the leaves grow
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
    midnight: bool  # whether the first step begins a UTC day


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
def canopy_of(i: int, lai: float, par: ColumnParameters, season: Vegetation) -> Canopy:
    """Snow-free surface of column `i` with leaves of `lai` (m2 m-2)."""
    form = par.form[i]
    veg, z0, emissivity = season.veg[i], season.z0[i], season.emissivity[i]
    if veg != veg:
        veg = vegetation_cover(lai, form)
    if z0 != z0:
        z0 = roughness_length(lai, form, par.height[i])
    if emissivity != emissivity:
        emissivity = surface_emissivity(veg, form)
    return Canopy(
        lai,
        veg,
        z0,
        z0 / par.z0_over_z0h[i],
        season.albedo[i],
        emissivity,
        par.c_v[i],
        par.wrmax_cf[i],
        par.rsmin[i],
        par.rgl[i],
        par.gamma[i],
    )


@kernel
def leaf_of(i: int, par: ColumnParameters) -> Leaf:
    """Photosynthetic traits of column `i`."""
    return Leaf(
        par.kind[i],
        par.avoiding[i],
        par.gm[i],
        par.gc[i],
        par.dmax[i],
        par.f2i[i],
        par.amax[i],
        C4 if par.c4[i] else C3,
    )


@kernel
def ageing_of(i: int, par: ColumnParameters) -> Ageing:
    """Traits of growth and death of column `i`."""
    return Ageing(
        par.leaf_life[i],
        par.lai_min[i],
        par.leaf_mass[i],
        par.an_max[i],
        par.gm[i],
        par.lai_b[i],
    )


@kernel
def profile_in(scratch: np.ndarray) -> Profile:
    """The soil's profiles in `scratch` (SCRATCH_ROWS WIDTH,).

    All profiles lie in one array at distances that the compiler knows, so that it need not
    look whether they overlap.
    """
    s, w = scratch, WIDTH
    return Profile(s[0 * w : 1 * w], s[1 * w : 2 * w], s[2 * w : 3 * w])


@kernel
def pack_in(scratch: np.ndarray) -> SnowPack:
    """The snow's profiles in `scratch` (SCRATCH_ROWS WIDTH,)."""
    s, w = scratch, WIDTH
    return SnowPack(s[3 * w : 4 * w], s[4 * w : 5 * w], s[5 * w : 6 * w], s[6 * w : 7 * w])


@kernel
def workspace_in(scratch: np.ndarray) -> Workspace:
    """Where a step keeps what it derives, in `scratch` (SCRATCH_ROWS WIDTH,)."""
    s, w = scratch, WIDTH
    return Workspace(
        Work(
            s[7 * w : 8 * w],
            s[8 * w : 9 * w],
            s[9 * w : 10 * w],
            s[10 * w : 11 * w],
            s[11 * w : 12 * w],
            s[12 * w : 13 * w],
            s[13 * w : 14 * w],
        ),
        Properties(
            s[14 * w : 15 * w],
            s[15 * w : 16 * w],
            s[16 * w : 17 * w],
            s[17 * w : 18 * w],
            s[18 * w : 19 * w],
            s[19 * w : 20 * w],
        ),
        s[20 * w : 21 * w],
        s[21 * w : 22 * w],
        s[22 * w : 23 * w],
        SnowWork(
            s[23 * w : 24 * w],
            s[24 * w : 25 * w],
            s[25 * w : 26 * w],
            s[26 * w : 27 * w],
            s[27 * w : 28 * w],
            s[28 * w : 29 * w],
            s[29 * w : 30 * w],
            s[30 * w : 31 * w],
            s[31 * w : 32 * w],
            s[32 * w : 33 * w],
        ),
    )


@loop_kernel
def advance_columns(
    first: int,
    last: int,
    state: ColumnState,
    par: ColumnParameters,
    season: Vegetation,
    grid: Grid,
    forcing: np.ndarray,
    heights: np.ndarray,
    place: np.ndarray,
    sun: np.ndarray,
    clock: Clock,
    scratch: np.ndarray,
    weather: np.ndarray,
    flux_sum: np.ndarray,
    worst: np.ndarray,
) -> None:
    """Carry the columns `first` to `last` - 1 of `state` through `clock.steps` steps, in place.

    `forcing` (cell, stamp, variable): states are linear between stamps and taken at the
    start of a step; precipitation at a stamp is the mean rate of the interval ending
    there. `heights` (cell, 2) of temperature and wind (m); `place` (cell, 3) and `sun`
    (step, 3) are unit vectors whose product is the cosine of the zenith angle. `scratch` and
    `weather` are those of `room`. `flux_sum` (column, flux) is added to, `worst` (column, 2)
    raised to the worst residuals.
    """
    column, pack, workspace = profile_in(scratch), pack_in(scratch), workspace_in(scratch)
    above = -1  # the cell whose weather is there: columns of a cell share it
    for i in range(first, last):
        cell = par.cell[i]
        soil, age = soil_of(i, par), ageing_of(i, par)
        plant = Plant(par.living[i], leaf_of(i, par))
        woody = par.kind[i] != HERB
        lai = state.lai[i] if plant.living else season.lai[i]
        canopy = canopy_of(i, lai, par, season)
        roots, flux, residuals = par.root_share[i], flux_sum[i], worst[i]
        if cell != above:
            above = cell
            fill_weather(
                forcing[cell],
                heights[cell],
                place[cell],
                sun,
                clock.first,
                clock.per_interval,
                weather,
            )
        surface = Surface(state.wr[i], state.ra[i], state.le[i], state.snow_albedo[i])
        pools = load_pools(state, i)
        rate, left = state.irrigation_rate[i], state.irrigation_left[i]
        load(state, i, soil, column)
        load_pack(state, i, pack)
        for k in range(clock.steps):
            air = air_in(weather[k])
            now = min(left, clock.dt)
            water = rate * (now / clock.dt)
            left -= now
            watering = Watering(water, 0.0) if par.sprinkled[i] else Watering(0.0, water)
            surface, uptake = step_column(
                column,
                pack,
                surface,
                roots,
                soil,
                canopy,
                plant,
                par.permanent[i],
                par.forest[i],
                air,
                watering,
                grid,
                workspace,
                clock.dt,
                flux,
                residuals,
            )
            if plant.living:
                new_day = clock.midnight and k == 0
                pools, lai = step_biomass(
                    pools,
                    lai,
                    uptake,
                    age,
                    woody,
                    column,
                    grid,
                    par.soil_depth[i],
                    air.rho,
                    clock.dt,
                    new_day,
                    flux,
                )
                if new_day:
                    canopy = canopy_of(i, lai, par, season)
        store(column, soil, state, i)
        store_pack(pack, state, i)
        store_pools(pools, state, i)
        state.lai[i] = lai
        state.wr[i], state.ra[i], state.le[i] = surface.wr, surface.ra, surface.le
        state.snow_albedo[i] = surface.snow_albedo
        state.irrigation_left[i] = left


def room(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """What `advance_columns` works in, for one thread."""
    return np.ones(SCRATCH_ROWS * WIDTH), np.empty((steps, len(Air._fields)))


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


@kernel
def load_pack(state: ColumnState, i: int, pack: SnowPack) -> None:
    """Copy the snow of column `i`."""
    for j in range(SNOW_LAYERS):
        pack.swe[j], pack.rho[j] = state.snow_swe[i, j], state.snow_rho[i, j]
        pack.heat[j], pack.age[j] = state.snow_heat[i, j], state.snow_age[i, j]


@kernel
def store_pack(pack: SnowPack, state: ColumnState, i: int) -> None:
    """Copy the snow back into column `i` of the state."""
    for j in range(SNOW_LAYERS):
        state.snow_swe[i, j], state.snow_rho[i, j] = pack.swe[j], pack.rho[j]
        state.snow_heat[i, j], state.snow_age[i, j] = pack.heat[j], pack.age[j]


@kernel
def load_pools(state: ColumnState, i: int) -> Pools:
    """Biomass of column `i`."""
    return Pools(
        state.biomass_leaf[i],
        state.biomass_structural[i],
        state.biomass_below[i],
        state.assimilated[i],
        state.an_leaf_max[i],
        state.respired_structural[i],
        state.respired_below[i],
    )


@kernel
def store_pools(pools: Pools, state: ColumnState, i: int) -> None:
    """Biomass back into column `i`."""
    state.biomass_leaf[i] = pools.leaf
    state.biomass_structural[i] = pools.structural
    state.biomass_below[i] = pools.below
    state.assimilated[i] = pools.assimilated
    state.an_leaf_max[i] = pools.an_leaf_max
    state.respired_structural[i] = pools.respired_structural
    state.respired_below[i] = pools.respired_below
