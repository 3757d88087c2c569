"""The bias correction of one rank's columns: applied every window, learnt at every analysis."""

from collections.abc import Mapping

import numpy as np

from ldas.assimilation.bias_correction import increment_variance, learnt, significant
from ldas.core.clock import DAY, Window
from ldas.core.state import State
from ldas.core.variable import Variable

from .filtering import LAI, Cells, Outcome

CORRECTION, NOISE = "bias_correction", "bias_correction_noise"
DAYS, ANALYSES = "bias_correction_days", "bias_correction_analyses"
OF_WATER = "bias_correction_analyses_of_water"


class BiasCorrection:
    """What the model is given every day beside the analyses; nothing if `bias_gain` is 0."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        shape = (cells.mosaic.columns, len(cells.names))
        self.correction, self.noise = np.zeros(shape), np.zeros(shape)
        # of the memory: days, analyses, and those of them with soil moisture observed
        self.days, self.analyses, self.of_water = (np.zeros(shape[0]) for _ in range(3))
        self.learns = np.array([0.0 if name == LAI else 1.0 for name in cells.names])

    @property
    def active(self) -> bool:
        """Whether the namelist asks for it."""
        return self.cells.settings.bias_gain > 0.0

    def apply(self, background: State, window: Window) -> tuple[State, np.ndarray]:
        """The background with a window's correction, and that correction (column, control)."""
        mine = self.cells
        if not self.active or not self.correction.any():
            return background, np.zeros_like(self.correction)
        days = (window.end - window.start) / DAY
        wanted = days * significant(self.correction, self.noise, mine.settings.bias_threshold)
        return mine.control.add(background, np.where(mine.variance(background) > 0.0, wanted, 0.0))

    def learn(self, outcome: Outcome, window: Window) -> None:
        """Take from the window's increments what they have in common with those before.

        Only where soil moisture is observed too: leaf area alone tells too little of the water.
        """
        if not self.active:
            return
        mine, settings = self.cells, self.cells.settings
        days = (window.end - window.start) / DAY
        fade = np.exp(-days / settings.bias_memory)
        self.correction, self.noise = self.correction * fade, self.noise * fade**2
        self.days = self.days * fade + days
        self.analyses, self.of_water = self.analyses * fade, self.of_water * fade
        there = np.isfinite(outcome.innovation)
        water = np.array([kind.variable == "wg" for kind in mine.kinds])
        variance = np.where(there, outcome.hbh + outcome.r, 0.0)[mine.mosaic.cell]
        expected = increment_variance(outcome.gain, variance)
        self.correction, self.noise = learnt(
            self.correction,
            self.noise,
            self.learns * outcome.increment,
            self.learns * expected,
            np.where(self.of_water > 0.0, settings.bias_gain * self.analyses / self.days, 0.0)[
                :, None
            ],
        )
        self.analyses += there.any(axis=1)[mine.mosaic.cell]
        self.of_water += there[:, water].any(axis=1)[mine.mosaic.cell]

    def table(self) -> tuple[Variable, ...]:
        """What a restart must hold."""
        if not self.active:
            return ()
        dims = ("column", "control")
        return (
            Variable(CORRECTION, dims, "m3 m-3 d-1", "bias correction of the model"),
            Variable(NOISE, dims, "m6 m-6 d-2", "variance of the noise in it"),
            Variable(DAYS, ("column",), "d", "days in its memory"),
            Variable(ANALYSES, ("column",), "1", "analyses in its memory"),
            Variable(OF_WATER, ("column",), "1", "analyses of soil moisture in its memory"),
        )

    def kept(self) -> dict[str, np.ndarray]:
        """The arrays of `table`."""
        if not self.active:
            return {}
        return {
            CORRECTION: self.correction,
            NOISE: self.noise,
            DAYS: self.days,
            ANALYSES: self.analyses,
            OF_WATER: self.of_water,
        }

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave."""
        if CORRECTION in kept:
            self.correction, self.noise = kept[CORRECTION].copy(), kept[NOISE].copy()
            self.days, self.analyses = kept[DAYS].copy(), kept[ANALYSES].copy()
            self.of_water = kept[OF_WATER].copy()
