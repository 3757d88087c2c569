"""What was found in the heads of many files, kept from one call to the next.

Ten years of daily files are thousands of openings; a file of the same path, size and time of
change is not opened again for its head. The index is a cache: where it cannot be written or
read, everything is looked at anew.
"""

import contextlib
import hashlib
import os
import pickle
import uuid
from pathlib import Path
from typing import Any

from ldas import __version__
from ldas.core.kernel import cache_root

FEW = 8  # files, below which nothing is kept


class FileIndex:
    """Heads of files by path, of one way to look at them (`key`)."""

    def __init__(self, key: str) -> None:
        digest = hashlib.sha256(f"{__version__}\n{key}".encode()).hexdigest()[:24]
        self.path = cache_root() / "index" / f"{digest}.pickle"
        self.heads: dict[str, tuple[int, int, Any]] = {}
        self.changed = 0
        with contextlib.suppress(OSError, pickle.UnpicklingError, EOFError, AttributeError,
                                 ImportError, ValueError, TypeError):  # fmt: skip
            self.heads = pickle.loads(self.path.read_bytes())

    def find(self, path: Path) -> Any | None:
        """The head of a file that has not changed since it was kept; None otherwise."""
        try:
            stat = path.stat()
        except OSError:
            return None
        size, modified, head = self.heads.get(str(path), (-1, -1, None))
        return head if (size, modified) == (stat.st_size, stat.st_mtime_ns) else None

    def keep(self, path: Path, head: Any) -> None:
        """Keep the head of a file."""
        with contextlib.suppress(OSError):
            stat = path.stat()
            self.heads[str(path)] = (stat.st_size, stat.st_mtime_ns, head)
            self.changed += 1

    def save(self) -> None:
        """Write the index if there is much that is new; whole or not at all."""
        if self.changed < FEW:
            return
        temporary = self.path.with_suffix(f".{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(pickle.dumps(self.heads, protocol=5))
            os.replace(temporary, self.path)
        temporary.unlink(missing_ok=True)
