"""Any land model that is an executable: files in, a command, files out, window by window.

How SURFEX OFFLINE, Noah-MP and others are run under data assimilation. For each stretch of
time the command finds, in a working folder of its own, who the columns are, their forcing and
a restart; it must leave a restart and, for fluxes, an output file. All are NetCDF.
"""

import numpy as np

from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING_UNITS, Meteorology
from ldas.core.state import State
from ldas.io.output_table import FLUX_BY_NAME

from .base import Advance, Ground, LandModelChoice
from .foreign.executable import Executable
from .foreign.fitting import Fitting, Known, told_units
from .foreign.model import ForeignModel, in_their_unit, weather_of_steps
from .foreign.names import Theirs, labelled, pairs, theirs
from .foreign.settings import FilesSettings


class FilesModel(ForeignModel):
    """An executable over the columns of a mosaic; it takes as many columns as the files have."""

    name = "files"

    def __init__(self, settings: FilesSettings, ground: Ground) -> None:
        self.layers = {w.name: w.layer or 1 for w in map(self._declared, settings.state)}
        settings = settings.model_copy(update={"state": list(self.layers)})
        self.initial = self._numbers(settings)
        self.told = told_units(settings)
        inputs, outputs = pairs(settings.inputs), pairs(settings.outputs)
        forced = {o: FORCING_UNITS.get(ours) for ours, o in inputs.items()}
        fluxes = {
            o: FLUX_BY_NAME[ours].units for ours, o in outputs.items() if ours in FLUX_BY_NAME
        }
        units = {**fluxes, **forced, **self.told}  # of a flux its file tells
        known = Known(
            f"'{settings.command}'",
            frozenset({*self.layers, *fluxes}),
            frozenset({*self.layers, *forced}),
            lambda name: self.layers.get(name, 1),
            units.get,
        )
        self.executable = Executable(settings, ground)
        super().__init__(settings, ground, known)

    @staticmethod
    def _declared(text: str) -> Theirs:
        try:
            return theirs(text)
        except ValueError as error:
            raise UserError(f"&model state: {error}") from None

    @staticmethod
    def _numbers(settings: FilesSettings) -> dict[str, np.ndarray]:
        try:
            said = labelled(settings.initial).items()
            return {name: np.array([float(word) for word in text.split()]) for name, text in said}
        except ValueError as error:
            raise UserError(f"&model initial: {error}") from None

    def _further_checks(self, fitting: Fitting) -> None:
        """First values, and what only a state can tell."""
        settings = self.settings
        for name, values in self.initial.items():
            if name not in self.layers:
                fitting.say("initial", f"'{name}' is not in state")
            elif values.size not in (1, self.layers[name]):
                allowed = f"1 or {self.layers[name]}" if self.layers[name] > 1 else "1"
                fitting.say("initial", f"{values.size} values for '{name}'; allowed: {allowed}")
        lacking = [name for name in self.layers if name not in self.initial]
        if lacking and settings.restart is None:
            fitting.say("initial", f"missing for {', '.join(lacking)}; or give &model restart")
        limits = (*self._lower.values(), *self._upper.values())
        asked = [limit.which for limit in limits if limit.which is not None]
        for which in (*asked, *(which for which, _, _ in self._conditions)):
            if which.name not in self.layers:
                fitting.say("state", f"lacks '{which}': files tell nothing but the state")
        fitting.problems += self.executable.problems()

    def first_state(self) -> State:
        """What `initial` says, in all columns."""
        columns = self.mosaic.columns
        arrays = {}
        for name, n in self.layers.items():
            values = self.initial.get(name, np.array([np.nan]))
            arrays[name] = np.tile(np.broadcast_to(values, (n,)), (columns, 1))
            if n == 1:
                arrays[name] = arrays[name][:, 0].copy()
        return State(self.state_table, arrays)

    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        """See `first_state`."""
        return self.first_state()

    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """See `LandModel.advance`."""
        if steps == 0:
            nothing = {name: np.zeros(self.columns.size) for name in self.flux_names}
            return Advance(state.copy(), nothing, 0.0, 0.0)
        call = self.executable.call(self.columns, start, steps)
        call.write_inputs(self._weather(forcing, start, steps))
        call.write_state(state)
        call.run()
        after = State(self.state_table, call.read_state(self.layers))
        fluxes = {}
        for name in self.flux_names:
            other = self.outputs[name]
            fluxes[name] = call.read_flux(other, self.told.get(other), FLUX_BY_NAME[name].units)
        worst = [call.largest(name) for name in self.settings.balance] or [0.0, 0.0]
        return Advance(after, fluxes, *worst)

    def _weather(
        self, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> dict[str, tuple[np.ndarray, str]]:
        """Inputs (step, column) in their units: states at a step's begin, precipitation's mean."""
        each = weather_of_steps(forcing, start, steps, self.time_step)
        cell = self.mosaic.cell[self.columns]
        values = np.stack([now[cell] for now in each])
        return {
            other: (in_their_unit(values[..., which], to_ours), self.known.unit(other) or "1")
            for other, (which, to_ours) in self.into.items()
        }

    def read(self, state: State, name: str, time: np.datetime64 | None) -> np.ndarray:
        """An executable tells nothing beside its state."""
        raise UserError(f"&model: '{name}' is not in state, and files tell no more")

    def set_through(self, state: State, which: Theirs, values: np.ndarray) -> None:
        """An executable sets nothing by itself."""
        raise UserError(f"&model control: '{which}' is not in state")


MODEL = LandModelChoice(FilesSettings, FilesModel)
