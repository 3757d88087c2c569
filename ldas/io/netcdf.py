"""NetCDF files that are either whole or absent."""

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import netCDF4

from ldas.core.errors import UserError

TEMPORARY = ".tmp"
LITTLE_SPACE = 4 * 2**20  # bytes


@contextlib.contextmanager
def atomic_dataset(path: Path) -> Iterator[netCDF4.Dataset]:
    """A new dataset that appears under `path` only when complete and on disk."""
    temporary = temporary_of(path)
    dataset: netCDF4.Dataset | None = None
    try:
        with telling_of_space(path):
            dataset = netCDF4.Dataset(temporary, "w", format="NETCDF4")
            yield dataset
            dataset.close()
            publish(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError, RuntimeError):  # what is left in buffers has no room
            if dataset is not None and dataset.isopen():
                dataset.close()
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def telling_of_space(path: Path) -> Iterator[None]:
    """Turn a failure to write for want of space into a UserError naming file, disk and space."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        # HDF5 says nothing of the reason: a disk with hardly any room is taken for it
        free = shutil.disk_usage(path.parent).free if path.parent.is_dir() else None
        unsaid = "HDF error" in str(error) or isinstance(error, RuntimeError)
        if not full and not (unsaid and free is not None and free < LITTLE_SPACE):
            raise
        disk = next((p for p in (path.parent, *path.parents) if p.is_mount()), path.parent)
        room = "no" if free is None else f"{free / 2**20:.1f} MiB of"
        raise UserError(
            f"{path}: cannot be written, the disk '{disk}' is full ({room} space left, or the "
            "quota is used up); make room, then the same command goes on"
        ) from None


def write_atomically(path: Path, text: str) -> None:
    """Write a text file under a temporary name, flush it, rename it."""
    temporary = temporary_of(path)
    try:
        with telling_of_space(path):
            temporary.write_text(text)
            publish(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_of(path: Path) -> Path:
    """A name beside `path` that no other process uses."""
    return path.with_name(f"{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}{TEMPORARY}")


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
