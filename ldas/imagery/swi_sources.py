"""The products that fill the memory of a soil water index, at its cells, in one unit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.namelist import expand_path
from ldas.config.swi_groups import Swi, SwiSource
from ldas.core.clock import DAY
from ldas.core.errors import Problems, UserError
from ldas.imagery.product_source import Source, cells_for, open_source
from ldas.imagery.swi_memory import Kept, Setting, read
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from observation_ops.at_cells import error_at_cells
from observation_ops.gridding import spacing
from observation_ops.products import Stamp

LEAST_T, MOST_T = 0.5, 3650.0  # d, characteristic times that a memory can have


@dataclass(frozen=True)
class Climate:
    """How often a source has a value in each cell (cell,), and its mean and deviation."""

    number: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


@dataclass
class Filling(Source):
    """A product that fills the memory of some cells."""

    settings: SwiSource

    def errors(self, stamp: Stamp) -> np.ndarray:
        """One standard error of each value, NaN where nobody gives one."""
        if self.settings.error is not None:
            cells = self._cells[stamp.place].cells
            return np.full(cells, self.factor * self.settings.error)
        return self.factor * error_at_cells(self.product, stamp, self._cells[stamp.place])

    def climate(self) -> Climate:
        """Mean and deviation of all its values."""
        sums: list[np.ndarray] = []
        for stamp in self.stamps:
            value = self.values(stamp)
            there = np.isfinite(value)
            seen = np.where(there, value, 0.0)
            parts = (there.astype(float), seen, seen**2)
            sums = [a + b for a, b in zip(sums, parts, strict=True)] if sums else list(parts)
        number, total, squares = sums
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / number
            sd = np.sqrt(np.maximum(squares / number - mean**2, 0.0))
        return Climate(number, mean, sd)


@dataclass
class Work:
    """What is read and where it goes."""

    path: Path
    settings: Swi
    sources: list[Filling]
    lat: np.ndarray
    lon: np.ndarray
    units: str
    kept: Kept | None = None

    @property
    def setting(self) -> Setting:
        """What a run that goes on from this one's memory must have alike."""
        s = self.settings
        names = tuple(source.settings.name for source in self.sources)
        return Setting(tuple(s.constants), self.units, s.hour, s.matching, names)

    @property
    def steps(self) -> tuple[float, float]:
        """Size of the cells (degrees)."""
        return spacing(self.lat), spacing(self.lon)

    @property
    def target(self) -> Path:
        """The product's path."""
        return expand_path(self.settings.output, self.path.parent)

    @property
    def memory_target(self) -> Path | None:
        """Where the memory is kept, if it is."""
        text = self.settings.memory_output
        return None if text is None else expand_path(text, self.path.parent)

    def times(self) -> np.ndarray:
        """When the index is given: each day at the hour, until the last value is in."""
        every = [stamp.time for source in self.sources for stamp in source.stamps]
        hour = np.timedelta64(round(3600.0 * self.settings.hour), "s")
        first, last = (
            day + hour + (DAY if day + hour < time else np.timedelta64(0, "s"))
            for time in (min(every), max(every))
            for day in [time.astype("datetime64[D]").astype("datetime64[s]")]
        )
        return np.arange(first if self.kept is None else self.kept.time + DAY, last + DAY, DAY)


def prepare(namelist: Path, groups: Mapping[str, Any]) -> Work:
    """Look into all files that a namelist names; raises UserError with all that is wrong."""
    path, problems = namelist.absolute(), Problems()
    settings: Swi = groups["retrieval"]
    if any(not LEAST_T <= days <= MOST_T for days in settings.constants) or not settings.constants:
        problems.add(
            f"&retrieval constants: found {settings.constants}; allowed: "
            f"{LEAST_T:g} to {MOST_T:g} days"
        )
    names = [f"{days:03.0f}" for days in settings.constants]
    if len(set(names)) < len(names):
        problems.add(f"&retrieval constants: {settings.constants} give one name twice ({names})")
    if not groups["source"]:
        problems.add("&source: missing; one group for each product that fills the memory")
    sources, period = [], (settings.start, settings.end)
    for entries in groups["source"]:
        try:
            opened = open_source(path, entries, "fill the memory of the soil", *period)
            sources.append(Filling(entries, opened.product, opened.stamps))
        except UserError as error:
            problems.add(error)
    given = [source.settings.name for source in sources]
    for name in sorted({name for name in given if given.count(name) > 1}):
        problems.add(f"&source name: '{name}' is given twice")
    problems.raise_if_any()
    lat, lon = cells_for(path, settings.grid_file, sources[0])
    work = Work(path, settings, sources, lat, lon, _units(settings, sources))
    _refuse_targets(work)
    if settings.memory_file is not None:
        work.kept = read(expand_path(settings.memory_file, path.parent), lat, lon, work.setting)
        _only_later(work.sources, work.kept)
    return work


def _refuse_targets(work: Work) -> None:
    """Raise UserError for what would be written onto something that is read, or cannot be."""
    named = filter(None, (work.settings.grid_file, work.settings.memory_file))
    inputs = [work.path, *(expand_path(text, work.path.parent) for text in named)]
    inputs += [stamp.path for one in work.sources for stamp in one.stamps]
    refuse_to_overwrite(work.target, dict.fromkeys(inputs), "&retrieval output")
    if work.memory_target is not None:
        inputs.append(work.target)
        refuse_to_overwrite(work.memory_target, dict.fromkeys(inputs), "&retrieval memory_output")
        writable_folder(work.memory_target.parent, "&retrieval memory_output")


def _only_later(sources: Sequence[Filling], kept: Kept) -> None:
    """Leave what the memory has taken up; raises UserError if nothing is later."""
    latest = max(source.stamps[-1].time for source in sources)
    for source in sources:
        source.stamps = [stamp for stamp in source.stamps if stamp.time > kept.time]
    if not any(source.stamps for source in sources):
        raise UserError(
            f"&retrieval memory_file: '{kept.path}' is of {kept.time}, and no source has a later "
            f"field (the last is of {latest})"
        )


def _units(settings: Swi, sources: Sequence[Filling]) -> str:
    """The unit of the index: that of the first source, in m3 m-3 if it can be."""
    units = [one.units for one in sources]
    if settings.matching == "none" and len(set(units)) > 1:
        told = ", ".join(f"{s.settings.name} '{u}'" for s, u in zip(sources, units, strict=True))
        raise UserError(f"&retrieval matching: 'none' needs sources of one unit; found {told}")
    return units[0]


def matched(sources: Sequence[Filling], least: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Slope and offset (cell,) that bring each source to the climate of the first.

    NaN where one of both has fewer values than `least`, or does not vary.
    """
    first = sources[0].climate() if len(sources) > 1 else None
    for number, source in enumerate(sources):
        if number == 0 or first is None:
            yield np.ones(()), np.zeros(())
            continue
        other = source.climate()
        enough = (first.number >= least) & (other.number >= least) & (other.sd > 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = np.where(enough, first.sd / other.sd, np.nan)
        yield slope, first.mean - slope * other.mean
