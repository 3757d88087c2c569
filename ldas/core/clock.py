"""Time: analysis windows, and the stretches of steps that outputs cut them into.

All times are UTC, numpy datetime64[s], proleptic Gregorian.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

DAY = np.timedelta64(86400, "s")
SECOND = np.timedelta64(1, "s")


def iso(time: np.datetime64) -> str:
    """YYYY-MM-DDTHH:MM."""
    return str(time.astype("datetime64[m]"))


def compact(time: np.datetime64) -> str:
    """YYYYMMDDTHHMM, for file names."""
    return iso(time).replace("-", "").replace(":", "")


def seconds(delta: np.timedelta64) -> int:
    """Whole seconds of a time difference."""
    return int(delta / SECOND)


def midnight(time: np.datetime64) -> np.datetime64:
    """The start of the day of `time`."""
    return time.astype("datetime64[D]").astype("datetime64[s]")


def month_of(time: np.datetime64) -> str:
    """YYYYMM."""
    return str(time.astype("datetime64[M]")).replace("-", "")


def month_index(time: Any) -> Any:
    """Month of the year, 0 to 11: of one time, or of an array of them."""
    return time.astype("datetime64[M]").astype(int) % 12


def next_month(time: np.datetime64) -> np.datetime64:
    """The first instant of the month after that of `time`."""
    return (time.astype("datetime64[M]") + 1).astype("datetime64[s]")


def boundary_from(time: np.datetime64, interval: int, hour: int) -> np.datetime64:
    """The first instant not before `time` that lies whole intervals (s) after `hour` UTC."""
    anchor = midnight(time) + np.timedelta64(hour, "h") - DAY
    return anchor + np.timedelta64(-(-seconds(time - anchor) // interval) * interval, "s")


@dataclass(frozen=True)
class Window:
    """A stretch of time [start, end]."""

    start: np.datetime64
    end: np.datetime64

    def __str__(self) -> str:
        return f"{iso(self.start)} to {iso(self.end)}"


def windows(start: np.datetime64, end: np.datetime64, hour: int) -> Iterator[Window]:
    """Daily windows from `hour` UTC to `hour` UTC covering [start, end]; first and last may
    be shorter."""
    cut = midnight(start) + np.timedelta64(hour, "h")
    while start < end:
        while cut <= start:
            cut += DAY
        stop = min(cut, end)
        yield Window(start, stop)
        start = stop


def stretches(window: Window, frequency: int, hour: int) -> Iterator[tuple[Window, bool]]:
    """Cut a window at every output time and at midnight; true where an output is due.

    Outputs are due at multiples of `frequency` (s, a divisor of a day) since `hour` UTC
    and at the window's end.
    """
    anchor = midnight(window.start) + np.timedelta64(hour, "h") - DAY
    start = window.start
    while start < window.end:
        passed = seconds(start - anchor)
        due = anchor + np.timedelta64((passed // frequency + 1) * frequency, "s")
        stop = min(due, midnight(start) + DAY, window.end)
        yield Window(start, stop), stop in (due, window.end)
        start = stop
