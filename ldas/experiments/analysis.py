"""The analysis: the model with observations over the experiment's period."""

from collections.abc import Callable
from typing import Any

from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.cycling.analysis_run import AnalysisRun
from ldas.cycling.configuration import Configuration
from ldas.cycling.run import Run
from ldas.parallel.communicator import Communicator, on_rank_0

from .open_loop import compile_first_on_rank_0, prepare, scan_forcing


def analysis(
    conf: Configuration,
    comm: Communicator,
    say: Callable[[str], None],
    log: Callable[[str], None],
    progress: Callable[[Window], None],
) -> dict[str, Any]:
    """Run (or go on with) the experiment; returns its summary.

    Raises UserError at the end if not a single observation was used, unless the namelist
    allows it: it would be an open loop under another name.
    """
    system = prepare(conf, comm)
    part = AnalysisRun(conf, system, log)
    say(
        f"{system.grid.cells} cells, {system.total_columns} columns on {comm.size} "
        f"{'processes' if comm.size > 1 else 'process'}; assimilates "
        f"{', '.join(part.ledger.names)} by {conf.assimilation.filter}"
    )
    if conf.forcing.scan == "full":
        scan_forcing(conf, system)
    compile_first_on_rank_0(conf, system)
    summary = Run(conf, system, say, part).go(progress)
    on_rank_0(comm, lambda: _complain(conf, part, say))
    return summary


def _complain(conf: Configuration, part: AnalysisRun, say: Callable[[str], None]) -> None:
    """Tell of sets of which nothing was used; raise UserError if that is all of them."""
    lines = part.check_used()
    for line in lines:
        say(line)
    if part.nothing_used() and not conf.assimilation.allow_no_observations:
        raise UserError(
            [
                *lines,
                f"'{conf.experiment.name}' has not used a single observation: its results are "
                "an open loop (&assimilation allow_no_observations = .true. lets that pass)",
            ]
        )
