"""`ldas run`: the experiment of a namelist, gone on with from its last restart."""

from pathlib import Path
from typing import Any

from ldas import __version__
from ldas.cycling.configuration import Configuration
from ldas.cycling.experiment import analysis, configure, open_loop
from ldas.parallel.communicator import Communicator
from ldas.reporting import Reporter, RunProgress


def run(namelist: Path, comm: Communicator, reporter: Reporter) -> dict[str, Any]:
    """Run the experiment of a namelist on all ranks of `comm`; returns its summary."""
    return execute(configure(namelist, comm), comm, reporter)


def execute(conf: Configuration, comm: Communicator, reporter: Reporter) -> dict[str, Any]:
    """Run a checked experiment on all ranks of `comm`; returns its summary."""
    reporter.log_to(conf.folder / "run.log")
    reporter.info(f"ldas {__version__}: {conf.experiment.kind} '{conf.experiment.name}'")
    with RunProgress(reporter, conf.period) as progress:
        if conf.experiment.kind == "analysis":
            summary = analysis(conf, comm, reporter.info, reporter.write_log, progress)
        else:
            summary = open_loop(conf, comm, reporter.info, progress)
    reporter.info(
        f"done: {summary['column_steps_per_s']:,} column steps per second, worst residuals "
        f"{summary['worst_water_residual']:.1e} kg m-2, "
        f"{summary['worst_energy_residual']:.1e} W m-2; results in {conf.folder}"
    )
    return summary
