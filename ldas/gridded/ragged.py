"""Time series of many locations in one file: CF ragged arrays, contiguous or indexed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.core.file_cache import by_file

from .geometry import Places, coordinate, typical_spacing
from .stored import Stored, StoredFile, open_stored
from .times import decode_time

ROW_SIZE, INDEX = "row_size", "locationIndex"  # as pynetcf names them
SPAN = 900  # s, of what counts as seen at once: two satellites follow each other by more


@dataclass(frozen=True)
class RaggedSeries:
    """Observations in the order of time: when, at which location, and where in the file."""

    lat: np.ndarray
    lon: np.ndarray
    time: np.ndarray
    location: np.ndarray
    order: np.ndarray

    def places(self, resolution: float | None) -> Places:
        """The locations."""
        return Places(self.lat, self.lon, resolution or typical_spacing(self.lat, self.lon))

    def spans(self) -> np.ndarray:
        """Ends of the spans with observations."""
        return ends_of_spans(self.time, SPAN)

    def field(
        self, stored: Stored, after: np.datetime64 | None, until: np.datetime64, locations: int
    ) -> np.ndarray:
        """Raw values (location,) of what was observed after and until, fill value elsewhere."""
        first = 0 if after is None else int(np.searchsorted(self.time, after, side="right"))
        last = int(np.searchsorted(self.time, until, side="right"))
        raw = _whole(stored.path, stored.name)
        fill = [*stored.numbers("_FillValue"), *stored.numbers("missing_value")]
        out = np.full(locations, fill[0] if fill else np.nan, raw.dtype if fill else float)
        out[self.location[first:last]] = raw[self.order[first:last]]
        return out


def ends_of_spans(times: np.ndarray, span: int) -> np.ndarray:
    """Ends of the spans (s, after midnight) in which there are times, in order."""
    number = (times.astype("datetime64[s]").astype(np.int64) + span - 1) // span
    return (np.unique(number) * span).astype("datetime64[s]")


def is_ragged(file: StoredFile) -> bool:
    """Whether a file says how many or which of its observations belong to each location."""
    if "ragged" not in file.found:
        file.found["ragged"] = _location_variable(file) is not None
    return file.found["ragged"]


def _location_variable(file: StoredFile) -> Stored | None:
    """Row sizes or the index of locations, by their CF attributes or by name."""
    for variable in file.variables.values():
        if {"instance_dimension", "sample_dimension"} & set(variable.attrs):
            return variable
    return next((file.variables[n] for n in (ROW_SIZE, INDEX) if n in file.variables), None)


def ragged_series(file: StoredFile) -> RaggedSeries:
    """The series of a file; raises UserError if it is no ragged array."""
    return _series(file.path)


@by_file(8)
def _series(path: Path) -> RaggedSeries:
    file = open_stored(path)
    lat = coordinate(_named(file, ("lat", "latitude")))
    lon = coordinate(_named(file, ("lon", "longitude")))
    time = decode_time(_named(file, ("time",)), ordered=False)
    variable = _location_variable(file)
    if variable is None:
        raise UserError(f"{path}: neither row sizes nor an index of locations: no time series")
    if "instance_dimension" in variable.attrs or variable.name == INDEX:
        location = variable.read().astype(np.int64)
        if location.size and not (location.min() >= 0 and location.max() < lat.size):
            raise UserError(
                f"{path}: variable '{variable.name}' names a location that is not among the "
                f"{lat.size} of the file"
            )
    else:
        sizes = np.maximum(variable.read().astype(np.int64), 0)  # fill values: no series
        location = np.repeat(np.arange(lat.size), sizes)
    if location.size > time.size:
        raise UserError(f"{path}: {location.size} observations by location, {time.size} times")
    time = time[: location.size]
    order = np.argsort(time, kind="stable")
    return RaggedSeries(lat, lon, time[order], location[order], order)


def _named(file: StoredFile, names: tuple[str, ...]) -> Stored:
    for name in names:
        if name in file.variables:
            return file.variables[name]
    raise UserError(f"{file.path}: no variable {' or '.join(names)}")


@by_file(16)
def _whole(path: Path, name: str) -> np.ndarray:
    return open_stored(path).variable(name).read()
