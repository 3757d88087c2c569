"""Any land model with a Basic Model Interface in ISBA's place.

The CSDMS Basic Model Interface 2.0 (Hutton et al. 2020) is a list of methods; a model that
has them can be driven from here, in process. What ldas asks beyond stepping is that the
model's state can be read and set, and that its clock can be set back: restarts, perturbed
runs and windows need it.
"""

from typing import Literal

import numpy as np

from ldas.core.clock import seconds
from ldas.core.errors import UserError
from ldas.core.meteorology import Meteorology
from ldas.core.settings import entry
from ldas.core.state import State

from .base import Advance, Ground, LandModelChoice
from .foreign.bmi_instances import END, INTERVAL, SUM, Instances
from .foreign.fitting import Fitting
from .foreign.model import ForeignModel, converted, in_their_unit, weather_of_steps
from .foreign.names import Theirs
from .foreign.settings import ForeignSettings

NO_CLOCK = "none"  # a model that keeps no time


class BmiSettings(ForeignSettings):
    """A land model of your own, driven through its Basic Model Interface."""

    name: Literal["bmi"] = entry("bmi", "land model")
    library: str = entry(
        help="the model's class, as 'package.module:Class', installed or beside the namelist"
    )
    config_file: str = entry(
        help="what initialize() is given; {columns}, {lat}, {lon}, {altitude}, {clay}, {sand}, "
        "{patch} and {fraction} in it stand for those of the columns"
    )
    clock: str | None = entry(
        None,
        "settable variable with its time (s since its start), to go back; 'none': it keeps no "
        "time; not given: it cannot go back",
    )

    def decisive(self) -> list[str]:
        """The configuration, and the file that the class is in, if it lies beside."""
        return [self.config_file, f"{self.library.partition(':')[0]}.py"]


