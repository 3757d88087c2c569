"""A retrieval as `&retrieval method` names it, and the namelist that asks for one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldas.config.namelist import check, parse, read
from ldas.core.errors import Problems
from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Group

DEFAULT_METHOD = "s2mp"


@dataclass(frozen=True)
class Retrieval:
    """A way from images to a product.

    `settings` declares the entries of `&retrieval`, a `method` among them, `others` those of
    further groups. `check` gives lines about the inputs of a namelist, `retrieve` writes its
    product and returns the path, `train` its network, where it has one that is trained on a
    user's own products; all take the namelist's path and its checked groups by name, and raise
    UserError for bad input.
    """

    settings: type[Group]
    check: Callable[[Path, Mapping[str, Any]], Iterator[str]]
    retrieve: Callable[[Path, Mapping[str, Any], Callable[[str], None]], Path]
    others: Mapping[str, type[Group]] = field(default_factory=dict)
    train: Callable[[Path, Mapping[str, Any], Callable[[str], None]], Path] | None = None

    @property
    def groups(self) -> dict[str, type[Group]]:
        """The declarations of all its groups."""
        return {"retrieval": self.settings, **self.others}


def is_retrieval(namelist: Path) -> bool:
    """Whether a namelist is one of `ldas retrieve`."""
    return "retrieval" in parse(read(namelist), namelist.name)


def load_groups(namelist: Path) -> dict[str, Any]:
    """The checked groups of a namelist; raises UserError with every problem."""
    groups, problems = parse(read(namelist), namelist.name), Problems()
    found = check(groups, _asked_for(groups).groups, namelist.name, problems)
    problems.raise_if_any()
    return found


def _asked_for(groups: dict[str, Any]) -> Retrieval:
    """The retrieval that a namelist names; the default one if it names none that exists."""
    given = groups.get("retrieval")
    name = given.get("method", DEFAULT_METHOD) if isinstance(given, dict) else DEFAULT_METHOD
    return RETRIEVALS.load(name if name in RETRIEVALS.names() else DEFAULT_METHOD)
