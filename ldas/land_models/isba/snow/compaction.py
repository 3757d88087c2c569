"""Settling of the snow under its weight, and packing by the wind.

Viscosity after Brun et al. (1989) and Decharme et al. (2016); wind packing after Brun et
al. (1997).
"""

from ldas.core.constants import DAY, GRAVITY, T_TRIPLE
from ldas.core.elementary import exp
from ldas.core.kernel import kernel

from .cover import RHO_MAX, RHO_MIN
from .records import SNOW_LAYERS, SnowPack, SnowWork, holding_capacity

VISCOSITY = 7.62237e6  # Pa s
VISCOSITY_RHO = 0.023  # m3 kg-1
VISCOSITY_T = 0.1  # K-1
VISCOSITY_T_MAX = 5.0  # K
VISCOSITY_WET = 10.0  # 1
VISCOSITY_RHO_0 = 250.0  # kg m-3
HOLD_MIN = 1.0e-10  # m

WIND_FACTOR = 1.25  # 1, 5 m wind to that of gusts
FOREST_SHELTER = 0.85  # 1
MOBILITY_RHO = 0.295  # kg m-3 x 1e-3
DRIFT_SCALE, DRIFT_WIND, DRIFT_DEPTH = 2.868, 0.085, 3.25  # 1, s m-1, 1
DRIFT_TIME = 2.0 * DAY * WIND_FACTOR  # s
DRIFT_RHO_MAX = 350.0  # kg m-3


@kernel
def settle(pack: SnowPack, work: SnowWork, dt: float) -> None:
    """Compact every layer by `dt` (s) under the weight above it."""
    rho, dz, weight, factor = pack.rho, work.dz, work.a, work.b
    above = 0.0
    for j in range(SNOW_LAYERS):
        weight[j] = above if j > 0 else 0.5 * dz[0] * rho[0]
        above += dz[j] * rho[j]
    for j in range(SNOW_LAYERS):
        wet = min(1.0, work.liquid[j] / max(HOLD_MIN, holding_capacity(rho[j], dz[j])))
        cold = VISCOSITY_T * min(VISCOSITY_T_MAX, abs(T_TRIPLE - work.t[j]))
        viscosity = VISCOSITY / (1.0 + VISCOSITY_WET * wet) * exp(VISCOSITY_RHO * rho[j] + cold)
        viscosity *= rho[j] / VISCOSITY_RHO_0
        factor[j] = 1.0 + dt * GRAVITY * weight[j] / viscosity
    for j in range(SNOW_LAYERS):
        if rho[j] < RHO_MAX:
            denser = rho[j] * factor[j]
            dz[j] *= rho[j] / denser
            rho[j] = denser


@kernel
def pack_by_wind(pack: SnowPack, work: SnowWork, wind: float, forest: float, dt: float) -> None:
    """Break and pack crystals near the surface in `wind` (m s-1), less under `forest` (1)."""
    gust = WIND_FACTOR * (1.0 - FOREST_SHELTER * forest) * wind
    drive = 1.0 - DRIFT_SCALE * exp(-DRIFT_WIND * gust)
    depth = 0.0
    for j in range(SNOW_LAYERS):
        rho = pack.rho[j]
        mobility = 1.25 - 1.25e-3 * (max(rho, RHO_MIN) - RHO_MIN) / MOBILITY_RHO
        index = mobility + drive
        if index <= 0.0:
            break
        depth += 0.05 * work.dz[j] * (DRIFT_DEPTH - index)
        if rho < DRIFT_RHO_MAX:
            rate = max(0.0, index * exp(-100.0 * depth)) / DRIFT_TIME
            pack.rho[j] = min(DRIFT_RHO_MAX, rho + (DRIFT_RHO_MAX - rho) * rate * dt)
            work.dz[j] *= rho / pack.rho[j]
        depth += 0.05 * work.dz[j] * (DRIFT_DEPTH - index)
