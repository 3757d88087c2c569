"""The bucket of the page 'bring your own model': both doors, its Jacobian, its analyses."""

import os
import re
import signal
import subprocess
import sys
import time

import netCDF4
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, SmallCase, contents
from typer.testing import CliRunner

from ldas.assimilation.errors import cell_covariance, error_correlation
from ldas.cli import app
from ldas.land_models.control import force_restore_range

PAGE = (ROOT / "docs" / "tutorials" / "own_model.md").read_text()
THICKNESS = np.array([0.1, 0.9])  # m
RHO, LENGTH, ERROR, SEEN = 0.9, 0.5, 0.4, 0.31
COMMON = """   time_step = 3600
   layers = 0.1, 1.0
   inputs = 'rainf=rain', 'swdown=light'
   outputs = 'wg=water', 'evap=evaporation'
   control = 'wg1=water[1]', 'wg2=water[2]'
   upper = 0.45
   equivalents = 'ssm=wg1'
"""
DOORS = {
    "bmi": """   name = 'bmi'
   library = 'bucket:Bucket'
   config_file = 'bucket.cfg'
   state = 'water'
   clock = 'time'
""",
    "files": """   name = 'files'
   command = './bucket_by_files.py'
   files = 'bucket.py'
   units = 'rain: mm h-1', 'water: kg m-2'
   state = 'water[2]'
   initial = 'water: 20 180'
""",
}
ANALYSIS = f"""
&assimilation
   control = 'wg1', 'wg2'
   jacobians = .true.
   bias_gain = 0.0
   patch_correlation = {RHO}
   layer_correlation = {LENGTH}
/
&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
   error = 0.3
/
"""


def user_code(name):
    """A file that the page has its reader write."""
    found = re.search(rf"cat > {re.escape(name)} <<'EOF'\n(.*?)\nEOF", PAGE, flags=re.S)
    return found.group(1) + "\n"


def write_case(folder, door):
    """An analysis of six cells over two and a half days, one of which is observed at 18 UTC."""
    case = SmallCase(folder).on_six_cells()
    for name in ("bucket.py", "bucket_by_files.py"):
        text = user_code(name).replace("#!/usr/bin/env python3", f"#!{sys.executable}")
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "bucket.cfg").write_text("columns = {columns}\nwetness = 0.20\n")
    case.set("   lai = 2.0\n", DOORS[door] + COMMON)
    case.set("end = '2001-06-03T12:00'", "end = '2001-06-03T12:00'\n   kind = 'analysis'")
    case.set("frequency = 3600", "frequency = 86400\n   precision = 'double'")
    case.text += ANALYSIS
    with netCDF4.Dataset(folder / "ssm.nc", "w") as out:
        for name, axis in (("lat", [43.2, 43.4, 43.6]), ("lon", [1.4, 1.6])):
            out.createDimension(name, len(axis))
            out.createVariable(name, "f8", (name,))[:] = axis
        out.createDimension("time", 2)
        out.createVariable("time", "f8", ("time",))[:] = [18.0, 42.0]
        out["time"].units = "hours since 2001-06-01"
        seen = out.createVariable("ssm", "f8", ("time", "lat", "lon"))
        seen.units = "m3 m-3"
        seen[:] = SEEN
        seen[1, 0, 0] = 0.2
    return case


def run(path, status=0, command="run"):
    result = CliRunner().invoke(app, [command, str(path)])
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


