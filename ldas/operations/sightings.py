"""The observations that have arrived for each window, and the sets that are due in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ldas.config.groups import Observation
from ldas.config.product_entries import type_of, wanted_of
from ldas.core.clock import DAY, Window
from ldas.core.errors import UserError
from ldas.cycling.configuration import name_of
from ldas.cycling.observation_set import ObservationSet
from ldas.cycling.observing import open_sets
from ldas.io.surface import Surface
from observation_ops.observation_type import observation_type
from observation_ops.products import Stamp, open_wanted

from .arrivals import Known, Span, Watched
from .settings import Operations


@dataclass(frozen=True)
class Sight:
    """What one set has for a window: the files, and a hash of all that an analysis would read."""

    files: tuple[Path, ...]
    digest: str


NOTHING = Sight((), "")


class Sightings(Watched):
    """One set of observations: the files that have arrived, and what they hold for each window."""

    def __init__(self, operations: Operations, settings: Observation, surface: Surface) -> None:
        super().__init__([operations.base.file(name) for name in settings.files])
        self.operations, self.settings, self.surface = operations, settings, surface
        self.name = name_of(settings)
        self.files: list[Path] = []
        self.set: ObservationSet | None = None

    def look(self, known: Mapping[Path, Known], horizon: np.datetime64) -> None:
        """See what is there; files known to end before `horizon` are left alone.

        A file that cannot be opened is put aside, with a line in `broken`.
        """
        self.begin_look()
        wanted = []
        for path in self.there:
            span = self.as_before(path, known)
            if span is not None:
                self.spans[path] = span
                if span.last < horizon:
                    continue
            wanted.append(path)
        self._take(wanted)

    def _take(self, paths: list[Path]) -> None:
        """Open some files together, without those that cannot be, or not beside the others."""
        try:
            self._reopen(paths)
        except UserError:
            self._reopen(self._one_by_one(paths))
        assert self.set is not None
        for path in self.files:
            stamps = [s for s in self.set.product.stamps if s.path == path]
            if stamps:
                first = min(s.time if s.since is None else s.since for s in stamps)
                self.spans[path] = Span(first, max(s.time for s in stamps))

    def _reopen(self, paths: list[Path]) -> None:
        settings = self.settings.model_copy(update={"files": [str(path) for path in paths]})
        base = self.operations.base
        self.set = open_sets(replace(base, observation=[settings]), self.surface)[0]
        self.files = paths

    def _one_by_one(self, paths: list[Path]) -> list[Path]:
        """The files that can be opened together, in the order of their names; others are told."""
        kind, taken = observation_type(type_of(self.settings)), []
        for path in sorted(paths):
            together = (*taken, path)
            try:
                open_wanted(wanted_of(self.settings, kind, together), self.settings.reader)
                taken.append(path)
            except UserError as error:
                self.broken += error.problems
                self.spans.pop(path, None)
        return taken

    def of(self, window: Window) -> Sight:
        """What has arrived for a window; a file whose values cannot be read is put aside."""
        assert self.set is not None
        seen = None
        while seen is None:
            stamps = self.set.product.between(window.start, window.end)
            if not stamps:
                return NOTHING
            try:
                seen = self.set.within(window)
            except (UserError, OSError, RuntimeError):
                bad = next((s.path for s in stamps if not self._reads(s)), None)
                if bad is None:
                    raise
                self.spans.pop(bad, None)
                self._reopen([path for path in self.files if path != bad])
        digest = hashlib.sha256(str([str(time) for time in seen.times]).encode())
        for values in (seen.raw, seen.error, seen.flag, seen.stamp):
            digest.update(np.ascontiguousarray(values).tobytes())
        return Sight(tuple(dict.fromkeys(s.path for s in stamps)), digest.hexdigest()[:16])

    def _reads(self, stamp: Stamp) -> bool:
        assert self.set is not None
        try:
            self.set.field(stamp)
            self.set.own_error(stamp)
        except UserError as error:
            self.broken += error.problems
            return False
        except (OSError, RuntimeError) as error:
            path = stamp.path
            self.broken.append(f"{path}: cannot be read, damaged or being written ({error})")
            return False
        return True

    def due(self, window: Window) -> bool:
        """Whether something of this set is expected in a window."""
        assert self.set is not None
        before = [s.time for s in self.set.product.stamps if s.time <= window.start]
        if self.settings.every <= 1.0 or not before:
            return True
        every = np.timedelta64(round(self.settings.every * 86400), "s")
        return bool(max(before) + every <= window.end)

    def deadline(self, window: Window) -> np.datetime64:
        """Until when a window waits for this set."""
        return window.end + np.timedelta64(round(self.settings.latency * 3600), "s")


def oldest_needed(operations: Operations, last: np.datetime64) -> np.datetime64:
    """Before which no observation can matter any more."""
    every = [DAY * int(np.ceil(entry.every)) for entry in operations.base.observation]
    return last - operations.replay - max(every, default=DAY) - DAY
