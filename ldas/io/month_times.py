"""When the records of a month of results are valid, and whether that can be."""

from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import DAY
from ldas.core.errors import UserError


def times_of_month(file: netCDF4.Dataset, path: Path) -> np.ndarray:
    """Times (record,) of STREAM_YYYYMM.nc as datetime64[ns].

    Raises UserError for times that cannot be read, do not increase, or lie outside the month of
    the file's name by more than a day.
    """
    if "time" not in file.variables:
        raise UserError(f"{path}: no variable time")
    stored = file["time"]
    try:
        calendar = getattr(stored, "calendar", "standard")
        found = netCDF4.num2date(stored[:], stored.units, calendar)
        time = np.array([np.datetime64(t.isoformat()) for t in found], dtype="datetime64[ns]")
    except (ValueError, OverflowError, AttributeError, TypeError) as error:
        raise UserError(f"{path}: time cannot be read ({error})") from None
    first = np.datetime64(f"{path.stem[-6:-2]}-{path.stem[-2:]}", "M")
    low, high = (month.astype(time.dtype) for month in (first, first + 1))
    inside = (time >= low - DAY) & (time <= high + DAY)
    if time.size == 0 or not inside.all() or (np.diff(time) <= np.timedelta64(0)).any():
        raise UserError(f"{path}: time does not increase within the month of the file's name")
    return time
