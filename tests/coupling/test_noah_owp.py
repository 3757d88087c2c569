"""Noah-OWP-Modular behind the filter, where it has been built (docs/noah_owp.md)."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from conftest import ROOT, contents
from typer.testing import CliRunner

import ldas
from ldas.cli import app
from ldas.synthetic.demo import write_demo

RECIPE = ROOT / "docs" / "recipes" / "noah_owp"
LIBRARY = os.environ.get("NOAH_OWP_LIBRARY")
ANALYSIS = """
&assimilation
   control = 'wg1', 'wg2', 'wg3', 'wg4'
/
&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
   error = 0.2
/
"""

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="Noah-OWP-Modular is not built")


def run(path, status=0):
    result = CliRunner().invoke(app, ["run", str(path), "--quiet"])
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


@pytest.fixture
def case(tmp_path, monkeypatch):
    for path in RECIPE.glob("*"):
        shutil.copy(path, tmp_path)
    (tmp_path / "parameters").symlink_to(Path(LIBRARY).parents[1] / "parameters")
    write_demo(tmp_path / "region", days=20, seed=1)
    monkeypatch.chdir(tmp_path)
    return (tmp_path / "open_loop.nml").read_text()


def test_an_analysis_brings_the_root_zone_to_the_truth(case):
    model = Path("noah.nml").read_text()
    Path("wet.nml").write_text(model.replace("0.30", "0.38"))
    truth = case.replace("'open_loop'", "'truth'").replace("noah.nml", "wet.nml")
    Path("truth.nml").write_text(truth)
    run("open_loop.nml")
    run("truth.nml")
    seen = ldas.open("output/truth").states.wg.sel(layer=1, drop=True)[::2]
    noise = 0.02 * np.random.default_rng(1).standard_normal(seen.shape)
    field = xr.Dataset({"ssm": seen + noise}).drop_vars("depth", errors="ignore")
    field.ssm.attrs = {"units": "m3 m-3"}
    field.to_netcdf("ssm.nc")
    text = case.replace("'open_loop'", "'analysis'\n   kind = 'analysis'") + ANALYSIS
    Path("analysis.nml").write_text(text)
    run("analysis.nml")
    wg = {n: ldas.open(f"output/{n}").states.wg for n in ("truth", "open_loop", "analysis")}
    error = {
        n: np.sqrt(((wg[n] - wg["truth"]) ** 2).mean(("time", "lat", "lon")).values)
        for n in ("open_loop", "analysis")
    }
    print(error)
    assert (error["analysis"][:3] < 0.4 * error["open_loop"][:3]).all()
    assert error["analysis"][3] < 0.7 * error["open_loop"][3]

    first = text.replace("'analysis'", "'parts'", 1).replace("2017-06-04T18", "2017-05-25T18")
    Path("parts.nml").write_text(first)
    run("parts.nml")
    Path("parts.nml").write_text(first.replace("2017-05-25T18", "2017-06-04T18"))
    run("parts.nml")
    assert contents(Path("output/parts")) == contents(Path("output/analysis"))


def test_what_it_carries_along_is_missed_when_it_is_not_named(case):
    Path("hidden.nml").write_text(case.replace("'SH2O', 'REST'", "'SH2O'"))
    assert "keeps state that &model state does not name" in " ".join(run("hidden.nml", 2).split())
