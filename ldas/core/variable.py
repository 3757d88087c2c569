"""A quantity declared once: its name, shape, unit, meaning and admissible range."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One quantity of a model, an input or an output.

    `dims` are named dimensions, e.g. ("column", "layer"). `lower` and `upper` bound the
    admissible values. `cell_methods` is CF's: "time: mean" or "time: point".
    """

    name: str
    dims: tuple[str, ...]
    units: str
    long_name: str
    standard_name: str | None = None
    lower: float | None = None
    upper: float | None = None
    cell_methods: str | None = None

    def attributes(self) -> dict[str, str]:
        """CF attributes of the variable."""
        found = {
            "units": self.units,
            "long_name": self.long_name,
            "standard_name": self.standard_name,
            "cell_methods": self.cell_methods,
        }
        return {name: value for name, value in found.items() if value is not None}
