"""A window made: the model carried through it, its results published, its restart written."""

import time as wall_clock
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.cycling.analysis_run import AnalysisRun
from ldas.cycling.build import (
    Subdomain,
    System,
    assembled,
    columns_of,
    make_model,
    read_domain,
    split,
)
from ldas.cycling.cycle import Residuals
from ldas.cycling.experiment import compile_first_on_rank_0
from ldas.cycling.run import Run, check_contents, check_settings
from ldas.io.file_hash import content_hashes
from ldas.io.restart import (
    Restart,
    check_columns,
    latest_restart,
    read_restart,
    restart_path,
)
from ldas.parallel.communicator import Communicator, collectively, on_rank_0

from .begin import Begin, keep_begin, read_begin
from .books import Row
from .planning import Input, entries, unchanged
from .publishing import publish_window
from .settings import Operations
from .weather import PlannedForcing, described


class Maker:
    """Makes windows on all ranks, and remembers the state between them."""

    def __init__(
        self,
        operations: Operations,
        comm: Communicator,
        info: Callable[[str], None],
        log: Callable[[str], None],
    ) -> None:
        self.operations, self.comm, self.info, self.log = operations, comm, info, log
        self.surface = collectively(comm, lambda: read_domain(operations.base))
        self.decomposition, self.mine, self.mosaic = collectively(
            comm, lambda: split(self.surface, comm)
        )
        self.began = 0.0
        self.fixed = content_hashes(operations.fixed_inputs()) if comm.rank == 0 else {}
        self.run: Run | None = None
        self.sights: tuple[tuple[Path, ...], ...] | None = None
        self.time: np.datetime64 | None = None
        self.state: State | None = None

    def forget(self) -> None:
        """Let go of the state and what was read: the next window begins from a restart."""
        self.run = self.sights = self.time = self.state = None

    def moved(self, found: Input) -> bool:
        """Whether the input of a window is no longer what was looked at. Collective."""
        return not self.comm.broadcast(on_rank_0(self.comm, lambda: unchanged(found)))

    def carry(self, found: Input) -> State:
        """The state at the end of a window; nothing is written.

        Collective: raises the UserErrors of all ranks on all.
        """
        self.began = wall_clock.perf_counter()
        forcing = collectively(
            self.comm, lambda: PlannedForcing(self.operations, found.segments, self.mine)
        )
        self._prepare(found, forcing)
        assert self.run is not None
        if self.time != found.window.start:
            self._take_up(found.window.start)
        assert self.state is not None
        self.run.worst = Residuals()
        local = replace(self.run.system.local, forcing=forcing)
        self.run.system = replace(self.run.system, local=local)
        after = self.run.window(self.state, found.window)
        self.run.agree_on_worst()
        return after

    def keep(self, found: Input, after: State, replays: int, now: np.datetime64) -> Row | None:
        """Write what `carry` left: results, then the restart; the row on rank 0. Collective."""
        assert self.run is not None
        run, ops = self.run, self.operations
        row = self._row(found, replays, now, wall_clock.perf_counter() - self.began)
        run.flush()
        on_rank_0(self.comm, lambda: publish_window(ops.folder, run.layout(), row))
        notes = {"row": row.as_notes(), "inputs": self.fixed} if row else {}
        run.keep(after, found.window.end, notes, ops.fingerprint())
        self.time, self.state = found.window.end, after
        return row

    def at_the_end_of(self, found: Input) -> tuple[Run, State]:
        """The run and the state at the end of a window that has been made. Collective."""
        if self.run is None or self.time != found.window.end:
            later = replace(found, window=self.operations.next_window(found.window.end))
            forcing = collectively(
                self.comm, lambda: PlannedForcing(self.operations, found.segments, self.mine)
            )
            self._prepare(later, forcing, found.window.start)
            self._take_up(found.window.end)
        assert self.run is not None and self.state is not None
        return self.run, self.state

    def _prepare(
        self, found: Input, forcing: PlannedForcing, first: np.datetime64 | None = None
    ) -> None:
        """The parts of a run that reads these observations; made anew when they are others.

        `first` is an instant of the forcing, if not the window's start.
        """
        ops, comm = self.operations, self.comm
        sights = found.set_files
        if self.run is not None and sights == self.sights and found.window.start != ops.start:
            return
        conf = ops.with_observations(sights) if sights else ops.base
        begin = self._begin(found, forcing)
        others = self.decomposition.others(columns_of(self.surface), comm.rank)
        model = collectively(comm, lambda: make_model(conf, self.mine, self.mosaic, begin, others))
        local = Subdomain(self.mine, self.mosaic, model, forcing)
        system: System = collectively(
            comm, lambda: assembled(conf, comm, self.surface, self.decomposition, local)
        )
        analysis = None
        if conf.experiment.kind == "analysis":
            analysis = AnalysisRun(conf, system, self.log)
        new = self.run is None
        self.run, self.sights = Run(conf, system, self.info, analysis), sights
        self.time = self.state = None
        if new:
            compile_first_on_rank_0(conf, system, first or found.window.start)

    def _begin(self, found: Input, forcing: PlannedForcing) -> Begin:
        """What the model is made from: the first step's weather, kept when it is met."""
        ops = self.operations
        if found.window.start != ops.start:
            return read_begin(ops.folder, self.decomposition.cells(self.comm.rank), self.comm)
        step = np.timedelta64(ops.base.model.time_step, "s")
        met = collectively(self.comm, lambda: forcing.window(Window(ops.start, ops.start + step)))
        keep_begin(ops.folder, met, self.comm)
        return Begin(met)

    def _take_up(self, time: np.datetime64) -> None:
        """The state at `time`: of its restart, or the first one."""
        assert self.run is not None
        taken = self.run.take_up(on_rank_0(self.comm, lambda: self._restart(time)))
        if taken is None:
            self.state = self._first_state()
        else:
            self.state = taken[1]
        self.time = time

    def _first_state(self) -> State:
        """The state of the initial values."""
        assert self.run is not None
        local, ops = self.run.system.local, self.operations
        step = np.timedelta64(ops.base.model.time_step, "s")
        start = Window(ops.start, ops.start + step)

        def initial() -> State:
            air = local.forcing.window(start).values[local.mosaic.cell, 0, 0]
            return local.model.initial_state(air, ops.start)

        return collectively(self.comm, initial)

    def _restart(self, time: np.datetime64) -> Restart | None:
        """On rank 0: the restart of an instant; None for the first state of initial values."""
        assert self.run is not None
        ops, places = self.operations, self.run.places
        if time == ops.start:
            named = getattr(ops.base.model, "restart", None)
            return None if named is None else self.run.foreign_restart(named)
        path = restart_path(ops.folder, time)
        if not path.is_file():
            raise UserError(f"{path}: missing; the cycle cannot go on from there")
        found = read_restart(path, self.run.table())
        check_settings(found.settings, ops.fingerprint(), str(path), ops.folder)
        check_columns(found, path, *places)
        accepted = ops.base.experiment.accept_changed_inputs
        check_contents(found.notes.get("inputs", {}), self.fixed, str(path), accepted)
        return found

    def _row(self, found: Input, replays: int, now: np.datetime64, wall: float) -> Row | None:
        """The window's row of the books, on rank 0."""
        assert self.run is not None
        if self.comm.rank != 0:
            return None
        latest = self.run.analysis.ledger.latest if self.run.analysis else {}
        observations = {
            name: {
                "digest": sight.digest,
                "missing": name in found.missing,
                **latest.get(name, {"used": 0, "rejected": {}}),
            }
            for name, sight in found.sights.items()
        }
        worst = self.run.worst
        return Row(
            str(found.window.end),
            str(found.window.start),
            str(now),
            round(wall, 3),
            worst.water,
            worst.energy,
            described(self.operations, found.segments),
            found.forcing_digest,
            observations,
            entries(found),
            replays=replays,
        )


def last_time(operations: Operations) -> np.datetime64:
    """Where the cycle stands: the time of its last restart, or its start."""
    path = latest_restart(operations.folder)
    if path is None:
        return operations.start
    text = path.stem.removeprefix("restart_")
    return np.datetime64(
        f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:00"
    ).astype("datetime64[s]")
