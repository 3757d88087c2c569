"""How the namelist speaks of another model's variables.

`ours=theirs` pairs names, `water[2]` is layer 2 of their `water`, `water: kg m-2` says
something of one, `lai*leaf_mass` and `wg1+total[1]` let theirs move along with ours,
`snow>0.1` is a condition.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ldas.land_models.control import soil_layer

LAYERED = re.compile(r"\s*([^\[\]]+?)\s*(?:\[\s*(\d+)\s*\])?\s*")
ALONG = re.compile(r"\s*(\w+)\s*([*+])\s*(.+)")
CONDITION = re.compile(r"\s*([^<>]+?)\s*([<>])\s*([^<>]+?)\s*")


@dataclass(frozen=True)
class Theirs:
    """A variable of the model, or a layer of it (from 1)."""

    name: str
    layer: int | None = None

    def __str__(self) -> str:
        return self.name if self.layer is None else f"{self.name}[{self.layer}]"


def theirs(text: str) -> Theirs:
    """'water' or 'water[2]'; raises ValueError for anything else."""
    match = LAYERED.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no name, nor one with a layer like 'water[2]'")
    name, layer = match.groups()
    return Theirs(name, None if layer is None else int(layer))


def pairs(entries: Sequence[str]) -> dict[str, str]:
    """'ours=theirs' entries as a mapping; a single name stands for both."""
    found = {}
    for item in entries:
        ours, _, other = item.partition("=")
        found[ours.strip()] = (other or ours).strip()
    return found


def labelled(entries: Sequence[str]) -> dict[str, str]:
    """'name: text' entries as a mapping; raises ValueError for one without a colon."""
    found = {}
    for item in entries:
        name, colon, text = item.partition(":")
        if not colon:
            raise ValueError(f"'{item}' has no colon; write 'name: {item or 'text'}'")
        found[name.strip()] = text.strip()
    return found


def along(text: str) -> tuple[str, str, Theirs]:
    """A control variable of ours, '*' or '+', and theirs; raises ValueError for anything else."""
    match = ALONG.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}': allowed: 'lai*theirs' (same share), 'wg1+theirs[1]' (amount)")
    ours, how, other = match.groups()
    return ours, how, theirs(other)


def condition(text: str) -> tuple[Theirs, str, float]:
    """'snow>0.1' as their variable, '>' or '<' and the number; raises ValueError if it is none."""
    match = CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no condition like 'snow>0.1'")
    name, sign, number = match.groups()
    try:
        return theirs(name), sign, float(number)
    except ValueError:
        raise ValueError(f"'{text}' is no condition like 'snow>0.1'") from None


def shown_as(kind: str, equivalents: Sequence[str]) -> tuple[str, int | None] | None:
    """The output and layer that observations of a kind are compared with, None if not said."""
    name = pairs(equivalents).get(kind)
    if name is None:
        return None
    layer = soil_layer(name)
    return (name, None) if layer is None else ("wg", layer)
