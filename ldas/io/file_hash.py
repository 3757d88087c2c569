"""Whether a file is still the one it was: its size and a hash of samples through all of it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

WHOLE = 1 << 20  # bytes, up to which a file is hashed whole
BLOCK, BLOCKS = 1 << 14, 24  # bytes and number of the samples of a larger one, ends included


def content_hash(path: Path) -> str:
    """Size and hash (16 hex digits) of a file; '' if there is none.

    Of a file over a megabyte 24 blocks from its begin to its end are looked at.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            if size <= WHOLE:
                digest.update(stream.read())
            else:
                for k in range(BLOCKS):
                    stream.seek((size - BLOCK) * k // (BLOCKS - 1))
                    digest.update(stream.read(BLOCK))
    except OSError:
        return ""
    return f"{size}:{digest.hexdigest()[:16]}"


def content_hashes(paths: Iterable[Path]) -> dict[str, str]:
    """The hash of each file by its path."""
    return {str(path): content_hash(path) for path in dict.fromkeys(paths)}
