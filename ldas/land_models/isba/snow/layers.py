"""Fresh snow, and the layers the pack is cut into.

Boone & Etchevers (2001); Decharme et al. (2016).
"""

import math

from ldas.core.constants import C_ICE, L_F, T_TRIPLE
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Air

from .cover import DEPTH_MIN, RHO_MIN
from .records import SNOW_LAYERS, SnowPack, SnowWork, total

FALL_A, FALL_T, FALL_WIND = 109.0, 6.0, 26.0  # kg m-3, per K, per (m s-1)^1/2; Pahaut 1976
TOP_LIMITS = (0.01, 0.05, 0.15, 0.50, 1.00)  # m, thickest layers 1 to 5
BOTTOM_LIMITS = (1.00, 0.50, 0.10, 0.02)  # m, thickest layers 9 to 12
MIDDLE_SHARES = (0.3, 0.4, 0.3)  # 1, of what is left for layers 6 to 8
KEEP_ABOVE, KEEP_BELOW = 0.5, 1.5  # 1, thickness over the wanted one that is left alone
THIN_PACK = 0.03  # m, below it all layers are alike


@kernel
def fall(pack: SnowPack, work: SnowWork, air: Air, dt: float) -> float:
    """Add a step's snowfall on top; returns the enthalpy it brings (J m-2)."""
    if air.snow <= 0.0:
        return 0.0
    depth = total(work.dz)
    t = T_TRIPLE
    if work.dz[0] > 0.0:
        thickness = max(DEPTH_MIN / SNOW_LAYERS, work.dz[0])
        t += (pack.heat[0] + L_F * pack.rho[0] * work.dz[0]) / (pack.rho[0] * C_ICE * thickness)
        t = min(T_TRIPLE, t)
    mass = air.snow * dt
    brought = mass * (C_ICE * (t - T_TRIPLE) - L_F)
    rho = FALL_A + FALL_T * (air.t - T_TRIPLE) + FALL_WIND * math.sqrt(air.wind_speed)
    rho = max(RHO_MIN, rho)
    thickness = mass / rho
    if depth == 0.0:
        for j in range(SNOW_LAYERS):
            work.dz[j] = thickness / SNOW_LAYERS
            pack.heat[j] = brought / SNOW_LAYERS
            pack.rho[j] = rho
            pack.age[j] = 0.0
        return brought
    before = work.dz[0] * pack.rho[0]
    pack.age[0] = pack.age[0] * before / (before + mass)
    pack.rho[0] = (before + mass) / (work.dz[0] + thickness)
    work.dz[0] += thickness
    pack.heat[0] += brought
    return brought


@kernel
def wanted_layers(work: SnowWork, depth: float) -> None:
    """Fill `work.dz_new` with the thicknesses (m) that suit a pack of `depth` (m)."""
    dz, equal = work.dz_new, depth / SNOW_LAYERS
    middle = depth
    for j in range(5):
        dz[j] = min(TOP_LIMITS[j], equal)
        middle -= dz[j]
    for j in range(4):
        dz[8 + j] = min(BOTTOM_LIMITS[j], equal)
        middle -= dz[8 + j]
    for j in range(3):
        dz[5 + j] = middle * MIDDLE_SHARES[j]
    lack = min(0.0, dz[5] - dz[4])
    dz[5] -= lack
    dz[6] += lack
    lack = min(0.0, dz[7] - dz[8])
    dz[7] -= lack
    dz[6] += lack


@kernel
def misfit(dz: float, limit: float, depth: float) -> bool:
    """Whether a layer has left the range around its wanted thickness."""
    wanted = min(limit, depth / SNOW_LAYERS)
    return dz < KEEP_ABOVE * wanted or dz > KEEP_BELOW * wanted


@kernel
def arrange_layers(pack: SnowPack, work: SnowWork) -> None:
    """Cut the pack anew where its outer layers no longer fit; mass and enthalpy are kept."""
    depth = total(work.dz)
    if depth < THIN_PACK:
        mix(pack, work, depth)
    elif (
        misfit(work.dz[0], TOP_LIMITS[0], depth)
        or misfit(work.dz[1], TOP_LIMITS[1], depth)
        or misfit(work.dz[SNOW_LAYERS - 1], BOTTOM_LIMITS[3], depth)
    ):
        wanted_layers(work, depth)
        transfer(pack, work)


@kernel
def mix(pack: SnowPack, work: SnowWork, depth: float) -> None:
    """Make all layers alike."""
    heat, mass, age = 0.0, 0.0, 0.0
    for j in range(SNOW_LAYERS):
        heat += pack.heat[j]
        mass += pack.rho[j] * work.dz[j]
        age += pack.age[j]
    for j in range(SNOW_LAYERS):
        pack.heat[j] = heat / SNOW_LAYERS
        pack.rho[j] = mass / depth
        pack.age[j] = age / SNOW_LAYERS
        work.dz[j] = depth / SNOW_LAYERS


@kernel
def transfer(pack: SnowPack, work: SnowWork) -> None:
    """Move mass, enthalpy and age from layers `work.dz` to `work.dz_new`."""
    heat, mass, age, dz, dz_new = work.a, work.b, work.c, work.dz, work.dz_new
    for j in range(SNOW_LAYERS):
        heat[j], mass[j], age[j] = 0.0, 0.0, 0.0
    old, new = 0, 0
    left, room = dz[0], dz_new[0]
    while True:
        last = old == SNOW_LAYERS - 1 and new == SNOW_LAYERS - 1
        moved = left if last else min(left, room)
        share = moved / dz[old]
        heat[new] += pack.heat[old] * share
        mass[new] += pack.rho[old] * dz[old] * share
        age[new] += pack.age[old] * pack.rho[old] * dz[old] * share
        left -= moved
        room -= moved
        if last:
            break
        if (left <= room and old < SNOW_LAYERS - 1) or new == SNOW_LAYERS - 1:
            old += 1
            left = dz[old]
        else:
            new += 1
            room = dz_new[new]
    for j in range(SNOW_LAYERS):
        pack.heat[j] = heat[j]
        pack.rho[j] = mass[j] / dz_new[j]
        pack.age[j] = age[j] / mass[j]
        dz[j] = dz_new[j]
