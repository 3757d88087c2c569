"""`ldas spinup`: the experiment's period again and again, until its state no longer drifts."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.commands.run import own_folder
from ldas.core.clock import iso, windows
from ldas.core.state import State
from ldas.cycling.balance import drift, extrapolated, watched
from ldas.cycling.build import System
from ldas.cycling.configuration import Configuration
from ldas.cycling.cycle import carry
from ldas.cycling.experiment import compile_first_on_rank_0, configure, prepare
from ldas.cycling.run import first_state
from ldas.cycling.trial import try_out
from ldas.io.netcdf import writable_folder, write_atomically
from ldas.io.restart import Restart, write_restart
from ldas.parallel.communicator import Communicator, collectively, on_rank_0
from ldas.reporting import Reporter

EXTRAPOLATE_EVERY = 4  # passes


def spinup(namelist: Path, comm: Communicator, reporter: Reporter) -> None:
    """Spin up the experiment of a namelist on all ranks of `comm`."""
    conf = configure(namelist, comm)
    reporter.info(f"ldas {__version__}: spin-up of '{conf.experiment.name}', {conf.period}")
    with ExitStack() as held:
        own_folder(conf.folder, comm, held)
        summary = spin_up(conf, comm, reporter.info)
    verdict = "balanced" if summary["balanced"] else "not balanced yet"
    reporter.info(
        f"{verdict} after {len(summary['passes'])} passes; start from it with &model restart = "
        f"'{summary['restart']}'"
    )


def spin_up(conf: Configuration, comm: Communicator, info: Callable[[str], None]) -> dict[str, Any]:
    """Repeat the period, write `spinup/restart.nc` and `spinup/summary.json`; returns the summary.

    The restart stands at the start of the period, ready for `&model restart`.
    """
    system = prepare(conf, comm)
    compile_first_on_rank_0(conf, system)
    folder = conf.folder / "spinup"
    on_rank_0(comm, lambda: writable_folder(folder, "&experiment output_dir"))
    state, rows = repeat(conf, system, info)
    summary = {
        "experiment": conf.experiment.name,
        "period": [iso(conf.period.start), iso(conf.period.end)],
        "balanced": balanced(conf, rows[-1]),
        "passes": rows,
        "restart": str(folder / "restart.nc"),
    }
    restart = Restart(conf.period.start, *system.places(), conf.fingerprint(), {})
    write_restart(comm, folder / "restart.nc", restart, state.table, state)
    if comm.rank == 0:
        write_atomically(folder / "summary.json", json.dumps(summary, indent=2) + "\n")
    return summary


def repeat(
    conf: Configuration, system: System, info: Callable[[str], None]
) -> tuple[State, list[dict[str, Any]]]:
    """Passes until balanced or as many as allowed: the state, and the drift of each pass.

    The last pass before the end is never an extrapolated one: what is called balanced has
    been seen to stay.
    """
    first, lines = first_state(conf, system)
    for line in lines[:1]:
        info(line)
    try_out(system, first, conf.period)
    history = [first]
    rows: list[dict[str, Any]] = []
    for number in range(1, conf.spinup.passes + 1):
        begun = history[-1]
        state = one_pass(conf, system, begun)
        row: dict[str, Any] = {"pass": number, **worst_drift(system, begun, state)}
        rows.append(row)
        history = [*history[-2:], state]
        done = balanced(conf, row)
        moves = (
            conf.spinup.accelerate
            and not done
            and number % EXTRAPOLATE_EVERY == 0
            and number < conf.spinup.passes
        )
        row["extrapolated"] = moves
        info(_line(row))
        if done:
            break
        if moves:
            history = [extrapolated(*history)]
    return history[-1], rows


def one_pass(conf: Configuration, system: System, state: State) -> State:
    """The state carried once through the period."""
    local, period, hour = system.local, conf.period, conf.experiment.window_start_utc

    def through() -> State:
        reached = state
        for window in windows(period.start, period.end, hour):
            reached = carry(local.model, reached, local.forcing.window(window), window)
        return reached

    return collectively(system.comm, through)


def worst_drift(system: System, before: State, after: State) -> dict[str, float]:
    """Largest drift of each group over all columns of all ranks."""
    of = getattr(system.local.model, "watched", watched)
    changes = collectively(system.comm, lambda: drift(of(before), of(after)))
    found = {name: float(np.max(values)) for name, values in changes.items()}
    return {name: max(rank[name] for rank in system.comm.allgather(found)) for name in found}


def balanced(conf: Configuration, row: dict[str, Any]) -> bool:
    """Whether nothing drifts beyond the thresholds of `&spinup`."""
    limits = conf.spinup.model_dump()
    return all(row[name] <= limits[name] for name in limits if name in row)


def _line(row: dict[str, Any]) -> str:
    units = {"moisture": "m3 m-3", "temperature": "K", "biomass": "kg m-2"}
    drifts = ", ".join(f"{name} {row[name]:.2g} {units[name]}" for name in units if name in row)
    return f"pass {row['pass']}: drift of {drifts}" + (
        "; then extrapolated" if row["extrapolated"] else ""
    )
