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


@kernel
def fill_weather(
    series: np.ndarray,
    heights: np.ndarray,
    place: np.ndarray,
    sun: np.ndarray,
    first: int,
    per_interval: int,
    weather: np.ndarray,
) -> None:
    """Fill `weather` (step, field of Air) with the air above a cell in each step.

    `series` (stamp, variable) is the cell's forcing, of which step k stands in the interval
    (first + k) // per_interval; `place` (3,) and `sun` (step, 3) are unit vectors.
    """
    steps, begun = sun.shape[0], 0
    while begun < steps:
        stamp, substep = divmod(first + begun, per_interval)
        here = min(per_interval - substep, steps - begun)
        for k in range(begun, begun + here):
            mu = place[0] * sun[k, 0] + place[1] * sun[k, 1] + place[2] * sun[k, 2]
            x = (substep + k - begun) / per_interval
            air = air_of_step(series[stamp], series[stamp + 1], x, heights, mu)
            out = weather[k]
            out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = air[:8]
            out[8], out[9], out[10], out[11], out[12], out[13], out[14], out[15] = air[8:]
        begun += here


@kernel
def air_in(weather: np.ndarray) -> Air:
    """The air of one step as `fill_weather` left it, shape (field,)."""
    return Air(
        weather[0],
        weather[1],
        weather[2],
        weather[3],
        weather[4],
        weather[5],
        weather[6],
        weather[7],
        weather[8],
        weather[9],
        weather[10],
        weather[11],
        weather[12],
        weather[13],
        weather[14],
        weather[15],
    )
