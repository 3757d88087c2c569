"""NetCDF products: stamps, grids, units and flags, checked before anything is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cftime
import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from observation_ops.products import Product, Stamp, Wanted
from observation_ops.quality import NONE, USED, reject

LAT_NAMES, LON_NAMES = ("lat", "latitude", "y"), ("lon", "longitude", "x")


@dataclass(frozen=True)
class NetcdfProduct(Product):
    """A product in NetCDF files with the dimensions (time, lat, lon) or (lat, lon)."""

    flag_variable: str | None
    flag_good: tuple[int, ...]

    def read(self, stamp: Stamp, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        """Values and quality codes (row, col); the file's scale and offset are applied."""
        return _read_field(self, stamp, rows, cols)


def open_netcdf(wanted: Wanted) -> NetcdfProduct:
    """Look into all files; raises UserError with everything that is wrong with any of them."""
    kind, files, variable = wanted.kind, wanted.files, wanted.variable
    problems: list[str] = []
    stamps: list[Stamp] = []
    first: tuple[np.ndarray, np.ndarray, str] | None = None
    for path in files:
        try:
            lat, lon, units, times = _inspect(path, variable, wanted.flag_variable)
        except UserError as error:
            problems += error.problems
            continue
        if first is None:
            first = (lat, lon, units)
        elif not (np.array_equal(lat, first[0]) and np.array_equal(lon, first[1])):
            problems.append(f"{path}: another grid than that of {files[0]}")
        elif units != first[2]:
            problems.append(f"{path}: variable '{variable}' in '{units}', before in '{first[2]}'")
        stamps += [Stamp(time, path, k) for k, time in enumerate(times)]
    if first is not None and first[2] not in kind.units:
        problems.append(
            f"{files[0]}: variable '{variable}' has units '{first[2]}'; allowed for "
            f"{kind.name}: {', '.join(kind.units)}"
        )
    if problems:
        raise UserError(problems)
    if first is None:
        raise UserError(f"&observation files: no file of {kind.name}")
    lat, lon, units = first
    stamps.sort(key=lambda stamp: (stamp.time, str(stamp.path), stamp.index))
    return NetcdfProduct(
        kind,
        variable,
        units,
        lat,
        lon,
        tuple(stamps),
        kind.units[units],
        kind.largest(units),
        wanted.flag_variable,
        tuple(wanted.flag_good),
    )


def _inspect(
    path: Path, variable: str, flag_variable: str | None
) -> tuple[np.ndarray, np.ndarray, str, list[np.datetime64]]:
    with open_input(path) as dataset:
        for name in (variable, *([flag_variable] if flag_variable else [])):
            if name not in dataset.variables:
                there = ", ".join(dataset.variables)
                raise UserError(f"{path}: no variable '{name}'; it has {there}")
        values = dataset[variable]
        lat, lon = (
            np.asarray(dataset[_coordinate(dataset, values, names, path)][:], float)
            for names in (LAT_NAMES, LON_NAMES)
        )
        if values.ndim not in (2, 3) or values.shape[-2:] != (lat.size, lon.size):
            raise UserError(
                f"{path}: variable '{variable}' has dimensions {values.dimensions}, allowed: "
                "(time, lat, lon)"
            )
        if not (np.isfinite(lat).all() and np.isfinite(lon).all()):
            raise UserError(f"{path}: latitude or longitude is not finite throughout")
        units = getattr(values, "units", None)
        if units is None:
            raise UserError(f"{path}: variable '{variable}' has no units attribute")
        return lat, lon, str(units).strip(), _times(dataset, values, path)


def _coordinate(
    dataset: netCDF4.Dataset, values: netCDF4.Variable, names: Sequence[str], path: Path
) -> str:
    for dimension in values.dimensions[-2:]:
        if dimension.lower() in names and dimension in dataset.variables:
            return str(dimension)
    raise UserError(f"{path}: variable '{values.name}' has no dimension {' or '.join(names)}")


def _times(dataset: netCDF4.Dataset, values: netCDF4.Variable, path: Path) -> list[np.datetime64]:
    if "time" not in dataset.variables:
        raise UserError(f"{path}: no variable 'time'")
    time = dataset["time"]
    count = values.shape[0] if values.ndim == 3 else 1
    numbers = np.atleast_1d(np.ma.filled(np.ma.asarray(time[...]).astype(float), np.nan))
    if numbers.size != count or not np.isfinite(numbers).all():
        raise UserError(f"{path}: time has {numbers.size} values for {count} fields, or gaps")
    try:
        calendar = getattr(time, "calendar", "standard")
        dates = cftime.num2date(numbers, time.units, calendar)
    except (ValueError, AttributeError, OverflowError) as error:
        raise UserError(f"{path}: time cannot be read ({error})") from None
    return [np.datetime64(date.isoformat()).astype("datetime64[s]") for date in dates]


def _read_field(
    product: NetcdfProduct, stamp: Stamp, rows: slice, cols: slice
) -> tuple[np.ndarray, np.ndarray]:
    """Values and quality codes (row, col) of a part of one field.

    Values have the file's scale and offset applied; what cannot be used is NaN.
    """
    with open_input(stamp.path) as dataset:
        variable = dataset[product.variable]
        raw = _part(variable, stamp.index, rows, cols)
        flag = np.full(raw.shape, USED)
        flag[_missing(variable, raw)] = NONE
        if np.issubdtype(raw.dtype, np.floating):
            reject(flag, ~np.isfinite(raw), "not_finite")
        known = np.atleast_1d(getattr(variable, "flag_values", []))
        if known.size and product.flag_variable is None:
            reject(flag, np.isin(raw, known), "product_flag")
        valid = np.atleast_1d(getattr(variable, "valid_range", []))
        if valid.size == 2:
            reject(flag, (raw < valid[0]) | (raw > valid[1]), "out_of_range")
        scale = float(getattr(variable, "scale_factor", 1.0))
        offset = float(getattr(variable, "add_offset", 0.0))
        values = raw.astype(float) * scale + offset
        if product.flag_variable is not None:
            said = _part(dataset[product.flag_variable], stamp.index, rows, cols)
            reject(flag, ~np.isin(said, product.flag_good), "product_flag")
    with np.errstate(invalid="ignore"):
        reject(flag, ~((values >= product.kind.lower) & (values <= product.upper)), "out_of_range")
    return np.where(flag == USED, values, np.nan), flag


def _part(variable: netCDF4.Variable, index: int, rows: slice, cols: slice) -> np.ndarray:
    variable.set_auto_maskandscale(False)
    found = variable[index, rows, cols] if variable.ndim == 3 else variable[rows, cols]
    return np.asarray(found)


def _missing(variable: netCDF4.Variable, raw: np.ndarray) -> np.ndarray:
    """Where the file says that there is nothing: fill value, or NaN without any."""
    missing = np.zeros(raw.shape, bool)
    for name in ("_FillValue", "missing_value"):
        fill = getattr(variable, name, None)
        if fill is not None:
            missing |= np.isnan(raw) if np.isnan(float(fill)) else raw == fill
    fills = [getattr(variable, name, None) for name in ("_FillValue", "missing_value")]
    declared = any(fill is not None and not np.isnan(float(fill)) for fill in fills)
    if np.issubdtype(raw.dtype, np.floating) and not declared:
        missing |= np.isnan(raw)
    return missing


READER = open_netcdf
