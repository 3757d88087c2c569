"""A run from its start or last restart to its end: windows, checkpoints, outputs, summary."""

import json
import time as wall_clock
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forcing.annual_cycle import AnnualCycle, annual_cycle
from ldas import __version__
from ldas.core.clock import DAY, Window, iso, next_month, seconds, windows
from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.io import months
from ldas.io.file_hash import content_hashes
from ldas.io.netcdf import writable_folder, write_atomically
from ldas.io.output import OutputBuffer
from ldas.io.output_table import OUTPUT_BY_NAME, stream_of
from ldas.io.restart import (
    Restart,
    check_columns,
    latest_restart,
    prune_restarts,
    read_columns,
    read_restart,
    restart_path,
    sweep_temporaries,
    write_restart,
)
from ldas.parallel.communicator import collectively, on_rank_0

from .analysis_run import AnalysisRun
from .build import System
from .configuration import Configuration
from .cycle import Recorder, Residuals, open_loop_window
from .trial import judged, wants_trial

STREAM_OF = {name: stream_of(name) for name in OUTPUT_BY_NAME}
FIRST_DAY = np.timedelta64(86400, "s")
ARID = 300.0  # kg m-2 a year, below which first soil water is kept for years
YEAR_OF_DAYS = 365.0


def first_state(conf: Configuration, system: System) -> tuple[State, list[str]]:
    """The state of the initial values, and lines on how it was made.

    Temperatures that are not given are those that the year's course of air temperature leaves in
    the ground, or the first day's mean where the forcing is shorter than a year. Raises the
    UserErrors of all ranks on all.
    """
    local, start = system.local, conf.period.start
    window = Window(start, min(start + FIRST_DAY, conf.period.end))
    depth = getattr(local.model, "temperature_depth", None)
    given = getattr(conf.model, "initial_temperature", None) is not None

    def initial() -> tuple[State, AnnualCycle | None]:
        year = None if given or depth is None else annual_cycle(local.forcing, start)
        if year is None:
            air = local.forcing.window(window).values[..., 0].mean(axis=1)
        else:
            air = year.in_the_ground(depth, start)
        return local.model.initial_state(air[local.mosaic.cell], start), year

    state, year = collectively(system.comm, initial)
    driest = None if year is None else float(year.precipitation.min())
    driest = min((v for v in system.comm.allgather(driest) if v is not None), default=None)
    return state, list(_how_begun(conf, given, year is not None, driest))


def _how_begun(
    conf: Configuration, given: bool, course: bool, driest: float | None
) -> Iterator[str]:
    """Lines on how the first state was made, and whether to spin up first."""
    wetness = getattr(conf.model, "initial_swi", None)
    if wetness is None:
        return
    source = "as given" if given else "of the first day's air"
    if course:
        source = "of the year's mean and damped course of the air"
    yield f"begins with soil wetness index {wetness:g} and soil temperature {source}"
    days = (conf.period.end - conf.period.start) / DAY
    if driest is not None and driest < ARID:
        yield (
            f"part of the domain has {driest:.0f} mm of precipitation a year: `ldas spinup` first, "
            "or the soil dries for years"
        )
    elif days < YEAR_OF_DAYS:
        yield f"a run of {days:.0f} days keeps its first state in mind: `ldas spinup` first"


def check_settings(
    found: Mapping[str, str], mine: Mapping[str, str], place: str, folder: Path
) -> None:
    """Raise UserError if a restart at `place` was made with other settings than `mine`."""
    changed = [
        f"{place}: made with {key} = {found.get(key)}, now {value}"
        for key, value in mine.items()
        if found.get(key) != value
    ]
    if changed:
        changed.append(
            "an experiment cannot go on with other settings: change them back, give it another "
            f"name, or remove {folder}"
        )
        raise UserError(changed)


def check_contents(
    found: Mapping[str, str], mine: Mapping[str, str], place: str, accepted: bool
) -> None:
    """Raise UserError if a restart at `place` was made with other contents of files than `mine`."""
    changed = [
        f"{place}: made with another content of {name}"
        for name, content in mine.items()
        if found.get(name, content) != content
    ]
    if changed and not accepted:
        raise UserError(
            [
                *changed,
                "one experiment is made of one input: put the files back, give the experiment "
                "another name, or say &experiment accept_changed_inputs = .true.",
            ]
        )


