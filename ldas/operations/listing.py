"""Files as they lie there: what tells one delivery from the next, without a look inside."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ldas.core.patterns import matches


@dataclass(frozen=True)
class Arrival:
    """A file as it lies there: what changes when its content does."""

    path: Path
    size: int
    modified: int  # ns since 1970
    changed: int  # ns since 1970, also where the time of modification was put back

    @property
    def mark(self) -> tuple[int, int, int]:
        """What tells this delivery from another one under the same name."""
        return self.size, self.modified, self.changed


def arrival(path: Path) -> Arrival | None:
    """A file as it lies there, None if it does not."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return Arrival(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def arrivals(paths: Iterable[Path]) -> dict[Path, Arrival]:
    """All of the files that are there, by path."""
    found = ((path, arrival(path)) for path in paths)
    return {path: there for path, there in found if there is not None}


def listing(patterns: Iterable[Path]) -> dict[str, list[int]]:
    """The marks of all files that patterns name, by path."""
    found = arrivals(path for pattern in patterns for path in matches(pattern))
    return {str(path): list(there.mark) for path, there in sorted(found.items())}
