"""What is known of a product by its name: where it stands in its files, and which of it is good."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ldas.core.errors import UserError, nearest
from ldas.core.registries import PRODUCT_FAMILIES

J2000_NOON = np.datetime64("2000-01-01T12:00:00")
Y1970 = np.datetime64("1970-01-01T00:00:00")
Y2000 = np.datetime64("2000-01-01T00:00:00")


@dataclass(frozen=True)
class Check:
    """A condition that good values meet: a `variable` beside them, by one of RULES.

    `variable` empty stands for the values themselves, as they are stored. A check that is not
    `needed` is left out, and told, where a file lacks the variable.
    """

    variable: str
    rule: str
    values: tuple[float, ...]
    needed: bool = True

    def holds(self, stored: np.ndarray) -> np.ndarray:
        """Where stored numbers meet it."""
        return RULES[self.rule](stored, self.values)

    def __str__(self) -> str:
        numbers = ", ".join(f"{value:g}" for value in self.values)
        return f"{self.variable or 'value'} {WORDS[self.rule]} {numbers}"


RULES = {
    "in": lambda x, v: np.isin(x, v),
    "clear": lambda x, v: (x.astype(np.int64) & int(sum(v))) == 0,
    "at_most": lambda x, v: x <= v[0],
    "at_least": lambda x, v: x >= v[0],
}
WORDS = {"in": "is", "clear": "has no bit of", "at_most": "at most", "at_least": "at least"}


@dataclass(frozen=True)
class PixelTime:
    """Each value's own time: the sum of variables, each in seconds of a unit, from an epoch.

    A variable whose units say since when it counts is believed; so must be one without an epoch.
    """

    variables: tuple[str, ...]
    seconds: tuple[float, ...] = (1.0,)
    epoch: np.datetime64 | None = None


@dataclass(frozen=True)
class Preset:
    """One product as its producer distributes it.

    `units` counts where files say none or one that nobody knows; `thickness` (m) of the layer
    where they give mass per area; `scale`, `offset`, `valid` and `fill` (stored numbers) where
    attributes do not say or mean something else. `places` says how values are placed: 'axes' (by
    coordinates), 'ease2:GRID' (all of an EASE-2 grid), 'ease2:GRID:ROW:COL' (listed, with row and
    column); series of locations are known by what a file says. `resolution` is in km, `depth` in m.
    """

    name: str
    meaning: str
    type: str
    variable: str
    resolution: float
    depth: float
    overpass: str
    source: str
    group: str | None = None
    units: str | None = None
    thickness: float | None = None
    scale: float | None = None
    offset: float | None = None
    valid: tuple[float, float] | None = None
    fill: tuple[float, ...] = ()
    checks: tuple[Check, ...] = ()
    error_variable: str | None = None
    time: PixelTime | None = None
    places: str = "axes"
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tried: str = ""


def presets() -> dict[str, Preset]:
    """All presets by name, those of other packages too."""
    found: dict[str, Preset] = {}
    for family in PRODUCT_FAMILIES.names():
        found.update((preset.name, preset) for preset in PRODUCT_FAMILIES.load(family))
    return found


def preset(name: str) -> Preset:
    """The preset of a name; raises UserError if there is none."""
    known = presets()
    if name not in known:
        raise UserError(
            f"unknown product '{name}'{nearest(name, known)}; `ldas products` lists them"
        )
    return known[name]


def good(checks: Sequence[Check]) -> str:
    """Checks in words."""
    return "; ".join(str(check) for check in checks) or "what is not missing"
