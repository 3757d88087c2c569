"""Is it weather? What a forcing does over a period, not value by value (WMO-No. 8 part V).

Each rule is of what no place on Earth has for so long; what breaks one is told as a warning and
is not an error, since the numbers themselves are possible.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

DAY = np.timedelta64(1, "D")
DAYS_MIN = 3.0  # d, of a period below which nothing is said
DRY_DAYS = 200.0  # d without any precipitation that are told outside of deserts' normal
DARK = 20.0  # W m-2: a brightest hour below it, away from the polar night, is no sun
BRIGHT = 1450.0  # W m-2: more than the sun gives at the top of the atmosphere, clouds aside
POLAR = 60.0  # degrees, beyond which the sun may stay away
DIURNAL = 0.5  # K: less than that between the warmest and the coldest of a period is no day
SAME = 1e-6  # relative: a wind, pressure or humidity that never changes by more is a constant
FRACTION = 0.015  # 1: a relative humidity that never exceeds it is a fraction called percent


@dataclass
class Extremes:
    """Least and most of one quantity at every point (row, col) over a period."""

    least: np.ndarray
    most: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Extremes":
        """Of values (stamp, row, col)."""
        return cls(values.min(axis=0), values.max(axis=0))

    def and_of(self, values: np.ndarray) -> "Extremes":
        """With more stamps."""
        return Extremes(
            np.minimum(self.least, values.min(axis=0)), np.maximum(self.most, values.max(axis=0))
        )


def implausible(
    name: str, seen: Extremes, lat: np.ndarray, days: float
) -> Iterator[tuple[str, tuple[int, int]]]:
    """What is wrong with a quantity over a period of `days`, and the first point of it.

    `lat` (row, col) in degrees; names and units as in `quantities.py`.
    """
    if days < DAYS_MIN:
        return
    spread, most = seen.most - seen.least, seen.most
    rules: list[tuple[np.ndarray, str]] = []
    if name in ("swdown", "sw_direct", "sw_diffuse"):
        rules.append((most > BRIGHT, "is brighter than the sun, up to {most:.0f} W m-2"))
    if name == "swdown":
        sunny = np.abs(lat) < POLAR
        rules.append((sunny & (most < DARK), "never exceeds {most:.3g} W m-2: no day"))
    if name == "tair":
        rules.append((spread < DIURNAL, "changes by {spread:.2g} K only: no day and no weather"))
    if name in ("wind", "psurf", "qair", "rh", "tdew", "lwdown"):
        still = spread <= SAME * np.maximum(np.abs(most), 1e-30)
        rules.append((still, "is {most:.4g} all the time"))
    if name == "rh":
        rules.append((most < FRACTION, "never exceeds {most:.2g}: a fraction called percent?"))
    if name in ("rainf", "precip") and days >= DRY_DAYS:
        rules.append((most <= 0.0, "is 0 all the time: no rain in {days:.0f} days"))
    for where, text in rules:
        if where.any():
            row, col = (int(k) for k in np.argwhere(where)[0])
            told = text.format(most=most[row, col], spread=spread[row, col], days=days)
            yield f"{told} ({100.0 * where.mean():.0f} % of the points)", (row, col)
