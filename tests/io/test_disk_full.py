"""A disk that is full: the file, the disk and the room are told, and nothing is left behind."""

import errno
import os
import resource
import socket
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


def test_a_limit_that_hdf5_does_not_tell(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        words = r"a\.nc: cannot be written, no file may be that large .*ulimit.* MiB of space left"
        with pytest.raises(UserError, match=words), atomic_dataset(tmp_path / "a.nc") as out:
            out.createDimension("x", 100_000)
            out.createVariable("x", "f8", ("x",))[:] = np.arange(1e5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed(tmp_path):
    path, ended = tmp_path / "a.nc", subprocess.Popen(["true"])
    ended.wait()
    host = socket.gethostname()
    for pid in (ended.pid, os.getpid()):
        (tmp_path / f"a.nc.{host}.{pid}-0.tmp").touch()
    (tmp_path / f"a.nc.elsewhere.{ended.pid}-0.tmp").touch()
    with atomic_dataset(path):
        pass
    left = {found.name for found in tmp_path.iterdir()}
    assert left == {
        "a.nc",
        f"a.nc.{host}.{os.getpid()}-0.tmp",
        f"a.nc.elsewhere.{ended.pid}-0.tmp",
    }
