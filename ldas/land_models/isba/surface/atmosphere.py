"""The air above a column during one step."""

import math

import numpy as np

from ldas.core.constants import CP_D, GRAVITY, P0, R_D, R_V
from ldas.core.elementary import power
from ldas.core.kernel import kernel
from ldas.core.meteorology import FORCING, between
from ldas.land_models.isba.records import Air

from .exchange import effective_wind

TAIR, QAIR, WIND_U, WIND_V, SWDOWN, LWDOWN, PSURF, RAINF, SNOWF, CO2 = range(len(FORCING))


@kernel
def air_density(t: float, q: float, p: float, z: float) -> float:
    """Air density (kg m-3) between the surface at pressure `p` (Pa) and height `z` (m)."""
    return p / (t * R_D * (1.0 + (R_V / R_D - 1.0) * q) + z * GRAVITY)


@kernel
def exner(p: float) -> float:
    """Exner function (1) of pressure (Pa)."""
    return power(p / P0, R_D / CP_D)


@kernel
def air_of_step(a: np.ndarray, z: np.ndarray, x: float, heights: np.ndarray, mu: float) -> Air:
    """Forcing at weight `x` between stamps `a` and `z`, each of shape (variable,).

    `mu` is the cosine of the sun's zenith angle.
    """
    t = between(a[TAIR], z[TAIR], x)
    q = between(a[QAIR], z[QAIR], x)
    u = between(a[WIND_U], z[WIND_U], x)
    v = between(a[WIND_V], z[WIND_V], x)
    p = between(a[PSURF], z[PSURF], x)
    z_temperature, z_wind = heights[0], heights[1]
    rho = air_density(t, q, p, z_temperature)
    wind = math.sqrt(u * u + v * v)
    return Air(
        t,
        q,
        effective_wind(wind, z_wind),
        wind,
        between(a[SWDOWN], z[SWDOWN], x),
        between(a[LWDOWN], z[LWDOWN], x),
        p,
        z[RAINF],
        z[SNOWF],
        between(a[CO2], z[CO2], x) / rho,
        mu,
        rho,
        exner(p - rho * GRAVITY * z_temperature),
        exner(p),
        z_temperature,
        z_wind,
    )
