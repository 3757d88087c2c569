"""Whether repeated passes still change the state, and where slow variables are heading."""

from collections.abc import Mapping

import numpy as np

from ldas.core.state import State

DRIFTING = {  # what is watched: group -> state variables
    "moisture": ("wg", "wgi"),
    "temperature": ("tg",),
    "biomass": ("biomass_structural",),
}
EXTRAPOLATED = ("tg", "wg")
PERSISTENCE_MAX = 0.98  # 1, more of a pass's change left in the next is not extrapolated
SHARE = 0.9  # 1, of the way that is gone at once


def watched(state: State) -> dict[str, np.ndarray]:
    """What must not drift: (column, ...) by group.

    Liquid water and ice count together: freezing a day earlier is no drift.
    """
    found = {}
    for group, names in DRIFTING.items():
        there = [state[name] for name in names if name in state]
        if there:
            found[group] = np.sum(there, axis=0)
    return found


def drift(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Largest change of each group of what is watched in every column, shape (column,)."""
    return {
        group: np.abs(values - before[group]).reshape(values.shape[0], -1).max(axis=1)
        for group, values in after.items()
    }


def extrapolated(first: State, second: State, third: State) -> State:
    """A copy of `third` with slow variables moved towards their limit (Aitken's method).

    The three are a pass apart. Where a column's change shrinks by a steady factor r from
    one pass to the next, what is still to come is r / (1 - r) of the last change. Values
    stay within those bounds that the model declares.
    """
    moved = third.copy()
    for variable in third.table:
        if variable.name not in EXTRAPOLATED:
            continue
        name = variable.name
        early, late = second[name] - first[name], third[name] - second[name]
        squares = (early**2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = (early * late).sum(axis=1) / squares
        factor = np.clip(np.where(squares > 0.0, factor, 0.0), 0.0, PERSISTENCE_MAX)
        step = SHARE * (factor / (1.0 - factor))[:, None] * late
        values = np.clip(third[name] + step, variable.lower, variable.upper)
        moved[name][:] = values
    return moved
