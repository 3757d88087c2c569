"""The examples for operators: what can be validated is."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ldas.operations.settings import load_operations

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "operations"


def test_the_workflow_is_valid(tmp_path):
    cylc = ROOT / ".venv-cylc" / "bin" / "cylc"
    found = str(cylc) if cylc.is_file() else shutil.which("cylc")
    if found is None:
        message = "no cylc on this machine (`make test` installs it)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    shutil.copy(EXAMPLES / "flow.cylc", tmp_path)
    for command in ("validate", "lint"):
        done = subprocess.run(
            [found, command, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_namelist_is_right(tmp_path, monkeypatch):
    monkeypatch.setenv("LDAS_RESULTS", str(tmp_path))
    monkeypatch.setenv("LDAS_INPUT", str(tmp_path))
    path = shutil.copy(EXAMPLES / "oper.nml", tmp_path)
    (tmp_path / "climate.nc").touch()
    operations = load_operations(Path(path))
    assert [operations.label(k) for k in range(2)] == ["analysis", "forecast"]
    assert operations.set_names() == ["ssm", "lai"]


@pytest.mark.parametrize("name", ["cycle.slurm"])
def test_scripts_are_shell(name):
    subprocess.run(["bash", "-n", str(EXAMPLES / name)], check=True)


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("ldas-cycle.service", ["Unit", "Service", "Install"]),
        ("ldas-cycle.timer", ["Unit", "Timer", "Install"]),
        ("ldas-tell@.service", ["Unit", "Service"]),
    ],
)
def test_units_are_well_formed(name, sections):
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str
    unit.read(EXAMPLES / name)
    assert unit.sections() == sections


def test_the_calls_are_those_of_the_command_line():
    from typer.testing import CliRunner

    from ldas.cli import app

    options = CliRunner().invoke(app, ["cycle", "--help"]).stdout
    for name in ("ldas.cron", "ldas-cycle.service", "cycle.slurm", "flow.cylc"):
        for line in (EXAMPLES / name).read_text().splitlines():
            if "ldas cycle " in line and not line.lstrip().startswith("#"):
                words = line.split("ldas cycle ")[1].split()
                assert all(word in options for word in words if word.startswith("--")), line
