"""The files that have arrived: what each spans in time, and which cannot be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.clock import Window
from ldas.core.netcdf_input import present_inputs

from .listing import Arrival, arrivals


@dataclass(frozen=True)
class Span:
    """The time that a file's values stand for, from `first` to `last`."""

    first: np.datetime64
    last: np.datetime64

    def touches(self, window: Window, margin: np.timedelta64) -> bool:
        """Whether anything of it lies in the window or less than `margin` from it."""
        return bool(self.first <= window.end + margin and self.last >= window.start - margin)


@dataclass(frozen=True)
class Known:
    """What was seen of a file when it was looked at: its mark, and its span if it could be read."""

    mark: tuple[int, int, int]
    span: Span | None


class Watched:
    """Files that patterns of the namelist name: what lies there, and what each spans."""

    def __init__(self, patterns: Sequence[Path]) -> None:
        self.patterns = list(patterns)
        self.there: dict[Path, Arrival] = {}
        self.spans: dict[Path, Span] = {}
        self.broken: list[str] = []

    def begin_look(self) -> None:
        """Take in what is there; what cannot be used is told in `broken`."""
        paths, self.broken = present_inputs(self.patterns)
        self.there, self.spans = arrivals(paths), {}

    def as_before(self, path: Path, known: Mapping[Path, Known]) -> Span | None:
        """The span of a file that has not changed since it was known; None if it must be read."""
        found = known.get(path)
        return found.span if found is not None and found.mark == self.there[path].mark else None

    def moved(self) -> bool:
        """Whether anything came, went or changed since the look."""
        now = arrivals(present_inputs(self.patterns)[0])
        return now != self.there


def news(
    now: Mapping[Path, Arrival], before: Mapping[Path, Known], spans: Mapping[Path, Span]
) -> list[Span]:
    """The spans, old and new, of files that came or changed since they were looked at."""
    found = []
    for path, there in now.items():
        known = before.get(path)
        if known is not None and known.mark == there.mark:
            continue
        if known is not None and known.span is not None:
            found.append(known.span)
        if path in spans:
            found.append(spans[path])
    return found
