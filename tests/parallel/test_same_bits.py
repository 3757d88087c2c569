"""Results do not depend on ranks, threads, or on having been killed and started again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import netCDF4
import pytest
from conftest import contents
from typer.testing import CliRunner

from ldas.cli import app

DAYS = 3


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """The embedded case, and what one process makes of it."""
    folder = tmp_path_factory.mktemp("region")
    runner = CliRunner()
    assert runner.invoke(app, ["demo", str(folder), "--days", str(DAYS)]).exit_code == 0
    namelist = folder / "open_loop.nml"
    text = namelist.read_text().replace("&experiment\n", "&experiment\n checkpoint_seconds = 0.0\n")
    namelist.write_text(text)
    assert runner.invoke(app, ["run", str(namelist), "--quiet"]).exit_code == 0
    return namelist, contents(folder / "output" / "open_loop")


def variant(namelist, name, **entries):
    """The same experiment under another name."""
    text = namelist.read_text().replace("name = 'open_loop'", f"name = '{name}'")
    for key, value in entries.items():
        text = text.replace("&model\n", f"&model\n {key} = {value}\n")
    path = namelist.with_name(f"{name}.nml")
    path.write_text(text)
    return path, namelist.parent / "output" / name


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks(region, ldas, ranks):
    namelist, expected = region
    path, results = variant(namelist, f"ranks{ranks}")
    done = ldas("run", path, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert contents(results) == expected
    assert len(expected) > 20


def test_threads(region, ldas):
    namelist, expected = region
    path, results = variant(namelist, "threads", threads=2)
    done = ldas("run", path)
    assert done.returncode == 0, done.stderr
    assert contents(results) == expected


@pytest.mark.mpi
@pytest.mark.parametrize("victim", [0, 1])
def test_killed_and_started_again(region, ldas, victim):
    namelist, expected = region
    path, results = variant(namelist, f"killed{victim}")
    command = ["mpirun", "-n", "2", sys.executable, "-m", "ldas.cli", "run", str(path)]
    run = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        wait_for(lambda: any(results.glob("restart/restart_*.nc")), run)
        os.kill(ranks_of(path)[victim], signal.SIGKILL)
        assert run.wait(timeout=60) != 0
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    assert not (results / "summary.json").exists()
    again = ldas("run", path, ranks=2)
    assert again.returncode == 0, again.stderr
    assert "goes on from the restart" in again.stderr
    assert contents(results) == expected
    assert [p for p in results.rglob("*") if ".tmp" in p.name] == []


def wait_for(condition, run, seconds=120.0):
    """Wait until the condition holds; fails if the run ends or time is up before."""
    until = time.monotonic() + seconds
    while not condition():
        assert run.poll() is None, run.stdout.read().decode()
        assert time.monotonic() < until
        time.sleep(0.005)


def ranks_of(path):
    """Process ids of the ranks running a namelist, in the order of their ranks."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            environ = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        variables = dict(line.split(b"=", 1) for line in environ if b"=" in line)
        if str(path).encode() in command and b"mpirun" not in command[0]:
            rank = variables.get(b"OMPI_COMM_WORLD_RANK")
            if rank is not None:
                found[int(rank)] = int(process.name)
    return found


@pytest.mark.mpi
def test_an_error_on_any_rank_ends_all_with_its_message(region, ldas):
    namelist, _ = region
    path, _ = variant(namelist, "failing", snow="'none'")
    shutil.copy(namelist.parent / "forcing.nc", namelist.parent / "snow.nc")
    with netCDF4.Dataset(namelist.parent / "snow.nc", "a") as file:
        file["Snowf"][30, -1, -1] = 1e-4
    path.write_text(path.read_text().replace("forcing.nc", "snow.nc"))
    done = ldas("run", path, ranks=3)
    assert done.returncode == 2
    assert done.stderr.count("snowfall") >= 1
    assert "Traceback" not in done.stderr


def test_finished_run_again_changes_nothing(region, ldas):
    namelist, expected = region
    summary = namelist.parent / "output" / "open_loop" / "summary.json"
    before = summary.read_text()
    done = ldas("run", namelist)
    assert done.returncode == 0, done.stderr
    assert summary.read_text() == before
    assert contents(summary.parent) == expected


@pytest.mark.mpi
def test_more_ranks_than_cells_stay_idle(case, ldas):
    case.write()
    assert ldas("run", "case.nml").returncode == 0
    alone = contents(case.results)
    shutil.rmtree(case.results)
    done = ldas("run", "case.nml", ranks=3)
    assert done.returncode == 0, done.stderr
    assert "3 processes for 1 cells: 2 stay idle" in done.stderr
    assert contents(case.results) == alone
