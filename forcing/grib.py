"""Forcing from GRIB: messages of reanalyses, or lead times of forecasts chained.

Messages are read one by one by eccodes, by their place in the file. Of several forecasts for one
instant the one of the latest run counts, within the lead times that are allowed.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError
from ldas.core.file_cache import by_file
from ldas.gridded.geometry import Geometry, Places, Rectilinear, same
from ldas.gridded.units import conversion

from .files import ForcingFile
from .quantities import AMOUNTS, FIXED, QUANTITIES, UNITS
from .series import NOISE, Box, Series
from .source import DAY, INTERVAL, RUN, Source

SUFFIXES = (".grib", ".grb", ".grib1", ".grib2", ".grb2")
HOUR = np.timedelta64(3600, "s")


def is_grib(path: Path) -> bool:
    """Whether a file is called GRIB."""
    return path.suffix.lower() in SUFFIXES


@dataclass(frozen=True)
class Message:
    """One field: what it is, for when, by which run, and where it stands."""

    name: str
    units: str
    time: np.datetime64
    run: np.datetime64
    lead: int  # h, of the end of what is accumulated
    accumulated: bool
    path: Path
    offset: int
    grid: str


@dataclass(frozen=True)
class Chain:
    """Which forecasts may be used: lead times (h, both inclusive), hours of the runs or any."""

    first_lead: int = 0
    last_lead: int = 24
    run_hours: tuple[int, ...] = ()

    def allows(self, message: Message) -> bool:
        """Whether a message may be used for its instant."""
        hour = int(str(message.run)[11:13])
        return self.first_lead <= message.lead <= self.last_lead and (
            not self.run_hours or hour in self.run_hours
        )


ANY_LEAD = Chain()


def eccodes() -> Any:
    """The library; raises UserError if it is not installed."""
    try:
        import eccodes as library
    except (ImportError, RuntimeError) as error:
        raise UserError(
            f"GRIB needs eccodes ({error}); install it: pip install 'ldas[grib]'"
        ) from None
    return library


@by_file(4096)
def messages(path: Path) -> tuple[Message, ...]:
    """Heads of all messages of a file; raises UserError if it is no GRIB."""
    return tuple(_heads(path))


def _heads(path: Path) -> Iterator[Message]:
    library = eccodes()
    count = 0
    with path.open("rb") as stream:
        while True:
            try:
                handle = library.codes_grib_new_from_file(stream, headers_only=True)
            except library.CodesInternalError as error:
                raise UserError(f"{path}: GRIB message {count + 1} is damaged ({error})") from None
            if handle is None:
                break
            try:
                get = functools.partial(library.codes_get, handle)
                day, hour = get("dataDate", int), get("dataTime", int)
                valid, at = get("validityDate", int), get("validityTime", int)
                run, time = _instant(day, hour), _instant(valid, at)
                yield Message(
                    get("shortName", str),
                    get("units", str),
                    time,
                    run,
                    int((time - run) / HOUR),
                    get("stepType", str) == "accum",
                    path,
                    get("offset", int),
                    get("gridType", str),
                )
                count += 1
            finally:
                library.codes_release(handle)
    if count == 0:
        raise UserError(f"{path}: no GRIB message in it")


def _instant(day: int, time: int) -> np.datetime64:
    text = f"{day:08d}"
    return np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}T{time // 100:02d}:{time % 100:02d}:00")


@by_file(48)
def _decoded(path: Path, offset: int) -> np.ndarray:
    """Values of a message in the order of the file, NaN where missing."""
    library = eccodes()
    with path.open("rb") as stream:
        stream.seek(offset)
        handle = library.codes_grib_new_from_file(stream)
        try:
            library.codes_set(handle, "missingValue", 1.0e36)
            values = library.codes_get_values(handle)
        except library.CodesInternalError as error:
            raise UserError(f"{path}: GRIB message cannot be decoded ({error})") from None
        finally:
            library.codes_release(handle)
    return np.where(values >= 1.0e36, np.nan, values)


def geometry(message: Message) -> Geometry:
    """Where the values of a message are."""
    library = eccodes()
    with message.path.open("rb") as stream:
        stream.seek(message.offset)
        handle = library.codes_grib_new_from_file(stream)
        try:
            lat = library.codes_get_array(handle, "latitudes")
            lon = library.codes_get_array(handle, "longitudes")
            if message.grid != "regular_ll":
                return Places(lat, lon, 0.0)
            rows, cols = library.codes_get(handle, "Nj"), library.codes_get(handle, "Ni")
        finally:
            library.codes_release(handle)
    return Rectilinear(lat.reshape(rows, cols)[:, 0], lon.reshape(rows, cols)[0])


class GribSeries(Series):
    """A quantity through the messages that hold it."""

    def __init__(self, quantity: str, found: Sequence[Message], source: Source) -> None:
        """Raises UserError for a unit that is none of the quantity, and for gaps in time."""
        self.quantity = QUANTITIES[quantity]
        self.accumulated = source.accumulated
        self.name = found[0].name
        self.messages = list(found)
        self.time = np.array([message.time for message in found])
        self.by_lead = {(m.run, m.lead): m for m in found}
        dimension = self.quantity.dimension
        first = found[0]
        # what SP1 calls kg m**-2 s**-1 is an amount where the message says that it accumulates
        self.amount = first.accumulated
        wanted = AMOUNTS[dimension] if self.amount else UNITS[dimension]
        try:
            self.conversion = conversion(first.units, wanted)
        except ValueError as error:
            raise UserError(f"{first.path}: '{first.name}': {error}") from None
        self.geometry = geometry(first)
        self.files = [ForcingFile(m.path, self.time, self.geometry, {}, {}) for m in found]
        self.interval = self._even_interval()

    def _file_of(self, stamp: int) -> ForcingFile:
        return self.files[stamp]

    def with_earlier(self, every: Sequence[Message]) -> "GribSeries":
        """The same, knowing the messages of earlier lead times that differences need."""
        self.by_lead |= {(m.run, m.lead): m for m in every}
        return self

    def _raw(self, first: int, last: int, box: Box) -> np.ndarray:
        return np.stack([self._field(m, box) for m in self.messages[first:last]])

    def _field(self, message: Message, box: Box) -> np.ndarray:
        flat = _decoded(message.path, message.offset)
        field = flat.reshape(self.geometry.shape)[np.ix_(box.rows, box.cols)]
        return self.conversion.scale * field + self.conversion.offset

    def _rates(self, first: int, last: int, box: Box) -> np.ndarray:
        if self.accumulated == DAY:
            return super()._rates(first, last, box)
        hours = self.interval // 3600
        out = []
        for k in range(first, last):
            message = self.messages[k]
            total = self._field(message, box)
            if self.accumulated == RUN and message.lead > hours:
                before = self.by_lead.get((message.run, message.lead - hours))
                if before is None:
                    raise UserError(
                        f"{message.path}: '{message.name}' for {message.time} is the sum of "
                        f"{message.lead} h of the run of {message.run}; that of "
                        f"{message.lead - hours} h is missing"
                    )
                total = total - self._field(before, box)
            rate = total / self.interval
            noise = NOISE[self.quantity.dimension]
            out.append(np.where((rate < 0.0) & (rate > -noise), 0.0, rate))
        return np.stack(out)


def inspect_grib(
    paths: Sequence[Path], source: Source, chain: Chain
) -> tuple[dict[str, Series], dict[str, np.ndarray]]:
    """Series by quantity, and quantities of the ground; raises UserError with every problem."""
    every = [message for path in paths for message in messages(path)]
    series: dict[str, Series] = {}
    fixed: dict[str, np.ndarray] = {}
    problems: list[str] = []
    for quantity, names in source.names.items():
        found = [m for m in every if m.name in names]
        if not found:
            continue
        if quantity in FIXED:
            fixed[quantity] = _ground(found[0], quantity)
            continue
        allowed = [m for m in found if chain.allows(m)] if source.accumulated == RUN else found
        chosen: dict[np.datetime64, Message] = {}
        for message in sorted(allowed, key=lambda m: (m.time, m.run, -m.lead)):
            # the sum over no time at the start of a run tells nothing
            if not (message.accumulated and message.lead == 0 and source.accumulated != INTERVAL):
                chosen[message.time] = message
        if not chosen:
            problems.append(
                f"{found[0].path}: no '{found[0].name}' with a lead time of {chain.first_lead} to "
                f"{chain.last_lead} h"
            )
            continue
        try:
            made = GribSeries(quantity, [chosen[t] for t in sorted(chosen)], source)
            series[quantity] = made.with_earlier(found)
        except UserError as error:
            problems += error.problems
    grids = [s.geometry for s in series.values() if isinstance(s, GribSeries)]
    if grids and not all(same(grids[0], other) for other in grids[1:]):
        problems.append(f"{paths[0]}: messages stand on different grids")
    if problems:
        raise UserError(problems)
    return series, fixed


def _ground(message: Message, quantity: str) -> np.ndarray:
    found = conversion(message.units, UNITS[QUANTITIES[quantity].dimension])
    values = _decoded(message.path, message.offset).reshape(geometry(message).shape)
    return found.scale * values + found.offset
