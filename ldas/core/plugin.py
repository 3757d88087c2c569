"""What a namelist or a command chooses by name: files of one of our rooms, or other packages.

A room is a package whose files are choices: the name of the file is the name of the choice.
Another package offers one more by an entry point in the group of that room, without a fork:
`vod = my_package.vod:TYPE` in the group `ldas.observation_types`, say.
"""

import functools
import importlib
import importlib.metadata
import importlib.util
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import UserError, nearest

PACKAGE_FACE = "plugin"  # the file of a choice that is a package itself


@dataclass(frozen=True)
class Registry:
    """The choices of one kind.

    `group` names the entry points of other packages, `room` the package of our own; each file
    of it holds the choice under the name `member`, but for the files `beside` them. `meaning`
    is for messages.
    """

    group: str
    room: str
    member: str
    meaning: str
    beside: tuple[str, ...] = ()

    def own(self) -> tuple[str, ...]:
        """Names of the choices in our own room, in alphabetical order."""
        spec = importlib.util.find_spec(self.room)
        places: Iterable[str] = (spec.submodule_search_locations or ()) if spec else ()
        found = (module.name for module in pkgutil.iter_modules(places))
        return tuple(sorted(name for name in found if name not in self.beside))

    def names(self) -> tuple[str, ...]:
        """Names of all choices: ours, then those of other packages."""
        return (*self.own(), *self.foreign())

    def foreign(self) -> tuple[str, ...]:
        """Names of the choices that other packages offer."""
        return tuple(sorted({point.name for point in _entry_points(self.group)} - set(self.own())))

    def load(self, name: str) -> Any:
        """The choice of this name; raises UserError if there is none or it cannot be imported."""
        if name in self.own():
            module = importlib.import_module(f"{self.room}.{name}")
            if hasattr(module, "__path__"):
                module = importlib.import_module(f"{self.room}.{name}.{PACKAGE_FACE}")
            return getattr(module, self.member)
        for point in _entry_points(self.group):
            if point.name == name:
                try:
                    return point.load()
                except (ImportError, AttributeError) as error:
                    package = point.dist.name if point.dist else "another package"
                    raise UserError(
                        f"{self.meaning} '{name}' of {package}: '{point.value}' cannot be "
                        f"imported ({error})"
                    ) from None
        known = self.names()
        raise UserError(
            f"unknown {self.meaning} '{name}'{nearest(name, known)} (allowed: {', '.join(known)})"
        )

    def allowed(self) -> str:
        """The names as a message says them: 'a', 'b' or 'c'."""
        *others, last = (repr(name) for name in self.names())
        return f"{', '.join(others)} or {last}" if others else last

    def checked(self, name: Any) -> str:
        """`name` if it is one of the choices; raises ValueError that says which there are."""
        if isinstance(name, str) and name in self.names():
            return name
        raise ValueError(self.allowed())


@functools.cache
def _entry_points(group: str) -> tuple[importlib.metadata.EntryPoint, ...]:
    return tuple(importlib.metadata.entry_points(group=group))
