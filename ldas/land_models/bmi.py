"""Any land model with a Basic Model Interface in ISBA's place.

The CSDMS Basic Model Interface 2.0 (Hutton et al. 2020) is a list of methods; a model that
has them can be driven from here, in process. What ldas asks beyond stepping is that the
model's state can be read and set, and that its clock can be set back: restarts, perturbed
runs and windows need it.
"""

import importlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ldas.core.clock import seconds
from ldas.core.errors import UserError
from ldas.core.kernel import kernel
from ldas.core.meteorology import FORCING, Meteorology, between
from ldas.core.settings import Group, Strings, entry
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.io.output_table import FLUX_BY_NAME

from .base import Advance, Ground, LandModelChoice

PRECIPITATION = tuple(FORCING.index(name) for name in ("rainf", "snowf"))
NEEDED = (
    *("initialize", "update", "finalize", "get_value", "set_value", "get_current_time"),
    *("get_time_step", "get_time_units", "get_input_var_names", "get_output_var_names"),
    *("get_var_grid", "get_var_units", "get_grid_size"),
)
SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}


class BmiSettings(Group):
    """A land model of your own, driven through its Basic Model Interface."""

    name: Literal["bmi"] = entry("bmi", "land model")
    library: str = entry(help="the model's class, as 'package.module:Class'")
    config_file: str = entry(help="what the model's initialize() is given")
    inputs: Strings = entry(
        list(FORCING), "forcing it takes: 'ours=theirs', or one name if they are the same"
    )
    outputs: Strings = entry(help="outputs it gives: 'ours=theirs', or one name if the same")
    state: Strings = entry(help="all variables of its state, readable and settable")
    clock: str | None = entry(
        None, "settable variable with its time (s since its start), to go back; not given: none"
    )
    balance: Strings = entry(
        [], "variables with its worst water (kg m-2) and energy (W m-2) residual of a step"
    )
    time_step: int = entry(help="time step, the model's own", unit="s", ge=1, le=3600)
    threads: int = entry(1, "threads of each MPI rank", ge=1, le=1)
    restart: str | None = entry(None, "restart file to begin from, instead of initial values")


@kernel
def instant(values: np.ndarray, stamp: int, x: float, out: np.ndarray) -> None:
    """Forcing (cell, variable) at weight `x` after `stamp`: states there, precipitation's mean."""
    for cell in range(values.shape[0]):
        for k in range(values.shape[2]):
            a, z = values[cell, stamp, k], values[cell, stamp + 1, k]
            out[cell, k] = between(a, z, x)
        for k in PRECIPITATION:
            out[cell, k] = values[cell, stamp + 1, k]


