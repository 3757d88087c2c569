"""The books of a cycle: a row for each window, what was looked at, and when to look again.

The restart is what counts: a row is kept in the restart of its window too, and what the books do
not have, or have of windows beyond the last restart, is put right from there.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.clock import Window
from ldas.core.errors import UserError

from .arrivals import Known, Span

PRELIMINARY, FINAL = "preliminary", "final"
TABLES = """
CREATE TABLE IF NOT EXISTS windows (
    window_end TEXT PRIMARY KEY, window_start TEXT NOT NULL, status TEXT NOT NULL,
    published INTEGER NOT NULL, replays INTEGER NOT NULL, made_at TEXT NOT NULL,
    wall_s REAL NOT NULL, worst_water REAL NOT NULL, worst_energy REAL NOT NULL,
    forcing TEXT NOT NULL, forcing_digest TEXT NOT NULL, observations TEXT NOT NULL,
    files TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS looked (
    path TEXT PRIMARY KEY, mark TEXT NOT NULL, first TEXT, last TEXT);
CREATE TABLE IF NOT EXISTS made (window_end TEXT PRIMARY KEY, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass
class Row:
    """One window: what went into it and what came of it.

    `observations` by set: digest, used, rejected by reason, missing, innovation, chi2.
    """

    window_end: str
    window_start: str
    made_at: str
    wall_s: float
    worst_water: float
    worst_energy: float
    forcing: str
    forcing_digest: str
    observations: dict[str, dict[str, Any]]
    files: list[dict[str, Any]]
    status: str = PRELIMINARY
    published: int = 0
    replays: int = 0

    @property
    def end(self) -> np.datetime64:
        """The window's end."""
        return np.datetime64(self.window_end).astype("datetime64[s]")

    @property
    def window(self) -> Window:
        """The window."""
        return Window(np.datetime64(self.window_start).astype("datetime64[s]"), self.end)

    def as_notes(self) -> dict[str, Any]:
        """For a restart."""
        return asdict(self)


COLUMNS = tuple(Row.__dataclass_fields__)
AS_JSON = ("observations", "files")


@dataclass
class Books:
    """The books of one cycle's folder, on rank 0."""

    path: Path
    connection: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        with self._told():
            self.connection = sqlite3.connect(self.path, timeout=30.0)
            self.connection.executescript(TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise UserError(
                f"{self.path}: cannot be read or written ({error}); is the disk full? Nothing is "
                "lost, the same command goes on once there is room"
            ) from None
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"{self.path}: cannot be used ({error}); if it is damaged put it aside: the rows "
                "of the restarts that are kept are made again"
            ) from None

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._told(), self.connection:
            yield self.connection

    def rows(self, last: int | None = None) -> list[Row]:
        """All windows in order, or the last ones."""
        text = f"SELECT {', '.join(COLUMNS)} FROM windows ORDER BY window_end DESC"
        if last is not None:
            text += f" LIMIT {int(last)}"
        with self._told():
            found = self.connection.execute(text).fetchall()
        return [_row(values) for values in reversed(found)]

    def put(self, row: Row) -> None:
        """Enter a window that was made, for the first time or once more."""
        values = [
            json.dumps(getattr(row, key)) if key in AS_JSON else getattr(row, key)
            for key in COLUMNS
        ]
        marks = ", ".join("?" * len(COLUMNS))
        with self._change() as change:
            change.execute(
                f"INSERT OR REPLACE INTO windows ({', '.join(COLUMNS)}) VALUES ({marks})", values
            )
            change.execute(
                "INSERT OR REPLACE INTO made VALUES (?, ?)", (row.window_end, row.replays + 1)
            )

    def times_made(self, end: np.datetime64) -> int:
        """How often a window was made so far."""
        with self._told():
            found = self.connection.execute(
                "SELECT times FROM made WHERE window_end = ?", (str(end),)
            ).fetchone()
        return 0 if found is None else int(found[0])

    def drop_after(self, time: np.datetime64) -> None:
        """Drop the rows of windows that end after the last restart."""
        with self._change() as change:
            change.execute("DELETE FROM windows WHERE window_end > ?", (str(time),))

    def finalise(self, before: np.datetime64) -> None:
        """Make final the windows that end at `before` or earlier."""
        with self._change() as change:
            change.execute(
                "UPDATE windows SET status = ? WHERE window_end <= ?", (FINAL, str(before))
            )

    def publish(self, end: str) -> None:
        """Note that the files of a final window say so."""
        with self._change() as change:
            change.execute("UPDATE windows SET published = 1 WHERE window_end = ?", (end,))

    def update_files(self, end: str, files: list[dict[str, Any]]) -> None:
        """Note other files with the same content for a window."""
        with self._change() as change:
            change.execute(
                "UPDATE windows SET files = ? WHERE window_end = ?", (json.dumps(files), end)
            )

    def looked(self) -> dict[Path, Known]:
        """The files that were looked at in an earlier call."""
        with self._told():
            found = self.connection.execute("SELECT path, mark, first, last FROM looked").fetchall()
        known = {}
        for path, mark, first, last in found:
            span = Span(np.datetime64(first), np.datetime64(last)) if first else None
            known[Path(path)] = Known(tuple(json.loads(mark)), span)
        return known

    def keep_looked(self, known: dict[Path, Known]) -> None:
        """Remember the files that are there, in place of all earlier ones."""
        rows = [
            (
                str(path),
                json.dumps(found.mark),
                str(found.span.first) if found.span else None,
                str(found.span.last) if found.span else None,
            )
            for path, found in known.items()
        ]
        with self._change() as change:
            change.execute("DELETE FROM looked")
            change.executemany("INSERT INTO looked VALUES (?, ?, ?, ?)", rows)

    def remember(self, key: str, value: str) -> None:
        """Keep a text under a name."""
        with self._change() as change:
            change.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        """What was kept under a name."""
        with self._told():
            found = self.connection.execute(
                "SELECT value FROM meta WHERE key = ?", (key,)
            ).fetchone()
        return None if found is None else str(found[0])


def _row(values: tuple) -> Row:
    found = dict(zip(COLUMNS, values, strict=True))
    return Row(**{key: json.loads(v) if key in AS_JSON else v for key, v in found.items()})
