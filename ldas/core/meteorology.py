"""Forcing as a land model receives it: values at the cells, at evenly spaced stamps."""

from dataclasses import dataclass

import numpy as np

from .kernel import kernel

# last axis of the values; SI units, wind by components
FORCING = (
    *("tair", "qair", "wind_u", "wind_v", "swdown", "lwdown", "psurf", "rainf", "snowf"),
    "co2",  # kg m-3
)


@kernel
def between(a: float, z: float, x: float) -> float:
    """The value at weight `x` between those of two stamps."""
    return a + x * (z - a)


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
