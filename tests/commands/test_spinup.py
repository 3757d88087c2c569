"""Spin-up: balanced means balanced, and extrapolation gets to the same state in fewer passes."""

import json
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.cycling.balance import drift, extrapolated, watched

ROOT = Path(__file__).resolve().parents[2]


def state(values):
    table = (Variable("tg", ("column", "layer"), "K", "temperature", lower=180.0, upper=370.0),)
    return State(table, {"tg": np.array(values, float)})


def test_a_steady_approach_is_extrapolated_most_of_the_way():
    limit, far, factor = 285.0, 4.0, 0.8
    passes = [state([[limit + far * factor**k, limit]]) for k in range(3)]
    moved = extrapolated(*passes)
    left = passes[2]["tg"][0, 0] - limit
    assert abs(moved["tg"][0, 0] - limit) == pytest.approx(0.1 * left)
    assert moved["tg"][0, 1] == limit
    assert drift(watched(passes[0]), watched(passes[1]))["temperature"][0] == pytest.approx(0.8)


def test_nothing_is_extrapolated_where_nothing_approaches():
    wandering = [state([[285.0 + k]]) for k in (0.0, 1.0, -0.5)]
    assert extrapolated(*wandering)["tg"] == wandering[2]["tg"]
    still = [state([[285.0]])] * 3
    assert extrapolated(*still)["tg"] == 285.0


@pytest.fixture
def namelist(tmp_path, data):
    text = (ROOT / "namelists" / "hapex_agrometeo.nml").read_text()

    def write(name, entries):
        path = tmp_path / f"{name}.nml"
        path.write_text(
            text.replace("name = 'hapex_agrometeo'", f"name = '{name}'")
            + f"&spinup\n{entries}\n/\n"
        )
        return path

    return write


def spun_up(path):
    result = CliRunner().invoke(app, ["spinup", str(path)])
    assert result.exit_code == 0, result.stderr
    folder = path.parent / "output" / path.stem / "spinup"
    with netCDF4.Dataset(folder / "restart.nc") as file:
        found = {name: np.asarray(file[name][:]) for name in ("wg", "tg", "biomass_structural")}
    return json.loads((folder / "summary.json").read_text()), found


def test_fewer_passes_to_the_same_state(namelist):
    brute, there = spun_up(namelist("brute", "accelerate = .false."))
    quick, here = spun_up(namelist("quick", "accelerate = .true."))
    print(f"\npasses: {len(brute['passes'])} by repetition, {len(quick['passes'])} extrapolated")
    assert brute["balanced"] and quick["balanced"]
    assert len(quick["passes"]) < 0.7 * len(brute["passes"])
    assert np.abs(here["tg"] - there["tg"]).max() < 0.1
    assert np.abs(here["wg"] - there["wg"]).max() < 1e-4
    assert np.abs(here["biomass_structural"] - there["biomass_structural"]).max() < 1e-3


def test_a_run_starts_from_it(namelist):
    summary, _ = spun_up(namelist("short", "passes = 1"))
    assert not summary["balanced"]
    path = namelist("after", "")
    text = path.read_text().replace("1987-01-01T00:00", "1986-01-03T00:00")
    text = text.replace("time_step = 300", f"time_step = 300\n   restart = '{summary['restart']}'")
    path.write_text(text)
    result = CliRunner().invoke(app, ["run", str(path)])
    assert result.exit_code == 0, result.stderr
