"""An experiment over its period: the model alone (open loop) or with observations (analysis)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.parallel.communicator import Communicator, collectively, on_rank_0

from .analysis_run import AnalysisRun
from .build import System, build
from .configuration import Configuration, load
from .run import Run


def configure(path: Path, comm: Communicator) -> Configuration:
    """Read the namelist on rank 0 and give it to all; raises its UserError on all."""
    return comm.broadcast(on_rank_0(comm, lambda: load(path)))


def prepare(conf: Configuration, comm: Communicator) -> System:
    """Build every rank's part; raises the UserErrors of all ranks on all."""
    return collectively(comm, lambda: build(conf, comm))


def scan_forcing(conf: Configuration, system: System, info: Callable[[str], None]) -> None:
    """Look for bad forcing values in the whole period, each rank in its own part.

    What is possible but no weather is told as a warning.
    """
    found = collectively(system.comm, lambda: system.local.forcing.scan(conf.period))
    told: dict[str, str] = {}  # one line a variable, of the first rank that has it
    for line in (line for lines in system.comm.allgather(found) for line in lines):
        told.setdefault(line.partition("' ")[0], line)
    for line in told.values():
        info(f"warning: {line}")


def compile_first_on_rank_0(
    conf: Configuration, system: System, start: np.datetime64 | None = None
) -> None:
    """Compile (or load) the kernels on rank 0, then let the others find them in the cache.

    `start` is where the forcing begins, if not with the period.
    """
    if system.comm.rank != 0:
        system.comm.barrier()
    local, start = system.local, conf.period.start if start is None else start
    forcing = local.forcing.window(Window(start, start + conf.model.time_step))
    air = forcing.values[local.mosaic.cell, 0, 0]
    local.model.advance(local.model.initial_state(air, start), forcing, start, 0)
    if system.comm.rank == 0:
        system.comm.barrier()


def open_loop(
    conf: Configuration,
    comm: Communicator,
    info: Callable[[str], None],
    progress: Callable[[Window], None],
) -> dict[str, Any]:
    """Run (or go on with) the experiment; returns its summary."""
    system = prepare(conf, comm)
    info(
        f"{system.grid.cells} cells, {system.total_columns} columns on {comm.size} "
        f"{'processes' if comm.size > 1 else 'process'}"
    )
    if conf.forcing.scan == "full":
        scan_forcing(conf, system, info)
    compile_first_on_rank_0(conf, system)
    return Run(conf, system, info).go(progress)


def analysis(
    conf: Configuration,
    comm: Communicator,
    info: Callable[[str], None],
    log: Callable[[str], None],
    progress: Callable[[Window], None],
) -> dict[str, Any]:
    """Run (or go on with) the experiment; returns its summary.

    Raises UserError at the end if not a single observation was used, unless the namelist
    allows it: it would be an open loop under another name.
    """
    system = prepare(conf, comm)
    part = AnalysisRun(conf, system, log)
    info(
        f"{system.grid.cells} cells, {system.total_columns} columns on {comm.size} "
        f"{'processes' if comm.size > 1 else 'process'}; assimilates "
        f"{', '.join(part.ledger.names)} by {conf.assimilation.filter}"
    )
    if conf.forcing.scan == "full":
        scan_forcing(conf, system, info)
    compile_first_on_rank_0(conf, system)
    summary = Run(conf, system, info, part).go(progress)
    on_rank_0(comm, lambda: _complain(conf, part, info))
    return summary


def _complain(conf: Configuration, part: AnalysisRun, info: Callable[[str], None]) -> None:
    """Tell of sets of which nothing was used; raise UserError if that is all of them."""
    lines = part.check_used()
    for line in lines:
        info(line)
    if part.nothing_used() and not conf.assimilation.allow_no_observations:
        raise UserError(
            [
                *lines,
                f"'{conf.experiment.name}' has not used a single observation: its results are "
                "an open loop (&assimilation allow_no_observations = .true. lets that pass)",
            ]
        )
