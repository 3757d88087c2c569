"""One window: the model carried through it, its outputs kept."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ldas.core.clock import DAY, Window, seconds, stretches
from ldas.core.errors import UserError
from ldas.core.meteorology import Meteorology
from ldas.core.state import State
from ldas.io.output import OutputBuffer
from ldas.land_models.base import LandModel


@dataclass
class Residuals:
    """Worst residuals so far: water (kg m-2) and energy (W m-2) of any step and column."""

    water: float = 0.0
    energy: float = 0.0

    def include(self, water: float, energy: float) -> None:
        """Raise the worst to these if they are larger or NaN."""
        self.water = float(np.maximum(self.water, water))
        self.energy = float(np.maximum(self.energy, energy))

    def finite(self) -> bool:
        """Whether neither of them is NaN or infinite."""
        return bool(np.isfinite(self.water) and np.isfinite(self.energy))


@dataclass(frozen=True)
class Recorder:
    """Where a run's records go: every `frequency` seconds from `window_hour` on."""

    frequency: int
    window_hour: int
    output: OutputBuffer
    worst: Residuals

    def add(self, interval: Window, values: dict[str, np.ndarray], residuals: Residuals) -> None:
        """Keep the means and states of an interval, and its residuals."""
        self.output.add(interval, values, residuals.water, residuals.energy)
        self.worst.include(residuals.water, residuals.energy)


def carry(model: LandModel, state: State, forcing: Meteorology, window: Window) -> State:
    """The state at the end of `window`, nothing kept on the way.

    Raises UserError if the model refuses the forcing or leaves its bounds.
    """
    refused = model.refusals(forcing)
    if refused:
        raise UserError(refused)
    state = stepped(model, state, forcing, window)
    outside = state.outside_bounds()
    if outside:
        raise UserError([f"window {window}: {line}" for line in outside])
    return state


def stepped(
    model: LandModel,
    state: State,
    forcing: Meteorology,
    window: Window,
    frequency: int = seconds(DAY),
    hour: int = 0,
) -> State:
    """`state` advanced through `window`, nothing checked.

    Stretches end every `frequency` seconds from `hour` UTC on, and at midnight.
    """
    for stretch, _ in stretches(window, frequency, hour):
        steps = seconds(stretch.end - stretch.start) // model.time_step
        state = model.advance(state, forcing, stretch.start, steps).state
    return state


def open_loop_window(
    model: LandModel,
    state: State,
    forcing: Meteorology,
    window: Window,
    recorder: Recorder,
    analyse: Callable[[State], State] | None = None,
) -> State:
    """Advance `state` through `window`, adding a record at every output time.

    `analyse` turns the background at the window's end into the analysis, which is what the
    last record shows and what is returned.

    Raises UserError if the model refuses the forcing or leaves its bounds.
    """
    refused = model.refusals(forcing)
    if refused:
        raise UserError(refused)
    interval = Residuals()
    sums: dict[str, np.ndarray] = {}
    begin = window.start
    for stretch, due in stretches(window, recorder.frequency, recorder.window_hour):
        steps = seconds(stretch.end - stretch.start) // model.time_step
        result = model.advance(state, forcing, stretch.start, steps)
        state = result.state
        interval.include(result.worst_water, result.worst_energy)
        for name, mean in result.fluxes.items():
            sums[name] = sums.get(name, 0.0) + mean * steps
        if analyse is not None and stretch.end == window.end:
            state = analyse(state)
        if due:
            total = seconds(stretch.end - begin) // model.time_step
            values = {name: value / total for name, value in sums.items()}
            values.update(model.diagnose(state, stretch.end))
            recorder.add(Window(begin, stretch.end), values, interval)
            sums, begin, interval = {}, stretch.end, Residuals()
    outside = state.outside_bounds()
    if outside or not recorder.worst.finite():
        raise UserError([f"window {window}: {line}" for line in outside or ["residual is NaN"]])
    return state
