"""NetCDF files that are either whole or absent."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import netCDF4

from ldas.core.errors import UserError

TEMPORARY = ".tmp"


@contextlib.contextmanager
def atomic_dataset(path: Path) -> Iterator[netCDF4.Dataset]:
    """A new dataset that appears under `path` only when complete and on disk."""
    temporary = path.with_name(path.name + TEMPORARY)
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
    temporary = path.with_name(path.name + TEMPORARY)
    temporary.write_text(text)
    publish(temporary, path)


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
