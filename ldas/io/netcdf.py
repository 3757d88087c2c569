"""NetCDF files that are either whole or absent."""

import contextlib
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import netCDF4

from ldas.core.errors import UserError

TEMPORARY = ".tmp"


@contextlib.contextmanager
def atomic_dataset(path: Path) -> Iterator[netCDF4.Dataset]:
    """A new dataset that appears under `path` only when complete and on disk."""
    temporary = temporary_of(path)
    dataset = netCDF4.Dataset(temporary, "w", format="NETCDF4")
    try:
        yield dataset
        dataset.close()
        publish(temporary, path)
    except BaseException:
        if dataset.isopen():
            dataset.close()
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, text: str) -> None:
    """Write a text file under a temporary name, flush it, rename it."""
    temporary = temporary_of(path)
    try:
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
