"""What is reported of a column's state beside the state itself."""

import numpy as np

from ldas.core.kernel import kernel

from .columns import ColumnParameters, ColumnState, Vegetation, canopy_of, soil_of
from .snow.cover import snow_cover
from .snow.pack import pack_depth, surface_temperature
from .snow.records import SnowPack, total
from .soil.stress import soil_water_stress


@kernel
def diagnose_stress(
    wg: np.ndarray, par: ColumnParameters, weight: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` (column,) with the soil water stress F2 (1) of liquid water (column, layer).

    `weight` (layer,) is room to work in.
    """
    for i in range(par.cell.size):
        out[i] = soil_water_stress(wg[i], par.root_share[i], soil_of(i, par), weight)


@kernel
def diagnose_snow(
    state: ColumnState, par: ColumnParameters, season: Vegetation, out: np.ndarray
) -> None:
    """Fill `out` (3, column): snow water (kg m-2), depth (m), surface temperature (K).

    The surface temperature is the mean of soil and snow, weighted by the snow's cover.
    """
    for i in range(par.cell.size):
        pack = SnowPack(state.snow_swe[i], state.snow_rho[i], state.snow_heat[i], state.snow_age[i])
        swe, ts = total(pack.swe), state.tg[i, 0]
        out[0, i], out[1, i], out[2, i] = swe, 0.0, ts
        if swe > 0.0:
            lai = state.lai[i] if par.living[i] else season.lai[i]
            canopy = canopy_of(i, lai, par, season)
            depth = pack_depth(pack)
            share = snow_cover(swe, depth, canopy.veg, canopy.z0).total
            out[1, i] = depth
            out[2, i] = (1.0 - share) * ts + share * surface_temperature(pack)
