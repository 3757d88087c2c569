"""Forcing as a land model receives it: values at the cells, at evenly spaced stamps."""

from dataclasses import dataclass

import numpy as np

from .kernel import kernel

# last axis of the values, wind by components
FORCING_UNITS = {
    "tair": "K", "qair": "kg kg-1", "wind_u": "m s-1", "wind_v": "m s-1", "swdown": "W m-2",
    "lwdown": "W m-2", "psurf": "Pa", "rainf": "kg m-2 s-1", "snowf": "kg m-2 s-1",
    "co2": "kg m-3",
}  # fmt: skip
FORCING = tuple(FORCING_UNITS)
PRECIPITATION = tuple(FORCING.index(name) for name in ("rainf", "snowf"))


@kernel
def between(a: float, z: float, x: float) -> float:
    """The value at weight `x` between those of two stamps."""
    return a + x * (z - a)


@kernel
def instant(values: np.ndarray, stamp: int, x: float, out: np.ndarray) -> None:
    """Forcing (cell, variable) at weight `x` after `stamp`: states there, precipitation's mean."""
    for cell in range(values.shape[0]):
        for k in range(values.shape[2]):
            a, z = values[cell, stamp, k], values[cell, stamp + 1, k]
            out[cell, k] = between(a, z, x)
        for k in PRECIPITATION:
            out[cell, k] = values[cell, stamp + 1, k]


@dataclass(frozen=True)
class Meteorology:
    """Forcing of some cells over a window.

    `values` has shape (cell, stamp, variable) in the order of FORCING: states are
    instantaneous at the stamp, rain and snow the mean rate over the interval that ends
    there. `heights` (cell, 2): those of temperature and of wind (m). `start` is the time
    of the first stamp, `interval` the seconds between stamps.
    """

    values: np.ndarray
    heights: np.ndarray
    start: np.datetime64
    interval: int
