"""Observation products as files: what others distribute, written by us."""

from pathlib import Path

import netCDF4
import numpy as np

from .netcdf import atomic_dataset


def write_grid(out: netCDF4.Dataset, lat: np.ndarray, lon: np.ndarray) -> None:
    """Dimensions and coordinates (degrees) of a regular grid."""
    for name, values, units in (("lat", lat, "degrees_north"), ("lon", lon, "degrees_east")):
        out.createDimension(name, values.size)
        out.createVariable(name, "f8", (name,))[:] = values
        out[name].units = units


def write_times(out: netCDF4.Dataset, time: np.ndarray) -> None:
    """Dimension and coordinate of times (UTC)."""
    out.createDimension("time", time.size)
    stamps = out.createVariable("time", "f8", ("time",))
    stamps.units, stamps.calendar = "seconds since 1970-01-01", "proleptic_gregorian"
    stamps[:] = time.astype("datetime64[s]").astype(np.int64)


def write_product(
    path: Path,
    lat: np.ndarray,
    lon: np.ndarray,
    time: np.ndarray,
    name: str,
    units: str,
    values: np.ndarray,
) -> None:
    """A product file: `values` (time, lat, lon) of variable `name`, NaN where there is none."""
    with atomic_dataset(path) as out:
        write_grid(out, lat, lon)
        write_times(out, time)
        stored = out.createVariable(name, "f4", ("time", "lat", "lon"), fill_value=np.nan)
        stored.units = units
        stored[:] = values
