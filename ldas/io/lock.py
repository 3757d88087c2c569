"""One owner of a results folder at a time.

The lock is a file that its owner keeps locked by the operating system: it is free the moment the
owner is dead, however it died. Where file systems do not pass locks between hosts, the owner's
host and heartbeat in the file tell the others.
"""

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ldas.core.errors import UserError

NAME = ".lock"
STALE = 600.0  # s without a heartbeat, after which an owner on another host counts as dead
BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """What tells one start of this machine from the next; empty where the system does not say."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


class Held(UserError):
    """Somebody else is at work in a folder; `told` says who."""

    def __init__(self, folder: Path, found: dict[str, Any]) -> None:
        since = time.time() - float(found.get("heartbeat", time.time()))
        who = f"process {found.get('pid', 'unknown')} on {found.get('host', 'an unknown host')}"
        self.told = f"another run is at work in {folder} ({who}, heard of {since:.0f} s ago)"
        super().__init__(f"{self.told}; wait for it, end it, or give this experiment another name")

    def __reduce__(self) -> tuple[Any, ...]:
        return _held_again, (self.problems, self.told)


def _held_again(problems: list[str], told: str) -> Held:
    """A `Held` that has come from another rank."""
    found = Held.__new__(Held)
    UserError.__init__(found, problems)
    found.told = told
    return found


@contextlib.contextmanager
def owned(folder: Path) -> Iterator["Owner"]:
    """Own a results folder; raises Held that says who does if somebody else is at work."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(folder, _read(descriptor)) from None
        except OSError:
            pass  # a file system without locks: the heartbeat decides
        other = _read(descriptor)
        if _alive_elsewhere(other):
            raise Held(folder, other)
        owner = Owner(descriptor)
        owner.beat()
        yield owner
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


class Owner:
    """Who holds a folder, and that it is alive."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def beat(self) -> None:
        """Write who and when."""
        text = json.dumps(
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "boot": boot_id(),
                "heartbeat": time.time(),
            }
        )
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)


def _read(descriptor: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0).decode() or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _alive_elsewhere(found: dict[str, Any]) -> bool:
    """Whether another host says that it was at work a short while ago."""
    if not found or found.get("host") == socket.gethostname():
        return False
    return time.time() - float(found.get("heartbeat", 0.0)) < STALE
