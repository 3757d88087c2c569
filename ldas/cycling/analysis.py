"""One window's analysis on one rank: observations, Jacobians, increments, and what they did."""

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import block_diag

from ldas.assimilation.ekf import ekf_analysis, forecast_covariance
from ldas.assimilation.errors import (
    cell_covariance,
    error_correlation,
    leaf_area_variance,
    soil_moisture_variance,
)
from ldas.assimilation.sekf import sekf_cells
from ldas.core.clock import Window
from ldas.core.meteorology import Meteorology
from ldas.core.mosaic import PATCHES
from ldas.core.state import State
from ldas.land_models.base import ControlledModel
from observation_ops import quality

from .build import Subdomain
from .configuration import Configuration
from .jacobian import Sensitivity, equivalents, sensitivity
from .observing import ObservationSet, Observed

SHALLOW = ("wg1", "wg2")  # soil moisture with the larger background error
LAI = "lai"
COVARIANCE = "background_covariance"


@dataclass
class Outcome:
    """What a window's analysis did: per cell and set (cell, obs), per column (column, control).

    `hbh` and `r` are the variances that background and observation were taken to have.
    """

    raw: np.ndarray
    value: np.ndarray
    flag: np.ndarray
    background: np.ndarray
    innovation: np.ndarray
    residual: np.ndarray
    hbh: np.ndarray
    r: np.ndarray
    increment: np.ndarray
    jacobian: np.ndarray  # (column, obs, control)
    gain: np.ndarray  # (column, control, obs)


