"""A model of others tried out before a run: one window twice from one state, with one outcome.

A model that remembers what its namelist does not name as state cannot be resumed, perturbed
or split over processes; its results would depend on how it was called.
"""

import time as wall_clock

import numpy as np

from ldas.core.clock import DAY, Window, seconds
from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.parallel.communicator import collectively

from .build import Subdomain, System
from .cycle import stepped


def try_out(system: System, state: State, period: Window) -> float | None:
    """Seconds that a step of a column took, in a day from `state` at the period's start.

    None for a model that is known, or cannot go back. Raises the UserErrors of all ranks on all.
    """
    model = system.local.model
    if not getattr(model, "foreign", False) or not getattr(model, "goes_back", True):
        return None
    window = Window(period.start, min(period.start + DAY, period.end))
    return collectively(system.comm, lambda: _twice(system.local, state, window))


def _twice(local: Subdomain, state: State, window: Window) -> float:
    model, forcing = local.model, local.forcing.window(window)
    first = stepped(model, state, forcing, window)
    began = wall_clock.perf_counter()
    second = stepped(model, state, forcing, window)
    took = wall_clock.perf_counter() - began
    problems = [*_differences(first, second, window), *_not_finite(first, window)]
    if problems:
        raise UserError(problems)
    steps = seconds(window.end - window.start) // model.time_step
    return took / (steps * local.mosaic.columns)


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
