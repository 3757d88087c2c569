"""Soil water index: the memory of the soil below, filled by what is seen at its surface.

Wagner et al. (1999): past values forgotten exponentially, with a characteristic time T. The
recursive form is that of Albergel et al. (2008), with a weight for each value so that several
sources can fill one memory (Bauer-Marschallinger et al. 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ldas.core.elementary import exp
from ldas.core.kernel import parallel_kernel, prange

CONSTANTS = (2.0, 5.0, 10.0, 15.0, 20.0, 40.0, 60.0, 100.0)  # d, those of the Copernicus product
REVISIT = 1.0  # d: a memory is full where a value of weight 1 comes as often


@dataclass
class Memory:
    """What the filter keeps of each cell; `index`, `weight` and `variance` are (cell, T).

    `weight` is the sum of the weights of what was taken up, each forgotten since; `last` (cell,)
    is the day of the latest value, NaN before the first.
    """

    constants: np.ndarray
    index: np.ndarray
    weight: np.ndarray
    variance: np.ndarray
    last: np.ndarray

    @classmethod
    def empty(cls, constants: Sequence[float], cells: int) -> "Memory":
        """A memory without anything; raises ValueError for a constant that is not positive."""
        days = np.asarray(constants, float)
        if days.size == 0 or not (days > 0.0).all():
            raise ValueError(f"characteristic times {list(constants)}, allowed: positive days")
        shape = (cells, days.size)
        return cls(
            days, np.full(shape, np.nan), np.zeros(shape), np.zeros(shape), np.full(cells, np.nan)
        )

    def take_up(
        self, day: float, value: np.ndarray, error: np.ndarray | float, weight: float = 1.0
    ) -> None:
        """Values (cell,) of one day, NaN where there is none; `error` is one standard error.

        SWI_n = SWI_n-1 + K_n (m_n - SWI_n-1) with K_n = w_n / (w_n + W_n-1 exp(-dt / T)); with
        equal weights K_n = K_n-1 / (K_n-1 + exp(-dt / T)). Errors of values are taken to be
        independent. Raises ValueError for a day before what a cell has already taken up.
        """
        if (self.last > day).any():
            raise ValueError(f"day {day:g} comes after {np.nanmax(self.last):g}: not in order")
        errors = np.broadcast_to(np.asarray(error, float), self.last.shape)
        _take_up(
            day, np.asarray(value, float), errors, weight,
            self.constants, self.index, self.weight, self.variance, self.last,
        )  # fmt: skip

    def filled(self, day: float, revisit: float = REVISIT) -> np.ndarray:
        """How full the memory is on a day, 0 to 1 (cell, T).

        1 is what values of weight 1, one each `revisit` days, would have made of it by then.
        """
        age = np.where(np.isfinite(self.last), day - self.last, np.inf)[:, None]
        full = 1.0 / (1.0 - np.exp(-revisit / self.constants))
        return np.minimum(self.weight * np.exp(-age / self.constants) / full, 1.0)

    @property
    def error(self) -> np.ndarray:
        """One standard error of the index (cell, T)."""
        return np.where(self.weight > 0.0, np.sqrt(self.variance), np.nan)


@parallel_kernel
def _take_up(
    day: float,
    value: np.ndarray,
    error: np.ndarray,
    w: float,
    constants: np.ndarray,
    index: np.ndarray,
    weight: np.ndarray,
    variance: np.ndarray,
    last: np.ndarray,
) -> None:
    for i in prange(value.size):
        m = value[i]
        if np.isnan(m):
            continue
        first = np.isnan(last[i])
        for k in range(constants.size):
            if first:
                index[i, k], weight[i, k], variance[i, k] = m, w, error[i] ** 2
                continue
            total = w + weight[i, k] * exp(-(day - last[i]) / constants[k])
            gain = w / total
            index[i, k] += gain * (m - index[i, k])
            variance[i, k] = (1.0 - gain) ** 2 * variance[i, k] + (gain * error[i]) ** 2
            weight[i, k] = total
        last[i] = day


def soil_water_index(
    day: np.ndarray,
    value: np.ndarray,
    constants: Sequence[float] = CONSTANTS,
    at: np.ndarray | None = None,
    error: float = 0.0,
    revisit: float = REVISIT,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index, its error and how full the memory is, each (at, T, ...), of a series (time, ...).

    `day` (time,) and `at` are in days, ascending; without `at` the days of the values. NaN
    before the first value of a place; the unit is that of the values. Raises ValueError for
    days that are not in order.
    """
    days = np.asarray(day, float)
    wanted = days if at is None else np.asarray(at, float)
    if (np.diff(days) < 0.0).any() or (np.diff(wanted) < 0.0).any():
        raise ValueError("days are not in ascending order")
    values = np.asarray(value, float)
    shape = (wanted.size, len(constants), *values.shape[1:])
    memory = Memory.empty(constants, int(np.prod(values.shape[1:], dtype=int)))
    found = [np.empty((wanted.size, len(constants), memory.last.size)) for _ in range(3)]
    flat, nearest = values.reshape(days.size, -1), 0
    for k, now in enumerate(wanted):
        while nearest < days.size and days[nearest] <= now:
            memory.take_up(days[nearest], flat[nearest], error)
            nearest += 1
        parts = (memory.index, memory.error, memory.filled(now, revisit))
        for out, part in zip(found, parts, strict=True):
            out[k] = part.T
    index, errors, filled = (out.reshape(shape) for out in found)
    return index, errors, filled
