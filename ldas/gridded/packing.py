"""From raw numbers to physical ones: what is missing, what is a flag, what is out of range.

In the order in which products mean it: fill values, flags among the values and the valid range
are given in packed numbers and looked at before the scale is applied.
"""

from dataclasses import dataclass

import numpy as np

from ldas.core.errors import UserError

from .stored import Stored

MISSING, FLAGGED, INVALID = "missing", "flagged", "invalid"


@dataclass(frozen=True)
class Packing:
    """How raw numbers of a variable become physical ones, raw bounds inclusive."""

    scale: float
    offset: float
    fills: tuple[float, ...]
    flags: tuple[float, ...]
    lower: float
    upper: float
    unsigned: bool

    def values(self, raw: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Physical values, and where they are missing, flags or out of the valid range."""
        raw = self._unsigned(raw)
        missing = np.zeros(raw.shape, bool)
        for fill in self.fills:
            missing |= np.isnan(raw) if np.isnan(fill) else raw == np.asarray(fill, raw.dtype)
        if np.issubdtype(raw.dtype, np.floating) and not any(not np.isnan(f) for f in self.fills):
            missing |= np.isnan(raw)
        flagged = np.isin(raw, self.flags) if self.flags else np.zeros(raw.shape, bool)
        with np.errstate(invalid="ignore"):
            invalid = (raw < self.lower) | (raw > self.upper)
        values = raw.astype(float) * self.scale + self.offset
        return values, {MISSING: missing, FLAGGED: flagged, INVALID: invalid}

    def _unsigned(self, raw: np.ndarray) -> np.ndarray:
        if self.unsigned and raw.dtype.kind == "i":
            return raw.view(raw.dtype.str.replace("i", "u"))
        return raw


def packing_of(
    stored: Stored,
    scale: float | None = None,
    offset: float | None = None,
    valid: tuple[float, float] | None = None,
    flags_are_values: bool = True,
) -> Packing:
    """Packing by the attributes of a variable; what is given here counts instead of them.

    Raises UserError for attributes that are no numbers, and for a scale of 0.
    """
    found = stored.number("scale_factor", 1.0) if scale is None else scale
    if found == 0.0 or not np.isfinite(found):
        raise UserError(f"{stored.path}: variable '{stored.name}': scale_factor is {found:g}")
    shift = stored.number("add_offset", 0.0) if offset is None else offset
    fills = [stored.numbers(name) for name in ("_FillValue", "missing_value")]
    flags = stored.numbers("flag_values") if flags_are_values else np.empty(0)
    lower, upper = valid if valid is not None else _valid(stored)
    return Packing(
        found,
        float(shift or 0.0),
        tuple(_fill(stored, value) for values in fills for value in values),
        tuple(float(value) for value in flags),
        lower,
        upper,
        stored.unsigned,
    )


def _fill(stored: Stored, value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if stored.unsigned and number < 0.0:
        return number + 2.0 ** (8 * stored.dtype.itemsize)
    return number


def _valid(stored: Stored) -> tuple[float, float]:
    """The valid range in packed numbers; a range that was stored with the wrong sign is none."""
    both = stored.numbers("valid_range").astype(float)
    if both.size == 2:
        lower, upper = float(both[0]), float(both[1])
    else:
        low, high = stored.number("valid_min"), stored.number("valid_max")
        lower = -np.inf if low is None else low
        upper = np.inf if high is None else high
    return (lower, upper) if lower <= upper else (-np.inf, np.inf)
