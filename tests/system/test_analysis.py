"""An analysis from end to end on a small twin: same bits, same cells, honest about what it used."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import netCDF4
import numpy as np
import pytest
from conftest import contents
from typer.testing import CliRunner

from ldas.cli import app
from ldas.synthetic.twin import TwinOptions, write_twin

END = np.datetime64("2017-04-20T18:00:00")
SHORT = "start = '2017-03-20T18:00'"


def run(path, status=0):
    result = CliRunner().invoke(app, ["run", str(path), "--quiet"])
    assert result.exit_code == status, (result.stderr, result.exception)
    return result


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """A twin of 2 x 2 cells with its open loop and statistics."""
    folder = tmp_path_factory.mktemp("twin")
    write_twin(folder, TwinOptions(2, 1, END, years=1), lambda text: None)
    run(folder / "open_loop.nml")
    assert CliRunner().invoke(app, ["rescale", str(folder / "rescale.nml")]).exit_code == 0
    return folder


def variant(folder, base, name, *changes):
    """A namelist of the twin with other entries, from 20 March on, under another name."""
    text = (folder / f"{base}.nml").read_text().replace(f"name = '{base}'", f"name = '{name}'")
    text = text.replace("start = '2017-01-01T18:00'", SHORT)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"{name}.nml"
    path.write_text(text)
    return path


FILTERS = {"sekf": "", "ekf": "filter = 'ekf'", "ensrf": "filter = 'ensrf', members = 4"}


@pytest.fixture(scope="module", params=FILTERS)
def joint(twin, request):
    chosen = ("&assimilation", f"&assimilation\n {FILTERS[request.param]}")
    path = variant(twin, "joint", f"joint_{request.param}", chosen)
    run(path)
    return path, twin / "output" / path.stem


def test_innovations_are_drawn_and_an_open_loop_has_none(joint, twin):
    path, results = joint
    drawn = CliRunner().invoke(app, ["plot", str(path), "--figure", "innovations"])
    assert drawn.exit_code == 0, (drawn.stderr, drawn.exception)
    assert (results / "innovations.png").stat().st_size > 10_000
    asked = ["plot", str(twin / "open_loop.nml"), "--figure", "innovations"]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code == 2
    assert "no observations" in refused.stderr


@pytest.mark.mpi
def test_ranks_give_the_same_bits(joint, twin, ldas):
    path, results = joint
    name = f"{path.stem}_ranks"
    text = path.read_text().replace(f"name = '{path.stem}'", f"name = '{name}'")
    other = path.with_name(f"{name}.nml")
    other.write_text(text)
    done = ldas("run", other, ranks=2)
    assert done.returncode == 0, done.stderr
    assert contents(twin / "output" / name) == contents(results)
    one, two = (
        json.loads((twin / "output" / n / "summary.json").read_text()) for n in (path.stem, name)
    )
    assert one["observations"] == two["observations"]


def test_killed_and_started_again(joint, twin):
    path, results = joint
    name = f"{path.stem}_killed"
    text = path.read_text().replace(f"name = '{path.stem}'", f"name = '{name}'")
    other = path.with_name(f"{name}.nml")
    other.write_text(text.replace("&experiment\n", "&experiment\n checkpoint_seconds = 0.0\n"))
    process = subprocess.Popen(
        [sys.executable, "-m", "ldas.cli", "run", str(other), "--quiet"],
        env=dict(os.environ),
        stderr=subprocess.DEVNULL,
    )
    folder = twin / "output" / name
    limit = time.monotonic() + 120
    while not list(folder.glob("restart/restart_201704*.nc")) and time.monotonic() < limit:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "summary.json").exists()
    run(other)
    assert contents(folder) == contents(results)
    one, two = (json.loads((f / "summary.json").read_text()) for f in (results, folder))
    assert one["observations"] == two["observations"]


def test_what_happened_can_be_seen(joint):
    _, results = joint
    summary = json.loads((results / "summary.json").read_text())["observations"]
    assert summary["ssm"]["used"] > 0 and summary["lai"]["used"] > 0
    assert "Desroziers" not in summary and "observation_error_desroziers" in summary["lai"]["all"]
    with netCDF4.Dataset(results / "analysis_201704.nc") as file:
        day = np.isfinite(np.ma.filled(file["innovation_lai"][:], np.nan)).any(axis=(1, 2))
        innovation = np.ma.filled(file["innovation_lai"][:], np.nan)[day]
        residual = np.ma.filled(file["residual_lai"][:], np.nan)[day]
        assert np.nanmean(np.abs(residual)) < np.nanmean(np.abs(innovation))
        assert file["increment_wg5"].dimensions == ("time", "patch", "lat", "lon")
        assert np.nanmax(np.abs(file["increment_lai"][:])) > 0.0
        flag = np.ma.filled(file["flag_ssm"][:], np.nan)
        assert set(np.unique(flag[np.isfinite(flag)])) <= set(range(13))
        size = np.ma.filled(file["innovation_sd_lai"][:], np.nan)[day]
        assert (size[np.isfinite(innovation)] > 0.0).all()
        scale = np.ma.filled(file["error_scale_ssm"][:], np.nan)
        assert np.unique(scale[np.isfinite(scale)]).size > 10
        assert ("rank_ssm" in file.variables) == (results.name == "joint_ensrf")
    assert "ssm:" in (results / "run.log").read_text()
    if results.name == "joint_ensrf":
        for books in summary.values():
            assert sum(books["rank_histogram"]) == books["used"]
            assert len(books["rank_histogram"]) == 5


def test_a_cell_without_observation_is_the_open_loop(twin):
    mask = twin / "mask.nc"
    shutil.copy(twin / "irrigated.nc", mask)
    with netCDF4.Dataset(mask, "a") as file:
        masked = np.array([[1, 0], [0, 0]])
        file["irrigated"][:] = masked
    entry = ("type = 'lai'", "type = 'lai'\n mask_file = 'mask.nc'\n mask_variable = 'irrigated'")
    run(variant(twin, "lai", "masked", entry))
    run(variant(twin, "lai", "free", ("kind = 'analysis'", "kind = 'open_loop'")))
    with_, without = (twin / "output" / name for name in ("masked", "free"))
    for stream in ("state", "flux"):
        for path in sorted(with_.glob(f"{stream}_*.nc")):
            with netCDF4.Dataset(path) as a, netCDF4.Dataset(without / path.name) as b:
                for name in ("wg", "lai") if stream == "state" else ("evap", "gpp"):
                    one, two = (np.ma.filled(f[name][:], np.nan) for f in (a, b))
                    assert np.array_equal(one[..., 0, 0], two[..., 0, 0], equal_nan=True), name
                    differs = not np.array_equal(one, two, equal_nan=True)
    assert differs
    counts = json.loads((with_ / "summary.json").read_text())["observations"]["lai"]["rejected"]
    assert counts["masked"] > 0


def test_an_analysis_that_used_nothing_says_so(twin):
    everything = ("type = 'lai'", "type = 'lai'\n gross = 1e-6")
    result = run(variant(twin, "lai", "nothing", everything), status=2)
    assert "not used a single observation" in result.stderr
    assert "gross" in result.stderr
    allowed = ("&assimilation", "&assimilation\n allow_no_observations = .true.")
    run(variant(twin, "lai", "allowed", everything, allowed))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("variable = 'ssm'", "variable = 'sm'"), "no variable 'sm'"),
        (("rescaling = 'linear'", "rescaling = 'none'"), "set rescaling"),
        (("lai = 0.5", "lai = 0.5\n root_depth = 1.0"), "made for model"),
        (("rescale/ssm.nc", "rescale/other.nc"), "cannot be read"),
        (("type = 'ssm'", "type = 'sm'"), "ssm"),
        (("&assimilation", "&assimilation\n control = 'wg9'"), "wg9"),
        (("files = 'ssm.nc'", "files = 'nothing_*.nc'"), "matches no file"),
    ],
)
def test_wrong_input_is_told(twin, change, said):
    result = run(variant(twin, "ssm", "wrong", change), status=2)
    assert said in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr


def test_two_sensors_in_one_window(twin):
    text = variant(twin, "lai", "sensors").read_text()
    group = text[text.index("&observation") :]
    second = group.replace("type = 'lai'", "type = 'lai'\n name = 'lai_two'")
    path = twin / "sensors.nml"
    path.write_text(text + second)
    run(path)
    observations = json.loads((twin / "output" / "sensors" / "summary.json").read_text())
    assert set(observations["observations"]) == {"lai", "lai_two"}
    assert observations["observations"]["lai_two"]["used"] > 0
    path.write_text(text + group)
    assert "stands for 2 sets" in run(path, status=2).stderr


def test_own_time_of_an_observation(twin):
    with netCDF4.Dataset(twin / "lai.nc") as file:
        shutil.copy(twin / "lai.nc", twin / "morning.nc")
        hours = file["time"][:] - 12 * 3600
    with netCDF4.Dataset(twin / "morning.nc", "a") as file:
        file["time"][:] = hours
    path = variant(
        twin, "lai", "own", ("files = 'lai.nc'", "files = 'morning.nc'\n   time = 'own'")
    )
    run(path)
    summary = json.loads((twin / "output" / "own" / "summary.json").read_text())
    assert summary["observations"]["lai"]["used"] > 0
