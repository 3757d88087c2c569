"""Forcing files: their time axes, grids and variables, checked before anything is computed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cftime
import netCDF4
import numpy as np

from ldas.core.clock import iso
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input

from .quantities import QUANTITIES
from .units import conversion

CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
LATITUDE_UNITS = ("degrees_north", "degree_north", "degrees_n", "degree_n")
LONGITUDE_UNITS = ("degrees_east", "degree_east", "degrees_e", "degree_e")
UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
LONGEST_INTERVAL = 10800  # s, states are taken as linear in time up to here


@dataclass(frozen=True)
class FileVariable:
    """A quantity in a file: the variable that holds it and how it becomes SI.

    `roles` says of each dimension whether it is "time", "lat", "lon" or of size "one".
    """

    name: str
    roles: tuple[str, ...]
    scale: float
    offset: float


@dataclass(frozen=True)
class ForcingFile:
    """One file: its stamps, its grid as stored, and the quantities it holds.

    `time` is empty for quantities without a time axis only. `lat`, `lon` have the order
    of the file.
    """

    path: Path
    time: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    variables: dict[str, FileVariable]
    fixed: dict[str, np.ndarray]


def inspect(path: Path, names: dict[str, tuple[str, ...]]) -> ForcingFile:
    """Read the header of a forcing file; raises UserError with all problems of this file."""
    with open_input(path) as dataset:
        problems: list[str] = []
        variables: dict[str, FileVariable] = {}
        fixed: dict[str, np.ndarray] = {}
        coordinates: tuple[Any, Any] | None = None
        time = np.empty(0, dtype="datetime64[s]")
        for quantity, aliases in names.items():
            found = next((alias for alias in aliases if alias in dataset.variables), None)
            if found is None:
                continue
            try:
                description = _describe(dataset, found, quantity, path)
                if "time" not in description.roles:
                    values = np.ma.filled(dataset[found][...].astype(float), np.nan)
                    fixed[quantity] = description.scale * np.squeeze(values) + description.offset
                    continue
                variables[quantity] = description
                if coordinates is None:
                    axis = dict(zip(description.roles, dataset[found].dimensions, strict=True))
                    coordinates = (dataset[axis["lat"]], dataset[axis["lon"]])
                    time = decode_time(dataset[axis["time"]], path)
            except UserError as error:
                problems += error.problems
        if problems:
            raise UserError(list(dict.fromkeys(problems)))
        if coordinates is None:
            lat = lon = np.empty(0)
        else:
            lat, lon = (np.atleast_1d(np.asarray(c[...], dtype=float)) for c in coordinates)
            _check_coordinates(lat, lon, path)
    return ForcingFile(path, time, lat, lon, variables, fixed)


def _describe(dataset: netCDF4.Dataset, name: str, quantity: str, path: Path) -> FileVariable:
    variable = dataset[name]
    place = f"{path}: variable '{name}'"
    units = getattr(variable, "units", None)
    if units is None:
        raise UserError(f"{place} has no units attribute")
    try:
        scale, offset = conversion(str(units), QUANTITIES[quantity].dimension)
    except ValueError as error:
        raise UserError(f"{place}: {error}") from None
    roles = tuple(_role(dataset, dimension) for dimension in variable.dimensions)
    for role, dimension in zip(roles, variable.dimensions, strict=True):
        if role == "unknown":
            raise UserError(
                f"{place} has the dimension '{dimension}', which is neither time, latitude nor "
                "longitude by its units or standard_name (allowed: time, lat, lon with "
                "one-dimensional coordinates)"
            )
    named = [role for role in roles if role != "one"]
    if "time" in named and named != ["time", "lat", "lon"]:
        raise UserError(
            f"{place} has dimensions {variable.dimensions}, allowed: (time, lat, lon) in this order"
        )
    return FileVariable(name, roles, scale, offset)


def _role(dataset: netCDF4.Dataset, dimension: str) -> str:
    coordinate = dataset.variables.get(dimension)
    other = "one" if dataset.dimensions[dimension].size == 1 else "unknown"
    if coordinate is None:
        return other
    units = str(getattr(coordinate, "units", "")).strip().lower()
    standard = str(getattr(coordinate, "standard_name", ""))
    if " since " in units or standard == "time":
        return "time"
    if units in LATITUDE_UNITS or standard == "latitude":
        return "lat"
    if units in LONGITUDE_UNITS or standard == "longitude":
        return "lon"
    return other


def decode_time(variable: netCDF4.Variable, path: Path) -> np.ndarray:
    """Stamps as datetime64[s]; raises UserError on another calendar, gaps of values, disorder."""
    calendar = str(getattr(variable, "calendar", "standard")).lower()
    if calendar not in CALENDARS:
        raise UserError(
            f"{path}: time has the calendar '{calendar}', allowed: {', '.join(CALENDARS)}"
        )
    units = str(getattr(variable, "units", ""))
    unit = units.split(" since ")[0].strip().lower()
    seconds = UNIT_SECONDS.get(unit if unit.endswith("s") else unit + "s")
    if " since " not in units or seconds is None:
        raise UserError(
            f"{path}: time has units '{units}', allowed: {', '.join(UNIT_SECONDS)} since a date"
        )
    values = np.ma.filled(np.ma.asarray(variable[...]).astype(float), np.nan)
    if values.size == 0:
        raise UserError(f"{path}: time is empty")
    if not np.isfinite(values).all():
        raise UserError(f"{path}: time is missing at stamp {int(np.argmin(np.isfinite(values)))}")
    try:
        first = cftime.num2date(values[0], units, calendar)
    except (ValueError, OverflowError) as error:
        raise UserError(f"{path}: time cannot be read ({error})") from None
    base = np.datetime64(first.isoformat()).astype("datetime64[s]")
    offset = np.rint((values - values[0]) * seconds).astype("timedelta64[s]")
    time = base + offset
    _check_order(time, path)
    return time


def _check_order(time: np.ndarray, path: Path) -> None:
    step = np.diff(time).astype(int)
    if (step == 0).any():
        raise UserError(f"{path}: time {iso(time[int(np.argmax(step == 0))])} is given twice")
    if (step < 0).any():
        k = int(np.argmax(step < 0))
        raise UserError(
            f"{path}: time does not increase: {iso(time[k + 1])} follows {iso(time[k])}"
        )


def _check_coordinates(lat: np.ndarray, lon: np.ndarray, path: Path) -> None:
    for name, values, limit in (("latitude", lat, 90.0), ("longitude", lon, 360.0)):
        if values.ndim != 1 or not np.isfinite(values).all():
            raise UserError(f"{path}: {name} is not a one-dimensional coordinate without gaps")
        if np.abs(values).max() > limit:
            raise UserError(f"{path}: {name} reaches {np.abs(values).max():g} degrees")
        step = np.diff(values)
        if not ((step > 0).all() or (step < 0).all()):
            raise UserError(f"{path}: {name} is neither ascending nor descending")
