"""A model of others tried out: the first window twice from one state, with one outcome.

A model that remembers what its namelist does not name as state cannot be resumed, perturbed
or split over processes; its results would depend on how it was called.
"""

import time as wall_clock
from collections.abc import Callable

import numpy as np

from ldas.core.clock import DAY, Window, seconds
from ldas.core.errors import UserError
from ldas.core.meteorology import Meteorology
from ldas.core.state import State
from ldas.land_models.base import LandModel
from ldas.parallel.communicator import collectively

from .build import System
from .cycle import stepped


def wants_trial(model: LandModel) -> bool:
    """Whether a model may remember what it does not tell, and can be asked twice."""
    return getattr(model, "foreign", False) and getattr(model, "goes_back", True)


def judged(
    model: LandModel,
    state: State,
    forcing: Meteorology,
    window: Window,
    frequency: int,
    hour: int,
    analyse: Callable[[State], State] | None,
) -> Callable[[State], State]:
    """`analyse` of a window's background, which is first held against a run of its own.

    It goes by the same stretches (`frequency` in s, `hour`) and raises UserError where it
    differs.
    """
    own = stepped(model, state, forcing, window, frequency, hour)

    def after(background: State) -> State:
        refuse_differences(own, background, window)
        return background if analyse is None else analyse(background)

    return after


def try_out(system: System, state: State, period: Window) -> float | None:
    """Seconds that a step of a column took, in a day from `state` at the period's start.

    None for a model that is known, or cannot go back. Raises the UserErrors of all ranks on all.
    """
    if not wants_trial(system.local.model):
        return None
    window = Window(period.start, min(period.start + DAY, period.end))

    def twice() -> float:
        model, forcing = system.local.model, system.local.forcing.window(window)
        first = stepped(model, state, forcing, window)
        began = wall_clock.perf_counter()
        second = stepped(model, state, forcing, window)
        took = wall_clock.perf_counter() - began
        refuse_differences(first, second, window)
        steps = seconds(window.end - window.start) // model.time_step
        return took / (steps * system.local.mosaic.columns)

    return collectively(system.comm, twice)


def refuse_differences(first: State, second: State, window: Window) -> None:
    """Raise UserError naming every variable that differs or is not finite."""
    problems = [*_differences(first, second, window), *_not_finite(first, window)]
    if problems:
        raise UserError(problems)


def _differences(first: State, second: State, window: Window) -> list[str]:
    lines = []
    for name, values in first.items():
        same = (values == second[name]) | (np.isnan(values) & np.isnan(second[name]))
        if not same.all():
            where = tuple(int(k) for k in np.argwhere(~same)[0])
            lines.append(
                f"window {window}, run twice from one state: '{name}' of column {where[0]} is "
                f"{values[where]:.9g} and then {second[name][where]:.9g}; the model keeps state "
                "that &model state does not name, or does not go back in time"
            )
    return lines


def _not_finite(state: State, window: Window) -> list[str]:
    lines = []
    for name, values in state.items():
        bad = ~np.isfinite(values)
        if bad.any():
            where = tuple(int(k) for k in np.argwhere(bad)[0])
            lines.append(f"window {window}: '{name}' of column {where[0]} is {values[where]:g}")
    return lines
