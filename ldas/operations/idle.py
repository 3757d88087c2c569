"""Whether a call has nothing to do: the same files, and nothing due yet. Found out in a moment.

What a call found is kept in the books; until a file comes, goes or changes, the namelist changes
or the clock reaches the time that was waited for, the answer is the same and is given at once.
"""

import json
import shutil
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.namelist import digest, expand_path, parse, read
from ldas.core.errors import UserError

from .listing import listing

KEY = "rest"
NAME = "cycle.sqlite"


@dataclass(frozen=True)
class Rest:
    """How a call ended, and until when the next one would end in the same way."""

    namelist: str
    version: str
    patterns: list[str]
    listed: dict[str, list[int]]
    since: str
    until: str
    disk: float  # free bytes below which it is not the same
    status: int
    lines: list[str]

    def as_text(self) -> str:
        """For the books."""
        return json.dumps(asdict(self))


def peek(namelist: Path, now: np.datetime64) -> Rest | None:
    """What the last call found, if it still holds at `now`; None where it must be found anew."""
    try:
        text = read(namelist)
        experiment = parse(text, namelist.name).get("experiment", {})
        folder = expand_path(experiment.get("output_dir", "output"), namelist.absolute().parent)
        path = folder / str(experiment["name"]) / NAME
        found = _kept(path)
    except (UserError, KeyError, TypeError, AttributeError):
        return None  # the full call tells what is wrong
    if found is None or found.namelist != digest(text) or found.version != __version__:
        return None
    if not np.datetime64(found.since) <= now < np.datetime64(found.until):
        return None
    if shutil.disk_usage(path.parent).free < found.disk:
        return None
    same = listing(Path(pattern) for pattern in found.patterns) == found.listed
    return found if same else None


def _kept(path: Path) -> Rest | None:
    if not path.is_file():
        return None
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1.0)
        try:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
        finally:
            connection.close()
        fields: dict[str, Any] = json.loads(row[0]) if row else {}
        return Rest(**fields) if fields else None
    except (sqlite3.Error, ValueError, TypeError):
        return None
