"""Control variables of another land model, as its namelist declares them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ldas.core.state import State

from .names import Theirs


class Readable(Protocol):
    """What control variables need of a model over some columns."""

    columns: np.ndarray

    def value(self, state: State, which: Theirs) -> np.ndarray:
        """A variable's values (column,) in a state, in the model's unit."""
        ...

    def set_through(self, state: State, which: Theirs, values: np.ndarray) -> None:
        """Let the model itself set a variable in `state`, in place, moving what it will."""
        ...


@dataclass(frozen=True)
class Follower:
    """State that moves along: in the same proportion, or by `amount` times as much."""

    which: Theirs
    amount: float | None

    def follow(
        self, state: State, moved: np.ndarray, before: np.ndarray, values: np.ndarray
    ) -> None:
        """Move it where the control variable went from `before` to `values`."""
        mine = layer_of(state[self.which.name], self.which)
        if self.amount is not None:
            mine[moved] += self.amount * (values - before)[moved]
            return
        moved = moved & (before != 0.0)
        mine[moved] *= values[moved] / before[moved]


@dataclass(frozen=True)
class Limit:
    """A bound: a number, or a variable whose values times `scale` are in our unit."""

    number: float = np.inf
    which: Theirs | None = None
    scale: float = 1.0

    def values(self, model: Readable, state: State) -> np.ndarray:
        """The bound of each column: (column,)."""
        if self.which is None:
            return np.full(model.columns.size, self.number)
        return model.value(state, self.which) * self.scale


@dataclass(frozen=True)
class ForeignVariable:
    """A control variable: `scale` times their variable, with bounds and followers.

    A variable of the model's state is set in the state, with its followers; any other
    variable is set by the model, which moves along what it will. `there` (column,) tells
    which columns have it.
    """

    name: str
    depth: float | None
    model: Readable
    which: Theirs
    scale: float
    lower: Limit
    upper: Limit
    followers: tuple[Follower, ...]
    there: np.ndarray

    def present(self) -> np.ndarray:
        """Whether a column has it: (column,)."""
        return self.there

    def values(self, state: State) -> np.ndarray:
        """Its values (column,) in our unit."""
        return self.model.value(state, self.which) * self.scale

    def bounds(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """Between which values (column,) an analysis may leave it."""
        return self.lower.values(self.model, state), self.upper.values(self.model, state)

    def put(self, state: State, values: np.ndarray) -> None:
        """Set it in `state`, in place, with what moves along."""
        before = self.values(state).copy()
        moved = (values != before) & np.isfinite(values)
        if not moved.any():
            return
        target = self.model.value(state, self.which).copy()
        target[moved] = (values / self.scale)[moved]
        if self.which.name not in state:
            self.model.set_through(state, self.which, target)
            return
        layer_of(state[self.which.name], self.which)[:] = target
        for follower in self.followers:
            follower.follow(state, moved, before, values)


def layer_of(values: np.ndarray, which: Theirs) -> np.ndarray:
    """Of a variable's values (column,) or (column, layer) those that are meant, as a view."""
    return values if values.ndim == 1 else values[:, (which.layer or 1) - 1]
