"""What is to be done next: a window to make, one to make anew, or something to wait for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.clock import DAY, Window, iso
from ldas.core.errors import UserError
from ldas.io.file_hash import content_hash
from ldas.io.surface import Surface

from .arrivals import Known, Span, news
from .books import FINAL, Books, Row
from .listing import Arrival, arrival, listing
from .settings import Operations
from .sightings import NOTHING, Sight, Sightings, oldest_needed
from .weather import Hole, PlannedForcing, Segment, Weather, margin, plan

TOLD_BACK = 60 * DAY  # before the last window that may be made anew, late arrivals are told


@dataclass(frozen=True)
class Input:
    """All that goes into a window: forcing and observations, with hashes of what is read."""

    window: Window
    segments: list[Segment]
    forcing_digest: str
    sights: dict[str, Sight]
    missing: tuple[str, ...]  # sets that were due and did not come in time
    files: dict[Path, Arrival]
    set_files: tuple[tuple[Path, ...], ...]  # of each set, all that can be opened


@dataclass(frozen=True)
class Wait:
    """Why the next window is not made yet, and from when on that may be otherwise."""

    window: Window
    reasons: list[str]
    until: np.datetime64 | None = None
    wrong: bool = False  # whether it is broken input that stops it
    hole: bool = False  # whether later input is there already
    full: bool = False  # whether it is room on the disk


@dataclass
class Planner:
    """Looks at what has arrived and says what is next; on rank 0."""

    operations: Operations
    surface: Surface
    books: Books
    told: set[str] = field(default_factory=set)  # of what came too late to be used

    def __post_init__(self) -> None:
        ops = self.operations
        self.weathers = [Weather(ops, k) for k in range(len(ops.forcings))]
        wanted = ops.base.observation if ops.set_names() else []
        self.sightings = [Sightings(ops, entry, self.surface) for entry in wanted]
        self.looked: dict[Path, Known] = self.books.looked()
        self.changes: list[Span] = []
        self.blocked = False  # whether a window waits to be made anew
        self._fresh: list[str] = []
        self.listed: dict[str, list[int]] = {}

    def look(self, last: np.datetime64) -> None:
        """See what is there now; what came since the last look is kept in `changes`."""
        self.listed = listing(self.patterns())
        for weather in self.weathers:
            weather.look(self.looked)
        horizon = oldest_needed(self.operations, last)
        for sightings in self.sightings:
            sightings.look(self.looked, horizon)
        there, spans = self._there()
        self.changes = news(there, self.looked, spans)

    def patterns(self) -> list[Path]:
        """All that the namelist names of files that arrive."""
        return [path for each in (*self.weathers, *self.sightings) for path in each.patterns]

    def settle(self) -> None:
        """Remember what was looked at, if all that follows from it has been done."""
        if self.blocked:
            return
        there, spans = self._there()
        self.looked = {path: Known(found.mark, spans.get(path)) for path, found in there.items()}
        self.books.keep_looked(self.looked)
        self.changes = []

    def moved(self) -> bool:
        """Whether anything lies there now that was not there at the last look."""
        return any(each.moved() for each in (*self.weathers, *self.sightings))

    def _there(self) -> tuple[dict[Path, Arrival], dict[Path, Span]]:
        there: dict[Path, Arrival] = {}
        spans: dict[Path, Span] = {}
        for each in (*self.weathers, *self.sightings):
            there |= each.there
            spans |= each.spans
        return there, spans

    def broken(self) -> list[str]:
        """Lines on files that are there and cannot be used."""
        lines = [line for each in (*self.weathers, *self.sightings) for line in each.broken]
        return list(dict.fromkeys(lines))

    def useless_sets(self) -> list[str]:
        """Sets of which files have come and none can be used."""
        return [each.name for each in self.sightings if each.there and not each.spans]

    def gathered(self, window: Window) -> Input | Hole:
        """All that has arrived for a window."""
        segments = plan(self.weathers, window)
        if isinstance(segments, Hole):
            return segments
        try:
            digest = PlannedForcing(self.operations, segments, self.surface).digest()
        except UserError as error:
            return Hole(window.start, tuple(error.problems))
        sights = {each.name: each.of(window) for each in self.sightings}
        missing = tuple(
            each.name
            for each in self.sightings
            if sights[each.name] == NOTHING and each.settings.latency > 0.0 and each.due(window)
        )
        used = [path for segment in segments for path in segment.files]
        used += [path for sight in sights.values() for path in sight.files]
        there, _ = self._there()
        return Input(
            window,
            segments,
            digest,
            sights,
            missing,
            {path: there[path] for path in used if path in there},
            tuple(tuple(each.files) for each in self.sightings),
        )

    def to_make_anew(self, now: np.datetime64) -> Window | None:
        """The first window whose input has changed since it was made, if it may still be.

        One that cannot be made anew yet, for want of forcing, stays among the changes.
        """
        self.blocked = False
        if not self.changes:
            return None
        rows = self.books.rows()
        for row in rows:
            far = row.end < now - self.operations.replay - TOLD_BACK
            if far or not any(span.touches(row.window, margin()) for span in self.changes):
                continue
            late = row.status == FINAL or row.end < now - self.operations.replay
            different = self._different(row)
            if different is None:
                self.blocked |= not late
                continue
            if not different:
                continue
            if late:
                self._tell(f"window {row.window} is final: what came for it since is not used")
                continue
            after = [other for other in rows if other.end > row.end]
            lacking = next((o for o in after if isinstance(self.gathered(o.window), Hole)), None)
            if lacking is None:
                return row.window
            self.blocked = True
            self._tell(
                f"window {row.window} has other input now, but cannot be made anew yet: the "
                f"forcing of {lacking.window} is not there or not as it was"
            )
        return None

    def fresh_lines(self) -> list[str]:
        """What was found out since the last call of this, each line once."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def _tell(self, line: str) -> None:
        if line not in self.told:
            self.told.add(line)
            self._fresh.append(line)

    def _different(self, row: Row) -> bool | None:
        """Whether a window would be made of something else today than it was made of.

        What is no longer there is no reason to make a window anew; None where its forcing is not
        there, so that nothing can be told.
        """
        found = self.gathered(row.window)
        if isinstance(found, Hole):
            return None
        gone = {
            name
            for name, sight in found.sights.items()
            if sight == NOTHING and self._vanished(row, name)
        }
        same = found.forcing_digest == row.forcing_digest and all(
            sight.digest == row.observations.get(name, {}).get("digest", "")
            for name, sight in found.sights.items()
            if name not in gone
        )
        if same and not gone:
            self.books.update_files(row.window_end, entries(found))
        return not same

    def _vanished(self, row: Row, name: str) -> bool:
        """Whether the files that a set had in a window are no longer there at all."""
        paths = [Path(item["path"]) for item in row.files if item["of"] == name]
        return bool(paths) and not any(path.exists() for path in paths)

    def next(self, last: np.datetime64, now: np.datetime64) -> Input | Wait:
        """What is needed to make the window after `last`, or why it has to wait."""
        window = self.operations.next_window(last)
        if window.end > now:
            return Wait(window, [f"the clock: the window ends at {iso(window.end)}"], window.end)
        found = self.gathered(window)
        if isinstance(found, Hole):
            later = any(
                span.last > window.end + DAY for w in self.weathers for span in w.spans.values()
            )
            broken = [line for weather in self.weathers for line in weather.broken]
            wrong = bool(broken) or any(" covers " not in r and _is_wrong(r) for r in found.reasons)
            reasons = [f"forcing from {iso(found.at)} on", *found.reasons, *broken]
            return Wait(window, list(dict.fromkeys(reasons)), None, wrong, later)
        waiting = [
            each
            for each in self.sightings
            if each.name in found.missing and now < each.deadline(window)
        ]
        if waiting:
            until = min(each.deadline(window) for each in waiting)
            lines = [
                f"observations '{each.name}', until {iso(each.deadline(window))} at the latest"
                for each in waiting
            ]
            return Wait(window, lines, until)
        return found


def _is_wrong(reason: str) -> bool:
    """Whether a reason is about a file, not about what has not come yet."""
    return not reason.startswith("forcing '")


def entries(found: Input) -> list[dict[str, Any]]:
    """The files of a window for the books."""
    of = {path: name for name, sight in found.sights.items() for path in sight.files}
    return [
        {
            "path": str(path),
            "of": of.get(path, "forcing"),
            "size": there.size,
            "mark": list(there.mark),
            "content": content_hash(path),
        }
        for path, there in found.files.items()
    ]


def unchanged(found: Input) -> bool:
    """Whether all files of a window are still what they were when it was looked at."""
    return all(
        (now := arrival(path)) is not None and now.mark == there.mark
        for path, there in found.files.items()
    )
