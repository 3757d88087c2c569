"""Albedo of the snow in three bands, and the shortwave that passes into it.

Brun et al. (1992) as in Decharme et al. (2016): the grains' size comes from density and age.
"""

import math

from ldas.core.elementary import exp
from ldas.core.kernel import kernel

from .records import LAYER_MIN, SNOW_LAYERS, SnowPack, SnowWork

GRAIN_A, GRAIN_RHO, GRAIN_AGE = 1.6e-4, 1.1e-13, 0.5e-4  # m, m per (kg m-3)^4, m per day
GRAIN_MAX, GRAIN_AGE_MAX = 2.796e-3, 15.0  # m, days
BAND_SHARES = (0.71, 0.21, 0.08)  # 1, of shortwave: visible and two near infrared
ALBEDO_AGE_MAX = 365.0  # days
AGEING_SEASONAL, AGEING_PERMANENT = 60.0, 900.0  # days
PRESSURE_SCALE, PRESSURE_MIN, PRESSURE_MAX = 87000.0, 0.5, 1.5  # Pa, 1, 1
ABSORPTION_VISIBLE, ABSORPTION_VISIBLE_MIN = 1.92e-3, 40.0  # m^(5/2) kg-1, m-1
ABSORPTION_NIR, ABSORPTION_NIR_MIN, ABSORPTION_FAR = 1.098e-2, 100.0, 2000.0
MU_MIN = 0.01  # 1


@kernel
def grain_size(rho: float, age: float) -> float:
    """Optical diameter (m) of grains of density `rho` (kg m-3) and `age` (days)."""
    size = GRAIN_A + GRAIN_RHO * (rho * rho) * (rho * rho) + GRAIN_AGE * min(GRAIN_AGE_MAX, age)
    return min(GRAIN_MAX, size)


@kernel
def spectral_albedo(
    rho: float, age: float, permanent: float, p: float
) -> tuple[float, float, float]:
    """Albedo (1) of the three bands; impurities darken the visible with age.

    `permanent` is the share of permanent snow (1), `p` the pressure (Pa).
    """
    root = math.sqrt(grain_size(rho, (1.0 - permanent) * age))
    ageing = AGEING_PERMANENT * permanent + AGEING_SEASONAL * (1.0 - permanent)
    dust = 0.2 * min(max(p / PRESSURE_SCALE, PRESSURE_MIN), PRESSURE_MAX)
    visible = min(0.92, 0.96 - 1.58 * root) - dust * min(ALBEDO_AGE_MAX, age) / ageing
    near = 0.90 - 15.4 * root
    root = min(root, math.sqrt(2.3e-3))
    far = 346.3 * root * root - 32.31 * root + 0.88
    return max(0.6, visible), max(0.3, near), max(0.0, far)


@kernel
def broadband(albedo: tuple[float, float, float]) -> float:
    """Albedo (1) over the three bands."""
    return BAND_SHARES[0] * albedo[0] + BAND_SHARES[1] * albedo[1] + BAND_SHARES[2] * albedo[2]


@kernel
def absorb(
    pack: SnowPack,
    work: SnowWork,
    sw: float,
    albedo: tuple[float, float, float],
    permanent: float,
    mu: float,
    soil_albedo: float,
) -> None:
    """Fill `work.absorbed`: shortwave below each layer (W m-2, negative)."""
    if sw <= 0.0:
        for j in range(SNOW_LAYERS):
            work.absorbed[j] = 0.0
        return
    slant = (1.0 - permanent) + permanent / max(MU_MIN, mu)
    first, second, third = work.a, work.b, work.c
    for j in range(SNOW_LAYERS):
        rho, dz = pack.rho[j], max(LAYER_MIN, work.dz[j]) * slant
        root = math.sqrt(grain_size(rho, (1.0 - permanent) * pack.age[j]))
        first[j] = max(ABSORPTION_VISIBLE * rho / root, ABSORPTION_VISIBLE_MIN) * dz
        second[j] = max(ABSORPTION_NIR * rho / root, ABSORPTION_NIR_MIN) * dz
        third[j] = ABSORPTION_FAR * dz
    for j in range(1, SNOW_LAYERS):
        first[j] += first[j - 1]
        second[j] += second[j - 1]
        third[j] += third[j - 1]
    for j in range(SNOW_LAYERS):
        work.absorbed[j] = -sw * (
            BAND_SHARES[0] * (1.0 - albedo[0]) * exp(-first[j])
            + BAND_SHARES[1] * (1.0 - albedo[1]) * exp(-second[j])
            + BAND_SHARES[2] * (1.0 - albedo[2]) * exp(-third[j])
        )
    work.absorbed[SNOW_LAYERS - 1] *= 1.0 - soil_albedo
