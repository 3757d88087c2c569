"""The kinds of observation: what each is, in which units it comes, and what it sees of a model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObservationType:
    """One kind of observation and its equivalent in a model.

    The equivalent is the output `variable` (of `layer`, counted from 1). `units` gives the
    factor to that variable's unit; a unit with None can only be used rescaled.
    """

    name: str
    meaning: str
    variable: str
    layer: int | None
    units: dict[str, float | None]
    lower: float
    upper: float


TYPES = {
    kind.name: kind
    for kind in (
        ObservationType(
            "ssm",
            "surface soil moisture, equivalent: liquid water at 1-4 cm (WG2)",
            "wg",
            2,
            {"m3 m-3": 1.0, "m3/m3": 1.0, "m^3 m^-3": 1.0, "%": None, "1": None, "percent": None},
            0.0,
            100.0,
        ),
        ObservationType(
            "lai",
            "leaf area index",
            "lai",
            None,
            {"m2 m-2": 1.0, "m2/m2": 1.0, "m^2 m^-2": 1.0, "1": 1.0},
            0.0,
            15.0,
        ),
    )
}
UPPER_BY_UNIT = {"m3 m-3": 1.0, "m3/m3": 1.0, "m^3 m^-3": 1.0, "1": 1.0}  # of soil moisture
