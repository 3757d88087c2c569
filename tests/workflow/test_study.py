"""The study of the embedded region from end to end, killed on its way, and its namelists."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ldas.cycling.configuration import load
from ldas.evaluation.setup import load_setup

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "workflow"
REGIONS = sorted((WORKFLOW / "regions").glob("*.yaml"))
sys.path.insert(0, str(WORKFLOW))
import namelists  # noqa: E402


def called(*arguments):
    """A call of snakemake, and its environment."""
    scripts = Path(sys.executable).parent
    command = [scripts / "snakemake", "-s", WORKFLOW / "Snakefile", *arguments]
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    return [*map(str, command)], {**os.environ, "PATH": path}


def snakemake(folder, *arguments, status=0):
    """What a call in a folder says."""
    command, environment = called(*arguments)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    return said


def killed_in(folder, place, *arguments):
    """Kill a call and everything that it has started, once it has made `place`."""
    command, environment = called(*arguments)
    with subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while not (folder / place).exists():
            assert process.poll() is None, "ended before it could be killed"
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.minutes
def test_the_study_of_the_embedded_region_goes_on_after_a_kill(tmp_path):
    region = yaml.safe_load((WORKFLOW / "regions" / "embedded.yaml").read_text())
    region["spinup"]["passes"], region["evaluation"]["bootstrap"] = 1, 100  # in less time
    (tmp_path / "region.yaml").write_text(yaml.safe_dump(region))
    both = ("--cores", "2", "--configfile", "region.yaml")
    killed_in(tmp_path, "study/embedded/output/lai/.parts", *both)
    said = snakemake(tmp_path, *both)
    assert "ldas twin" not in said, "what was done was done again"
    made = tmp_path / "study" / "embedded"
    results = made / "output" / "evaluation"
    pairs = pd.read_csv(results / "tables" / "pairs.csv").set_index(["station", "compared"])
    for station in ("irrigated", "rainfed"):
        r = pairs["R"].loc[station]
        assert r["s1 against measured"] > r["open_loop against measured"] > 0.4
    figures = {path.name for path in results.glob("figures/*.png")}
    wanted = ("boxes_s1", "map_july_WG5", "map_july_less_WG5", "map_july_less_LAI", "scatter_july",
              "map_s1_R", "map_s1_R_change", "series_embedded_irrigated_wg_5_cm_s1",
              "seasons_embedded_irrigated_wg_5_cm_s1",
              "years_embedded_irrigated_wg_30_cm")  # fmt: skip
    assert {f"{name}.png" for name in wanted} <= figures
    page = (results / "report.html").read_text()
    assert "beside it irrigation probability" in page
    assert (made / "irrigation.nc").is_file()
    assert "Nothing to be done" in snakemake(tmp_path, *both)


@pytest.mark.parametrize("path", REGIONS, ids=lambda path: path.stem)
def test_the_namelists_of_a_region_are_right(path, tmp_path):
    region = yaml.safe_load(path.read_text())
    namelists.checked(region)
    for name in namelists.names(region):
        target = tmp_path / f"{name}.nml"
        namelists.write(region, name, target)
        if name == "evaluation":
            load_setup(target)
        elif name not in ("surface", "retrieval"):
            load(target)


def test_every_wrong_entry_of_a_region_is_named():
    region = yaml.safe_load(REGIONS[0].read_text())
    del region["model"]
    region |= {
        "experiments": {"joint": ["ssm", "moisture"]},
        "irrigation": {"of": "lai"},
        "rank": 2,
    }
    with pytest.raises(Exception) as found:
        namelists.checked(region)
    said = str(found.value)
    for words in ("no entry 'model'", "'moisture'", "no experiment 'lai'", "unknown entry 'rank'"):
        assert words in said


@pytest.mark.parametrize("path", REGIONS, ids=lambda path: path.stem)
def test_a_region_can_be_planned_for_a_cluster(path, tmp_path):
    profile = WORKFLOW / "profiles" / "slurm"
    said = snakemake(tmp_path, "-n", "--profile", profile, "--configfile", path)
    assert "analysis" in said and "evaluation" in said
