"""What takes long to work out and follows from its arguments alone, kept in the user's cache."""

import contextlib
import hashlib
import os
import pickle
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ldas import __version__
from ldas.core.kernel import cache_root

T = TypeVar("T")
UNREADABLE = (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError,
              TypeError)  # fmt: skip


def kept(arguments: Sequence[Any], work: Callable[[], T]) -> T:
    """What `work` gives for these arguments, from an earlier call if it is still there.

    `arguments` are arrays, numbers and text. A cache that cannot be read or written is none.
    """
    digest = hashlib.sha256(f"{__version__}\n".encode())
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            digest.update(f"{argument.dtype}{argument.shape}".encode())
            digest.update(np.ascontiguousarray(argument).tobytes())
        else:
            digest.update(repr(argument).encode())
    path = cache_root() / "weights" / f"{digest.hexdigest()[:32]}.pickle"
    with contextlib.suppress(*UNREADABLE):
        return pickle.loads(path.read_bytes())
    found = work()
    temporary = path.with_suffix(f".{uuid.uuid4().hex}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(pickle.dumps(found, protocol=5))
        os.replace(temporary, path)
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
    return found
