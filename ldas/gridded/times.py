"""When a field was valid: CF time axes in any unit, or the time in a file's name."""

import re
from fractions import Fraction
from pathlib import Path

import cftime
import numpy as np

from ldas.core.clock import iso
from ldas.core.errors import UserError

from .stored import Stored

MOST_SECONDS = 1e13  # from the first instant of a time axis, 300,000 years
CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
UNIT_SECONDS = {
    **dict.fromkeys(("nanosecond", "nanoseconds", "ns"), Fraction(1, 10**9)),
    **dict.fromkeys(("microsecond", "microseconds", "us"), Fraction(1, 10**6)),
    **dict.fromkeys(("millisecond", "milliseconds", "msec", "ms"), Fraction(1, 1000)),
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), Fraction(1)),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), Fraction(60)),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), Fraction(3600)),
    **dict.fromkeys(("day", "days", "d"), Fraction(86400)),
    **dict.fromkeys(("week", "weeks"), Fraction(604800)),
}
ZONE = re.compile(r"(?:Z|UTC|GMT|[+-]0?0:?(?:00)?)$", re.IGNORECASE)
FOREIGN_ZONE = re.compile(r"[A-Za-z]{2,5}$|[+-]\d{1,2}(:?\d\d)?$")
NAME_TIME = re.compile(r"(?<!\d)((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T_-]?(\d\d):?(\d\d)(?:\d\d)?)?")
DAY_OF_YEAR = re.compile(r"[.A_]A?((?:19|20)\d\d)([0-3]\d\d)[.]")


def decode_time(stored: Stored, ordered: bool = True) -> np.ndarray:
    """Stamps of a time variable as datetime64[s], rounded to the second.

    Raises UserError on another calendar, a unit that is no time, missing values and, if they
    must be `ordered`, stamps that do not increase.
    """
    path = stored.path
    calendar = str(stored.attrs.get("calendar", "standard")).lower()
    if calendar not in CALENDARS:
        raise UserError(
            f"{path}: time has the calendar '{calendar}', allowed: {', '.join(CALENDARS)}"
        )
    base, step = epoch(stored)
    raw = np.atleast_1d(stored.read())
    missing = np.isin(raw, [*stored.numbers("_FillValue"), *stored.numbers("missing_value")])
    if raw.size == 0:
        raise UserError(f"{path}: time is empty")
    if raw.dtype.kind not in "iuf":
        raise UserError(f"{path}: time '{stored.name}' holds no numbers")
    missing |= ~np.isfinite(raw) if raw.dtype.kind == "f" else False
    if missing.any():
        raise UserError(f"{path}: time is missing at stamp {int(np.argmax(missing))}")
    far = np.abs(raw.astype(float)) * float(step) > MOST_SECONDS
    if far.any():
        k = int(np.argmax(far))
        raise UserError(f"{path}: time is {raw[k]:g} at stamp {k}, which is no date")
    time = base + elapsed(raw, step)
    if ordered:
        _check_order(time, path)
    return time


def elapsed(numbers: np.ndarray, step: Fraction) -> np.ndarray:
    """Durations as timedelta64[s] of numbers of a unit that is `step` seconds."""
    if numbers.dtype.kind in "iu" and step.denominator == 1:
        return (numbers.astype(np.int64) * step.numerator).astype("timedelta64[s]")
    if numbers.dtype.kind in "iu":
        whole = np.rint(numbers.astype(np.int64) / step.denominator * step.numerator)
        return whole.astype("timedelta64[s]")
    return np.rint(numbers.astype(float) * float(step)).astype("timedelta64[s]")


def epoch(stored: Stored) -> tuple[np.datetime64, Fraction]:
    """The instant that a time variable counts from, and the seconds of its unit.

    Raises UserError if its units are not a time since a date in UTC.
    """
    path, units = stored.path, stored.units or ""
    name, since, date = units.partition(" since ")
    step = UNIT_SECONDS.get(name.strip().lower())
    if not since or step is None:
        raise UserError(
            f"{path}: time has units '{units}', allowed: seconds, minutes, hours or days (or a "
            "part of a second) since a date"
        )
    date = ZONE.sub("", date.strip()).strip()
    if FOREIGN_ZONE.search(date[10:]):
        raise UserError(f"{path}: time has units '{units}'; allowed: UTC")
    calendar = str(stored.attrs.get("calendar", "standard")).lower()
    try:
        first = cftime.num2date(0, f"seconds since {date}", calendar)
        return np.datetime64(first.isoformat()).astype("datetime64[s]"), step
    except (ValueError, OverflowError) as error:
        raise UserError(f"{path}: time cannot be read ({error})") from None


def time_of_name(path: Path) -> np.datetime64 | None:
    """The first date, and the time if there is one, in a file's name; None without one.

    YYYYMMDD[THHMM[SS]], YYYY-MM-DD, or year and day of year as MODIS writes them (A2016145).
    """
    for pattern in (DAY_OF_YEAR, NAME_TIME):
        found = pattern.search(path.name)
        if found is None:
            continue
        try:
            if pattern is DAY_OF_YEAR:
                first = np.datetime64(f"{found.group(1)}-01-01", "s")
                return first + np.timedelta64(int(found.group(2)) - 1, "D")
            year, month, day, hour, minute = (part or "00" for part in found.groups())
            return np.datetime64(f"{year}-{month}-{day}T{hour}:{minute}", "s")
        except ValueError:
            continue
    return None


def _check_order(time: np.ndarray, path: Path) -> None:
    step = np.diff(time).astype(int)
    if (step == 0).any():
        raise UserError(f"{path}: time {iso(time[int(np.argmax(step == 0))])} is given twice")
    if (step < 0).any():
        k = int(np.argmax(step < 0))
        raise UserError(
            f"{path}: time does not increase: {iso(time[k + 1])} follows {iso(time[k])}"
        )
