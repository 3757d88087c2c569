"""Heat that snow passes to the soil, spread over depth where the first layer cannot take it."""

import numpy as np

from ldas.core.kernel import kernel
from ldas.land_models.isba.records import LAYERS

SPREAD_DEPTH = 0.6  # m
SPREAD_RISE = 10.0  # K, change of the first layer in one step from which the flux is spread


@kernel
def spread_snow_heat(
    cover: float,
    ground: float,
    correction: float,
    c_t: float,
    capacity: np.ndarray,
    dz: np.ndarray,
    dt: float,
    into: np.ndarray,
) -> float:
    """Fill `into` (W m-2) for layers 2 on; returns the heat into layer 1 (W m-2 of the column).

    `ground` and `correction` are per area of snow, which covers a share `cover`. The
    correction always goes to all layers to 60 cm by their heat capacity (layer 1 counts
    with the inertia `c_t`, K m2 J-1), the flux only where it would heat layer 1 too much.
    """
    total, bottom = 1.0 / c_t, dz[0]
    for j in range(1, LAYERS):
        bottom += dz[j]
        into[j] = capacity[j] * min(dz[j], max(0.0, SPREAD_DEPTH - bottom + dz[j]))
        total += into[j]
    spread = correction
    direct = ground
    if dt * c_t * cover * abs(ground) >= SPREAD_RISE:
        spread += ground
        direct = 0.0
    for j in range(1, LAYERS):
        into[j] *= cover * spread / total
    return cover * (direct + spread / (c_t * total))
