"""The living part of a column's step: what is assimilated is kept and, once a day, grows."""

import numpy as np

from ldas.core.kernel import kernel
from ldas.land_models.isba.column import GPP, RECO
from ldas.land_models.isba.records import Grid, Profile

from .nitrogen_dilution import Ageing, Pools, daily_growth
from .photosynthesis import Uptake
from .respiration import (
    SOIL_DEEP,
    SOIL_TOP,
    below_respiration,
    depth_mean,
    ecosystem_respiration,
    structural_respiration,
)


@kernel
def step_biomass(
    pools: Pools,
    lai: float,
    uptake: Uptake,
    age: Ageing,
    woody: bool,
    column: Profile,
    grid: Grid,
    soil_depth: float,
    rho: float,
    dt: float,
    new_day: bool,
    flux: np.ndarray,
) -> tuple[Pools, float]:
    """Biomass pools and LAI after a step of `dt` (s); GPP and respiration are added to `flux`.

    The first step of a UTC day ends with the growth of the day before. `rho` is the air's
    density (kg m-3), `soil_depth` (m) that of the soil with moving water.
    """
    pools = Pools(
        pools.leaf,
        pools.structural,
        pools.below,
        pools.assimilated + uptake.an * dt * rho,
        max(uptake.an_leaf, pools.an_leaf_max),
        pools.respired_structural,
        pools.respired_below,
    )
    if new_day:
        pools, lai = daily_growth(pools, lai, age)
    t_deep = depth_mean(column.t, grid.dz, min(SOIL_DEEP, soil_depth))
    w_top = depth_mean(column.w, grid.dz, min(SOIL_TOP, soil_depth))
    structural = structural_respiration(pools.structural, woody, column.t[0], dt)
    below = below_respiration(pools.below, t_deep, dt)
    flux[GPP] += rho * uptake.an + rho * uptake.respiration
    flux[RECO] += ecosystem_respiration(
        rho * uptake.respiration, structural, lai, w_top, t_deep, dt
    )
    return (
        Pools(
            pools.leaf,
            pools.structural,
            pools.below,
            pools.assimilated,
            pools.an_leaf_max,
            pools.respired_structural + structural,
            pools.respired_below + below,
        ),
        lai,
    )
