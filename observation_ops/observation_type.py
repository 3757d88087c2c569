"""What a kind of observation must say of itself: units, bounds, equivalent in a model, errors."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ldas.core.registries import OBSERVATION_TYPES
from ldas.gridded.units import conversion, plain_number


@dataclass(frozen=True)
class ObservationType(ABC):
    """One kind of observation and its equivalent in a model.

    The equivalent is the output `variable` (of `layer`, counted from 1) of unit `model_units`.
    Products may come in any unit that can be converted to it, and plain numbers or percent
    where `plain` says so: as an 'index' (used rescaled only), as the 'same', or 'never'.
    `lower` and `upper` bound the values of a product in `model_units` or as plain numbers.
    `error` is the default observation error, `error_help` says of what it is.
    """

    name: str
    meaning: str
    variable: str
    layer: int | None
    model_units: str
    plain: str
    lower: float
    upper: float
    error: float
    error_help: str

    @property
    def control(self) -> str:
        """The control variable that is seen, if the analysis has it."""
        return self.variable if self.layer is None else f"{self.variable}{self.layer}"

    @property
    def per_control(self) -> np.ndarray | float:
        """What 1 of the control variable is worth in `model_units`: a number or (cell,)."""
        return 1.0

    @property
    def direct(self) -> bool:
        """Whether the control variable itself is seen."""
        return True

    @property
    def needs(self) -> tuple[str, ...]:
        """The outputs of a model that it is worked out from."""
        return (self.variable,)

    def in_model_units(self, values: np.ndarray, units: str, factor: float | None) -> np.ndarray:
        """Values of a product in `units` as the model has them; `factor` is that of `factor`."""
        assert factor is not None
        return values * factor

    def factor(self, units: str, thickness: float | None = None) -> float | None:
        """From `units` to `model_units`; None if such values can only be used rescaled.

        `thickness` (m) is that of a layer whose water is given as mass per area. Raises
        ValueError, in words for the user, for units that cannot be those of this kind.
        """
        if plain_number(units) is not None:
            if self.plain == "index":
                return None
            if self.plain == "same" and plain_number(units) == 1.0:
                return 1.0
            raise ValueError(f"units '{units}'; allowed for {self.name}: {self.model_units}")
        found = conversion(units, self.model_units, thickness)
        if found.offset != 0.0:
            raise ValueError(f"units '{units}'; allowed for {self.name}: {self.model_units}")
        return found.scale

    def largest(self, units: str) -> float:
        """The largest credible value of a product in `units`."""
        plain = plain_number(units)
        if plain is not None:
            return self.upper / plain
        return self.upper / (self.factor(units, 1.0) or 1.0)

    def equivalent(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray:
        """What this kind sees of a model: (column,), from its instantaneous outputs by name."""
        values = diagnosed[self.variable]
        return values if self.layer is None else values[:, self.layer - 1]

    def hidden(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """Whether a model's plants hide what is to be seen: (column,); None: nowhere."""
        return None

    def of(self, columns: np.ndarray) -> "ObservationType":
        """The same over some of a domain's columns, repeats allowed."""
        return self

    @abstractmethod
    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """Observation error variance (cell,) in the square of `model_units`.

        `value` (cell,) is the rescaled observation, `error` and `least` are the namelist's,
        `soil_range` (cell,) the range of soil moisture (m3 m-3).
        """


class NeverAssimilated(ObservationType):
    """What is read like an observation, with its units and bounds, and stands for none."""

    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """There is no observation: raises TypeError."""
        raise TypeError(f"{self.meaning} is not assimilated")


def observation_type(name: str) -> ObservationType:
    """The type of this name; raises UserError if there is none."""
    return OBSERVATION_TYPES.load(name)
