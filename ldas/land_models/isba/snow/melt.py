"""Melt, percolation with refreezing, and sublimation of the snow (Boone & Etchevers 2001)."""

from ldas.core.constants import C_ICE, L_F, L_S, RHO_ICE, RHO_WATER, T_TRIPLE
from ldas.core.kernel import kernel

from .cover import DEPTH_MIN, RHO_MIN
from .records import (
    SNOW_LAYERS,
    SnowPack,
    SnowWork,
    holding_capacity,
    layer_heat,
    liquid_of,
    total,
    unlimited_temperature,
)

COLDEST_BELOW_AIR = 15.0  # K, how far sublimation may cool the first layer below the air
DEPTH_EVAPORATING = 1.0e-4  # m


@kernel
def melt(pack: SnowPack, work: SnowWork) -> float:
    """Turn heat above the melting point into liquid; returns what no ice was left for (J m-2).

    The melt that a layer can hold makes it thinner and denser, the rest leaves it as it is
    until it runs out. No layer is denser than ice.
    """
    excess = 0.0
    rho, dz, t, liquid = pack.rho, work.dz, work.t, work.liquid
    for j in range(SNOW_LAYERS):
        if dz[j] <= 0.0:
            continue
        if t[j] <= T_TRIPLE:
            swell(pack, work, j)
            continue
        water = rho[j] * dz[j] / RHO_WATER
        capacity = rho[j] * C_ICE * dz[j]
        ice = max(0.0, water - liquid[j]) * L_F * RHO_WATER
        phase = min(capacity * (t[j] - T_TRIPLE), ice)
        left = t[j] - phase / capacity
        t[j] = min(T_TRIPLE, left)
        excess += (left - t[j]) * capacity
        melted = phase / (L_F * RHO_WATER)
        hold = holding_capacity(rho[j], dz[j])
        shrink = (water - min(liquid[j] + melted, hold)) / (water - min(liquid[j], hold))
        dz[j] *= shrink
        rho[j] = water * RHO_WATER / dz[j]
        swell(pack, work, j)
        liquid[j] += melted
    return excess


@kernel
def swell(pack: SnowPack, work: SnowWork, j: int) -> None:
    """Give layer `j` the thickness at which it is not denser than ice."""
    if pack.rho[j] > RHO_ICE:
        work.dz[j] *= pack.rho[j] / RHO_ICE
        pack.rho[j] = RHO_ICE


@kernel
def percolate(pack: SnowPack, work: SnowWork, rain: float, dt: float) -> tuple[float, float]:
    """Let liquid beyond the holding capacity and `rain` (kg m-2 s-1) run down and refreeze.

    Returns the water that leaves the pack at its bottom (kg m-2 s-1), and the enthalpy that
    vanishing layers could not keep (J m-2).
    """
    rho, dz, t, liquid = pack.rho, work.dz, work.t, work.liquid
    hold, flow, heat, kept, filled = work.a, work.b, work.c, work.d, work.dz_new
    for j in range(SNOW_LAYERS):
        heat[j] = layer_heat(dz[j], rho[j], t[j], liquid[j])
        warm = unlimited_temperature(heat[j], max(dz[j], DEPTH_MIN / SNOW_LAYERS), rho[j])
        held = liquid_of(warm, dz[j], rho[j])
        hold[j] = holding_capacity(rho[j], dz[j])
        flow[j] = max(0.0, held - hold[j])
        kept[j] = held - flow[j]
        dz[j] = max(0.0, dz[j] - flow[j] * RHO_WATER / rho[j])
    rain_depth = rain * dt / RHO_WATER
    arriving = min(rain_depth, total(hold))
    through = rain_depth - arriving
    for j in range(SNOW_LAYERS):
        filled[j] = kept[j] + arriving
        over = max(0.0, filled[j] - hold[j])
        filled[j] -= over
        arriving = flow[j] + over
    for j in range(SNOW_LAYERS):
        thickness = max(DEPTH_MIN / SNOW_LAYERS, dz[j])
        rho[j] += (filled[j] - kept[j]) * RHO_WATER / thickness
        warm = unlimited_temperature(heat[j], thickness, rho[j])
        liquid[j] = liquid_of(warm, dz[j], rho[j])
        t[j] = min(T_TRIPLE, warm)
        pack.heat[j] = layer_heat(dz[j], rho[j], t[j], liquid[j])
    unkept = 0.0
    for j in range(SNOW_LAYERS):
        unkept += heat[j] - pack.heat[j]
    return (arriving + through) * RHO_WATER / dt, unkept


@kernel
def sublimate(
    pack: SnowPack, work: SnowWork, les: float, t_air: float, dt: float
) -> tuple[float, float]:
    """Take the sublimation `les` (W m-2) from layer 1; what that changes of its enthalpy,
    the layers below make good.

    Returns the vapour that layer 1 could not give (kg m-2 s-1), and the enthalpy that
    thin layers below could not take back (J m-2): both are the soil's to give.
    """
    dz, rho, heat = work.dz, pack.rho, pack.heat
    if dz[0] <= 0.0:
        return 0.0, 0.0
    lack = max(0.0, RHO_MIN - rho[0]) * dz[0] / dt
    rho[0] = max(RHO_MIN, rho[0])
    left = dz[0] - les * dt / (L_S * rho[0])
    dz[0] = max(0.0, left)
    lack += max(0.0, -left) * rho[0] / dt
    warm = unlimited_temperature(heat[0], max(DEPTH_EVAPORATING, dz[0]), rho[0])
    liquid = liquid_of(warm, dz[0], rho[0])
    t = max(min(T_TRIPLE, t_air - COLDEST_BELOW_AIR), min(T_TRIPLE, warm))
    now = layer_heat(dz[0], rho[0], t, liquid)
    gained = now - heat[0]
    heat[0] = now
    below = 0.0
    for j in range(1, SNOW_LAYERS):
        below += dz[j]
    per_depth = gained / max(below, DEPTH_EVAPORATING)
    for j in range(1, SNOW_LAYERS):
        heat[j] -= dz[j] * per_depth
    return lack, gained - below * per_depth


@kernel
def restore_first_layer(pack: SnowPack, work: SnowWork) -> None:
    """Where layer 1 has sublimated away, spread the rest evenly over all layers."""
    dz, rho = work.dz, pack.rho
    if dz[0] > 0.0:
        return
    depth, mass, heat = 0.0, 0.0, 0.0
    for j in range(1, SNOW_LAYERS):
        depth += dz[j]
        mass += dz[j] * rho[j]
        heat += layer_heat(dz[j], rho[j], work.t[j], work.liquid[j])
    if depth == 0.0:
        return
    depth = max(0.5 * DEPTH_MIN, depth)
    for j in range(SNOW_LAYERS):
        dz[j] = depth / SNOW_LAYERS
        rho[j] = mass / depth
        pack.heat[j] = heat / SNOW_LAYERS
        warm = unlimited_temperature(pack.heat[j], dz[j], rho[j])
        work.liquid[j] = liquid_of(warm, dz[j], rho[j])
        work.t[j] = min(T_TRIPLE, warm)
