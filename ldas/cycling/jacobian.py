"""How observations and control variables at a window's end answer to its start.

Finite differences (Mahfouf et al. 2009): one run of the model for each control variable,
that variable perturbed in all patches at once, because patches do not interact. All runs of
some columns go through the window together; the unperturbed one is the model's own forecast
unless observations are compared before the window's end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ldas.core.clock import Window
from ldas.core.state import State
from ldas.land_models.base import ControlledModel
from observation_ops.observation_type import ObservationType

from .cycle import stepped
from .filtering import Integration

COLUMNS_AT_ONCE = 40000  # columns times runs in memory


@dataclass(frozen=True)
class Sensitivity:
    """Of some columns: equivalents (column, obs), `observed` (column, obs, control) and
    `carried` (column, control at the end, control at the start)."""

    equivalent: np.ndarray
    observed: np.ndarray
    carried: np.ndarray


def equivalents(
    model: ControlledModel, state: State, time: np.datetime64, kinds: Sequence[ObservationType]
) -> np.ndarray:
    """What observations of these kinds would see of each column, shape (column, obs).

    The kinds must be those of the model's columns.
    """
    return seen_of(model.diagnose(state, time), kinds)


def seen_of(diagnosed: Mapping[str, np.ndarray], kinds: Sequence[ObservationType]) -> np.ndarray:
    """What observations of these kinds see of a model's outputs, shape (column, obs)."""
    return np.stack([kind.equivalent(diagnosed) for kind in kinds], axis=1)


def sensitivity(
    model: ControlledModel,
    names: Sequence[str],
    move_structural: bool,
    kinds: Sequence[ObservationType],
    ahead: Integration,
) -> Sensitivity:
    """Jacobians of the columns of `ahead` over its window; columns are worked off in lots.

    But for a model that steps all of its columns whichever are asked for: it gets one lot.
    """
    lot = max(1, COLUMNS_AT_ONCE // (len(names) + 1))
    if getattr(model, "steps_all", False):
        lot = max(1, ahead.columns.size)
    parts = [
        _lot(model, names, move_structural, kinds, replace(ahead, columns=columns))
        for columns in np.split(ahead.columns, range(lot, ahead.columns.size, lot))
    ]
    return Sensitivity(
        np.concatenate([part.equivalent for part in parts]),
        np.concatenate([part.observed for part in parts]),
        np.concatenate([part.carried for part in parts]),
    )


def _lot(
    model: ControlledModel,
    names: Sequence[str],
    move_structural: bool,
    kinds: Sequence[ObservationType],
    ahead: Integration,
) -> Sensitivity:
    columns, window, times = ahead.columns, ahead.window, ahead.times
    known = ahead.forecast if set(times) <= {window.end} else None
    n, unperturbed = columns.size, 0 if known is not None else 1
    one = model.take(columns)
    control = one.control(names, move_structural)
    every = np.tile(columns, len(names) + unperturbed)
    many, ensemble = model.take(every), ahead.start.take(every)
    steps = np.zeros((n, len(names)))
    for k in range(len(names)):
        first = (k + unperturbed) * n
        steps[:, k] = control.perturb(ensemble, k, slice(first, first + n))
    seen = np.zeros((every.size, len(kinds)))
    instants = sorted(set(times) | {window.end})
    begin = window.start
    for instant in instants:
        ensemble = stepped(many, ensemble, ahead.forcing, Window(begin, instant))
        begin = instant
        which = [k for k, time in enumerate(times) if time == instant]
        if which:
            found = equivalents(many, ensemble, instant, [kinds[k].of(every) for k in which])
            seen[:, which] = found
    whole = many.control(names, move_structural).values(ensemble)
    if known is not None:
        end = known.take(columns)
        found = equivalents(one, end, window.end, [kind.of(columns) for kind in kinds])
        seen = np.concatenate([found, seen])
        whole = np.concatenate([control.values(end), whole])
    present = control.present() & (steps > 0.0)
    return Sensitivity(
        seen[:n], _differences(seen, steps, present, n), _differences(whole, steps, present, n)
    )


def _differences(values: np.ndarray, steps: np.ndarray, present: np.ndarray, n: int) -> np.ndarray:
    """(column, value, control): perturbed less unperturbed over the perturbation; 0 if absent."""
    base = values[:n]
    out = np.zeros((n, values.shape[1], steps.shape[1]))
    for k in range(steps.shape[1]):
        moved = values[(k + 1) * n : (k + 2) * n] - base
        step = np.where(present[:, k], steps[:, k], 1.0)
        out[:, :, k] = np.where(present[:, k, None], moved / step[:, None], 0.0)
    return out
