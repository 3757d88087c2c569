"""The ensemble square-root filter over one rank's cells: errors as members of an ensemble.

Bonan et al. (2020). The experiment's own run is the centre: members are kept around it and
say how large its errors are and how they go together. A member is a whole state of the
model, so that every process makes errors grow or fade.
"""

from collections.abc import Mapping

import numpy as np

from ldas.assimilation.ensrf import ensrf_analysis
from ldas.core.clock import DAY, Window, midnight
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.cycling.cycle import stepped
from ldas.cycling.filtering import Cells, Integration, Outcome
from ldas.cycling.jacobian import equivalents

MEMBER = "member_"
EPOCH = np.datetime64("1900-01-01T00:00:00")


class EnsembleSquareRoot:
    """'ensrf': `members` states of each column around the one of the run."""

    everywhere = True

    def __init__(self, cells: Cells) -> None:
        self.cells, self.members = cells, cells.settings.members
        self.every = np.tile(np.arange(cells.mosaic.columns), self.members)
        self.model = cells.model.take(self.every)
        self.control = self.model.control(cells.names, cells.settings.structural_biomass)
        self.ensemble: State | None = None

    def look_ahead(self, ahead: Integration) -> np.ndarray:
        """Carry all members through the window; equivalents of the centre."""
        mine, start, forcing, window = self.cells, ahead.start, ahead.forcing, ahead.window
        if self.ensemble is None:
            self.ensemble = self._around(start, np.ones(len(mine.names)), window.start)
        self.seen = np.zeros((self.members * mine.mosaic.columns, len(mine.kinds)))
        centre = np.zeros((mine.mosaic.columns, len(mine.kinds)))
        begin = window.start
        for instant in sorted({*ahead.times, window.end}):
            part = Window(begin, instant)
            self.ensemble = stepped(self.model, self.ensemble, forcing, part)
            start = stepped(mine.model, start, forcing, part)
            begin = instant
            if instant == window.end:
                self.ensemble = self._spread(self.ensemble, mine.model_share, instant)
            for k in [k for k, time in enumerate(ahead.times) if time == instant]:
                kind = mine.kinds[k]
                every = [kind.of(self.every)]
                self.seen[:, k] = equivalents(self.model, self.ensemble, instant, every)[:, 0]
                centre[:, k] = equivalents(mine.model, start, instant, [kind])[:, 0]
        return centre[ahead.columns]

    def analyse(
        self, outcome: Outcome, background: State, cells: np.ndarray, columns: np.ndarray
    ) -> None:
        """Move centre and members where there was an observation; recentre them everywhere."""
        mine, n, controls = self.cells, self.members, len(self.cells.names)
        assert self.ensemble is not None
        centre = mine.control.values(background)
        values = self.control.values(self.ensemble).reshape(n, -1, controls)
        seen = self.seen.reshape(n, -1, len(mine.kinds))
        may = mine.variance(background) > 0.0
        increment = np.zeros_like(values)
        self.shift = np.zeros((mine.mosaic.cells, len(mine.kinds)))
        for c in cells:
            part = mine.part(c)
            spread = np.where(may[part], values[:, part] - values[:, part].mean(axis=0), 0.0)
            equivalent = np.einsum("p,npk->nk", mine.mosaic.fraction[part], seen[:, part])
            equivalent -= equivalent.mean(axis=0)
            outcome.hbh[c] = equivalent.var(axis=0, ddof=1)
            there = np.isfinite(outcome.innovation[c])
            after = joint = np.concatenate([spread.reshape(n, -1), equivalent], axis=1)
            controls_of_cell = spread[0].size
            if there.any():
                r, innovation = outcome.r[c][there], outcome.innovation[c][there]
                after = ensrf_analysis(joint, equivalent[:, there], r, innovation)
                covariance = joint.T @ equivalent[:, there] / (n - 1)
                observed = covariance[controls_of_cell:][there]
                gain = np.linalg.solve(observed + np.diag(r), covariance.T).T
                shape = (part.stop - part.start, controls, -1)
                outcome.gain[part][..., there] = gain[:controls_of_cell].reshape(shape)
                mean = after.mean(axis=0)
                outcome.increment[part] = mean[:controls_of_cell].reshape(shape[:2])
                self.shift[c] = mean[controls_of_cell:]
            whole = after[:, :controls_of_cell].reshape(spread.shape)
            wanted = np.where(may[part], centre[part] + whole, values[:, part])
            increment[:, part] = wanted - values[:, part]
        self.ensemble, _ = self.control.add(self.ensemble, increment.reshape(-1, controls))

    def moved(self, outcome: Outcome) -> np.ndarray:
        """By how much the analysis moved the members' mean equivalents: (cell, obs)."""
        return self.shift

    def _around(self, state: State, share: np.ndarray, time: np.datetime64) -> State:
        """Members around `state`, by `share` of the background errors."""
        every = np.tile(np.arange(state.columns), self.members)
        return self._spread(state.take(every), share, time)

    def _spread(self, ensemble: State, share: np.ndarray, time: np.datetime64) -> State:
        """Members moved at random by `share` (control,) of the background errors."""
        mine, controls = self.cells, len(self.cells.names)
        shape = (self.members, mine.mosaic.columns, controls)
        values = self.control.values(ensemble).reshape(shape)
        may = self.control.present() & ~self.model.screened(ensemble)[:, None]
        sd = np.where(may.reshape(shape), np.sqrt(mine.variance_of(values)) * share, 0.0)
        root = np.linalg.cholesky(mine.correlation + 1e-12 * np.eye(controls))
        rho = mine.settings.patch_correlation
        noise = np.zeros(shape)
        day = int((midnight(time) - EPOCH) / DAY)
        for c in range(mine.mosaic.cells):
            part = mine.part(c)
            place = [int(round(1e5 * (v + 360.0))) for v in (mine.lat[c], mine.lon[c])]
            random = np.random.default_rng([mine.settings.seed, day, *place])
            size = part.stop - part.start
            common = random.standard_normal((self.members, 1, controls))
            own = random.standard_normal((self.members, size, controls))
            drawn = (np.sqrt(rho) * common + np.sqrt(1.0 - rho) * own) @ root.T
            noise[:, part] = drawn - drawn.mean(axis=0)
        moved, _ = self.control.add(ensemble, (sd * noise).reshape(-1, controls))
        return moved

    def table(self) -> tuple[Variable, ...]:
        """Every variable of the model's state, once more for each member."""
        return tuple(
            Variable(
                MEMBER + variable.name,
                ("column", "member", *variable.dims[1:]),
                variable.units,
                f"{variable.long_name} of the members",
            )
            for variable in self.cells.model.state_table
        )

    def kept(self) -> dict[str, np.ndarray]:
        """All members: (column, member, ...) by name."""
        columns = self.cells.mosaic.columns
        found = {}
        for variable in self.cells.model.state_table:
            if self.ensemble is None:
                continue
            values = self.ensemble[variable.name]
            shape = (self.members, columns, *values.shape[1:])
            found[MEMBER + variable.name] = np.moveaxis(values.reshape(shape), 0, 1)
        return found

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave."""
        table = self.cells.model.state_table
        if not all(MEMBER + variable.name in kept for variable in table):
            return
        arrays = {}
        for variable in table:
            values = np.moveaxis(kept[MEMBER + variable.name], 1, 0)
            arrays[variable.name] = values.reshape(-1, *values.shape[2:]).copy()
        self.ensemble = State(table, arrays)


FILTER = EnsembleSquareRoot