class BmiModel:
    """A foreign model over the columns of a mosaic; its time 0 is the run's start.

    Raises UserError naming what the model lacks.
    """

    name = "bmi"

    def __init__(self, settings: BmiSettings, ground: Ground) -> None:
        self.mosaic, self.settings, self.start = ground.mosaic, settings, ground.start
        self.time_step = settings.time_step
        self.model = load_class(settings.library)()
        self.model.initialize(str(ground.file(settings.config_file)))
        self.inputs, self.outputs = pairs(settings.inputs), pairs(settings.outputs)
        self._check()
        self.flux_names = tuple(name for name in self.outputs if name in FLUX_BY_NAME)
        self.diagnostic_names = tuple(name for name in self.outputs if name not in FLUX_BY_NAME)
        self.state_table = tuple(self._state_variable(name) for name in settings.state)

    def _check(self) -> None:
        """Everything that ldas needs and this model has not, at once."""
        model, settings = self.model, self.settings
        offered, taken = set(model.get_output_var_names()), set(model.get_input_var_names())
        problems = []
        for ours, theirs in self.inputs.items():
            if ours not in FORCING:
                known = ", ".join(FORCING)
                problems.append(f"&model inputs: unknown forcing '{ours}' (allowed: {known})")
            elif theirs not in taken:
                problems.append(f"&model inputs: {settings.library} takes no input '{theirs}'")
        for name in (*self.outputs.values(), *settings.balance):
            if name not in offered:
                problems.append(f"&model outputs: {settings.library} gives no output '{name}'")
        for name in settings.state:
            for place, names in (("readable (an output)", offered), ("settable (an input)", taken)):
                if name not in names:
                    problems.append(f"&model state: '{name}' of {settings.library} is not {place}")
        if settings.clock is not None and settings.clock not in taken:
            problems.append(f"&model clock: {settings.library} takes no input '{settings.clock}'")
        if len(settings.balance) not in (0, 2):
            problems.append(f"&model balance: {len(settings.balance)} values; allowed: 0 or 2")
        if not settings.state:
            problems.append("&model state: empty; restarts need the model's whole state")
        problems += self._step_and_size(taken)
        if problems:
            raise UserError(problems)

    def _step_and_size(self, taken: set[str]) -> list[str]:
        model, settings, problems = self.model, self.settings, []
        units = str(model.get_time_units()).split(" since ")[0].strip().lower()
        if units not in SECONDS:
            problems.append(f"{settings.library}: time in '{units}', allowed: {', '.join(SECONDS)}")
        elif not np.isclose(model.get_time_step() * SECONDS[units], self.time_step):
            step = model.get_time_step() * SECONDS[units]
            problems.append(f"&model time_step: found {self.time_step}; the model steps {step:g} s")
        else:
            self.per_unit = SECONDS[units]
        for name in self.inputs.values():
            size = self._size(name) if name in taken else self.mosaic.columns
            if size != self.mosaic.columns:
                problems.append(
                    f"{settings.library}: input '{name}' has {size} values, the domain "
                    f"{self.mosaic.columns} columns"
                )
        return problems

    def _size(self, name: str) -> int:
        return int(self.model.get_grid_size(self.model.get_var_grid(name)))

    def _state_variable(self, name: str) -> Variable:
        size, columns = self._size(name), self.mosaic.columns
        if size % columns:
            raise UserError(
                f"&model state: '{name}' has {size} values, not a multiple of {columns} columns"
            )
        dims = ("column",) if size == columns else ("column", f"{name}_layer")
        return Variable(name, dims, str(self.model.get_var_units(name)), name)

    def _get(self, name: str) -> np.ndarray:
        """Values as (column,) or (column, layer)."""
        found = self.model.get_value(name, np.empty(self._size(name)))
        columns = self.mosaic.columns
        return found.reshape(columns, -1) if found.size > columns else found

    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        """The state that the model was initialized with."""
        return State(self.state_table, {name: self._get(name) for name in self.settings.state})

    def _place(self, state: State, time: np.datetime64) -> None:
        """Give the model a state and a time."""
        for name in self.settings.state:
            self.model.set_value(name, np.ascontiguousarray(state[name]).ravel())
        now = self.model.get_current_time() * self.per_unit
        wanted = float(seconds(time - self.start))
        if self.settings.clock is not None:
            self.model.set_value(self.settings.clock, np.array([wanted]))
        elif not np.isclose(now, wanted):
            raise UserError(
                f"{self.settings.library} stands at {now:g} s and is asked for {wanted:g} s: "
                "restarts and perturbed runs need a settable time, named by &model clock"
            )

    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """See `LandModel.advance`."""
        self._place(state, start)
        first = seconds(start - forcing.start) // self.time_step
        per_interval = forcing.interval // self.time_step
        now = np.empty((forcing.values.shape[0], len(FORCING)))
        sums = {name: np.zeros(self.mosaic.columns) for name in self.flux_names}
        worst = [0.0, 0.0]
        for k in range(steps):
            stamp, substep = divmod(first + k, per_interval)
            instant(forcing.values, stamp, substep / per_interval, now)
            for ours, theirs in self.inputs.items():
                values = now[self.mosaic.cell, FORCING.index(ours)]
                self.model.set_value(theirs, np.ascontiguousarray(values))
            self.model.update()
            for name in self.flux_names:
                sums[name] += self._get(self.outputs[name])
            for which, name in enumerate(self.settings.balance):
                worst[which] = max(worst[which], float(np.max(self._get(name))))
        means = {name: values / max(steps, 1) for name, values in sums.items()}
        after = State(self.state_table, {name: self._get(name) for name in self.settings.state})
        return Advance(after, means, *worst)

    def diagnose(self, state: State, time: np.datetime64) -> dict[str, np.ndarray]:
        """Instantaneous outputs of the model in this state."""
        self._place(state, time)
        return {name: self._get(self.outputs[name]) for name in self.diagnostic_names}

    def refusals(self, forcing: Meteorology) -> list[str]:
        """Nothing is refused on the model's behalf."""
        return []


def load_class(library: str) -> Any:
    """The class 'package.module:Class'; raises UserError if it cannot be had or has no BMI."""
    module, _, name = library.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"&model library: '{library}' cannot be imported ({error}); wanted 'package.module:"
            "Class'"
        ) from None
    lacking = [method for method in NEEDED if not callable(getattr(found, method, None))]
    if lacking:
        raise UserError(
            f"&model library: '{library}' has no Basic Model Interface; it lacks "
            f"{', '.join(lacking)}"
        )
    return found


def pairs(entries: Sequence[str]) -> dict[str, str]:
    """'ours=theirs' entries as a mapping; a single name stands for both."""
    found = {}
    for item in entries:
        ours, _, theirs = item.partition("=")
        found[ours.strip()] = (theirs or ours).strip()
    return found


MODEL = LandModelChoice(BmiSettings, BmiModel)
