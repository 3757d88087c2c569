"""One window's analysis on one rank: observations, the filter's work, and what they did."""

from collections.abc import Mapping

import numpy as np

from ldas.core.clock import Window, month_index
from ldas.core.meteorology import Meteorology
from ldas.core.registries import FILTERS
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.land_models.base import ControlledModel
from observation_ops import quality

from .bias import BiasCorrection
from .build import Subdomain
from .configuration import Configuration
from .error_scaling import ErrorScaling
from .filtering import Cells, Filter, Integration, Outcome
from .jacobian import equivalents, seen_of
from .observation_set import ObservationSet, Observed

HIDDEN_SHARE = 0.5  # 1, of a cell under leaves that hide it, from which on it is not used


class Analyst:
    """Makes the analyses of one rank's cells."""

    def __init__(
        self,
        conf: Configuration,
        local: Subdomain,
        model: ControlledModel,
        sets: list[ObservationSet],
    ) -> None:
        self.conf, self.mosaic, self.model, self.sets = conf, local.mosaic, model, sets
        self.kinds = [s.kind for s in sets]
        grid = local.surface.grid
        self.cells = Cells(
            conf.assimilation, local.mosaic, model, self.kinds, grid.cell_lat, grid.cell_lon
        )
        self.filter: Filter = FILTERS.load(conf.assimilation.filter)(self.cells)
        self.bias = BiasCorrection(self.cells)
        self.scaling = ErrorScaling(self.cells)
        self.seen: list[Observed | None] = []

    def analyse(
        self, start: State, background: State, forcing: Meteorology, window: Window
    ) -> tuple[State, Outcome]:
        """The analysis at the window's end from its `background` and the state at its start."""
        self.seen = [s.within(window) for s in self.sets]
        both = zip(self.sets, self.seen, strict=True)
        self.kinds = [found.kind_in(seen, window, self.mosaic) for found, seen in both]
        self.cells.kinds = self.kinds
        forecast = background
        background, correction = self.bias.apply(background, window)
        outcome = self._observe(background, window)
        outcome.correction = correction
        cells = np.flatnonzero((outcome.flag == quality.USED).any(axis=1))
        if self.filter.everywhere:
            cells = np.arange(self.mosaic.cells)
        self._scale(outcome, window)
        if cells.size:
            columns = self.cells.columns_of(cells)
            times = self._times(window)
            ahead = Integration(start, forcing, window, columns, times, forecast)
            seen = self.filter.look_ahead(ahead)
            self._compare(outcome, seen, columns, cells)
            outcome.r = outcome.r * outcome.scale
            self.filter.analyse(outcome, background, cells, columns)
        analysis, applied = self.cells.control.add(background, outcome.increment)
        outcome.increment = applied
        self.bias.learn(outcome, window)
        self.scaling.learn(outcome, window)
        self._residuals(outcome, analysis, window)
        return analysis, outcome

    def table(self) -> tuple[Variable, ...]:
        """What a restart holds of the analysis."""
        return (*self.filter.table(), *self.bias.table(), *self.scaling.table())

    def kept(self) -> dict[str, np.ndarray]:
        """The arrays of `table`, first axis = column."""
        return {**self.filter.kept(), **self.bias.kept(), **self.scaling.kept()}

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave."""
        self.filter.restore(kept)
        self.bias.restore(kept)
        self.scaling.restore(kept)

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
        mosaic, sets = self.mosaic, self.sets
        cells, columns, controls = mosaic.cells, mosaic.columns, len(self.cells.names)
        empty = np.full((cells, len(sets)), np.nan)
        diagnosed = self.model.diagnose(background, window.end)
        outcome = Outcome(
            raw=empty.copy(),
            value=empty.copy(),
            flag=np.full((cells, len(sets)), quality.NONE),
            background=mosaic.mean(seen_of(diagnosed, self.kinds)),
            innovation=empty.copy(),
            residual=empty.copy(),
            hbh=empty.copy(),
            r=empty.copy(),
            scale=np.ones_like(empty),
            rank=empty.copy(),
            increment=np.zeros((columns, controls)),
            jacobian=np.zeros((columns, len(sets), controls)),
            gain=np.zeros((columns, controls, len(sets))),
            correction=np.zeros((columns, controls)),
        )
        screened = mosaic.mean(self.model.screened(background).astype(float))
        frozen = screened > self.conf.assimilation.frozen_share
        for k, (found, observed) in enumerate(zip(self.seen, sets, strict=True)):
            if found is None:
                continue
            outcome.raw[:, k], outcome.value[:, k] = found.raw, found.value
            flag = found.flag.copy()
            quality.reject(flag, frozen, "frozen")
            hidden = self.kinds[k].hidden(diagnosed)
            if hidden is not None:
                covered = mosaic.mean(hidden.astype(float)) > HIDDEN_SHARE
                quality.reject(flag, covered, "dense_vegetation")
            outcome.r[:, k] = observed.variance(found, self.cells.cell_scale)
            if observed.settings.time == "window_end":
                self._judge(outcome, flag, k)
            outcome.flag[:, k] = flag
        return outcome

    def _judge(self, outcome: Outcome, flag: np.ndarray, k: int) -> None:
        """Innovations of one set, and the rejection of those beyond belief."""
        own = self.cells.observed_variance(self.kinds[k], outcome.background[:, k])
        expected = outcome.r[:, k] + own
        departure = outcome.value[:, k] - outcome.background[:, k]
        with np.errstate(invalid="ignore"):
            beyond = np.abs(departure) > self.sets[k].settings.gross * np.sqrt(expected)
        quality.reject(flag, beyond, "gross")
        outcome.innovation[:, k] = np.where(flag == quality.USED, departure, np.nan)

    def _scale(self, outcome: Outcome, window: Window) -> None:
        """By what the given error variances are multiplied in this window."""
        given = outcome.r + self.cells.observed_variances(outcome.background)
        before = np.full_like(given, np.nan)
        for k, found in enumerate(self.sets):
            if found.climate is not None:
                before[:, k] = found.climate.departure[month_index(window.end)] ** 2
        outcome.scale = self.scaling.observed(given, before)
        self.cells.error_scale = self.scaling.background(outcome.scale)

    def _compare(
        self,
        outcome: Outcome,
        seen: np.ndarray,
        columns: np.ndarray,
        cells: np.ndarray,
    ) -> None:
        """Equivalents at their own times, where the runs of this window have given them."""
        mosaic = self.mosaic
        for k, observed in enumerate(self.sets):
            if self.seen[k] is None or observed.settings.time == "window_end":
                continue
            weighted = mosaic.fraction[columns] * seen[:, k]
            mean = np.bincount(mosaic.cell[columns], weights=weighted, minlength=mosaic.cells)
            outcome.background[cells, k] = mean[cells]
            flag = outcome.flag[:, k].copy()
            self._judge(outcome, flag, k)
            outcome.flag[:, k] = flag

    def _residuals(self, outcome: Outcome, analysis: State, window: Window) -> None:
        """Observation less analysis: exact at the window's end, else as the filter expects it."""
        mosaic = self.mosaic
        after = mosaic.mean(equivalents(self.model, analysis, window.end, self.kinds))
        linear = outcome.innovation
        if np.isfinite(linear).any():
            linear = linear - self.filter.moved(outcome)
        for k, observed in enumerate(self.sets):
            exact = outcome.value[:, k] - after[:, k]
            at_end = observed.settings.time == "window_end"
            used = outcome.flag[:, k] == quality.USED
            outcome.residual[:, k] = np.where(used, exact if at_end else linear[:, k], np.nan)
