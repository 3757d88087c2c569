"""BUFR of ASCAT soil moisture (EUMETCast, H SAF) as a file of variables along the orbit."""

from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .stored import Stored, StoredFile, in_memory

SUFFIXES = (".bufr", ".buf", ".bin")
UNITS = {  # of the elements that are kept
    "latitude": "degrees_north",
    "longitude": "degrees_east",
    "surfaceSoilMoisture": "percent",
    "estimatedErrorInSurfaceSoilMoisture": "percent",
    "frozenLandSurfaceFraction": "percent",
    "snowCover": "percent",
    "inundationAndWetlandFraction": "percent",
    "topographicComplexity": "percent",
    "soilMoistureProcessingFlag": "1",
    "soilMoistureCorrectionFlag": "1",
    "soilMoistureQuality": "percent",
}
CLOCK = ("year", "month", "day", "hour", "minute", "second")
MISSING = {"i": 2147483647, "f": -1e100}


def is_bufr(path: Path) -> bool:
    """Whether a file begins as BUFR does, or behind a short bulletin head."""
    with path.open("rb") as stream:
        return b"BUFR" in stream.read(200)


def open_bufr(path: Path) -> StoredFile:
    """All messages of a file, one observation after the other; raises UserError for others."""
    try:
        import eccodes as library
    except (ImportError, RuntimeError) as error:
        raise UserError(
            f"{path}: BUFR needs eccodes ({error}); install it: pip install 'ldas[grib]'"
        ) from None
    parts: dict[str, list[np.ndarray]] = {name: [] for name in (*UNITS, "time")}
    with path.open("rb") as stream:
        while True:
            try:
                handle = library.codes_bufr_new_from_file(stream)
                if handle is None:
                    break
                try:
                    library.codes_set(handle, "unpack", 1)
                    for name, values in _message(library, handle).items():
                        parts[name].append(values)
                finally:
                    library.codes_release(handle)
            except library.CodesInternalError as error:
                raise UserError(f"{path}: cannot be read as BUFR of ASCAT ({error})") from None
    if not parts["latitude"]:
        raise UserError(f"{path}: no BUFR message in it")
    variables = {
        name: _stored(path, name, np.concatenate(values)) for name, values in parts.items()
    }
    return StoredFile(path, variables, {})


def _message(library: Any, handle: Any) -> dict[str, np.ndarray]:
    number = library.codes_get(handle, "numberOfSubsets")
    found = {name: np.asarray(library.codes_get_array(handle, name)) for name in (*UNITS, *CLOCK)}
    whole = {name: np.broadcast_to(v, (number,)) if v.size == 1 else v for name, v in found.items()}
    year, month, day, hour, minute, second = (whole.pop(name) for name in CLOCK)
    months = (year.astype(int) - 1970) * 12 + month.astype(int) - 1
    stamp = months.astype("datetime64[M]").astype("datetime64[s]")
    stamp = stamp + (day.astype(int) - 1) * np.timedelta64(86400, "s")
    clock = 3600 * hour.astype(int) + 60 * minute.astype(int) + second.astype(int)
    whole["time"] = (stamp + clock.astype("timedelta64[s]")).astype(np.int64)
    return whole


def _stored(path: Path, name: str, values: np.ndarray) -> Stored:
    units = "seconds since 1970-01-01" if name == "time" else UNITS[name]
    attrs: dict[str, Any] = {"units": units}
    if name != "time":
        attrs["_FillValue"] = values.dtype.type(MISSING[values.dtype.kind])
    return in_memory(path, name, ("obs",), values, attrs)
