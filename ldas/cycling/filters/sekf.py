"""The simplified extended Kalman filter over one rank's cells: fixed background errors."""

from collections.abc import Mapping

import numpy as np

from ldas.assimilation.sekf import sekf_cells
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.cycling.filtering import Cells, Integration, Outcome
from ldas.cycling.jacobian import sensitivity


class SimplifiedExtended:
    """'sekf': background errors fixed from window to window."""

    everywhere = False
    members = 0

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    def look_ahead(self, ahead: Integration) -> np.ndarray:
        """One run for each control variable; equivalents of the unperturbed one."""
        cells = self.cells
        structural = cells.settings.structural_biomass
        self.found = sensitivity(cells.model, cells.names, structural, cells.kinds, ahead)
        self.at_end = [time == ahead.window.end for time in ahead.times]
        return self.found.equivalent

    def analyse(
        self, outcome: Outcome, background: State, cells: np.ndarray, columns: np.ndarray
    ) -> None:
        """Fill increments, gain and variances of `outcome` for some cells."""
        mine = self.cells
        outcome.jacobian[columns] = self.found.observed
        first = np.concatenate([[0], np.cumsum(mine.first[cells + 1] - mine.first[cells])])
        increment, gain, hbh, _ = sekf_cells(
            first,
            mine.mosaic.fraction[columns],
            self.found.observed,
            mine.variance(background)[columns],
            outcome.r[cells],
            outcome.innovation[cells],
            mine.settings.patch_correlation,
            mine.correlation,
        )
        outcome.increment[columns], outcome.gain[columns] = increment, gain
        outcome.hbh[cells] = hbh

    def moved(self, outcome: Outcome) -> np.ndarray:
        """By how much the analysis moved the observations' equivalents, by the Jacobian."""
        shift = np.einsum("pkm,pm->pk", outcome.jacobian, outcome.increment)
        return self.cells.mosaic.mean(shift)

    def table(self) -> tuple[Variable, ...]:
        """Nothing: errors are fixed."""
        return ()

    def kept(self) -> dict[str, np.ndarray]:
        """Nothing."""
        return {}

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Nothing to take up."""


FILTER = SimplifiedExtended
