"""Whether what the namelist says of another model is so: names, layers, units."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ldas.core.errors import UserError, nearest
from ldas.core.meteorology import FORCING, FORCING_UNITS
from ldas.core.registries import OBSERVATION_TYPES
from ldas.gridded.units import Conversion, conversion
from ldas.io.output_table import OUTPUT_BY_NAME
from ldas.land_models.control import LAI, soil_layer

from .control import Follower, Limit
from .names import Theirs, along, labelled, pairs, shown_as, theirs
from .settings import ForeignSettings

CONTROL_UNITS = {True: "m2 m-2", False: "m3 m-3"}  # of leaf area, of soil moisture
SAME = Conversion(1.0, 0.0)


@dataclass(frozen=True)
class Known:
    """What a model tells of its variables.

    `readable`, `settable`: their names; `layers` gives how many a variable has, `unit` its unit
    or None. `program` is how messages call the model.
    """

    program: str
    readable: frozenset[str]
    settable: frozenset[str]
    layers: Callable[[str], int]
    unit: Callable[[str], str | None]


def told_units(settings: ForeignSettings) -> dict[str, str]:
    """The units that the namelist says; raises UserError for what is no such entry."""
    try:
        return labelled(settings.units)
    except ValueError as error:
        raise UserError(f"&model units: {error}") from None


class Fitting:
    """The namelist's entries held against what the model tells, with all `problems`."""

    def __init__(self, settings: ForeignSettings, known: Known, bottom: np.ndarray) -> None:
        self.settings, self.known, self.bottom = settings, known, bottom
        self.thickness = np.diff(bottom, prepend=0.0)
        self.problems: list[str] = []

    def say(self, entry: str, what: str) -> None:
        """Note a problem of an entry of `&model`."""
        self.problems.append(f"&model {entry}: {what}")

    def outputs(self, names: Mapping[str, str]) -> dict[str, list[Conversion]]:
        """For each output of ours how each layer of theirs becomes ours."""
        found = {}
        for ours, other in names.items():
            if ours not in OUTPUT_BY_NAME:
                self.say("outputs", f"unknown output '{ours}'{nearest(ours, OUTPUT_BY_NAME)}")
            elif other not in self.known.readable:
                self.say("outputs", f"{self.known.program} gives no output '{other}'")
            else:
                number, soil = self.known.layers(other), "layer" in OUTPUT_BY_NAME[ours].dims
                wanted = self.bottom.size if soil else 1
                if number != wanted:
                    self.say(
                        "outputs",
                        f"'{ours}={other}' has {number} values a column, allowed: {wanted}"
                        + (" (&model layers)" if soil else ""),
                    )
                    continue
                thick = self.thickness if soil else [None]
                units = OUTPUT_BY_NAME[ours].units
                found[ours] = [self.converted("outputs", other, units, t) for t in thick]
        return found

    def inputs(self, names: Mapping[str, str]) -> dict[str, tuple[int, Conversion]]:
        """For each input of theirs which forcing it is, and how it becomes ours."""
        found = {}
        for ours, other in names.items():
            if ours not in FORCING:
                self.say("inputs", f"unknown forcing '{ours}' (allowed: {', '.join(FORCING)})")
            elif self.theirs("inputs", other, readable=False) is not None:
                to_ours = self.converted("inputs", other, FORCING_UNITS[ours])
                found[other] = (FORCING.index(ours), to_ours)
        return found

    def whole(self) -> None:
        """Problems of the state and the balance as such."""
        if not self.settings.state:
            self.say("state", "empty; restarts need the model's whole state")
        if len(self.settings.balance) not in (0, 2):
            self.say("balance", f"{len(self.settings.balance)} values; allowed: 0 or 2")

    def converted(
        self, entry: str, other: str, wanted: str, thickness: float | None = None
    ) -> Conversion:
        """From the unit of their variable to `wanted`."""
        unit = self.known.unit(other)
        if unit is None:
            self.say(entry, f"'{other}' has no unit; give it by &model units = '{other}: UNIT'")
            return SAME
        if unit == wanted:
            return SAME
        try:
            return conversion(unit, wanted, thickness)
        except ValueError as error:
            self.say(entry, f"'{other}': {error} (&model units can say otherwise)")
            return SAME

    def theirs(self, entry: str, text: str, readable: bool = True) -> Theirs | None:
        """A variable of the model, its layer checked; None if there is none such."""
        try:
            which = theirs(text)
        except ValueError as error:
            self.say(entry, str(error))
            return None
        known = self.known.readable if readable else self.known.settable
        if which.name not in known:
            has = ", ".join(sorted(known))
            self.say(entry, f"{self.known.program} has no variable '{which.name}' (it has {has})")
            return None
        number = self.known.layers(which.name)
        if which.layer is not None and not 1 <= which.layer <= number:
            self.say(entry, f"'{which}': '{which.name}' has {number} values a column")
            return None
        return which

    def control_names(self) -> dict[str, Theirs]:
        """Their variable of each control variable of ours."""
        found = {}
        for ours, text in pairs(self.settings.control).items():
            layer = soil_layer(ours)
            if ours != LAI and (layer is None or layer > self.bottom.size):
                self.say("control", f"'{ours}': allowed: lai, wg1 to wg{self.bottom.size}")
                continue
            which = self.theirs("control", text)
            if which is None:
                continue
            if which.name not in self.known.settable:
                self.say("control", f"'{which.name}' of {self.known.program} is not settable")
            elif which.layer is None and self.known.layers(which.name) > 1:
                self.say("control", f"'{ours}={which}': which layer? write '{ours}={which}[1]'")
            else:
                found[ours] = which
        return found

    def scale(self, ours: str, which: Theirs, entry: str = "control") -> float:
        """By what their values are multiplied to be ours."""
        layer = soil_layer(ours)
        thick = None if layer is None else float(self.thickness[layer - 1])
        found = self.converted(entry, which.name, CONTROL_UNITS[layer is None], thick)
        if found.offset != 0.0:
            self.say(entry, f"'{which}': its unit has another zero than {ours}")
        return found.scale

    def limits(
        self, entry: str, values: Sequence[float | str], controls: Mapping[str, Theirs], none: float
    ) -> dict[str, Limit]:
        """The bounds of each control variable; `none` stands for no bound."""
        given = list(values) or [""]
        declared = list(pairs(self.settings.control))
        if len(given) not in (1, len(declared)):
            self.say(entry, f"{len(given)} values; allowed: 1 or {len(declared)}, as control")
            return {}
        found = {}
        for ours, value in zip(declared, given * (len(declared) // len(given)), strict=True):
            if ours not in controls:
                continue
            if isinstance(value, (int, float)):
                found[ours] = Limit(float(value))
            elif not value.strip():
                found[ours] = Limit(none)
            else:
                which = self.theirs(entry, value)
                if which is None:
                    continue
                if which.layer is None and self.known.layers(which.name) > 1:
                    which = Theirs(which.name, controls[ours].layer or soil_layer(ours))
                found[ours] = Limit(none, which, self.scale(ours, which, entry))
        return found

    def followers(self, controls: Mapping[str, Theirs]) -> dict[str, tuple[Follower, ...]]:
        """What moves along with each control variable."""
        found: dict[str, tuple[Follower, ...]] = {}
        for text in self.settings.moves_along:
            try:
                ours, how, which = along(text)
            except ValueError as error:
                self.say("moves_along", str(error))
                continue
            if ours not in controls:
                self.say("moves_along", f"'{text}': '{ours}' is not in control")
            elif which.name not in self.settings.state:
                self.say("moves_along", f"'{text}': '{which.name}' is not in state")
            elif controls[ours].name not in self.settings.state:
                self.say("moves_along", f"'{text}': what follows '{controls[ours]}' is the model's")
            else:
                amount = None if how == "*" else 1.0 / self.scale(ours, which, "moves_along")
                found[ours] = (*found.get(ours, ()), Follower(which, amount))
        return found

    def equivalents(self, outputs: Mapping[str, str]) -> None:
        """Problems of what observations are said to see."""
        for kind in pairs(self.settings.equivalents):
            shown = shown_as(kind, self.settings.equivalents)
            assert shown is not None
            name, layer = shown
            if kind not in OBSERVATION_TYPES.names():
                self.say(
                    "equivalents", f"unknown '{kind}' (allowed: {OBSERVATION_TYPES.allowed()})"
                )
            elif name not in outputs:
                self.say("equivalents", f"'{kind}={name}': '{name}' is not in outputs")
            elif layer is not None and layer > self.bottom.size:
                self.say("equivalents", f"'{kind}=wg{layer}': {self.bottom.size} soil layers")