@pytest.fixture(scope="module", params=DOORS)
def door(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    case = write_case(folder, request.param)
    run(case.write())
    return request.param, case


def step_matrix(light):
    """How water (kg m-2) of a step's end answers to that of its begin."""
    even = 3600.0 * 5.0e-7 / THICKNESS
    dries = 3600.0 * 3.0e-9 * light
    return np.array([[1.0 - dries - even[0], even[1]], [even[0], 1.0 - even[1]]])


def test_jacobian_and_analysis_are_those_of_the_formula(door):
    _, case = door
    with netCDF4.Dataset(case.folder / "forcing.nc") as file:
        light = np.asarray(file["SWdown"][:18, 0, 0], float)
    answer = np.eye(2)
    for value in light:
        answer = step_matrix(value) @ answer
    expected = answer[0] * THICKNESS / THICKNESS[0]  # of wg1 to wg1 and wg2 (m3 m-3)
    scale = force_restore_range(np.array([0.2]))[0]
    correlation = error_correlation((0.05, 0.55), LENGTH, 0.0)
    b = cell_covariance(np.full((12, 2), (ERROR * scale) ** 2), RHO, correlation)
    with netCDF4.Dataset(case.results / "analysis_200106.nc") as file:
        for k, name in enumerate(("wg1", "wg2")):
            found = np.ma.getdata(file[f"jacobian_ssm_{name}"][0])
            assert np.abs(found - expected[k]).max() < 1e-10
        innovation = float(file["innovation_ssm"][0, 1, 1])
        increment = np.stack([np.ma.getdata(file[f"increment_wg{k}"][0, :, 1, 1]) for k in (1, 2)])
    h = np.tile(expected, 12)[None, :] / 12.0
    gain = b @ h.T / (h @ b @ h.T + (0.3 * scale) ** 2)
    formula = (gain[:, 0] * innovation).reshape(12, 2).T
    assert np.abs(formula).min() > 1e-3
    assert np.abs(increment - formula).max() < 1e-10


def test_the_users_code_is_short():
    lines = [user_code(name).splitlines() for name in ("bucket.py", "bucket_by_files.py")]
    assert len(lines[0]) < 70 and len(lines[0]) + len(lines[1]) < 100


def test_both_doors_give_the_same_bits(door, tmp_path_factory):
    which, case = door
    other = write_case(tmp_path_factory.mktemp("other"), "bmi" if which == "files" else "files")
    run(other.write())
    one, two = contents(case.results), contents(other.results)
    assert len(one) > 15 and one == two


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_give_the_same_bits(door, ranks, ldas):
    _, case = door
    name = f"ranks_{ranks}"
    path = case.folder / f"{name}.nml"
    path.write_text(case.text.replace("'case'", f"'{name}'"))
    done = ldas("run", path, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert contents(case.folder / "output" / name) == contents(case.results)


def test_killed_and_started_again(door):
    _, case = door
    path = case.folder / "killed.nml"
    text = case.text.replace("'case'", "'killed'")
    path.write_text(text.replace("&experiment\n", "&experiment\n checkpoint_seconds = 0.0\n"))
    process = subprocess.Popen(
        [sys.executable, "-m", "ldas.cli", "run", str(path), "--quiet"],
        env=dict(os.environ),
        stderr=subprocess.DEVNULL,
    )
    folder, limit = case.folder / "output" / "killed", time.monotonic() + 120
    while not list(folder.glob("restart/*.nc")) and time.monotonic() < limit:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run(path)
    assert contents(folder) == contents(case.results)


@pytest.mark.parametrize("filter", ["ekf", "ensrf"])
def test_the_other_filters_too(tmp_path, filter):
    case = write_case(tmp_path, "bmi")
    case.set("&assimilation", f"&assimilation\n   filter = '{filter}'")
    case.set("   jacobians = .true.\n", "")
    run(case.write())
    with netCDF4.Dataset(case.results / "analysis_200106.nc") as file:
        innovation = np.asarray(file["innovation_ssm"][0])
        residual = np.asarray(file["residual_ssm"][0])
    assert (np.abs(residual) < np.abs(innovation)).all()


def test_a_model_of_one_column_stands_for_each(tmp_path):
    """Objects of one column each give what one object of all columns gives."""
    whole = write_case(tmp_path, "bmi")
    run(whole.write())
    expected = contents(whole.results)
    whole.set("'case'", "'single'")
    (tmp_path / "bucket.cfg").write_text("columns = 1\nwetness = 0.20\n")
    run(whole.write())
    found = contents(tmp_path / "output" / "single")
    assert found == expected


def test_spinup_watches_its_soil_moisture(tmp_path):
    case = write_case(tmp_path, "bmi")
    case.set("kind = 'analysis'", "kind = 'open_loop'")
    case.text += "&spinup\n   passes = 2\n   moisture = 1e-9\n/\n"
    said = run(case.write(), command="spinup")
    assert "moisture" in said and "not balanced yet after 2 passes" in said


def test_what_the_model_does_not_tell_is_not_claimed(door):
    _, case = door
    said = (case.results / "run.log").read_text()
    assert "does not tell its balance" in said
    with netCDF4.Dataset(case.results / "state_200106.nc") as file:
        assert file.water_and_energy_balance == "not told by the model"
        assert "worst_water_residual" not in file.ncattrs()


CHANGES = {
    "a variable that it has not": ("bmi", ("wg2=water[2]", "wg2=wetness"), "no variable 'wetness'"),
    "a layer that it has not": ("bmi", ("wg2=water[2]", "wg2=water[3]"), "has 2 values a column"),
    "which layer": ("bmi", ("wg2=water[2]", "wg2=water"), "which layer?"),
    "a control variable of nobody": ("bmi", ("'wg2=water[2]'", "'root=water[2]'"), "lai, wg1 to"),
    "control that is not declared": ("bmi", ("'wg1', 'wg2'\n", "'wg1', 'lai'\n"), "what lai is"),
    "outputs in another unit": ("bmi", ("'evap=evap", "'le=evap"), "cannot be converted to"),
    "outputs with other layers": ("bmi", ("'wg=water'", "'wg=evaporation'"), "1 values a column"),
    "layers that do not grow": ("bmi", ("layers = 0.1, 1.0", "layers = 0.1, 0.1"), "that grow"),
    "inputs in another unit": ("bmi", ("'rainf=rain'", "'tair=rain'"), "cannot be converted"),
    "no equivalent": ("bmi", ("   equivalents = 'ssm=wg1'\n", ""), "which layer of the model"),
    "equivalent of an unknown kind": ("bmi", ("'ssm=wg1'", "'vod=wg1'"), "unknown 'vod'"),
    "equivalent that is no output": ("bmi", ("'ssm=wg1'", "'ssm=tg1'"), "not in outputs"),
    "what it does not give": (
        "bmi",
        ("type = 'ssm'", "type = 'lai'"),
        "compared with 'lai', which model 'bmi' does not give (it gives wg)",
    ),
    "a bound that it has not": ("bmi", ("upper = 0.45", "upper = 'porosity'"), "'porosity'"),
    "bounds of another number": ("bmi", ("upper = 0.45", "upper = 3*0.45"), "1 or 2, as control"),
    "what nothing follows": (
        "bmi",
        ("upper = 0.45", "upper = 0.45\n moves_along = 'lai*water[1]'"),
        "'lai' is not in control",
    ),
    "a condition that is none": (
        "bmi",
        ("upper = 0.45", "upper = 0.45\n screened = 'water[1]=3'"),
        "no condition like",
    ),
    "a range that it has not": (
        "bmi",
        ("upper = 0.45", "upper = 0.45\n soil_range = 'range'"),
        "no variable 'range'",
    ),
    "no way back": ("bmi", ("   clock = 'time'\n", ""), "&model clock: missing"),
    "no configuration": ("bmi", ("'bucket.cfg'", "'bucket.txt'"), "no file"),
    "state without a unit": ("files", (", 'water: kg m-2'", ""), "'water' has no unit"),
    "units without a colon": ("files", ("'rain: mm h-1'", "'rain mm h-1'"), "has no colon"),
    "no first values": ("files", ("   initial = 'water: 20 180'\n", ""), "missing for water"),
    "first values of other layers": ("files", ("20 180", "20 18 0"), "allowed: 1 or 2"),
    "first values that are none": ("files", ("20 180", "wet"), "&model initial"),
    "no such command": ("files", ("./bucket_by", "./barrel_by"), "no executable"),
    "a file that is not there": ("files", ("files = 'bucket.py'", "files = 'b.py'"), "b.py"),
    "what files do not tell": (
        "files",
        ("upper = 0.45", "upper = 0.45\n screened = 'snow>0.1'"),
        "no variable 'snow'",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_fit_is_told_before_anything_runs(tmp_path, change):
    which, (old, new), said = CHANGES[change]
    case = write_case(tmp_path, which).set(old, new)
    path = case.write()
    for command in ("check", "run"):
        output = run(path, 2, command)
        assert said in " ".join(output.split()), output
        assert "Traceback" not in output
    assert not list(case.results.glob("*.nc"))


HIDDEN = (
    "dries = 3.0e-9",
    "self.calls = getattr(self, 'calls', 0) + 1\n        dries = self.calls * 3.0e-12",
)


def test_a_model_with_a_memory_of_its_own_is_found_out(tmp_path):
    case = write_case(tmp_path, "bmi")
    text = user_code("bucket.py")
    assert HIDDEN[0] in text
    (tmp_path / "bucket.py").write_text(text.replace(*HIDDEN))
    path = case.write()
    for command in ("check", "run"):
        output = " ".join(run(path, 2, command).split())
        assert "run twice from one state: 'water' of column 0 is" in output
        assert "keeps state that &model state does not name" in output


def test_a_model_that_fails_says_why(tmp_path):
    case = write_case(tmp_path, "bmi")
    text = user_code("bucket.py").replace("dries = 3.0e-9", "dries = 1 / 0 * 3.0e-9")
    (tmp_path / "bucket.py").write_text(text)
    output = " ".join(run(case.write(), 2).split())
    assert "bucket:Bucket: update() failed: ZeroDivisionError: division by zero" in output


FAILURES = {
    "ends with 3": ("model, evap", "raise SystemExit('the table is missing')\nmodel, evap", (
        "ended with status 1; window 2001-06-01T00:00", "the table is missing")),
    "hangs": ("model, evap", "import time\ntime.sleep(60)\nmodel, evap", (
        "has not ended after 3 s",)),
    "writes nothing": ("model, evap", "print('all is well')\nraise SystemExit(0)\nmodel, evap", (
        "wrote no 'restart_out.nc'", "all is well")),
    "writes half": ('end.createVariable("water"', 'end.createVariable("vater"', (
        "left no 'water' in 'restart_out.nc' (it has vater)",)),
    "writes another shape": ('"layer", 2)', '"layer", 3)', ("shape",)),
    "gives nothing but NaN": ('model.values["water"]\n', 'np.nan\n', ("'water' of column 0 is",)),
    "gives another unit": ('"kg m-2 s-1"', '"W m-2"', ("gives 'evaporation' in another unit",)),
    "kills itself": ("model, evap", "import os\nos.kill(os.getpid(), 9)\nmodel, evap", (
        "was ended by SIGKILL",)),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_an_executable_that_fails(tmp_path, failure):
    old, new, said = FAILURES[failure]
    case = write_case(tmp_path, "files").set(
        "   files = 'bucket.py'\n",
        "   files = 'bucket.py'\n   time_limit = 3.0\n   work_dir = 'work'\n",
    )
    program = tmp_path / "bucket_by_files.py"
    text = program.read_text().replace("import netCDF4", "import netCDF4\nimport numpy as np")
    assert old in text
    program.write_text(text.replace(old, new, 1))
    output = " ".join(run(case.write(), 2).split())
    for words in said:
        assert words in output, output
    assert "Traceback (most" not in output
    if "is nan" not in said[0] and "of column" not in said[0]:
        assert len(list(tmp_path.glob("work/ldas_model_*/forcing.nc"))) == 1
    assert not list(case.results.glob("*.nc"))


def test_a_restart_instead_of_first_values(door):
    """A run of another name goes on from a restart, with no first values told."""
    _, case = door
    restart = sorted((case.results / "restart").glob("*.nc"))[-1]
    text = case.text.replace("'case'", "'later'").replace("kind = 'analysis'", "kind = 'open_loop'")
    text = text.replace("start = '2001-06-01T00:00'", "start = '2001-06-03T12:00'")
    text = text.replace("end = '2001-06-03T12:00'", "end = '2001-06-03T18:00'")
    given = f"   restart = '{restart.relative_to(case.folder)}'\n"
    text = text.replace("   initial = 'water: 20 180'\n", "")
    text = text.replace("   time_step = 3600\n", f"   time_step = 3600\n{given}")
    path = case.folder / "later.nml"
    path.write_text(text)
    for command in ("check", "run"):
        run(path, command=command)
    with netCDF4.Dataset(restart) as file:
        begin = np.asarray(file["water"][:])
    last = sorted((case.folder / "output" / "later" / "restart").glob("*.nc"))[-1]
    with netCDF4.Dataset(last) as file:
        end = np.asarray(file["water"][:])
    assert 0.0 < np.abs(end - begin).max() < 5.0


def test_pictures_and_scores_of_its_results(door):
    """What is drawn and judged does not ask for ISBA's layers."""
    _, case = door
    path = case.folder / "case.nml"
    drawn = case.folder / "figures"
    result = CliRunner().invoke(app, ["plot", str(path), "--output", str(drawn)])
    assert result.exit_code == 0, (result.output, result.exception)
    for figure in ("soil_moisture", "innovations"):
        assert (drawn / f"{figure}.png").stat().st_size > 10_000
    judged = case.folder / "judged.nml"
    judged.write_text(
        "&evaluation\n   name = 'report'\n   truth = 'truth'\n   bootstrap = 0\n/\n"
        "&source\n   name = 'truth'\n   folder = 'output/case'\n/\n"
        "&source\n   name = 'free'\n   folder = 'output/free'\n/\n"
    )
    free = case.text.replace("'case'", "'free'").replace("kind = 'analysis'", "kind = 'open_loop'")
    (case.folder / "free.nml").write_text(free)
    run(case.folder / "free.nml")
    result = CliRunner().invoke(app, ["evaluate", str(judged)])
    assert result.exit_code == 0, (result.output, result.exception)
    truth = pd.read_csv(case.folder / "output" / "report" / "tables" / "truth.csv")
    assert set(truth["variable"]) == {"wg1", "wg2"} and (truth["RMSE"] > 0.0).any()


def test_another_program_is_no_resumption(door):
    """What the model is made of is part of an experiment: its program, too."""
    which, case = door
    path = case.folder / "parts.nml"
    text = case.text.replace("'case'", "'parts'")
    path.write_text(text.replace("end = '2001-06-03T12:00'", "end = '2001-06-02T18:00'"))
    run(path)
    path.write_text(text)
    program = case.folder / ("bucket.py" if which == "bmi" else "bucket_by_files.py")
    kept = program.read_text()
    program.write_text(kept + "# another\n")
    output = " ".join(run(path, 2).split())
    assert f"made with another content of {program.name}" in output.replace(f"{case.folder}/", "")
    program.write_text(kept)
    run(path)
    assert contents(case.folder / "output" / "parts") == contents(case.results)
