"""What was read of files, kept in memory for as long as the files are what they were."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any


def by_file(number: int) -> Callable[[Callable], Any]:
    """Keep the latest `number` results of a function whose first argument is a path.

    A file that takes the place of another is read anew. As with `functools.lru_cache`, arguments
    are hashable, and `cache_clear` forgets.
    """

    def keeping(function: Callable) -> Any:
        @functools.lru_cache(maxsize=number)
        def of_version(version: tuple[int, int] | None, *arguments: Any) -> Any:
            return function(*arguments)

        @functools.wraps(function)
        def kept(path: Path, *arguments: Any) -> Any:
            return of_version(_version(path), path, *arguments)

        kept.cache_clear = of_version.cache_clear  # type: ignore[attr-defined]
        return kept

    return keeping


def _version(path: Path) -> tuple[int, int] | None:
    """What tells a file from one that takes its place: when it was written, its size."""
    stat = path.stat() if path.exists() else None
    return (stat.st_mtime_ns, stat.st_size) if stat else None
