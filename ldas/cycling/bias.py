"""The bias correction of one rank's columns: applied every window, learnt at every analysis."""

from collections.abc import Mapping

import numpy as np

from ldas.assimilation.bias_correction import learnt, significant, white_variance
from ldas.core.clock import DAY, Window
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.land_models.control import LAI, soil_layer

from .filtering import Cells, Outcome

CORRECTION = "bias_correction"
# By column, the same in all columns of a cell: what decides how much of it is applied.
BOOKS = {
    "bias_mean": ("m3 m-3 d-1", "learnt sum of innovations of soil moisture"),
    "bias_weight": ("d-1", "learnt shares, summed up"),
    "bias_noise": ("m6 m-6 d-2", "variance of the noise in the learnt sum"),
    "bias_last": ("m3 m-3", "latest innovation of soil moisture"),
    "bias_steps": ("m6 m-6", "half the squared differences of consecutive innovations"),
    "bias_pairs": ("1", "such differences in the memory"),
    "bias_days": ("d", "days in the memory"),
    "bias_analyses": ("1", "analyses of soil moisture in the memory"),
}


class BiasCorrection:
    """What the model is given every day beside the analyses; nothing if `bias_gain` is 0."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        columns = cells.mosaic.columns
        self.correction = np.zeros((columns, len(cells.names)))
        self.mean, self.weight, self.noise = (np.zeros(columns) for _ in range(3))
        self.last, self.steps, self.pairs = (np.zeros(columns) for _ in range(3))
        self.days, self.analyses = np.zeros(columns), np.zeros(columns)
        self.learns = np.array([0.0 if name == LAI else 1.0 for name in cells.names])
        self.sets = [k for k, kind in enumerate(cells.kinds) if soil_layer(kind.control)]

    @property
    def active(self) -> bool:
        """Whether the namelist asks for it."""
        return self.cells.settings.bias_gain > 0.0

    def apply(self, background: State, window: Window) -> tuple[State, np.ndarray]:
        """The background with a window's correction, and that correction (column, control)."""
        mine = self.cells
        if not self.active or not self.correction.any():
            return background, np.zeros_like(self.correction)
        settings = mine.settings
        noise = self.noise + (settings.bias_observed * self.weight) ** 2
        days = (window.end - window.start) / DAY
        counts = days * significant(self.mean, noise, settings.bias_threshold)
        wanted = counts[:, None] * self.correction
        return mine.control.add(background, np.where(mine.variance(background) > 0.0, wanted, 0.0))

    def learn(self, outcome: Outcome, window: Window) -> None:
        """Take from the window's innovations what they have in common with those before.

        Those of soil moisture only: leaf area alone tells too little of the water.
        """
        if not self.active:
            return
        settings, days = self.cells.settings, (window.end - window.start) / DAY
        cell = self.cells.mosaic.cell
        self._fade(float(np.exp(-days / settings.bias_memory)))
        self.days = self.days + days
        for k in self.sets:
            worth = np.broadcast_to(self.cells.kinds[k].per_control, len(outcome.innovation))[cell]
            d = outcome.innovation[cell, k] / worth
            hbh, r = (values[cell, k] / worth**2 for values in (outcome.hbh, outcome.r))
            there = np.isfinite(d)
            d, again = np.where(there, d, 0.0), there & (self.analyses > 0.0)
            self.steps = self.steps + np.where(again, 0.5 * (d - self.last) ** 2, 0.0)
            self.pairs = self.pairs + again
            variance = white_variance(np.where(there, hbh + r, 0.0), self.steps, self.pairs)
            share = np.where(again, settings.bias_gain * self.analyses / self.days, 0.0)
            self.mean, self.weight = self.mean + share * d, self.weight + share
            self.noise = self.noise + share**2 * variance
            given = self.learns * outcome.gain[:, :, k] * (d * worth)[:, None]
            self.correction = learnt(self.correction, given, share)
            self.last = np.where(there, d, self.last)
            self.analyses = self.analyses + there

    def _fade(self, fade: float) -> None:
        """Let all that was learnt fade, the square of the noise's too."""
        for name in ("correction", "mean", "weight", "steps", "pairs", "days", "analyses"):
            setattr(self, name, getattr(self, name) * fade)
        self.noise = self.noise * fade**2

    def table(self) -> tuple[Variable, ...]:
        """What a restart must hold."""
        if not self.active:
            return ()
        correction = Variable(
            CORRECTION, ("column", "control"), "m3 m-3 d-1", "bias correction of the model"
        )
        books = (Variable(name, ("column",), *words) for name, words in BOOKS.items())
        return (correction, *books)

    def kept(self) -> dict[str, np.ndarray]:
        """The arrays of `table`."""
        if not self.active:
            return {}
        books = {name: getattr(self, name.removeprefix("bias_")) for name in BOOKS}
        return {CORRECTION: self.correction, **books}

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave."""
        if CORRECTION in kept:
            self.correction = kept[CORRECTION].copy()
            for name in BOOKS:
                setattr(self, name.removeprefix("bias_"), kept[name].copy())
