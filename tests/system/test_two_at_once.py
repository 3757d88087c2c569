"""One owner of a results folder: a second run is told who is at work, a dead one leaves no lock."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import SmallCase, contents
from typer.testing import CliRunner

from ldas.cli import app, main
from ldas.endings import Terminated
from ldas.io.file_hash import content_hashes
from ldas.io.lock import NAME
from ldas.io.restart import write_restart


@pytest.fixture
def started(tmp_path):
    """A run in a process of its own, caught while it holds its folder."""
    case = SmallCase(tmp_path)
    case.forcing = type(case.forcing)(hours=24 * 61)
    case.set("end = '2001-06-03T12:00'", "end = '2001-07-31T00:00'\n   checkpoint_seconds = 0.0")
    path = case.write()
    process = subprocess.Popen(
        [sys.executable, "-m", "ldas.cli", "run", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that started the tests in the background may have had SIGINT ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    lock = case.results / NAME
    for _ in range(600):
        if process.poll() is not None or (lock.is_file() and lock.stat().st_size):
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGSTOP)  # hold it there
    yield case, path, process
    process.kill()
    process.wait()


def run(path):
    return CliRunner().invoke(app, ["run", str(path), "-q"])


def test_the_second_is_told_and_harms_nothing(started):
    case, path, process = started
    assert process.poll() is None, "the first run was over before it could be held"
    second = run(path)
    assert second.exit_code == 2
    assert f"process {process.pid} on {socket.gethostname()}" in second.stderr.replace("\n", "")
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(timeout=300) == 0, process.stderr.read()
    done = contents(case.results)
    again = case.folder / "again"
    again.mkdir()
    (again / "case.nml").write_text(path.read_text())
    (again / "forcing.nc").write_bytes((case.folder / "forcing.nc").read_bytes())
    assert run(again / "case.nml").exit_code == 0
    assert contents(again / "output" / "case") == done


def test_a_dead_owner_leaves_no_lock(started):
    case, path, process = started
    os.kill(process.pid, signal.SIGCONT)
    process.kill()
    process.wait()
    assert run(path).exit_code == 0
    assert (case.results / NAME).stat().st_size == 0


def test_another_host_that_was_heard_of_counts(tmp_path):
    case = SmallCase(tmp_path)
    path = case.write()
    case.results.mkdir(parents=True)
    other = {"host": "elsewhere", "pid": 7, "boot": "x", "heartbeat": time.time() - 5.0}
    (case.results / NAME).write_text(json.dumps(other))
    told = run(path)
    assert told.exit_code == 2 and "process 7 on elsewhere" in told.stderr.replace("\n", " ")
    other["heartbeat"] -= 3600.0
    (case.results / NAME).write_text(json.dumps(other))
    assert run(path).exit_code == 0


@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGINT, 130, "SIGINT")]
)
def test_signals_are_told_and_the_same_command_goes_on(started, number, status, word):
    case, path, process = started
    process.send_signal(number)  # waits for the process to go on
    os.kill(process.pid, signal.SIGCONT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == status, said
    assert f"ended by {word}" in said and "the same command goes on" in said.replace("\n", " ")
    assert "Traceback" not in said
    assert run(path).exit_code == 0
    assert [p.name for p in case.results.rglob("*.tmp")] == []


SWALLOWING = """
import os, signal, sys, time
from ldas import endings
endings.AGAIN = 0.2
signal.signal(signal.SIGTERM, endings.terminate)
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1.0)
except BaseException:
    pass  # as some libraries do
try:
    time.sleep(10.0)
except endings.INTERRUPTIONS as error:
    told, status = endings.ended_by(error)
    time.sleep(0.5)  # it is heard, and not raised again
    sys.exit(status)
"""


def test_a_signal_that_a_library_swallows_is_heard_all_the_same():
    assert subprocess.run([sys.executable, "-c", SWALLOWING], timeout=60).returncode == 143


@pytest.mark.parametrize(("error", "status"), [(Terminated, 143), (KeyboardInterrupt, 130)])
def test_a_signal_before_the_work_begins_ends_with_its_status(monkeypatch, error, status):
    kept = signal.getsignal(signal.SIGTERM)

    def interrupted():
        signal.signal(signal.SIGTERM, kept)
        raise error

    monkeypatch.setattr("ldas.cli._add_foreign_commands", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == status


def test_an_input_that_vanishes_as_the_run_begins_is_told(tmp_path, monkeypatch):
    case = SmallCase(tmp_path)
    path = case.write()

    def vanishing(paths):
        (tmp_path / "forcing.nc").unlink(missing_ok=True)
        return content_hashes(paths)

    monkeypatch.setattr("ldas.cycling.run.content_hashes", vanishing)
    result = CliRunner().invoke(app, ["run", str(path)])
    assert result.exit_code == 2 and "forcing.nc: has vanished" in result.stderr
    assert not list((case.results / "restart").glob("*.nc"))
    monkeypatch.undo()
    case.write()
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 0


@pytest.mark.parametrize("written", [0, 1, 2])
def test_killed_between_its_outputs_and_the_restart(tmp_path, monkeypatch, written):
    case = SmallCase(tmp_path)
    case.set("&experiment\n", "&experiment\n checkpoint_seconds = 0.0\n")
    path, calls = case.write(), []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) > written:
            raise Terminated
        write_restart(*arguments)

    monkeypatch.setattr("ldas.cycling.run.write_restart", killed)
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 143
    monkeypatch.undo()
    assert len(list((case.results / "restart").glob("*.nc"))) == written
    ends = {part.stem.split("_")[-1] for part in (case.results / ".parts").glob("*.nc")}
    assert len(ends) == written + 1  # outputs beyond the restart
    case.set("checkpoint_seconds = 0.0", "checkpoint_seconds = 3600.0")
    case.write_namelist()
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 0
    resumed = contents(case.results)
    case.set("'case'", "'whole'")
    assert CliRunner().invoke(app, ["run", str(case.write_namelist())]).exit_code == 0
    assert contents(case.folder / "output" / "whole") == resumed


@pytest.mark.parametrize("gone", [1, 2, 4])
def test_killed_while_the_parts_of_a_month_are_cleared_away(tmp_path, monkeypatch, gone):
    case = SmallCase(tmp_path)
    case.forcing.time_units = "hours since 2001-05-30 00:00:00"
    case.set("2001-06-01T00", "2001-05-30T00").set("2001-06-03T12", "2001-06-01T12")
    case.set("&experiment\n", "&experiment\n checkpoint_seconds = 0.0\n")
    path, unlink, cleared = case.write(), Path.unlink, []

    def killed(self, *arguments, **options):
        if self.parent.name == ".parts":
            if len(cleared) == gone:
                raise Terminated
            cleared.append(self.name)
        unlink(self, *arguments, **options)

    monkeypatch.setattr(Path, "unlink", killed)
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 143
    monkeypatch.undo()
    assert len(cleared) == gone
    assert CliRunner().invoke(app, ["run", str(path)]).exit_code == 0
    resumed = contents(case.results)
    assert not list((case.results / ".parts").glob("*_200105_*.nc"))
    case.set("'case'", "'whole'")
    assert CliRunner().invoke(app, ["run", str(case.write_namelist())]).exit_code == 0
    assert contents(case.folder / "output" / "whole") == resumed