@dataclass
class Analyst:
    """Makes the analyses of one rank's cells.

    `covariance` (column, control, column of the cell, control) is kept by the 'ekf' only.
    """

    conf: Configuration
    local: Subdomain
    model: ControlledModel
    sets: list[ObservationSet]
    covariance: list[np.ndarray] | None = field(default=None)

    def __post_init__(self) -> None:
        settings = self.conf.assimilation
        self.names = tuple(settings.control)
        self.control = self.model.control(self.names, settings.structural_biomass)
        cell = self.local.mosaic.cell
        self.first = np.searchsorted(cell, np.arange(self.local.mosaic.cells + 1))
        self.scale = self.model.control_scale()
        self.cell_scale = self.local.mosaic.mean(self.scale)
        self.kinds = [s.kind for s in self.sets]
        self.correlation = error_correlation(
            self.names, settings.layer_correlation, settings.lai_correlation
        )

    @property
    def evolves(self) -> bool:
        """Whether background errors are carried from window to window, in every cell."""
        return self.conf.assimilation.filter == "ekf"

    def analyse(
        self, start: State, background: State, forcing: Meteorology, window: Window
    ) -> tuple[State, Outcome]:
        """The analysis at the window's end from its `background` and the state at its start."""
        outcome = self._observe(background, window)
        used = outcome.flag == quality.USED
        cells = np.flatnonzero(used.any(axis=1))
        if self.evolves or cells.size:
            worked = np.arange(self.local.mosaic.cells) if self.evolves else cells
            columns = self._columns_of(worked)
            found = sensitivity(
                self.model,
                self.names,
                self.conf.assimilation.structural_biomass,
                start,
                forcing,
                window,
                columns,
                self.kinds,
                self._times(window),
            )
            self._compare(outcome, found, columns, worked, window)
            self._increments(outcome, found, columns, worked, background, window)
        analysis, applied = self.control.add(background, outcome.increment)
        outcome.increment = applied
        self._residuals(outcome, analysis, window)
        return analysis, outcome

    def _columns_of(self, cells: np.ndarray) -> np.ndarray:
        parts = [np.arange(self.first[c], self.first[c + 1]) for c in cells]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _times(self, window: Window) -> list[np.datetime64]:
        """When each set is compared: one time for all cells of a window."""
        step = np.timedelta64(self.model.time_step, "s")
        times = []
        for found, settings in zip(self.seen, (s.settings for s in self.sets), strict=True):
            time = window.end
            if found is not None and settings.time == "own":
                time = window.start + (found.times[-1] - window.start) // step * step
            times.append(time)
        return times

    def _observe(self, background: State, window: Window) -> Outcome:
        """Read and screen the window's observations; innovations against the background."""
        mosaic, sets = self.local.mosaic, self.sets
        cells, columns, controls = mosaic.cells, mosaic.columns, len(self.names)
        empty = np.full((cells, len(sets)), np.nan)
        outcome = Outcome(
            raw=empty.copy(),
            value=empty.copy(),
            flag=np.full((cells, len(sets)), quality.NONE),
            background=mosaic.mean(equivalents(self.model, background, window.end, self.kinds)),
            innovation=empty.copy(),
            residual=empty.copy(),
            hbh=empty.copy(),
            r=empty.copy(),
            increment=np.zeros((columns, controls)),
            jacobian=np.zeros((columns, len(sets), controls)),
            gain=np.zeros((columns, controls, len(sets))),
        )
        self.seen: list[Observed | None] = [s.within(window) for s in sets]
        screened = mosaic.mean(self.model.screened(background).astype(float))
        frozen = screened > self.conf.assimilation.frozen_share
        for k, (found, observed) in enumerate(zip(self.seen, sets, strict=True)):
            if found is None:
                continue
            outcome.raw[:, k], outcome.value[:, k] = found.raw, found.value
            flag = found.flag.copy()
            quality.reject(flag, frozen, "frozen")
            outcome.r[:, k] = observed.variance(found.value, self.cell_scale)
            if observed.settings.time == "window_end":
                expected = outcome.r[:, k] + self._background_at(observed, outcome.background[:, k])
                self._judge(outcome, flag, k, expected)
            outcome.flag[:, k] = flag
        return outcome

    def _background_at(self, observed: ObservationSet, value: np.ndarray) -> np.ndarray:
        """Background variance of the observed variable itself: (cell,)."""
        settings = self.conf.assimilation
        if observed.kind.name == "ssm":
            return soil_moisture_variance(settings.background_wg2, self.cell_scale)
        return leaf_area_variance(
            value, settings.background_lai, settings.background_lai_low, settings.lai_low
        )

    def _judge(self, outcome: Outcome, flag: np.ndarray, k: int, expected: np.ndarray) -> None:
        """Innovations of one set, and the rejection of those beyond belief."""
        departure = outcome.value[:, k] - outcome.background[:, k]
        with np.errstate(invalid="ignore"):
            beyond = np.abs(departure) > self.sets[k].settings.gross * np.sqrt(expected)
        quality.reject(flag, beyond, "gross")
        outcome.innovation[:, k] = np.where(flag == quality.USED, departure, np.nan)

    def _compare(
        self,
        outcome: Outcome,
        found: Sensitivity,
        columns: np.ndarray,
        worked: np.ndarray,
        window: Window,
    ) -> None:
        """Equivalents at their own times, where the runs of this window have given them."""
        mosaic = self.local.mosaic
        for k, observed in enumerate(self.sets):
            if self.seen[k] is None or observed.settings.time == "window_end":
                continue
            weighted = mosaic.fraction[columns] * found.equivalent[:, k]
            mean = np.bincount(mosaic.cell[columns], weights=weighted, minlength=mosaic.cells)
            outcome.background[worked, k] = mean[worked]
            expected = outcome.r[:, k] + self._background_at(observed, outcome.background[:, k])
            flag = outcome.flag[:, k].copy()
            self._judge(outcome, flag, k, expected)
            outcome.flag[:, k] = flag

    def background_variance(self, background: State) -> np.ndarray:
        """Fixed background error variances (column, control); 0 where nothing may change."""
        settings = self.conf.assimilation
        values = self.control.values(background)
        out = np.zeros_like(values)
        for m, name in enumerate(self.names):
            if name == LAI:
                out[:, m] = leaf_area_variance(
                    values[:, m],
                    settings.background_lai,
                    settings.background_lai_low,
                    settings.lai_low,
                )
            else:
                shallow = name in SHALLOW
                error = settings.background_wg2 if shallow else settings.background_wg
                out[:, m] = soil_moisture_variance(error, self.scale)
        may = self.control.present() & ~self.model.screened(background)[:, None]
        return np.where(may, out, 0.0)

    def _increments(
        self,
        outcome: Outcome,
        found: Sensitivity,
        columns: np.ndarray,
        worked: np.ndarray,
        background: State,
        window: Window,
    ) -> None:
        variance = self.background_variance(background)
        outcome.jacobian[columns] = found.observed
        fraction = self.local.mosaic.fraction
        if self.evolves:
            self._ekf(outcome, found, variance, window)
            return
        first = np.concatenate([[0], np.cumsum(self.first[worked + 1] - self.first[worked])])
        increment, gain, hbh, _ = sekf_cells(
            first,
            fraction[columns],
            found.observed,
            variance[columns],
            outcome.r[worked],
            outcome.innovation[worked],
            self.conf.assimilation.patch_correlation,
            self.correlation,
        )
        outcome.increment[columns], outcome.gain[columns] = increment, gain
        outcome.hbh[worked] = hbh

    def _ekf(
        self, outcome: Outcome, found: Sensitivity, variance: np.ndarray, window: Window
    ) -> None:
        """All cells: B carried through the window, then each analysed where it was observed."""
        settings, controls = self.conf.assimilation, len(self.names)
        added = {True: settings.model_lai, False: settings.model_wg}
        share = np.array([added[name == LAI] for name in self.names])
        rho = settings.patch_correlation
        if self.covariance is None:
            self.covariance = [
                cell_covariance(variance[self.first[c] : self.first[c + 1]], rho, self.correlation)
                for c in range(self.local.mosaic.cells)
            ]
        into = self._found_at_end(window)
        sets = len(self.sets)
        for c in range(self.local.mosaic.cells):
            part = slice(self.first[c], self.first[c + 1])
            size = part.stop - part.start
            ahead = np.concatenate([found.carried[part], found.observed[part]], axis=1)
            q = cell_covariance(share**2 * variance[part], rho, self.correlation)
            joint = forecast_covariance(
                self.covariance[c], block_diag(*ahead), q, np.kron(np.eye(size), into)
            )
            may = np.ones((size, controls + sets), dtype=bool)
            may[:, :controls] = variance[part] > 0.0
            joint = np.where(may.ravel()[:, None] & may.ravel()[None, :], joint, 0.0)
            h = np.zeros((sets, size, controls + sets))
            for k in range(sets):
                h[k, :, controls + k] = self.local.mosaic.fraction[part]
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

    def _found_at_end(self, window: Window) -> np.ndarray:
        """Where errors added at a window's end are found: (control and obs, control).

        In the control variables themselves, and in an observation of one of them at the end.
        """
        seen = np.zeros((len(self.sets), len(self.names)))
        for k, (kind, time) in enumerate(zip(self.kinds, self._times(window), strict=True)):
            name = kind.variable if kind.layer is None else f"{kind.variable}{kind.layer}"
            if time == window.end and name in self.names:
                seen[k, self.names.index(name)] = 1.0
        return np.concatenate([np.eye(len(self.names)), seen])

    def kept(self) -> dict[str, np.ndarray]:
        """What a restart must hold beside the state: (column, ...) by name."""
        if not self.evolves:
            return {}
        controls = len(self.names)
        out = np.zeros((self.local.mosaic.columns, controls, len(PATCHES) * controls))
        for c, b in enumerate(self.covariance or []):
            part = slice(self.first[c], self.first[c + 1])
            rows = b.reshape(part.stop - part.start, controls, b.shape[1])
            out[part, :, : b.shape[1]] = rows
        return {COVARIANCE: out}

    def restore(self, kept: dict[str, np.ndarray]) -> None:
        """Take up what `kept` gave; all zero stands for a filter that has not begun."""
        found = kept.get(COVARIANCE)
        if found is None or not found.any():
            return
        self.covariance = []
        for c in range(self.local.mosaic.cells):
            part = slice(self.first[c], self.first[c + 1])
            size = (part.stop - part.start) * len(self.names)
            self.covariance.append(found[part, :, :size].reshape(size, size).copy())

    def _residuals(self, outcome: Outcome, analysis: State, window: Window) -> None:
        """Observation less analysis: exact at the window's end, else by the Jacobian."""
        mosaic = self.local.mosaic
        after = mosaic.mean(equivalents(self.model, analysis, window.end, self.kinds))
        moved = np.einsum("pkm,pm->pk", outcome.jacobian, outcome.increment)
        linear = outcome.innovation - mosaic.mean(moved)
        for k, observed in enumerate(self.sets):
            exact = outcome.value[:, k] - after[:, k]
            at_end = observed.settings.time == "window_end"
            used = outcome.flag[:, k] == quality.USED
            outcome.residual[:, k] = np.where(used, exact if at_end else linear[:, k], np.nan)
