"""The file of an experiment's climate: written by `ldas climate`, read by `ldas cycle`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError

from .netcdf import atomic_dataset

TITLE = "ldas climate"
NAMES = {
    "rzsm": ("m3 m-3", "soil moisture of the root zone"),
    "lai": ("m2 m-2", "leaf area index"),
}


@dataclass(frozen=True)
class ClimateFile:
    """Climate by day of the year: `mean`, `sd` (day, lat, lon) and `percentiles` by variable."""

    lat: np.ndarray
    lon: np.ndarray
    levels: np.ndarray  # percentiles (%)
    depth: float
    fields: Mapping[str, Mapping[str, np.ndarray]]


def write_climate(path: Path, climate: ClimateFile, attributes: Mapping[str, str]) -> None:
    """Write a climate, whole or not at all."""
    with atomic_dataset(path) as out:
        out.setncatts({"Conventions": "CF-1.11", "title": TITLE, **attributes})
        out.root_zone_depth = climate.depth
        for name, axis, units in (
            ("day", np.arange(1, 367), "1"),
            ("percentile", climate.levels, "%"),
            ("lat", climate.lat, "degrees_north"),
            ("lon", climate.lon, "degrees_east"),
        ):
            out.createDimension(name, axis.size)
            variable = out.createVariable(name, axis.dtype, (name,))
            variable.units = units
            variable[:] = axis
        out["day"].long_name = "day of the year, 29 February always counted"
        out["lat"].standard_name, out["lon"].standard_name = "latitude", "longitude"
        for name, fields in climate.fields.items():
            units, text = NAMES[name]
            for kind, values in fields.items():
                dims = ("day", "percentile", "lat", "lon") if values.ndim == 4 else None
                variable = out.createVariable(
                    f"{name}_{kind}",
                    "i4" if kind == "number" else "f4",
                    dims or ("day", "lat", "lon"),
                    compression="zlib",
                )
                variable.units = "1" if kind == "number" else units
                variable.long_name = f"{kind} of {text}, days around each day of the year"
                variable[:] = values


def read_climate(path: Path, lat: np.ndarray, lon: np.ndarray, day: int) -> ClimateFile:
    """The climate of a day of the year (0 to 365); raises UserError if it is of another grid."""
    try:
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            if getattr(file, "title", "") != TITLE:
                raise UserError(f"{path}: is no climate; `ldas climate` writes one")
            here = (np.asarray(file["lat"][:]), np.asarray(file["lon"][:]))
            for mine, theirs, name in zip((lat, lon), here, ("lat", "lon"), strict=True):
                if mine.shape != theirs.shape or not np.allclose(mine, theirs, atol=1e-6):
                    raise UserError(f"{path}: another {name} than the domain's")
            fields = {
                name: {
                    kind: np.asarray(file[f"{name}_{kind}"][day], float)
                    for kind in ("mean", "sd", "percentiles")
                }
                for name in NAMES
                if f"{name}_mean" in file.variables
            }
            levels, depth = np.asarray(file["percentile"][:], float), float(file.root_zone_depth)
    except (OSError, RuntimeError, AttributeError, LookupError) as error:
        raise UserError(f"{path}: climate cannot be read ({error})") from None
    return ClimateFile(lat, lon, levels, depth, fields)
