"""What the soil of a place has that the mean soil of the networks has not: its texture.

The networks know one soil (El Hajj et al. 2017). What they find is the moisture with which that
soil would reflect as much as the place's own does; sigma0 of the model depends on moisture through
the reflectivity alone, so that no network needs to be trained again.
"""

import numpy as np

from .dielectric import hallikainen
from .tau_omega import fresnel_v
from .training_base import CLAY, SAND

STEPS = 401  # of the table from DRIEST to WETTEST
DRIEST, WETTEST = 0.0, 0.6  # m3 m-3


def reflectivity(moisture: np.ndarray, clay: float, sand: float) -> np.ndarray:
    """Of a smooth soil seen from above (1), by Hallikainen et al. (1985)."""
    return fresnel_v(hallikainen(moisture, clay, sand), 0.0)


def of_place(
    moisture: np.ndarray, error: np.ndarray, clay: np.ndarray, sand: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Moisture and standard error (m3 m-3) of soils of `clay` and `sand` (1), from the mean soil's.

    All of one shape; a place whose texture is not known (NaN) keeps the mean soil's. NaN stays.
    """
    out, sd = np.array(moisture, float), np.array(error, float)
    known = np.isfinite(moisture) & np.isfinite(clay) & np.isfinite(sand)
    grid = np.linspace(DRIEST, WETTEST, STEPS)
    mean = reflectivity(grid, CLAY, SAND)
    textures, which = np.unique(
        np.round(np.stack([clay[known], sand[known]], axis=1), 2), axis=0, return_inverse=True
    )
    found, slope = np.empty(which.size), np.empty(which.size)
    for k, (c, s) in enumerate(textures):
        here = which.ravel() == k
        own = np.maximum.accumulate(reflectivity(grid, c, s))
        table = np.interp(mean, own, grid)
        found[here] = np.interp(moisture[known][here], grid, table)
        slope[here] = np.interp(moisture[known][here], grid, np.gradient(table, grid))
    out[known], sd[known] = found, error[known] * slope
    return out, sd
