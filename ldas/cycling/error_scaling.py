"""The size of errors in one rank's cells, set by set, as its innovations have shown it."""

from collections.abc import Mapping

import numpy as np

from ldas.assimilation.error_scale import PRIOR, error_scale
from ldas.core.clock import DAY, Window
from ldas.core.variable import Variable
from ldas.land_models.control import soil_layer

from .filtering import Cells, Outcome

# By column, the same in all columns of a cell; in the unit of each set.
BOOKS = {
    "error_square": "squared innovations in the memory",
    "error_given": "variance that the namelist gives for these innovations",
    "error_number": "innovations in the memory",
}


def kind_of(control: str) -> str:
    """Which control variables err alike: all soil moisture does."""
    return "soil" if soil_layer(control) else control


class ErrorScaling:
    """What the given error variances are multiplied by; nothing if `error_memory` is 0."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        shape = (cells.mosaic.cells, len(cells.kinds))
        self.square, self.given, self.number = (np.zeros(shape) for _ in range(3))
        seen = [kind_of(kind.control) for kind in cells.kinds]
        self.seeing = {
            m: [k for k, kind in enumerate(seen) if kind == kind_of(name)]
            for m, name in enumerate(cells.names)
        }

    @property
    def active(self) -> bool:
        """Whether the namelist asks for it."""
        return self.cells.settings.error_memory > 0.0

    def observed(self, expected: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Scale of the observations' variances: (cell, obs).

        `expected` (cell, obs) is the variance given for an innovation, `before` that of the
        open loop's, NaN where it is not known.
        """
        if not self.active:
            return np.ones_like(self.square)
        return error_scale(self.square, self.given, self.number, expected, before)

    def background(self, observed: np.ndarray) -> np.ndarray:
        """Scale of the background's variances (column, control): that of the sets seeing them."""
        found = np.ones((self.cells.mosaic.cells, len(self.seeing)))
        for m, sets in self.seeing.items():
            if self.active and sets:
                weight = PRIOR + self.number[:, sets]
                found[:, m] = (weight * observed[:, sets]).sum(axis=1) / weight.sum(axis=1)
        return found[self.cells.mosaic.cell]

    def learn(self, outcome: Outcome, window: Window) -> None:
        """Take in what the window's innovations were beside what was expected of them."""
        if not self.active:
            return
        days = (window.end - window.start) / DAY
        fade = float(np.exp(-days / self.cells.settings.error_memory))
        there = np.isfinite(outcome.innovation)
        for name, values in (
            ("square", outcome.innovation**2),
            ("given", (outcome.hbh + outcome.r) / outcome.scale),
            ("number", np.ones_like(outcome.r)),
        ):
            setattr(self, name, fade * getattr(self, name) + np.where(there, values, 0.0))

    def table(self) -> tuple[Variable, ...]:
        """What a restart must hold."""
        if not self.active:
            return ()
        return tuple(Variable(name, ("column", "set"), "1", text) for name, text in BOOKS.items())

    def kept(self) -> dict[str, np.ndarray]:
        """The arrays of `table`."""
        if not self.active:
            return {}
        cell = self.cells.mosaic.cell
        return {name: getattr(self, name.removeprefix("error_"))[cell] for name in BOOKS}

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave."""
        if all(name in kept for name in BOOKS):
            first = self.cells.first[:-1]
            for name in BOOKS:
                setattr(self, name.removeprefix("error_"), kept[name][first].copy())
