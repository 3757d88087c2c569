"""The ensemble square-root filter over one rank's cells: errors as members of an ensemble.

Bonan et al. (2020). The experiment's own run is the centre: members are kept around it and
say how large its errors are and how they go together. A member is a whole state of the
model under weather of its own, so that every process makes errors grow or fade.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ldas.assimilation.ensrf import ensrf_analysis
from ldas.assimilation.forcing_perturbation import WEATHER, weather_of
from ldas.assimilation.rank_histogram import rank
from ldas.core.clock import DAY, Window, midnight
from ldas.core.meteorology import Meteorology
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.cycling.cycle import stepped
from ldas.cycling.filtering import Cells, Integration, Outcome
from ldas.cycling.jacobian import equivalents

MEMBER = "member_"
EPOCH = np.datetime64("1900-01-01T00:00:00")
MODEL, FORCING, OBSERVED = range(3)  # what random numbers are drawn for


class EnsembleSquareRoot:
    """'ensrf': `members` states of each column around the one of the run."""

    everywhere = True

    def __init__(self, cells: Cells) -> None:
        self.cells, self.members = cells, cells.settings.members
        self.ensemble: list[State] | None = None

    def look_ahead(self, ahead: Integration) -> np.ndarray:
        """Carry all members through the window; equivalents of the centre."""
        mine, window = self.cells, ahead.window
        self.end = window.end
        if self.ensemble is None:
            begin = [ahead.start.copy() for _ in range(self.members)]
            self.ensemble = self._spread(begin, np.ones(len(mine.names)), window.start)
        weather = self._weather(ahead.forcing, window.end)
        through = [
            self._through(ahead, state, forcing)
            for state, forcing in zip(self.ensemble, weather, strict=True)
        ]
        ends = [states[window.end] for states in through]
        self.ensemble = self._spread(ends, mine.model_share, window.end)
        for states, state in zip(through, self.ensemble, strict=True):
            states[window.end] = state
        self.seen = np.stack([self._seen(ahead, states) for states in through])
        centre = self._through(ahead, ahead.start, ahead.forcing)
        return self._seen(ahead, centre)[ahead.columns]

    def analyse(
        self, outcome: Outcome, background: State, cells: np.ndarray, columns: np.ndarray
    ) -> None:
        """Move centre and members where there was an observation; recentre them everywhere."""
        mine, n, controls = self.cells, self.members, len(self.cells.names)
        assert self.ensemble is not None
        centre = mine.control.values(background)
        values = np.stack([mine.control.values(state) for state in self.ensemble])
        may = mine.variance(background) > 0.0
        increment = np.zeros_like(values)
        self.shift = np.zeros((mine.mosaic.cells, len(mine.kinds)))
        for c in cells:
            part = mine.part(c)
            spread = np.where(may[part], values[:, part] - values[:, part].mean(axis=0), 0.0)
            equivalent = np.einsum("p,npk->nk", mine.mosaic.fraction[part], self.seen[:, part])
            equivalent -= equivalent.mean(axis=0)
            outcome.hbh[c] = equivalent.var(axis=0, ddof=1)
            there = np.isfinite(outcome.innovation[c])
            after = joint = np.concatenate([spread.reshape(n, -1), equivalent], axis=1)
            controls_of_cell = spread[0].size
            if there.any():
                r, innovation = outcome.r[c][there], outcome.innovation[c][there]
                noise = self._random(OBSERVED, self.end, c).standard_normal((n, r.size))
                seen = equivalent[:, there] + np.sqrt(r) * noise
                outcome.rank[c, there] = rank(innovation, seen)
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
        both = zip(self.ensemble, increment, strict=True)
        self.ensemble = [mine.control.add(state, moved)[0] for state, moved in both]

    def moved(self, outcome: Outcome) -> np.ndarray:
        """By how much the analysis moved the members' mean equivalents: (cell, obs)."""
        return self.shift

    def _through(
        self, ahead: Integration, state: State, forcing: Meteorology
    ) -> dict[np.datetime64, State]:
        """One state carried through the window: at the times of `ahead` and at the end."""
        found, begin = {}, ahead.window.start
        for instant in sorted({*ahead.times, ahead.window.end}):
            state = stepped(self.cells.model, state, forcing, Window(begin, instant))
            found[instant], begin = state, instant
        return found

    def _seen(self, ahead: Integration, states: Mapping[np.datetime64, State]) -> np.ndarray:
        """What observations see of the states at their times: (column, obs)."""
        mine = self.cells
        parts = [
            equivalents(mine.model, states[time], time, [kind])
            for time, kind in zip(ahead.times, mine.kinds, strict=True)
        ]
        return np.concatenate(parts, axis=1)

    def _weather(self, forcing: Meteorology, day: np.datetime64) -> Iterator[Meteorology]:
        """The window's weather of each member, one draw for the window."""
        said, cells = self.cells.settings, self.cells.mosaic.cells
        sizes = said.perturb_rain, said.perturb_shortwave, said.perturb_longwave
        shape = (self.members, WEATHER)
        drawn = [self._random(FORCING, day, c).standard_normal(shape) for c in range(cells)]
        noise = np.stack(drawn)
        noise -= noise.mean(axis=1, keepdims=True)
        for member in range(self.members):
            yield weather_of(forcing, noise[:, member], *sizes)

    def _spread(
        self, ensemble: Sequence[State], share: np.ndarray, time: np.datetime64
    ) -> list[State]:
        """Members moved at random by `share` (control,) of the background errors."""
        mine, controls = self.cells, len(self.cells.names)
        values = np.stack([mine.control.values(state) for state in ensemble])
        screened = np.stack([mine.model.screened(state) for state in ensemble])
        may = mine.control.present() & ~screened[..., None]
        sd = np.where(may, np.sqrt(mine.variance_of(values)) * share, 0.0)
        root = np.linalg.cholesky(mine.correlation + 1e-12 * np.eye(controls))
        rho = mine.settings.patch_correlation
        noise = np.zeros_like(values)
        for c in range(mine.mosaic.cells):
            part, random = mine.part(c), self._random(MODEL, time, c)
            common = random.standard_normal((self.members, 1, controls))
            own = random.standard_normal((self.members, part.stop - part.start, controls))
            drawn = (np.sqrt(rho) * common + np.sqrt(1.0 - rho) * own) @ root.T
            noise[:, part] = drawn - drawn.mean(axis=0)
        both = zip(ensemble, sd * noise, strict=True)
        return [mine.control.add(state, moved)[0] for state, moved in both]

    def _random(self, what: int, day: np.datetime64, cell: int) -> np.random.Generator:
        """Random numbers that depend on the seed, the day and the place only."""
        mine, number = self.cells, int((midnight(day) - EPOCH) / DAY)
        place = [int(round(1e5 * (v + 360.0))) for v in (mine.lat[cell], mine.lon[cell])]
        return np.random.default_rng([mine.settings.seed, number, *place, what])

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
        if self.ensemble is None:
            return {}
        names = [variable.name for variable in self.cells.model.state_table]
        return {
            MEMBER + name: np.stack([state[name] for state in self.ensemble], axis=1)
            for name in names
        }

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave."""
        table = self.cells.model.state_table
        if not all(MEMBER + variable.name in kept for variable in table):
            return
        self.ensemble = [
            State(table, {v.name: kept[MEMBER + v.name][:, member].copy() for v in table})
            for member in range(self.members)
        ]


FILTER = EnsembleSquareRoot
