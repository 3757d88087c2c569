"""The extended Kalman filter over one rank's cells: the model carries its errors along."""

from collections.abc import Mapping

import numpy as np
from scipy.linalg import block_diag

from ldas.assimilation.ekf import bounded, ekf_analysis, forecast_covariance
from ldas.assimilation.errors import cell_covariance
from ldas.core.mosaic import PATCHES
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.cycling.filtering import Cells, Outcome

from .sekf import SimplifiedExtended

COVARIANCE = "background_covariance"


class Extended(SimplifiedExtended):
    """'ekf': background errors carried by the model, cell by cell."""

    everywhere = True

    def __init__(self, cells: Cells) -> None:
        super().__init__(cells)
        self.covariance: list[np.ndarray] | None = None

    def analyse(
        self, outcome: Outcome, background: State, cells: np.ndarray, columns: np.ndarray
    ) -> None:
        """Carry B of every cell through the window, analyse where there was an observation."""
        mine, found = self.cells, self.found
        variance = mine.variance(background)
        outcome.jacobian[columns] = found.observed
        controls, sets, rho = len(mine.names), len(mine.kinds), mine.settings.patch_correlation
        if self.covariance is None:
            self.covariance = [
                cell_covariance(variance[mine.part(c)], rho, mine.correlation) for c in cells
            ]
        into = self._found_at_end()
        seen = outcome.scale * mine.observed_variances(outcome.background)
        for c in cells:
            part = mine.part(c)
            size = part.stop - part.start
            ahead = np.concatenate([found.carried[part], found.observed[part]], axis=1)
            q = cell_covariance(mine.model_share**2 * variance[part], rho, mine.correlation)
            joint = forecast_covariance(
                self.covariance[c], block_diag(*ahead), q, np.kron(np.eye(size), into)
            )
            limit = np.concatenate([variance[part], np.tile(seen[c], (size, 1))], axis=1)
            joint = bounded(joint, limit.ravel())
            may = np.ones((size, controls + sets), dtype=bool)
            may[:, :controls] = variance[part] > 0.0
            joint = np.where(may.ravel()[:, None] & may.ravel()[None, :], joint, 0.0)
            h = np.zeros((sets, size, controls + sets))
            for k in range(sets):
                h[k, :, controls + k] = mine.mosaic.fraction[part]
            h = h.reshape(sets, -1)
            outcome.hbh[c] = np.einsum("ki,ij,kj->k", h, joint, h)
            there = np.isfinite(outcome.innovation[c])
            if there.any():
                dx, gain, joint = ekf_analysis(
                    joint, h[there], outcome.r[c][there], outcome.innovation[c][there]
                )
                outcome.increment[part] = dx.reshape(size, -1)[:, :controls]
                outcome.gain[part][..., there] = gain.reshape(size, -1, there.sum())[:, :controls]
            kept = np.tile(np.arange(controls + sets) < controls, size)
            self.covariance[c] = joint[np.ix_(kept, kept)]

    def _found_at_end(self) -> np.ndarray:
        """Where errors added at a window's end are found: (control and obs, control).

        In the control variables themselves, and in an observation of one of them at the end.
        """
        names, kinds = self.cells.names, self.cells.kinds
        seen = np.zeros((len(kinds), len(names)))
        for k, (kind, at_end) in enumerate(zip(kinds, self.at_end, strict=True)):
            if at_end and kind.direct and kind.control in names:
                seen[k, names.index(kind.control)] = 1.0
        return np.concatenate([np.eye(len(names)), seen])

    def table(self) -> tuple[Variable, ...]:
        """The covariances of each cell."""
        dims = ("column", "control", "control_of_cell")
        return (Variable(COVARIANCE, dims, "1", "background error covariance"),)

    def kept(self) -> dict[str, np.ndarray]:
        """Rows of each cell's covariance, those of a column together."""
        mine, controls = self.cells, len(self.cells.names)
        out = np.zeros((mine.mosaic.columns, controls, len(PATCHES) * controls))
        for c, b in enumerate(self.covariance or []):
            part = mine.part(c)
            rows = b.reshape(part.stop - part.start, controls, b.shape[1])
            out[part, :, : b.shape[1]] = rows
        return {COVARIANCE: out}

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave; all zero stands for a filter that has not begun."""
        found = kept.get(COVARIANCE)
        if found is None or not found.any():
            return
        mine = self.cells
        self.covariance = []
        for c in range(mine.mosaic.cells):
            part = mine.part(c)
            size = (part.stop - part.start) * len(mine.names)
            self.covariance.append(found[part, :, :size].reshape(size, size).copy())


FILTER = Extended
