"""Soil water index of one or several products (Wagner et al. 1999, Albergel et al. 2008)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.swi_groups import Swi, SwiSource
from ldas.core.errors import UserError
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout, RetrievalFile
from ldas.imagery.swi_memory import MemoryFile
from ldas.imagery.swi_sources import Filling, Work, matched, prepare
from ldas.io.netcdf import atomic_dataset, writable_folder
from retrieval.swi import Memory

STRIP = 400_000  # cells whose memory is held at a time
BLOCK = 20_000  # values of one field that are written together, where maps are small
FLAGS = ("retrieved", "nothing_yet", "little_memory")
HINTS = {
    "nothing_yet": "no source has a good value in any cell: do they cover the cells? are all "
    "values flagged or farther away than max_distance?",
    "little_memory": "the memory is never as full as least_filled anywhere",
}


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the products of a namelist; raises UserError for what is wrong with them."""
    work = prepare(namelist, given)
    writable_folder(work.target.parent, "&retrieval output")
    for source in work.sources:
        span = "none later than the memory"
        if source.stamps:
            span = f"{source.stamps[0].time} to {source.stamps[-1].time}"
        yield (
            f"&source '{source.settings.name}': {len(source.stamps)} fields of "
            f"{source.product.variable} [{source.product.units}], {span}"
        )
    yield (
        f"{work.times().size} days of {work.lat.size} x {work.lon.size} cells in '{work.units}', "
        f"T = {', '.join(f'{days:g}' for days in work.settings.constants)} d"
    )
    if work.kept is not None and np.isfinite(work.kept.arrays["last"]).any():
        yield f"goes on from the memory of {work.kept.time}"
        return
    for rows in _strips(work):
        for source in _over(work, rows):
            for stamp in source.stamps:
                if np.isfinite(source.values(stamp)).any():
                    yield f"{stamp.time}: a first value of '{source.settings.name}'"
                    return
    reasons = np.array([0, work.lat.size * work.lon.size * work.times().size, 0])
    raise UserError(f"{work.path.name}: {_layout(work).nothing_retrieved(reasons)}")


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    work = prepare(namelist, given)
    writable_folder(work.target.parent, "&retrieval output")
    times, layout = work.times(), _layout(work)
    info(
        f"{sum(len(source.stamps) for source in work.sources)} fields of "
        f"{len(work.sources)} sources, {work.lat.size} x {work.lon.size} cells, {times.size} days"
    )
    attributes = {
        "title": "Soil water index",
        "source": f"ldas {__version__}: "
        + ", ".join(f"{s.settings.name} (weight {s.settings.weight:g})" for s in work.sources),
        "references": "Albergel et al. (2008), doi:10.5194/hess-12-1323-2008",
        "namelist": work.path.read_text(),
    }
    axes = {"lat": work.lat, "lon": work.lon}
    at_once = min(times.size, max(1, BLOCK // (work.lat.size * work.lon.size)))
    origin = times[0] if work.kept is None else work.kept.origin
    with ExitStack() as stack:
        keeping = None
        if work.memory_target is not None:  # published after the product
            keeping = MemoryFile(
                stack.enter_context(atomic_dataset(work.memory_target)),
                *(work.lat, work.lon, work.setting, (times[-1], origin)),
            )
        with RetrievalFile(work.target, axes, times, layout, attributes, at_once) as out:
            for rows in _strips(work):
                sources = _over(work, rows)
                lines = list(_matching(work, sources, rows, info))
                memory = _begun(work, rows)
                days = _days(work, sources, lines, times, memory, origin)
                for first in range(0, times.size, at_once):
                    block = list(islice(days, at_once))
                    stacked = {name: np.stack([day[name] for day in block]) for name in block[0]}
                    out.write(slice(first, first + len(block)), rows, stacked)
                if keeping is not None:
                    keeping.write(rows, memory, lines)
        out.refuse_nothing()
    info(f"{out.retrieved[-1]} of {work.lat.size * work.lon.size} cells have an index at the end")
    return work.target


def _begun(work: Work, rows: slice) -> Memory:
    """The memory of some rows as an earlier run left it, or an empty one."""
    if work.kept is not None:
        return work.kept.of(rows)
    return Memory.empty(work.settings.constants, (rows.stop - rows.start) * work.lon.size)


def _matching(
    work: Work, sources: Sequence[Filling], rows: slice, info: Callable[[str], None]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Slope and offset of each source; tells of cells where one cannot be matched."""
    if work.kept is not None:
        yield from work.kept.lines(rows)
        return
    if work.settings.matching == "none":
        yield from [(np.ones(()), np.zeros(()))] * len(sources)
        return
    for source, (slope, offset) in zip(
        sources, matched(sources, work.settings.min_values), strict=True
    ):
        lost = int(np.isnan(slope).sum())
        if lost:
            info(
                f"&source '{source.settings.name}': not used in {lost} of {slope.size} cells, "
                f"where it or the first has fewer than {work.settings.min_values} values"
            )
        yield slope, offset


def _days(
    work: Work,
    sources: Sequence[Filling],
    lines: Sequence[tuple[np.ndarray, np.ndarray]],
    times: np.ndarray,
    memory: Memory,
    origin: np.datetime64,
) -> Iterator[Mapping[str, np.ndarray]]:
    """The fields of each day: values taken up in `memory` in the order of time until its hour."""
    stamps = sorted(
        ((stamp.time, number, stamp) for number, one in enumerate(sources) for stamp in one.stamps),
        key=lambda item: item[:2],
    )
    done = 0
    for now in times:
        while done < len(stamps) and stamps[done][0] <= now:
            time, number, stamp = stamps[done]
            source, (slope, offset) = sources[number], lines[number]
            memory.take_up(
                _day(time, origin),
                offset + slope * source.values(stamp),
                slope * source.errors(stamp),
                source.settings.weight,
            )
            done += 1
        yield _fields(work, memory, _day(now, origin))


def _day(time: np.datetime64, origin: np.datetime64) -> float:
    return float((time - origin) / np.timedelta64(1, "s")) / 86400.0


def _fields(work: Work, memory: Memory, day: float) -> Mapping[str, np.ndarray]:
    filled = memory.filled(day, work.settings.revisit)
    enough = (filled >= work.settings.least_filled) & (memory.weight > 0.0)
    out: dict[str, np.ndarray] = {}
    parts = (memory.index, memory.error, 100.0 * filled)
    for k, days in enumerate(work.settings.constants):
        for name, part in zip(_names(days), parts, strict=True):
            out[name] = np.where(enough[:, k], part[:, k], np.nan)
    out[QUALITY] = np.where(enough.any(axis=1), 0, np.where(np.isnan(memory.last), 1, 2))
    return out


def _names(days: float) -> tuple[str, str, str]:
    """Of the index, its error and its quality; the Copernicus product's where it has one."""
    return f"SWI_{days:03.0f}", f"SWI_{days:03.0f}_error", f"QFLAG_{days:03.0f}"


def _layout(work: Work) -> Layout:
    fields = []
    for days in work.settings.constants:
        index, error, filled = _names(days)
        fields += [
            Field(index, work.units, f"soil water index, T = {days:g} d"),
            Field(error, work.units, f"one standard error of {index}"),
            Field(filled, "percent", f"how full the memory of {index} is"),
        ]
    return Layout(fields, FLAGS, HINTS)


def _strips(work: Work) -> Iterator[slice]:
    """Rows of cells, few enough for memory."""
    at_once = max(1, STRIP // work.lon.size)
    for begin in range(0, work.lat.size, at_once):
        yield slice(begin, min(begin + at_once, work.lat.size))


def _over(work: Work, rows: slice) -> list[Filling]:
    return [source.over(work.lat[rows], work.lon, work.steps) for source in work.sources]


RETRIEVAL = Retrieval(Swi, found_in, retrieve, {"source": SwiSource})
