"""Radar backscatter: a water cloud of the model's leaf area over its soil moisture at 1-4 cm.

As a type of observation it knows no place; `&observation calibration_file` (`ldas calibrate`)
says how each cell answers, and `CalibratedBackscatter` is that of one window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from observation_ops.backscatter import Signature, backscatter, seen_through
from observation_ops.observation_type import ObservationType
from retrieval.iem import decibels, in_decibels


class Backscatter(ObservationType):
    """Errors are given in dB."""

    def factor(self, units: str, thickness: float | None = None) -> float | None:
        """1: linear values become dB by `in_model_units`. Raises ValueError for other units."""
        in_decibels(units)
        return 1.0

    def largest(self, units: str) -> float:
        """The largest credible value: that of a corner reflector."""
        return self.upper if in_decibels(units) else 10.0 ** (0.1 * self.upper)

    @property
    def needs(self) -> tuple[str, ...]:
        """Soil moisture, and leaf area that hides it."""
        return (self.variable, "lai")

    def in_model_units(self, values: np.ndarray, units: str, factor: float | None) -> np.ndarray:
        """In dB; NaN where linear values are not positive."""
        return values if in_decibels(units) else decibels(values)

    @property
    def direct(self) -> bool:
        """Soil moisture is seen through a law of its own."""
        return False

    def moisture(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray:
        """The soil moisture that is seen (m3 m-3): (column,)."""
        return super().equivalent(diagnosed)

    def equivalent(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray:
        """Nothing is known of a place before it is calibrated: raises TypeError."""
        raise TypeError("backscatter without a calibration")

    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """Variance (dB^2)."""
        return np.full(value.shape, error**2)


@dataclass(frozen=True)
class CalibratedBackscatter(Backscatter):
    """Backscatter over the columns of a domain, under the angles of one window.

    `signature` (column,) holds the offsets of the window's orbits; `sensitivity`
    (cell,) is what 1 m3 m-3 does to it (dB). Where less than `seen_min` of the soil's comes
    through the leaves nothing is seen.
    """

    law: str
    signature: Signature
    sensitivity: np.ndarray
    seen_min: float

    @property
    def per_control(self) -> np.ndarray:
        """dB per m3 m-3, (cell,)."""
        return self.sensitivity

    def equivalent(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray:
        """Backscatter (dB) of each column."""
        moisture, lai = self.moisture(diagnosed), np.maximum(diagnosed["lai"], 0.0)
        return backscatter(moisture, lai, self.signature, self.law)

    def hidden(self, diagnosed: Mapping[str, np.ndarray]) -> np.ndarray:
        """Whether leaves hide the soil of a column."""
        lai = np.maximum(diagnosed["lai"], 0.0)
        return seen_through(lai, self.signature) < self.seen_min

    def of(self, columns: np.ndarray) -> "CalibratedBackscatter":
        """The same over some of the columns."""
        return replace(self, signature=self.signature.of(columns))


TYPE = Backscatter(
    name="sigma0",
    meaning="radar backscatter (C band), equivalent: a water cloud of LAI over WG2, as calibrated",
    variable="wg",
    layer=2,
    model_units="dB",
    plain="never",
    lower=-60.0,
    upper=20.0,
    error=1.0,
    error_help="dB, default: what the calibration left",
)
