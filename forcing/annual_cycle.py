"""The year's course of air temperature in a forcing, and what it leaves in the ground."""

from dataclasses import dataclass

import numpy as np

from ldas.core.clock import Window
from ldas.core.meteorology import FORCING

from .atmosphere import CellForcing

DAY = np.timedelta64(1, "D")
YEAR = 365.25  # d
LONG_ENOUGH = 360  # d, of forcing, from which on a course is told
EVERY = 5  # d, from one day that is looked at to the next
DIFFUSIVITY = 6.0e-7  # m2 s-1, of heat in moist soil (Oke 1987, table 2.1: 0.5e-6 to 0.9e-6)


@dataclass(frozen=True)
class AnnualCycle:
    """Mean (K), amplitude (K) and day of year of the warmest day, and the year's water.

    All (cell,); `precipitation` in kg m-2 a year.
    """

    mean: np.ndarray
    amplitude: np.ndarray
    warmest: np.ndarray
    precipitation: np.ndarray

    def in_the_ground(self, depth: np.ndarray, time: np.datetime64) -> np.ndarray:
        """Temperature (cell, layer) at depths (m): the damped and delayed wave of a year.

        The solution of the heat equation for a sine at the surface (Hillel 1998, eq. 12.22).
        """
        damping = np.sqrt(2.0 * DIFFUSIVITY * YEAR * 86400.0 / (2.0 * np.pi))
        angle = 2.0 * np.pi * (_day(time) - self.warmest) / YEAR
        wave = np.exp(-depth / damping) * np.cos(angle[:, None] - depth / damping)
        return self.mean[:, None] + self.amplitude[:, None] * wave


def annual_cycle(forcing: CellForcing, start: np.datetime64) -> AnnualCycle | None:
    """The course of the year of forcing that begins at `start`, or ends with the forcing.

    None where the forcing is shorter than LONG_ENOUGH. Every fifth day is read.
    """
    time = forcing.atmosphere.series["tair"].time
    first, last = time[0], time[-1]
    year = LONG_ENOUGH * DAY
    if last - first < year:
        return None
    begin = max(first, min(start, last - year))
    days = begin + EVERY * DAY * np.arange(
        int((min(begin + 365 * DAY, last) - begin) / DAY) // EVERY
    )
    air, water = [], []
    for day in days:
        values = forcing.window(Window(day, day + DAY)).values
        air.append(values[:, 1:, FORCING.index("tair")].mean(axis=1))
        wet = values[:, 1:, FORCING.index("rainf")] + values[:, 1:, FORCING.index("snowf")]
        water.append(wet.mean(axis=1))
    angle = 2.0 * np.pi * np.array([_day(day) for day in days]) / YEAR
    base = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    mean, cosine, sine = np.linalg.lstsq(base, np.stack(air), rcond=None)[0]
    warmest = np.arctan2(sine, cosine) / (2.0 * np.pi) * YEAR
    total = np.mean(water, axis=0) * 86400.0 * YEAR
    return AnnualCycle(mean, np.hypot(cosine, sine), warmest, total)


def _day(time: np.datetime64) -> float:
    """Days since the year's begin."""
    return float((time - time.astype("datetime64[Y]").astype("datetime64[s]")) / DAY)
