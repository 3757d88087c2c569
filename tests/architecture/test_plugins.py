"""Every kind of thing that can be added is added once from outside, by an entry point."""

import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core import plugin
from ldas.core.registries import ALL, COMMANDS, OBSERVATION_TYPES
from ldas.cycling.configuration import load

PACKAGE = Path(__file__).parent / "toy_package"
POINTS = {
    "ldas.land_models": "toy_model = toy_ldas:MODEL",
    "ldas.forcing_sources": "toy_source = toy_ldas:FORCING_SOURCE",
    "ldas.observation_types": "toy_type = toy_ldas:TYPE\nbroken = toy_ldas:NOTHING",
    "ldas.presets": "toy_family = toy_ldas:PRESETS",
    "ldas.product_readers": "toy_reader = toy_ldas:open_text",
    "ldas.filters": "toy_filter = toy_ldas:Half",
    "ldas.retrievals": "toy_retrieval = toy_ldas:RETRIEVAL",
    "ldas.figures": "toy_figure = toy_ldas:FIGURE",
    "ldas.commands": "toy_command = toy_ldas:command",
}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The toy package as pip would leave it; gives the folder that is on the path."""
    site = tmp_path / "site"
    info = site / "toy_ldas-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-ldas\nVersion: 0\n")
    groups = (f"[{group}]\n{lines}\n" for group, lines in POINTS.items())
    (info / "entry_points.txt").write_text("\n".join(groups))
    (site / "toy_ldas.py").write_text((PACKAGE / "toy_ldas.py").read_text())
    monkeypatch.syspath_prepend(site)
    plugin._entry_points.cache_clear()
    yield site
    plugin._entry_points.cache_clear()
    sys.modules.pop("toy_ldas", None)


@pytest.fixture
def case(tmp_path, installed):
    case = SmallCase(tmp_path)
    case.forcing.fields["temperature"] = case.forcing.fields.pop("Tair")
    case.forcing.units["temperature"] = case.forcing.units.pop("Tair")
    case.set("files = 'forcing.nc'", "files = 'forcing.nc'\n   source = 'toy_source'")
    return case


def invoke(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_kind_has_its_toy(installed):
    for registry in ALL:
        assert any(name.startswith("toy") for name in registry.foreign()), registry.group


def test_source_type_reader_filter_and_figure_in_one_analysis(case, tmp_path):
    lines = [f"2001-06-0{day}T18:00:00 43.4 1.7 0.30" for day in (1, 2)]
    (tmp_path / "root_zone.txt").write_text("\n".join(lines))
    case.set("name = 'case'", "name = 'case'\n   kind = 'analysis'")
    case.set(
        "&output",
        "&assimilation\n   filter = 'FILTER'\n   control = 'wg2', 'wg5'\n/\n"
        "&observation\n   type = 'toy_type'\n"
        "   files = 'root_zone.txt'\n   variable = 'text'\n   reader = 'toy_reader'\n/\n&output",
    )
    namelist = case.write()
    text = namelist.read_text()
    moved = {}
    for name in ("sekf", "toy_filter"):
        namelist.write_text(text.replace("FILTER", name).replace("'case'", f"'{name}'"))
        invoke("check", namelist)
        invoke("run", namelist, "--quiet")
        folder = load(namelist).folder
        with xr.open_dataset(folder / "analysis_200106.nc") as found:
            assert (found.flag_toy_type == 0).sum() == 2
            moved[name] = float(abs(found.increment_wg5.isel(time=0)).sum())
    assert 0.0 < moved["toy_filter"] == pytest.approx(0.5 * moved["sekf"], rel=1e-5)
    assert "toy_figure.png" in invoke("plot", namelist, "--figure", "toy_figure")


def test_land_model(case):
    case.set("   lai = 2.0", "   name = 'toy_model'\n   time_step = 3600")
    namelist = case.write()
    invoke("check", namelist)
    invoke("run", namelist, "--quiet")
    with xr.open_dataset(load(namelist).folder / "state_200106.nc") as found:
        assert float(found.wr[-1].squeeze()) > 0.0
    case.set("'toy_model'", "'toy_modl'")
    namelist = case.write_namelist()
    told = CliRunner().invoke(app, ["check", str(namelist)])
    assert told.exit_code == 2 and "'bmi', 'files', 'isba' or 'toy_model'" in told.output


def test_retrieval(installed, tmp_path):
    namelist = tmp_path / "r.nml"
    namelist.write_text("&retrieval\n method = 'toy_retrieval'\n output = 'x.txt'\n/\n")
    assert "0.2 everywhere" in invoke("check", namelist)
    invoke("retrieve", namelist)
    assert (tmp_path / "x.txt").read_text() == "0.2\n"


def test_command(installed):
    done = subprocess.run(
        [sys.executable, "-c", "from ldas.cli import main; main()", "toy_command", "you"],
        env={"PYTHONPATH": str(installed), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "hello you\n", done.stderr


def test_one_that_cannot_be_imported_is_told(installed):
    from ldas.core.errors import UserError

    with pytest.raises(UserError, match="observation type 'broken' of toy-ldas: 'toy_ldas:NOTH"):
        OBSERVATION_TYPES.load("broken")


@pytest.mark.parametrize(
    "registry", [r for r in ALL if r is not COMMANDS], ids=lambda registry: registry.room
)
def test_everything_that_is_offered_is_there(registry):
    for name in registry.own():
        registry.load(name)
