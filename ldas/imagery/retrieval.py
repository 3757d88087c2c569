"""A retrieval as `&retrieval method` names it, and the namelist that asks for one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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

    `settings` declares the entries of `&retrieval`, a `method` among them. `check` gives lines
    about the inputs of a namelist, `retrieve` writes its product and returns the path; both
    take the namelist's path and its settings, and raise UserError for bad input.
    """

    settings: type[Group]
    check: Callable[[Path, Any], Iterator[str]]
    retrieve: Callable[[Path, Any, Callable[[str], None]], Path]


def is_retrieval(namelist: Path) -> bool:
    """Whether a namelist is one of `ldas retrieve`."""
    return "retrieval" in parse(read(namelist), namelist.name)


def load_settings(namelist: Path) -> Group:
    """The checked entries of a namelist; raises UserError with every problem."""
    groups, problems = parse(read(namelist), namelist.name), Problems()
    found = check(groups, declared(groups), namelist.name, problems)
    problems.raise_if_any()
    return found["retrieval"]


def declared(groups: dict[str, Any]) -> dict[str, type[Group]]:
    """The declarations of a namelist's groups: its method's own for &retrieval."""
    given = groups.get("retrieval")
    name = given.get("method", DEFAULT_METHOD) if isinstance(given, dict) else DEFAULT_METHOD
    known = name if name in RETRIEVALS.names() else DEFAULT_METHOD
    return {"retrieval": RETRIEVALS.load(known).settings}
