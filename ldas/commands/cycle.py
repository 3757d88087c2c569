"""`ldas cycle`: from the last restart to the last window whose input is complete."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas import __version__
from ldas.core.clock import iso
from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.cycling.build import read_domain
from ldas.io.lock import Held, Owner, owned
from ldas.io.netcdf import writable_folder
from ldas.io.restart import read_notes, restart_path, sweep_temporaries
from ldas.operations.alarms import GIB, Alarm, alarms, overdue_allowed
from ldas.operations.books import PRELIMINARY, Books, Row
from ldas.operations.checking import refuse
from ldas.operations.forecast import ahead, forecast_path, made_from, run_ahead
from ldas.operations.idle import KEY, NAME, Rest
from ldas.operations.latest import write_latest
from ldas.operations.making import Maker, last_time
from ldas.operations.planning import Input, Planner, Wait
from ldas.operations.publishing import go_back, keep_layout, kept_layout, settle
from ldas.operations.settings import Operations, load_operations
from ldas.operations.status import status, write_status
from ldas.operations.weather import Hole, Segment
from ldas.parallel.communicator import Communicator, on_rank_0
from ldas.reporting import Reporter

DONE, WRONG, ALARM = 0, 2, 3  # exit statuses
ROOM = 3.0  # times what a window leaves, that must be free for the next
LONGEST_REST = np.timedelta64(6 * 3600, "s")
MOST_TRIES = 5  # of a window whose input changes while it is read


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    made: int
    wait: Wait | None
    alarms: list[Alarm]
    broken: list[str]

    @property
    def status(self) -> int:
        """The exit status: 0, 2 where wrong input stops it, 3 for an alarm."""
        if self.wait is not None and self.wait.wrong:
            return WRONG
        return ALARM if self.alarms else DONE


def cycle(
    namelist: Path, comm: Communicator, reporter: Reporter, now: np.datetime64
) -> Ended | None:
    """Bring a cycle up to date on all ranks of `comm`; None if somebody else is at work on it.

    Raises UserError for wrong input, after all that could be made has been made.
    """
    operations = comm.broadcast(on_rank_0(comm, lambda: load_operations(namelist)))
    cells = comm.broadcast(on_rank_0(comm, lambda: read_domain(operations.base).grid.cells))
    workers = comm.first(cells)
    if workers is None:
        return None
    with ExitStack() as held:
        owner = _own(operations, workers, held)
        if isinstance(owner, Held):
            reporter.info(f"nothing done: {owner.told}")
            return None
        reporter.log_to(operations.folder / "run.log", operations.cycle.log_mib)
        return Cycle(operations, workers, reporter, owner).go(now)


def status_lines(namelist: Path) -> Iterator[str]:
    """The books of a cycle, one line a window."""
    operations = load_operations(namelist)
    path = operations.folder / NAME
    if not path.is_file():
        raise UserError(f"{path}: not there yet; `ldas cycle {namelist}` begins it")
    for row in Books(path).rows():
        sets = ", ".join(
            f"{name}: {books['used']} used"
            + "".join(f", {n} {why}" for why, n in books["rejected"].items())
            + (", missing" if books["missing"] else "")
            for name, books in row.observations.items()
        )
        yield (
            f"{row.window_end[:16]} {row.status:11s} made {row.replays + 1} x, {row.wall_s:.1f} s; "
            f"{row.forcing}" + (f"; {sets}" if sets else "")
        )


def _own(operations: Operations, comm: Communicator, held: ExitStack) -> Owner | Held | None:
    """Own the folder, by rank 0 for all; Held on all ranks if somebody else does."""

    def take() -> Owner | Held:
        writable_folder(operations.folder, "&experiment output_dir")
        try:
            return held.enter_context(owned(operations.folder))
        except Held as other:
            return other

    mine = on_rank_0(comm, take)
    other = comm.broadcast(mine if isinstance(mine, Held) else None)
    return other or mine


class Cycle:
    """One call: looks, goes back where it must, makes what can be made, tells."""

    def __init__(
        self, operations: Operations, comm: Communicator, reporter: Reporter, owner: Owner | None
    ) -> None:
        self.operations, self.comm, self.reporter, self.owner = operations, comm, reporter, owner
        self.maker = Maker(operations, comm, reporter.info, reporter.write_log)
        self.books: Books | None = None
        self.planner: Planner | None = None
        self.made = 0

    def go(self, now: np.datetime64) -> Ended:
        """Make all that can be made by `now`; tell of the rest."""
        self.reporter.write_log(f"ldas {__version__}: cycle '{self.operations.folder.name}'")
        on_rank_0(self.comm, self._open)
        wait = self._advance(now)
        on_rank_0(self.comm, lambda: self._settle(now))
        self._run_ahead(now)
        ended = on_rank_0(self.comm, lambda: self._tell(wait, now))
        return self.comm.broadcast(ended)

    def _settle(self, now: np.datetime64) -> None:
        """On rank 0: what is final by now says so; months that are over are put together."""
        assert self.books is not None
        run, ops = self.maker.run, self.operations
        if run is not None:
            keep_layout(self.books, run.layout())
        layout = kept_layout(self.books, self.maker.surface.grid)
        settle(ops.folder, layout, self.books, now - ops.replay)

    def _open(self) -> None:
        """On rank 0: the books, put right by the restarts, and a look at what has arrived."""
        ops = self.operations
        refuse(ops, self.maker.surface)
        sweep_temporaries(ops.folder)
        self.books = Books(ops.folder / NAME)
        last = last_time(ops)
        self.books.drop_after(last)
        _catch_up(self.books, ops, last)
        self.planner = Planner(ops, self.maker.surface, self.books)
        self.planner.look(last)

    def _advance(self, now: np.datetime64) -> Wait:
        """Make windows until one has to wait."""
        tries = 0
        while True:
            step = self.comm.broadcast(on_rank_0(self.comm, lambda: self._next(now)))
            if isinstance(step, Wait):
                return step
            wrong, after = self._carried(step)
            if after is not None:
                self._keep(step, after, now)
                tries = 0
                continue
            tries += 1
            if wrong or tries == MOST_TRIES:
                often = f"{step.window}: its input changed whenever it was read, {tries} times"
                return Wait(step.window, wrong or [often], wrong=True)
            self.reporter.info(f"input of {step.window} changed while it was read: once more")
            self.maker.forget()
            on_rank_0(self.comm, self._look_again)

    def _carried(self, step: Input) -> tuple[list[str], State | None]:
        """A window's state on all ranks, or what is wrong; neither if its input has changed."""
        wrong, after = [], None
        try:
            after = self.maker.carry(step)
        except UserError as error:
            wrong = error.problems
        return ([], None) if self.maker.moved(step) else (wrong, after)

    def _look_again(self) -> None:
        assert self.planner is not None
        self.planner.look(last_time(self.operations))

    def _next(self, now: np.datetime64) -> Input | Wait:
        """On rank 0: what is next; restarts are dropped where a window must be made anew."""
        assert self.planner is not None and self.books is not None
        planner, ops = self.planner, self.operations
        last = last_time(ops)
        if now < last:
            clock = f"the clock, which says {iso(now)}: was it set back?"
            return Wait(ops.next_window(last), [clock], last)
        if planner.moved():
            planner.look(last)
        anew = planner.to_make_anew(now)
        if anew is not None:
            self.reporter.info(f"goes back to {iso(anew.start)}: input of {anew} came or changed")
            go_back(ops.folder, anew.start)
            self.books.drop_after(anew.start)
        for line in planner.fresh_lines():
            self.reporter.info(f"warning: {line}")
        step = planner.next(last_time(ops), now)
        if anew is None or isinstance(step, Wait):
            planner.settle()
        return step if isinstance(step, Wait) else self._room(step) or step

    def _room(self, step: Input) -> Wait | None:
        """What to wait for if a window would fill the disk."""
        ops = self.operations
        free = shutil.disk_usage(ops.folder).free
        days = [p.stat().st_size for p in (ops.folder / "days").glob("*.nc")]
        restarts = [p.stat().st_size for p in (ops.folder / "restart").glob("*.nc")]
        needed = ROOM * 3 * (max(days, default=0) + max(restarts, default=0))
        needed = max(needed, ops.cycle.disk_gib * GIB)
        if free >= needed:
            return None
        room = (
            f"disk: {free / GIB:.2f} GiB free in {ops.folder}, {needed / GIB:.2f} GiB needed "
            "before a window is begun (&cycle disk_gib); make room, then the same command goes on"
        )
        return Wait(step.window, [room], full=True)

    def _keep(self, step: Input, after: State, now: np.datetime64) -> None:
        """Write a window that was made, then its row in the books."""
        times = on_rank_0(self.comm, lambda: self._times_made(step))
        row = self.maker.keep(step, after, self.comm.broadcast(times), now)
        if row is not None:
            assert self.books is not None
            self.books.put(row)
        if self.owner is not None:
            self.owner.beat()
        self.made += 1
        self.reporter.info(f"{step.window} done{_said(row)}")

    def _times_made(self, step: Input) -> int:
        assert self.books is not None
        return self.books.times_made(step.window.end)

    def _run_ahead(self, now: np.datetime64) -> None:
        """The forecast from the last window, if it is wanted and there is none of this state."""
        ops = self.operations
        if ops.cycle.forecast_hours == 0 or now < last_time(ops):
            return
        plan = self.comm.broadcast(on_rank_0(self.comm, self._ahead))
        if plan is None:
            return
        found, segments = plan
        run, state = self.maker.at_the_end_of(found)
        path = run_ahead(ops, run, state, segments, iso(now))
        until = iso(segments[-1].window.end)
        self.reporter.info(f"wrote {path.name}, ahead to {until}")

    def _ahead(self) -> tuple[Input, list[Segment]] | None:
        """On rank 0: the last window's input, and what drives a forecast from there."""
        assert self.planner is not None and self.books is not None
        rows = self.books.rows(1)
        if not rows or (self.made == 0 and made_from(forecast_path(self.operations, rows[0].end))):
            return None
        segments = ahead(self.planner, rows[0].end)
        found = self.planner.gathered(rows[0].window)
        if not segments or isinstance(found, Hole):
            self.reporter.info(f"no forecast from {iso(rows[0].end)}: no forcing reaches beyond")
            return None
        return found, segments

    def _tell(self, wait: Wait, now: np.datetime64) -> Ended:
        """On rank 0: alarms, the line on what is waited for."""
        assert self.books is not None and self.planner is not None
        ops = self.operations
        free = shutil.disk_usage(ops.folder).free
        found = alarms(ops, self.books.rows(), wait, now, free, self.planner.useless_sets())
        broken = self.planner.broken()
        lines = [f"warning: {line}" for line in broken]
        last = last_time(ops)
        lines.append(f"stands at {iso(last)}; waits for {'; '.join(wait.reasons)}")
        lines += [f"alarm: {alarm.text}" for alarm in found]
        ended = Ended(self.made, wait, found, broken)
        for line in lines:
            (self.reporter.warn if ended.status else self.reporter.info)(line)
        rows = self.books.rows(1)
        if rows:
            write_latest(ops, rows[0])
        write_status(ops, status(ops, self.books, wait, now, found, broken, free))
        self.books.remember(KEY, self._rest(ended, now, lines).as_text())
        self.books.close()
        return ended

    def _rest(self, ended: Ended, now: np.datetime64, lines: list[str]) -> Rest:
        """Until when the next call would find the same."""
        assert self.books is not None and self.planner is not None and ended.wait is not None
        ops = self.operations
        preliminary = [row.end for row in self.books.rows() if row.status == PRELIMINARY]
        times = [
            now + LONGEST_REST,
            ended.wait.window.end + np.timedelta64(round(overdue_allowed(ops) * 3600) + 1, "s"),
            *([] if ended.wait.until is None else [ended.wait.until]),
            *(end + ops.replay for end in preliminary[:1]),
        ]
        return Rest(
            ops.base.digest,
            __version__,
            [str(path) for path in self.planner.patterns()],
            self.planner.listed,
            str(now),
            str(min(time for time in times if time > now)),
            ops.cycle.disk_gib * GIB,
            ended.status,
            lines,
        )


def _said(row: Row | None) -> str:
    if row is None or not row.observations:
        return ""
    words = [f"{name}: {books['used']} used" for name, books in row.observations.items()]
    return f" ({', '.join(words)})"


def _catch_up(books: Books, operations: Operations, last: np.datetime64) -> None:
    """Enter the rows that restarts know and the books do not: a kill came between."""
    known = {row.window_end for row in books.rows()}
    folder = operations.folder
    for path in sorted((folder / "restart").glob("restart_*.nc")):
        notes = read_notes(path)
        row = notes.get("row")
        if row is not None and row["window_end"] not in known:
            books.put(Row(**row))
    if last != operations.start and not restart_path(folder, last).is_file():
        raise UserError(f"{restart_path(folder, last)}: missing")
