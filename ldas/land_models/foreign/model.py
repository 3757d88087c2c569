"""Another land model in ISBA's place, whichever door it comes through."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from ldas.core.clock import seconds
from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING, Meteorology, instant
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.gridded.units import Conversion
from ldas.io.output_table import FLUX_BY_NAME, OUTPUT_BY_NAME
from ldas.land_models.base import Advance, Ground
from ldas.land_models.control import Control, force_restore_range, layer_middle, soil_layer
from ldas.land_models.isba.soil.hydraulics import LAYER_BOTTOM

from .control import ForeignVariable, layer_of
from .fitting import Fitting, Known
from .names import Theirs, condition, pairs
from .settings import ForeignSettings


class ForeignModel(ABC):
    """A model over some of a rank's `columns`, known by what the namelist says of it.

    A door adds how it is run (`advance`), and how variables that are not of its state are read
    (`read`) and set (`set_through`). Raises UserError with everything that does not fit.
    """

    name: str
    foreign = True  # may keep what it does not tell; tried out before a run
    goes_back = True  # can be given a time

    def __init__(self, settings: ForeignSettings, ground: Ground, known: Known) -> None:
        self.settings, self.mosaic, self.surface = settings, ground.mosaic, ground.surface
        self.columns = np.arange(ground.mosaic.columns)
        self.time_step, self.known = settings.time_step, known
        self.layer_bottom = LAYER_BOTTOM if settings.layers is None else np.array(settings.layers)
        self.inputs, self.outputs = pairs(settings.inputs), pairs(settings.outputs)
        fitting = Fitting(settings, known, self.layer_bottom)
        if (np.diff(self.layer_bottom, prepend=0.0) <= 0.0).any():
            raise UserError(f"&model layers: found {settings.layers}; allowed: depths that grow, m")
        self.conversions = fitting.outputs(self.outputs)
        self.state_table = tuple(self._state_variable(name) for name in settings.state)
        self._controls = fitting.control_names()
        self._scales = {ours: fitting.scale(ours, w) for ours, w in self._controls.items()}
        self._lower = fitting.limits("lower", settings.lower, self._controls, -np.inf)
        self._upper = fitting.limits("upper", settings.upper, self._controls, np.inf)
        self._followers = fitting.followers(self._controls)
        fitting.equivalents(self.outputs)
        fitting.whole()
        self.into = fitting.inputs(self.inputs)
        self._known_first: dict[Theirs, np.ndarray] = {}
        self._conditions = self._screening(fitting)
        if isinstance(settings.soil_range, str):
            self._range = fitting.theirs("soil_range", settings.soil_range)
        self._further_checks(fitting)
        if fitting.problems:
            raise UserError(fitting.problems)
        self.flux_names = tuple(name for name in self.outputs if name in FLUX_BY_NAME)
        self.diagnostic_names = tuple(name for name in self.outputs if name not in FLUX_BY_NAME)

    def _further_checks(self, fitting: Fitting) -> None:  # noqa: B027
        """What a door has to say beside."""

    @property
    def balances(self) -> bool:
        """Whether it tells how well it keeps water and energy."""
        return bool(self.settings.balance)

    @abstractmethod
    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        """See `LandModel.initial_state`."""

    @abstractmethod
    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """See `LandModel.advance`."""

    @abstractmethod
    def read(self, state: State, name: str, time: np.datetime64 | None) -> np.ndarray:
        """A variable that is not of the state: (column,) or (column, layer), their unit.

        Without a `time` it is that of whatever time the model stands at.
        """

    @abstractmethod
    def set_through(self, state: State, which: Theirs, values: np.ndarray) -> None:
        """Let the model set a variable in `state`, in place, moving what it will."""

    def _state_variable(self, name: str) -> Variable:
        if name not in self.known.readable:
            return Variable(name, ("column",), "1", name)
        dims = ("column",) if self.known.layers(name) == 1 else ("column", f"{name}_layer")
        return Variable(name, dims, self.known.unit(name) or "1", name)

    def _screening(self, fitting: Fitting) -> list[tuple[Theirs, str, float]]:
        found = []
        for text in self.settings.screened:
            try:
                which, sign, number = condition(text)
            except ValueError as error:
                fitting.say("screened", str(error))
                continue
            if fitting.theirs("screened", str(which)) is not None:
                found.append((which, sign, number))
        return found

    def take(self, columns: np.ndarray) -> Self:
        """The same model over some of its columns, repeats allowed, driven by the same cells."""
        other = copy.copy(self)
        other.columns = self.columns[columns]
        return other

    def rounds(self) -> list[np.ndarray]:
        """The rows of `columns` in lots that hold no column twice."""
        order = np.argsort(self.columns, kind="stable")
        ordered = self.columns[order]
        first = np.searchsorted(ordered, ordered)
        which = np.empty(order.size, int)
        which[order] = np.arange(order.size) - first
        return [np.flatnonzero(which == k) for k in range(which.max(initial=-1) + 1)]

    def _variable(self, state: State, name: str, time: np.datetime64 | None = None) -> np.ndarray:
        """A variable of the state, or what the model tells in it: (column,) or (column, layer)."""
        return state[name] if name in state else self.read(state, name, time)

    def value(self, state: State, which: Theirs) -> np.ndarray:
        """A variable's values (column,) in a state, in the model's unit."""
        return layer_of(self._variable(state, which.name), which)

    def diagnose(self, state: State, time: np.datetime64) -> dict[str, np.ndarray]:
        """Instantaneous outputs of the model in this state, in our units."""
        found = {}
        for ours in self.diagnostic_names:
            values = self._variable(state, self.outputs[ours], time)
            if "layer" in OUTPUT_BY_NAME[ours].dims:
                values = values.reshape(values.shape[0], -1)
            found[ours] = converted(values, self.conversions[ours])
        return found

    def refusals(self, forcing: Meteorology) -> list[str]:
        """Nothing is refused on the model's behalf."""
        return []

    def control(self, names: Sequence[str], move_structural: bool) -> Control:
        """Its control variables; raises UserError for a name that the namelist does not declare."""
        unknown = [name for name in names if name not in self._controls]
        if unknown:
            has = ", ".join(self._controls) or "nothing: give &model control"
            raise UserError(
                f"&assimilation control: &model control does not say what {', '.join(unknown)} is "
                f"(it has {has})"
            )
        if not self.goes_back:
            raise UserError(
                f"&model clock: missing; perturbed runs go back in time ({self.known.program}); "
                "'none' for a model that keeps no time"
            )
        middle = layer_middle(self.layer_bottom)
        variables = []
        for ours in names:
            layer = soil_layer(ours)
            lower, upper = self._lower[ours], self._upper[ours]
            there = np.ones(self.columns.size, bool)
            for limit in (lower, upper):
                if limit.which is not None and limit.which.name not in self.settings.state:
                    there &= ~np.isnan(self._first(limit.which))
            depth = None if layer is None else float(middle[layer - 1])
            variables.append(
                ForeignVariable(
                    *(ours, depth, self, self._controls[ours], self._scales[ours]),
                    *(lower, upper, self._followers.get(ours, ()), there),
                )
            )
        return Control(variables, self.control_scale())

    def watched(self, state: State) -> dict[str, np.ndarray]:
        """What must not drift in a spin-up: the soil moisture that can be analysed (column, layer).

        Raises UserError if the namelist names none.
        """
        names = [name for name in self._controls if soil_layer(name) is not None]
        if not names:
            raise UserError(
                "&model control: names no soil moisture ('wg1=theirs'), so that nothing could be "
                "seen to be balanced"
            )
        values = [self.value(state, self._controls[name]) * self._scales[name] for name in names]
        return {"moisture": np.stack(values, axis=1)}

    def _first(self, which: Theirs) -> np.ndarray:
        """A variable's values (column,) in the state that the model begins with."""
        if which not in self._known_first:
            whole = copy.copy(self)
            whole.columns = np.arange(self.mosaic.columns)
            self._known_first[which] = whole.value(self.first_state(), which)
        return self._known_first[which][self.columns]

    @abstractmethod
    def first_state(self) -> State:
        """The state that the model began with, of all the rank's columns."""

    def control_scale(self) -> np.ndarray:
        """See `ControlledModel.control_scale`."""
        given = self.settings.soil_range
        if given is None:
            return force_restore_range(self.surface.clay[self.mosaic.cell[self.columns]])
        if isinstance(given, str):
            assert self._range is not None
            found = self._first(self._range)
            if not np.isfinite(found).all():
                raise UserError(f"&model soil_range: '{given}' is not known where a run begins")
            return found
        return np.full(self.columns.size, float(given))

    def screened(self, state: State) -> np.ndarray:
        """Columns that no observation may change, by the namelist's conditions."""
        out = np.zeros(self.columns.size, bool)
        for which, sign, number in self._conditions:
            values = self._variable(state, which.name)
            if which.layer is not None:
                values = layer_of(values, which)
            beyond = values > number if sign == ">" else values < number
            out |= beyond.reshape(out.size, -1).any(axis=1)
        return out


def in_their_unit(values: np.ndarray, to_ours: Conversion) -> np.ndarray:
    """Values of ours in the unit of an input of theirs."""
    return (values - to_ours.offset) / to_ours.scale


def weather_of_steps(
    forcing: Meteorology, start: np.datetime64, steps: int, time_step: int
) -> Iterator[np.ndarray]:
    """Forcing (cell, variable) of each step: states at its begin, precipitation's mean rate.

    One array, filled anew for each step.
    """
    first = seconds(start - forcing.start) // time_step
    per_interval = forcing.interval // time_step
    now = np.empty((forcing.values.shape[0], len(FORCING)))
    for k in range(steps):
        stamp, substep = divmod(first + k, per_interval)
        instant(forcing.values, stamp, substep / per_interval, now)
        yield now


def converted(values: np.ndarray, layers: Sequence[Conversion]) -> np.ndarray:
    """Values (column,) or (column, layer) in our unit, given how each layer becomes ours."""
    if all(layer.scale == 1.0 and layer.offset == 0.0 for layer in layers):
        return values
    scale = np.array([layer.scale for layer in layers])
    offset = np.array([layer.offset for layer in layers])
    if values.ndim == 1:
        return values * scale[0] + offset[0]
    return values * scale + offset
