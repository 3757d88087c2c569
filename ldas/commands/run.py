"""`ldas run`: the experiment of a namelist, gone on with from its last restart."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ldas import __version__
from ldas.core.clock import Window
from ldas.cycling.build import read_domain
from ldas.cycling.configuration import Configuration
from ldas.cycling.experiment import analysis, configure, open_loop
from ldas.io.lock import Owner, owned
from ldas.io.netcdf import writable_folder
from ldas.parallel.communicator import Communicator, on_rank_0
from ldas.reporting import Reporter, RunProgress


def run(namelist: Path, comm: Communicator, reporter: Reporter) -> dict[str, Any]:
    """Run the experiment of a namelist on all ranks of `comm`; returns its summary."""
    return execute(configure(namelist, comm), comm, reporter)


def own_folder(folder: Path, comm: Communicator, held: ExitStack) -> Owner | None:
    """Own a results folder, by rank 0 for all; raises UserError on all if somebody else does."""

    def take() -> Owner:
        writable_folder(folder, "&experiment output_dir")
        return held.enter_context(owned(folder))

    return on_rank_0(comm, take)


def execute(conf: Configuration, comm: Communicator, reporter: Reporter) -> dict[str, Any]:
    """Run a checked experiment on all ranks of `comm`; returns its summary.

    Ranks beyond the number of cells have nothing to do and return at once.
    """
    every = comm.size
    cells = comm.broadcast(on_rank_0(comm, lambda: read_domain(conf).grid.cells))
    workers = comm.first(cells)
    if workers is None:
        return {}
    comm = workers
    if comm.size < every:
        reporter.info(
            f"warning: {every} processes for {cells} cells: {every - comm.size} stay idle"
        )
    with ExitStack() as held:
        owner = own_folder(conf.folder, comm, held)
        reporter.log_to(conf.folder / "run.log")
        reporter.info(f"ldas {__version__}: {conf.experiment.kind} '{conf.experiment.name}'")
        bar = held.enter_context(RunProgress(reporter, conf.period))

        def progress(window: Window) -> None:
            bar(window)
            if owner is not None:
                owner.beat()

        if conf.experiment.kind == "analysis":
            summary = analysis(conf, comm, reporter.info, reporter.write_log, progress)
        else:
            summary = open_loop(conf, comm, reporter.info, progress)
    water, energy = summary["worst_water_residual"], summary["worst_energy_residual"]
    balance = "the model does not tell its balance"
    if water is not None:
        balance = f"worst residuals {water:.1e} kg m-2, {energy:.1e} W m-2"
    reporter.info(
        f"done: {summary['column_steps_per_s']:,} column steps per second, {balance}; results in "
        f"{conf.folder}"
    )
    return summary
