"""NetCDF files that are either whole or absent."""

import contextlib
import errno
import glob
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import netCDF4

from ldas.core.errors import UserError

TEMPORARY = ".tmp"
NO_ROOM = {
    errno.ENOSPC: "the disk '{disk}' is full",
    errno.EDQUOT: "the quota is used up",
    errno.EFBIG: "no file may be that large (`ulimit -f`)",
}


@contextlib.contextmanager
def atomic_dataset(path: Path) -> Iterator[netCDF4.Dataset]:
    """A new dataset that appears under `path` only when complete and on disk."""
    with atomic_file(path) as temporary:
        dataset = netCDF4.Dataset(temporary, "w", format="NETCDF4")
        try:
            yield dataset
            dataset.close()
        except BaseException:
            with contextlib.suppress(OSError, RuntimeError):  # what is in buffers has no room
                if dataset.isopen():
                    dataset.close()
            raise


@contextlib.contextmanager
def telling_of_space(path: Path) -> Iterator[None]:
    """Turn a failure to write for want of space into a UserError naming file, disk and space."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        if number not in NO_ROOM and (isinstance(error, RuntimeError) or "HDF" in str(error)):
            number = _refusal_of(path.parent)  # HDF5 does not say why
        if number not in NO_ROOM:
            raise
        disk = next((p for p in (path.parent, *path.parents) if p.is_mount()), path.parent)
        free = shutil.disk_usage(path.parent).free
        room = f"{free / 2**20:.1f} MiB of" if free >= 2**19 else "hardly any"
        raise UserError(
            f"{path}: cannot be written, {NO_ROOM[number].format(disk=disk)} ({room} space left on "
            f"'{disk}'); make room, then the same command goes on"
        ) from None


def _refusal_of(folder: Path) -> int | None:
    """Why the system does not let a folder's files grow, by its number; None if it does."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            for _ in range(4):
                probe.write(bytes(2**20))
            os.fsync(probe.fileno())
    except OSError as error:
        return error.errno
    return None


def write_atomically(path: Path, text: str) -> None:
    """Write a text file under a temporary name, flush it, rename it."""
    with atomic_file(path) as temporary:
        temporary.write_text(text)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A name to write under; what is written appears under `path` when complete and on disk."""
    temporary = temporary_of(path)
    try:
        with telling_of_space(path):
            yield temporary
            publish(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_of(path: Path) -> Path:
    """A name beside `path` that no other process uses; what killed processes left is removed."""
    host = socket.gethostname()
    for left in path.parent.glob(f"{glob.escape(f'{path.name}.{host}.')}*{TEMPORARY}"):
        pid = left.name.split(".")[-2].split("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            left.unlink(missing_ok=True)
    return path.with_name(f"{path.name}.{host}.{os.getpid()}-{uuid.uuid4().hex[:8]}{TEMPORARY}")


def _alive(pid: int) -> bool:
    """Whether a process of this host is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's
        return True
    return True


def refuse_to_overwrite(target: Path, inputs: Iterable[Path], entry: str) -> None:
    """Raise UserError if a file that is about to be written is one that the command reads."""
    for path in inputs:
        same = target.resolve() == path.resolve()
        if not same and target.exists() and path.exists():
            same = target.samefile(path)
        if same:
            raise UserError(f"{entry}: '{target}' is read by the same command; name another file")
    if target.is_dir():
        raise UserError(f"{entry}: '{target}' is a folder; name a file in it")


def publish(temporary: Path, path: Path) -> None:
    """Flush a finished file to disk and give it its name."""
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, path)


def writable_folder(path: Path, entry: str) -> None:
    """Make a folder and prove that files can be written there, or raise UserError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"{entry}: cannot write to '{path}' ({error.strerror})") from None
