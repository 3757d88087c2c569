"""`ldas station`: a probe in the soil plays the satellite.

One column of a station's table becomes an observation product of one pixel, thinned to the
revisit of a satellite.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.evaluation.station import read_station
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from ldas.io.product_file import write_product


@dataclass(frozen=True)
class Thinning:
    """What is taken of a table: the values at `hour` UTC of one day in `every`, and their unit."""

    units: str = "m3 m-3"
    every: int = 6
    hour: int = 18
    time_column: str = "time_utc"


def station_product(
    table: Path,
    column: str,
    target: Path,
    place: tuple[float, float],
    thinning: Thinning,
) -> str:
    """Write the thinned values; a line about them.

    `place` is latitude and longitude (degrees). Raises UserError if the table cannot be
    read or holds no finite value at that hour.
    """
    values = read_station(table, thinning.time_column, [column])[column].dropna()
    at_hour = values[(values.index.hour == thinning.hour) & (values.index.minute == 0)]
    if at_hour.empty:
        raise UserError(f"{table}: column '{column}' has no value at {thinning.hour:02d}:00 UTC")
    day = (at_hour.index.normalize() - at_hour.index[0].normalize()).days
    chosen = at_hour[day % thinning.every == 0]
    time = chosen.index.values.astype("datetime64[s]")
    refuse_to_overwrite(target, [table], "OUT.nc")
    writable_folder(target.parent, "folder of the product")
    lat, lon = (np.array([degrees]) for degrees in place)
    write_product(target, lat, lon, time, "ssm", thinning.units, chosen.values[:, None, None])
    return f"wrote {target}: {chosen.size} values of '{column}' from {time[0]} to {time[-1]}"