class Run:
    """An experiment under way: an open loop, or an analysis if `analysis` is given."""

    def __init__(
        self,
        conf: Configuration,
        system: System,
        info: Callable[[str], None],
        analysis: AnalysisRun | None = None,
    ) -> None:
        self.conf, self.system, self.info, self.analysis = conf, system, info, analysis
        self.comm = system.comm
        self.began = wall_clock.perf_counter()
        self.earlier_wall = 0.0
        self.contents: dict[str, str] | None = None
        self.worst = Residuals()
        self.places = system.places()
        self.output = OutputBuffer(
            self.comm,
            system.local.mosaic,
            conf.folder,
            system.outputs,
            conf.output.per_patch,
            "f4" if conf.output.precision == "single" else "f8",
        )

    def go(self, progress: Callable[[Window], None]) -> dict[str, Any]:
        """Run to the end; returns the summary. `progress` is told of each window done."""
        self.prepare_folder()
        on_rank_0(self.comm, self._inputs)
        resumed = self.resume()
        if resumed is None:
            now = self.conf.period.start
            state, lines = first_state(self.conf, self.system)
            for line in lines:
                self.info(line)
        else:
            now, state = resumed
        if now > self.conf.period.start:
            self.info(f"goes on from the restart of {iso(now)}")
        self.stepped_from = now
        checkpoint = wall_clock.perf_counter()
        last = now
        hour = self.conf.experiment.window_start_utc
        for window in windows(now, self.conf.period.end, hour):
            state = self.window(state, window)
            due = (
                window.end == self.conf.period.end
                or window.end >= next_month(last)
                or self.output.full
                or wall_clock.perf_counter() - checkpoint > self.conf.experiment.checkpoint_seconds
            )
            if any(self.comm.allgather(due)):
                self.checkpoint(state, window.end)
                checkpoint, last = wall_clock.perf_counter(), window.end
            progress(window)
        return self.finish()

    def window(self, state: State, window: Window) -> State:
        """One window on this rank; an error of any rank ends all of them."""
        after = collectively(self.comm, lambda: self._through(state, window))
        if self.analysis is not None:
            self.analysis.book(window)
        return after

    def _through(self, state: State, window: Window) -> State:
        local, analyse = self.system.local, None
        forcing = local.forcing.window(window)
        if self.analysis is not None:
            analyse = partial(self.analysis.analyse, state, forcing=forcing, window=window)
        recorder = self._recorder()
        if window.start == self.conf.period.start and wants_trial(local.model):
            when = (recorder.frequency, recorder.window_hour)
            analyse = judged(local.model, state, forcing, window, *when, analyse)
        return open_loop_window(
            local.model,
            state,
            forcing,
            window,
            recorder,
            analyse,
        )

    def _recorder(self) -> Recorder:
        hour = self.conf.experiment.window_start_utc
        return Recorder(self.conf.output.frequency, hour, self.output, self.worst)

    def prepare_folder(self) -> None:
        """Make the experiment's folder and clear what a killed run left."""

        def ready() -> None:
            writable_folder(self.conf.folder, "&experiment output_dir")
            sweep_temporaries(self.conf.folder)

        on_rank_0(self.comm, ready)

    def resume(self) -> tuple[np.datetime64, State] | None:
        """Time and state of the latest restart, or of the one the namelist names, if any."""
        return self.take_up(on_rank_0(self.comm, self._take_restart))

    def take_up(self, found: Restart | None) -> tuple[np.datetime64, State] | None:
        """Time and state of a restart that rank 0 has, given to all ranks; None if it has none."""
        if self.comm.broadcast(found is None):
            return None
        head = (found.time, dict(found.notes), found.path, found.names) if found else None
        time, notes, path, names = self.comm.broadcast(head)
        table = self.system.local.model.state_table
        arrays = self._my_columns(path, [variable.name for variable in table])
        if self.analysis is not None:
            extra = [v.name for v in self.analysis.table() if v.name in names]
            self.analysis.analyst.restore(self._my_columns(path, extra))
            self.analysis.ledger.restore(notes.get("ledger", {}))
        self.worst.include(notes.get("worst_water", 0.0), notes.get("worst_energy", 0.0))
        self.earlier_wall = notes.get("wall_s", 0.0)
        return time, State(table, arrays)

    def _my_columns(self, path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
        """This rank's columns of a restart; collective."""
        columns = self.system.columns
        first = sum(columns[: self.comm.rank])
        mine = slice(first, first + columns[self.comm.rank])
        return collectively(self.comm, lambda: read_columns(path, names, mine))

    def table(self) -> tuple[Variable, ...]:
        """Everything that this experiment's restarts hold."""
        extra = self.analysis.table() if self.analysis is not None else ()
        return (*self.system.local.model.state_table, *extra)

    def _take_restart(self) -> Restart | None:
        """On rank 0: the restart to go on from; outputs of later instants are dropped."""
        found = self.find_restart()
        begin = self.conf.period.start if found is None else found.time
        months.drop_parts_after(self.conf.folder, begin)
        return found

    def find_restart(self) -> Restart | None:
        """On rank 0: this experiment's latest restart, or the one to begin from; only looks.

        Raises UserError for one that the run could not go on from.
        """
        folder = self.conf.folder
        table = self.table()
        path = latest_restart(folder)
        if path is None:
            named = self.conf.model.restart
            if named is None:
                return None
            return self.foreign_restart(named)
        restart = read_restart(path, table)
        check_settings(restart.settings, self.conf.fingerprint(), str(path), folder)
        self._check_inputs(restart.notes.get("inputs", {}), str(path))
        check_columns(restart, path, *self.places)
        if restart.time > self.conf.period.end:
            raise UserError(
                f"{path}: the experiment has already run to {iso(restart.time)}, past &experiment "
                f"end = {iso(self.conf.period.end)}; remove its folder to run it again"
            )
        if restart.time < self.conf.period.end:
            frequency = self.conf.output.frequency
            streams = {"state": frequency, "flux": frequency}
            if self.analysis is not None:
                streams["analysis"] = seconds(DAY)
            hour = self.conf.experiment.window_start_utc
            months.check_parts_reach(folder, self.conf.period.start, restart.time, hour, streams)
        return restart

    def foreign_restart(self, named: str) -> Restart:
        """On rank 0: the state of another run to begin from; its history is not this run's."""
        path, start = self.conf.file(named), self.conf.period.start
        restart = read_restart(path, self.system.local.model.state_table)
        check_columns(restart, path, *self.places)
        if restart.time != start:
            self.info(f"begins with the state of {iso(restart.time)} from {path}")
        return replace(restart, time=start, notes={})

    def _check_inputs(self, found: Mapping[str, str], place: str) -> None:
        """Raise UserError for input files that are not what they were when the run was begun."""
        accepted = self.conf.experiment.accept_changed_inputs
        check_contents(found, self._inputs(), place, accepted)

    def _inputs(self) -> dict[str, str]:
        """On rank 0: the content of every input file, looked at once, as the run begins.

        Raises UserError for one that is gone since it was opened.
        """
        if self.contents is None:
            self.contents = content_hashes(self.conf.inputs())
            gone = [name for name, content in self.contents.items() if not content]
            if gone:
                raise UserError(f"{name}: has vanished since it was opened" for name in gone)
        return self.contents

    def checkpoint(self, state: State, time: np.datetime64) -> None:
        """Write the outputs so far, then the restart, then the months that are over."""
        self.flush()
        inputs = self._inputs() if self.comm.rank == 0 else {}
        notes = {"wall_s": self.wall(), "inputs": inputs}
        self.keep(state, time, notes, self.conf.fingerprint())
        if self.comm.rank == 0:
            prune_restarts(self.conf.folder, self.conf.experiment.keep_restarts)
            months.assemble(self.conf.folder, self.layout(), time, complete_only=True)

    def flush(self) -> None:
        """Write the outputs so far as parts; collective."""
        self.output.flush(STREAM_OF)
        if self.analysis is not None:
            self.analysis.output.flush(dict.fromkeys(self.analysis.variables, "analysis"))

    def keep(
        self,
        state: State,
        time: np.datetime64,
        notes: Mapping[str, Any],
        settings: Mapping[str, str],
    ) -> None:
        """Write the restart of `time`, with the analysis' own part and `notes`; collective.

        `settings` is what another part of the experiment must be made with.
        """
        arrays = dict(state)
        if self.analysis is not None:
            arrays |= self.analysis.analyst.kept()
        self.agree_on_worst()
        every = {
            "worst_water": self.worst.water,
            "worst_energy": self.worst.energy,
            **notes,
            **(self.analysis.notes() if self.analysis is not None else {}),
        }
        restart = Restart(time, *self.places, settings, every)
        path = restart_path(self.conf.folder, time)
        write_restart(self.comm, path, restart, self.table(), arrays)

    def agree_on_worst(self) -> None:
        """The worst residuals of all ranks; collective."""
        worst = Residuals()
        for water, energy in self.comm.allgather((self.worst.water, self.worst.energy)):
            worst.include(water, energy)
        self.worst.include(worst.water, worst.energy)

    def layout(self) -> months.MapLayout:
        """What the months' files say beside their values."""
        conf = self.conf
        attributes = {
            "title": f"ldas {conf.experiment.kind} '{conf.experiment.name}'",
            "summary": "Land surface states and fluxes on soil layers and, on request, patches",
            "source": f"ldas {__version__}, land model {self.system.local.model.name}",
            "product_version": __version__,
            "namelist": conf.text,
            "namelist_sha256": conf.digest,
        }
        if not self.balances:
            attributes[months.BALANCE] = "not told by the model"
        variables = dict(OUTPUT_BY_NAME)
        if self.analysis is not None:
            variables |= self.analysis.variables
        return months.MapLayout(
            self.system.grid,
            self.system.layer_bottom,
            variables,
            conf.output.compression,
            attributes,
        )

    @property
    def balances(self) -> bool:
        """Whether the model tells how well it keeps water and energy."""
        return getattr(self.system.local.model, "balances", True)

    def wall(self) -> float:
        """Wall time of the experiment so far (s), earlier parts included."""
        return self.earlier_wall + wall_clock.perf_counter() - self.began

    def finish(self) -> dict[str, Any]:
        """Put together the month under way, write the summary; a finished run keeps its own."""
        if self.stepped_from == self.conf.period.end:
            kept = self.comm.broadcast(self._finished_summary())
            if kept is not None:
                return kept
        period, wall = self.conf.period, self.wall()
        steps = seconds(period.end - period.start) // self.conf.model.time_step
        summary = {
            "experiment": self.conf.experiment.name,
            "kind": self.conf.experiment.kind,
            "version": __version__,
            "period": [iso(period.start), iso(period.end)],
            "cells": self.system.grid.cells,
            "columns": self.system.total_columns,
            "patches": int(len(np.unique(self.places[2]))) if self.comm.rank == 0 else 0,
            "ranks": self.comm.size,
            "threads": self.conf.model.threads,
            "wall_s": round(wall, 3),
            "column_steps_per_s": round(steps * self.system.total_columns / wall),
            "worst_water_residual": self.worst.water if self.balances else None,
            "worst_energy_residual": self.worst.energy if self.balances else None,
            "observations": self.analysis.ledger.summary() if self.analysis is not None else {},
            "namelist_sha256": self.conf.digest,
        }
        if self.comm.rank == 0:
            months.assemble(self.conf.folder, self.layout(), self.conf.period.end)
            text = json.dumps(summary, indent=2) + "\n"
            write_atomically(self.conf.folder / "summary.json", text)
        self.comm.barrier()
        return summary

    def _finished_summary(self) -> dict[str, Any] | None:
        """On rank 0: the summary that this very run wrote when it ended."""
        path = self.conf.folder / "summary.json"
        if self.comm.rank != 0 or not path.is_file():
            return None
        try:
            found = json.loads(path.read_text())
        except ValueError:
            return None  # broken by somebody; it is written anew
        same = found.get("namelist_sha256") == self.conf.digest
        return found if same and found.get("version") == __version__ else None