class BmiModel(ForeignModel):
    """A foreign model over the columns of a mosaic; its time 0 is the run's start."""

    name = "bmi"

    def __init__(self, settings: BmiSettings, ground: Ground) -> None:
        self.start, self.clock = ground.start, settings.clock
        self.instances = Instances(settings.library, settings.config_file, settings, ground)
        super().__init__(settings, ground, self.instances.known())
        self.goes_back = settings.clock is not None
        self.steps_all = not self.instances.alone
        everything = self.columns
        begun = {name: self.instances.get(name, everything) for name in settings.state}
        self.begun = State(self.state_table, begun)

    def _further_checks(self, fitting: Fitting) -> None:
        """State, clock, balance and step."""
        known, settings = self.known, self.settings
        for name in settings.balance:
            fitting.theirs("balance", name)
        for name in settings.state:
            for what, names in (
                ("readable (an output)", known.readable),
                ("settable (an input)", known.settable),
            ):
                if name not in names:
                    fitting.say("state", f"'{name}' of {known.program} is not {what}")
        if self.clock not in (None, NO_CLOCK, *known.settable):
            fitting.say("clock", f"{known.program} takes no input '{self.clock}'")
        fitting.problems += self.instances.problems()

    def first_state(self) -> State:
        """The state that the model was initialized with."""
        return self.begun

    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        """See `first_state`."""
        return self.begun.copy()

    def _place(self, state: State, rows: np.ndarray, time: np.datetime64 | None) -> np.ndarray:
        """Give the model the state of some rows and a time; returns the rows' columns."""
        columns = self.columns[rows]
        for name in self.settings.state:
            self.instances.set(name, columns, state[name][rows])
        if time is None or self.clock == NO_CLOCK:
            return columns
        wanted = float(seconds(time - self.start))
        if self.clock is not None:
            self.instances.set_scalar(self.clock, columns, wanted)
        elif not np.isclose(self.instances.now(), wanted):
            raise UserError(
                f"{self.settings.library} stands at {self.instances.now():g} s and is asked for "
                f"{wanted:g} s: restarts and perturbed runs need a settable time, named by &model "
                "clock"
            )
        return columns

    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """See `LandModel.advance`."""
        after = state.copy()
        sums = {name: np.zeros(self.columns.size) for name in self.flux_names}
        worst = [0.0, 0.0]
        for rows in self.rounds():
            columns = self._place(state, rows, start)
            through = self._leap if self.instances.interpolates else self._step
            for name, values in through(columns, forcing, start, steps, worst).items():
                sums[name][rows] = values
            for name in self.settings.state:
                after[name][rows] = self.instances.get(name, columns)
        means = {
            name: converted(values / max(steps, 1), self.conversions[name])
            for name, values in sums.items()
        }
        return Advance(after, means, *worst)

    def _step(
        self,
        columns: np.ndarray,
        forcing: Meteorology,
        start: np.datetime64,
        steps: int,
        worst: list[float],
    ) -> dict[str, np.ndarray]:
        """Some steps of the columns that stand in the model; sums of fluxes over them."""
        cell = self.mosaic.cell
        sums = {name: np.zeros(columns.size) for name in self.flux_names}
        for now in weather_of_steps(forcing, start, steps, self.time_step):
            for other, (which, to_ours) in self.into.items():
                self.instances.force(other, columns, in_their_unit(now[:, which], to_ours)[cell])
            self.instances.update(columns)
            for name in self.flux_names:
                sums[name] += self.instances.get(self.outputs[name], columns)
            self._raise(worst, columns)
        return sums

    def _leap(
        self,
        columns: np.ndarray,
        forcing: Meteorology,
        start: np.datetime64,
        steps: int,
        worst: list[float],
    ) -> dict[str, np.ndarray]:
        """The same by a model that is given both ends of an interval and its own sums."""
        cell, interval = self.mosaic.cell, forcing.interval
        nothing = np.zeros(columns.size)
        for name in self.flux_names:
            self.instances.set(f"{self.outputs[name]}{SUM}", columns, nothing)
        first = seconds(start - forcing.start)
        last = first + steps * self.time_step
        since = float(seconds(forcing.start - self.start))
        for stamp in range(first // interval, -(-last // interval)):
            for other, (which, to_ours) in self.into.items():
                begin, end = (
                    in_their_unit(forcing.values[:, k, which], to_ours) for k in (stamp, stamp + 1)
                )
                self.instances.force(other, columns, begin[cell])
                self.instances.force(f"{other}{END}", columns, end[cell])
            for name, which in zip(INTERVAL, (stamp, stamp + 1), strict=True):
                self.instances.set_scalar(name, columns, since + which * interval)
            until = since + min(last, (stamp + 1) * interval)
            self.instances.update_until(columns, until)
            self._raise(worst, columns)
        summed = {name: f"{self.outputs[name]}{SUM}" for name in self.flux_names}
        return {name: self.instances.get(other, columns) for name, other in summed.items()}

    def _raise(self, worst: list[float], columns: np.ndarray) -> None:
        """Raise the worst residuals to those of the last step, NaN included."""
        for which, name in enumerate(self.settings.balance):
            found = self.instances.largest(name, columns)
            worst[which] = float(np.maximum(worst[which], found))

    def read(self, state: State, name: str, time: np.datetime64 | None) -> np.ndarray:
        """See `ForeignModel.read`."""
        out = None
        for rows in self.rounds():
            found = self.instances.get(name, self._place(state, rows, time))
            if out is None:
                out = np.empty((self.columns.size, *found.shape[1:]))
            out[rows] = found
        assert out is not None
        return out

    def set_through(self, state: State, which: Theirs, values: np.ndarray) -> None:
        """See `ForeignModel.set_through`."""
        for rows in self.rounds():
            columns = self._place(state, rows, None)
            whole = self.instances.get(which.name, columns)
            if whole.ndim == 1:
                whole = values[rows]
            else:
                whole[:, (which.layer or 1) - 1] = values[rows]
            self.instances.set(which.name, columns, whole)
            for name in self.settings.state:
                state[name][rows] = self.instances.get(name, columns)


MODEL = LandModelChoice(BmiSettings, BmiModel)
