"""Names of the namelist that stand for files: paths, and patterns like 'met_*.nc'."""

from pathlib import Path


def is_pattern(path: Path) -> bool:
    """Whether a name stands for all the files that it matches."""
    return any(mark in path.name for mark in "*?[")


def matches(pattern: Path) -> list[Path]:
    """The files that one path or pattern names, if any."""
    if is_pattern(pattern):
        return sorted(pattern.parent.glob(pattern.name))
    return [pattern] if pattern.is_file() else []
