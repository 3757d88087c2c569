"""What a kind of observation must say of itself: units, bounds, equivalent in a model, errors."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ldas.core.registries import OBSERVATION_TYPES


@dataclass(frozen=True)
class ObservationType(ABC):
    """One kind of observation and its equivalent in a model.

    The equivalent is the output `variable` (of `layer`, counted from 1) of unit `model_units`.
    `units` gives the factor from a product's unit to it; a unit with None can only be used
    rescaled. `lower` and `upper` bound the values of a product, `upper_in` those in some units.
    `error` is the default observation error, `error_help` says of what it is.
    """

    name: str
    meaning: str
    variable: str
    layer: int | None
    model_units: str
    units: dict[str, float | None]
    lower: float
    upper: float
    error: float
    error_help: str
    upper_in: dict[str, float] = field(default_factory=dict)

    @property
    def control(self) -> str:
        """The control variable that would be observed directly, if the analysis has it."""
        return self.variable if self.layer is None else f"{self.variable}{self.layer}"

    def largest(self, units: str) -> float:
        """The largest credible value of a product in `units`."""
        return self.upper_in.get(units, self.upper)

    def equivalent(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray:
        """What this kind sees of a model: (column,), from its instantaneous outputs by name."""
        values = diagnosed[self.variable]
        return values if self.layer is None else values[:, self.layer - 1]

    @abstractmethod
    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """Observation error variance (cell,) in the square of `model_units`.

        `value` (cell,) is the rescaled observation, `error` and `least` are the namelist's,
        `soil_range` (cell,) the range of soil moisture (m3 m-3).
        """


def observation_type(name: str) -> ObservationType:
    """The type of this name; raises UserError if there is none."""
    return OBSERVATION_TYPES.load(name)
