"""The model run ahead of the last analysis: into a file of its own, never into the cycle."""

from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import Window, compact, iso, windows
from ldas.core.state import State
from ldas.cycling.cycle import Recorder, Residuals, open_loop_window
from ldas.cycling.run import Run
from ldas.io import months
from ldas.io.output import PART_FOLDER, OutputBuffer
from ldas.parallel.communicator import collectively

from .planning import Planner
from .settings import Operations
from .weather import Hole, PlannedForcing, Segment, described, plan

FOLDER = ".forecast"


def forecast_path(operations: Operations, start: np.datetime64) -> Path:
    """Where the forecast from the end of a window stands."""
    return operations.folder / f"forecast_{compact(start)[:8]}.nc"


def ahead(planner: Planner, start: np.datetime64) -> list[Segment]:
    """What drives the hours after the last window, as far as there is forcing; on rank 0."""
    ops = planner.operations
    window = Window(start, start + np.timedelta64(ops.cycle.forecast_hours, "h"))
    found = plan(planner.weathers, window)
    if not isinstance(found, Hole):
        return found
    step = np.timedelta64(ops.base.model.time_step, "s")
    end = start + (found.at - start) // step * step
    if end <= start:
        return []
    shorter = plan(planner.weathers, Window(start, end))
    return [] if isinstance(shorter, Hole) else shorter


def run_ahead(
    operations: Operations, run: Run, state: State, segments: list[Segment], made_at: str
) -> Path:
    """Carry the model through the segments and write the forecast; collective."""
    comm, conf, local = run.comm, run.conf, run.system.local
    start, end = segments[0].window.start, segments[-1].window.end
    forcing = collectively(comm, lambda: PlannedForcing(operations, segments, local.surface))
    folder = operations.folder / FOLDER
    buffer = OutputBuffer(
        comm,
        local.mosaic,
        folder,
        run.system.outputs,
        conf.output.per_patch,
        "f4" if conf.output.precision == "single" else "f8",
    )
    hour = conf.experiment.window_start_utc
    recorder = Recorder(conf.output.frequency, hour, buffer, Residuals())
    if comm.rank == 0:
        folder.mkdir(exist_ok=True)
        _clear(folder)
    for window in windows(start, end, hour):

        def through(window: Window = window, state: State = state) -> State:
            met = forcing.window(window)
            return open_loop_window(local.model, state, met, window, recorder)

        state = collectively(comm, through)
    buffer.flush(dict.fromkeys(run.system.outputs, "state"))
    path = forecast_path(operations, start)
    if comm.rank == 0:
        parts = [part for found in months.find_parts(folder, "state").values() for part in found]
        parts.sort(key=lambda part: int(part.bounds[0, 0]))
        layout = run.layout()
        said = {
            **layout.attributes,
            "title": f"ldas forecast from {iso(start)}",
            "forcing_used": described(operations, segments),
            "made_at": made_at,
        }
        months.write_month(path, parts, replace(layout, attributes=said))
        _clear(folder)
    comm.barrier()
    return path


def _clear(folder: Path) -> None:
    for path in (folder / PART_FOLDER).glob("*.nc"):
        path.unlink()


def made_from(path: Path) -> str | None:
    """When a forecast was made, None if there is none that can be read."""
    try:
        with netCDF4.Dataset(path) as file:
            return str(file.made_at)
    except (OSError, RuntimeError, AttributeError):
        return None
