"""Which forcing drives which part of a window: the first in order of preference that covers it."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forcing.atmosphere import CellForcing
from forcing.files import inspect
from forcing.grib import is_grib, messages
from forcing.source import Source
from ldas.core.clock import DAY, Window, iso
from ldas.core.errors import UserError
from ldas.core.meteorology import Meteorology
from ldas.core.registries import FORCING_SOURCES
from ldas.cycling.build import read_atmosphere
from ldas.io.surface import Surface

from .arrivals import Known, Span, Watched
from .settings import Operations

LONGEST = np.timedelta64(10800, "s")  # between two stamps of any forcing


@dataclass(frozen=True)
class Segment:
    """A part of a window, and the forcing and files that drive it."""

    forcing: int
    files: tuple[Path, ...]
    window: Window


@dataclass(frozen=True)
class Hole:
    """From when on nothing covers a window, and why each forcing does not."""

    at: np.datetime64
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """What some files of one forcing cover, and how long one of its intervals is (s)."""

    files: tuple[Path, ...]
    window: Window
    interval: int
    heights: tuple[float, float]


def span_of(path: Path, source: Source) -> Span:
    """First and last stamp of a forcing file; raises UserError if it cannot be read."""
    if is_grib(path):
        times = np.array([message.time for message in messages(path)])
    else:
        times = inspect(path, source).time
    if times.size == 0:
        return Span(np.datetime64("1800-01-01T00:00:00"), np.datetime64("2300-01-01T00:00:00"))
    return Span(times.min(), times.max())


class Weather(Watched):
    """One forcing of the namelist: the files that have arrived, and what they cover."""

    def __init__(self, operations: Operations, k: int) -> None:
        files = operations.forcings[k].files
        super().__init__([operations.base.file(name) for name in files])
        self.operations, self.k = operations, k
        self.label = operations.label(k)
        self.source: Source = FORCING_SOURCES.load(operations.forcings[k].source)

    def look(self, known: Mapping[Path, Known]) -> None:
        """See what is there; heads of files that are known as they are need no opening."""
        self.begin_look()
        for path in self.there:
            span = self.as_before(path, known)
            try:
                self.spans[path] = span or span_of(path, self.source)
            except UserError as error:
                self.broken += error.problems
        self.covered.cache_clear()

    @functools.lru_cache(maxsize=64)  # noqa: B019 - as long-lived as the look itself
    def covered(self, window: Window) -> tuple[tuple[Stretch, ...], tuple[str, ...]]:
        """The stretches of a window that are covered, and what is wrong with what is not."""
        near = [path for path, span in self.spans.items() if span.touches(window, LONGEST)]
        stretches, reasons = [], []
        for files in self._joined(near):
            try:
                stretches += self._stretch(files, window)
            except UserError as error:
                reasons += error.problems
        return tuple(stretches), tuple(reasons)

    def _joined(self, paths: Sequence[Path]) -> list[list[Path]]:
        """Files whose spans follow each other without a gap, together."""
        groups: list[list[Path]] = []
        reach = None
        for path in sorted(paths, key=lambda path: (self.spans[path].first, path)):
            span = self.spans[path]
            if reach is None or span.first > reach + LONGEST:
                groups.append([])
            groups[-1].append(path)
            reach = span.last if reach is None else max(reach, span.last)
        return groups

    def _stretch(self, files: list[Path], window: Window) -> list[Stretch]:
        """What files that belong together cover of a window, whole intervals."""
        conf = self.operations.with_forcing(self.k, files, window)
        atmosphere = read_atmosphere(conf, covering=False)
        series = [atmosphere.series[name] for name in atmosphere.names()]
        beyond = np.timedelta64(atmosphere.stored_interval if atmosphere.parts > 1 else 0, "s")
        first = max(max(s.time[0] for s in series), window.start)
        last = min(min(s.time[-1] for s in series) - beyond, window.end)
        if first >= last:
            return []
        interval = atmosphere.interval
        heights = (atmosphere.z_temperature, atmosphere.z_wind)
        return [Stretch(tuple(files), Window(first, last), interval, heights)]


def plan(weathers: Sequence[Weather], window: Window) -> list[Segment] | Hole:
    """The segments that drive a window, or where it cannot be driven.

    Forcings with another interval or other heights than the first one are not joined to it
    within a window: there the first that covers the whole window drives it.
    """
    found = [weather.covered(window) for weather in weathers]
    segments: list[tuple[int, Stretch, Window]] = []
    now = window.start
    while now < window.end:
        best = _best(found, now)
        if best is None:
            break
        k, stretch = best
        end = stretch.window.end
        for preferred, _ in found[:k]:
            for better in preferred:
                if now < better.window.start < end:
                    end = better.window.start
        segments.append((k, stretch, Window(now, end)))
        now = end
    alike = {(stretch.interval, stretch.heights) for _, stretch, _ in segments}
    if now == window.end and len(alike) == 1:
        return [Segment(k, stretch.files, part) for k, stretch, part in segments]
    for k, (stretches, _) in enumerate(found):
        for stretch in stretches:
            if stretch.window == window:
                return [Segment(k, stretch.files, window)]
    return Hole(now if now < window.end else segments[0][2].end, _reasons(weathers, found, window))


def _best(
    found: Sequence[tuple[tuple[Stretch, ...], tuple[str, ...]]], now: np.datetime64
) -> tuple[int, Stretch] | None:
    for k, (stretches, _) in enumerate(found):
        for stretch in stretches:
            if stretch.window.start <= now < stretch.window.end:
                return k, stretch
    return None


def _reasons(
    weathers: Sequence[Weather],
    found: Sequence[tuple[tuple[Stretch, ...], tuple[str, ...]]],
    window: Window,
) -> tuple[str, ...]:
    """What each forcing lacks of a window."""
    lines = []
    for weather, (stretches, reasons) in zip(weathers, found, strict=True):
        if reasons:
            lines += reasons
        elif stretches:
            has = ", ".join(str(stretch.window) for stretch in stretches)
            lines.append(f"forcing '{weather.label}' covers {has} of it")
        else:
            ends = [span.last for span in weather.spans.values() if span.last < window.end]
            until = f"reaches to {iso(max(ends))}" if ends else "has nothing of it"
            lines.append(f"forcing '{weather.label}' {until}")
    return tuple(lines)


class PlannedForcing:
    """The forcing of some cells through the segments of a plan."""

    def __init__(
        self, operations: Operations, segments: Sequence[Segment], surface: Surface
    ) -> None:
        self.segments = list(segments)
        self._readers: dict[tuple[int, tuple[Path, ...]], CellForcing] = {}
        for segment in segments:
            key = (segment.forcing, segment.files)
            if key not in self._readers:
                self._readers[key] = _cells(operations, segment, surface)

    def window(self, window: Window) -> Meteorology:
        """Forcing at the stamps that enclose a window, the segments joined at their seams.

        A seam has the state of the earlier segment, rain and snow are of the interval that ends
        at a stamp. Raises UserError for a bad value, naming file, variable, place and time.
        """
        parts = []
        for segment in self.segments:
            start = max(segment.window.start, window.start)
            end = min(segment.window.end, window.end)
            if start < end:
                reader = self._readers[segment.forcing, segment.files]
                parts.append(reader.window(Window(start, end)))
        first = parts[0]
        if len(parts) == 1:
            return first
        values = [first.values, *(part.values[:, 1:] for part in parts[1:])]
        return Meteorology(
            np.concatenate(values, axis=1), first.heights, first.start, first.interval
        )

    def digest(self) -> str:
        """A hash of all the values that the segments read, of the files' own grid."""
        digest = hashlib.sha256()
        for segment in self.segments:
            reader = self._readers[segment.forcing, segment.files]
            atmosphere = reader.atmosphere
            digest.update(f"{segment.forcing} {segment.window}".encode())
            for name in atmosphere.names():
                series = atmosphere.series[name]
                first, last = series.stamps(segment.window.start, segment.window.end)
                last = min(last + (atmosphere.parts > 1), series.time.size)
                digest.update(series.read(first, last, reader.bilinear.box).tobytes())
            for values in (reader.heights, reader.rise, atmosphere.carbon_dioxide[1]):
                digest.update(b"-" if values is None else np.asarray(values, float).tobytes())
        return digest.hexdigest()[:16]


def _cells(operations: Operations, segment: Segment, surface: Surface) -> CellForcing:
    """What reads one segment's files at the cells of a surface."""
    settings = operations.forcings[segment.forcing]
    conf = operations.with_forcing(segment.forcing, segment.files, segment.window)
    atmosphere = read_atmosphere(conf)
    grid = surface.grid
    return atmosphere.at_cells(
        grid.cell_lat,
        grid.cell_lon,
        surface.altitude,
        settings.point_distance,
        settings.height_correction,
    )


def described(operations: Operations, segments: Sequence[Segment]) -> str:
    """Which forcing drove what, for the outputs and the books."""
    return "; ".join(f"{operations.label(s.forcing)}: {s.window}" for s in segments)


def margin() -> np.timedelta64:
    """How far from a window a file may lie and still matter to it."""
    return LONGEST + DAY
