"""What an assimilation may change of a land model, whichever it is.

A control variable stands for one number in each column. A model says how to read it, how to
set it with all that moves along, and within which bounds; how it is perturbed and how far an
analysis may move it is the same for all models.
"""

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ldas.core.state import State

LAI = "lai"
WG = re.compile(r"wg([1-9]\d*)")
WG_PERTURBATION = 1.0e-4  # 1, of the range between wilting point and field capacity
LAI_PERTURBATION = 1.0e-3  # 1, of the leaf area
WG_STEP_MAX = 0.1  # m3 m-3, largest change of an analysis
LAI_STEP_MAX = 1.0  # m2 m-2


def soil_layer(name: str) -> int | None:
    """The soil layer (from 1) of a control variable 'wg1', 'wg2', ...; None for another."""
    match = WG.fullmatch(name)
    return int(match.group(1)) if match else None


def layer_middle(bottom: np.ndarray) -> np.ndarray:
    """The middle (m) of soil layers with these bottoms (m)."""
    return bottom - 0.5 * np.diff(bottom, prepend=0.0)


def force_restore_range(clay: np.ndarray) -> np.ndarray:
    """Field capacity less wilting point (m3 m-3) of the force-restore scheme, from clay.

    The reference filter scales its errors and perturbations with this range, although its
    multi-layer soil has another field capacity; so do we, to compare (SURFEX 8.1 SODA).
    """
    return 0.0890467 * (100.0 * clay) ** 0.3496 - 0.0371342 * (100.0 * clay) ** 0.5


class ControlVariable(Protocol):
    """One control variable of one model over some columns.

    `depth` (m) is the middle of its soil layer, None for leaf area.
    """

    name: str
    depth: float | None

    def present(self) -> np.ndarray:
        """Whether a column has it: (column,)."""
        ...

    def values(self, state: State) -> np.ndarray:
        """Its values (column,)."""
        ...

    def bounds(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """Between which values (column,) an analysis may leave it."""
        ...

    def put(self, state: State, values: np.ndarray) -> None:
        """Set it in `state`, in place, with what moves along; a value as it is changes nothing."""
        ...


class Control:
    """Some control variables; `scale` (column,) is the range of soil moisture (m3 m-3) that
    perturbations are given in."""

    def __init__(self, variables: Sequence[ControlVariable], scale: np.ndarray) -> None:
        self.variables, self.scale = tuple(variables), scale
        self.names = tuple(variable.name for variable in variables)
        self.depths = tuple(variable.depth for variable in variables)

    def present(self) -> np.ndarray:
        """Whether a column has each variable: (column, control)."""
        return np.stack([variable.present() for variable in self.variables], axis=1)

    def values(self, state: State) -> np.ndarray:
        """Values (column, control)."""
        return np.stack([variable.values(state) for variable in self.variables], axis=1)

    def perturb(self, state: State, which: int, rows: slice) -> np.ndarray:
        """Perturb a variable in the columns `rows` of `state`, in place; returns by how much."""
        variable, part = self.variables[which], state.part(rows)
        before = variable.values(part).copy()
        step = LAI_PERTURBATION * before if variable.name == LAI else WG_PERTURBATION * self.scale
        variable.put(part, before + step)
        return step

    def add(self, state: State, increment: np.ndarray) -> tuple[State, np.ndarray]:
        """A state with increments (column, control) within bounds, and what was added.

        A bound stops an increment; it does not move a value that lies beyond it already.
        """
        after = state.copy()
        applied = np.zeros_like(increment)
        present = self.present()
        for k, variable in enumerate(self.variables):
            largest = LAI_STEP_MAX if variable.name == LAI else WG_STEP_MAX
            before = variable.values(after).copy()
            lower, upper = variable.bounds(after)
            moved = np.clip(
                before + np.clip(increment[:, k], -largest, largest),
                np.minimum(before, lower),
                np.maximum(before, upper),
            )
            wanted = present[:, k] & (increment[:, k] != 0.0)
            variable.put(after, np.where(wanted, moved, before))
            applied[:, k] = np.where(wanted, variable.values(after) - before, 0.0)
        return after, applied
