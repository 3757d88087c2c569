"""A disk that is full: the file, the disk and the room are told, and nothing is left behind."""

import errno
import os
import subprocess

import numpy as np
import pytest

from ldas.core.errors import UserError
from ldas.io.netcdf import atomic_dataset, write_atomically


def test_told_by_what_the_system_says(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"a\.txt: cannot be written, the disk .* is full"):
        write_atomically(tmp_path / "a.txt", "x")
    words = r"a\.nc: cannot be written, the disk .* is full"
    with pytest.raises(UserError, match=words), atomic_dataset(tmp_path / "a.nc"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_really_full(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(disk)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        words = r"a\.nc: cannot be written, the disk '.*disk' is full"
        with pytest.raises(UserError, match=words), atomic_dataset(disk / "a.nc") as out:
            out.createDimension("x", 1_000_000)
            out.createVariable("x", "f8", ("x",))[:] = np.arange(1e6)
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_other_failures_are_not_taken_for_it(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_dataset(tmp_path / "a.nc"):
        raise ZeroDivisionError
    with pytest.raises(OSError):
        write_atomically(tmp_path / "no" / "a.txt", "x")
    assert not list(tmp_path.iterdir())
