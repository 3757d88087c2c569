"""Weather of the members of an ensemble: errors of rain and radiation, drawn together.

Reichle et al. (2007) and the land ensembles that came of it: precipitation and solar radiation
are multiplied by lognormal factors of mean 1, to thermal radiation a normal error is added;
less sun and more thermal radiation go with more rain (correlations as in GEOSldas, which draws
anew within a day too).
"""

import numpy as np

from ldas.core.constants import SOLAR_CONSTANT
from ldas.core.meteorology import FORCING, PRECIPITATION, Meteorology

WEATHER = 3  # rain, solar, thermal
CORRELATION = np.array([[1.0, -0.8, 0.5], [-0.8, 1.0, -0.5], [0.5, -0.5, 1.0]])
ROOT = np.linalg.cholesky(CORRELATION)
LIMIT = 2.5  # 1, of standard normal draws, as in GEOSldas
SWDOWN, LWDOWN = FORCING.index("swdown"), FORCING.index("lwdown")


def lognormal_factor(noise: np.ndarray, sd: float) -> np.ndarray:
    """Factors of mean 1 and standard deviation `sd` from standard normal `noise`."""
    variance = np.log1p(sd**2)
    return np.exp(np.sqrt(variance) * noise - 0.5 * variance)


def weather_of(
    forcing: Meteorology, noise: np.ndarray, rain: float, shortwave: float, longwave: float
) -> Meteorology:
    """A member's weather over a window, by one draw for each cell.

    `noise` (cell, WEATHER) is standard normal and independent; `rain` and `shortwave` are relative
    standard deviations, `longwave` one in W m-2. Draws end at LIMIT; the sun is never brighter
    than outside the atmosphere, unless it was given so, and thermal radiation keeps half.
    """
    by_rain, by_sun, by_sky = np.clip(noise @ ROOT.T, -LIMIT, LIMIT).T
    values = forcing.values.copy()
    for k in PRECIPITATION:
        values[:, :, k] *= lognormal_factor(by_rain, rain)[:, None]
    sun = values[:, :, SWDOWN]
    brighter = sun * lognormal_factor(by_sun, shortwave)[:, None]
    values[:, :, SWDOWN] = np.minimum(brighter, np.maximum(sun, SOLAR_CONSTANT))
    sky = values[:, :, LWDOWN]
    values[:, :, LWDOWN] = np.maximum(sky + longwave * by_sky[:, None], 0.5 * sky)
    return Meteorology(values, forcing.heights, forcing.start, forcing.interval)
