"""ISBA through the Basic Model Interface: used alone, and driven by ldas, with the same bits."""

import re

import netCDF4
import numpy as np
import pytest
from conftest import SmallCase, contents
from through_bmi import model_group
from typer.testing import CliRunner

from ldas.cli import app
from ldas.coupling.isba_bmi import IsbaBmi
from ldas.synthetic.twin import TwinOptions, write_twin

OUTPUTS = ("wg", "tg", "lai", "swe", "ts", "le", "h", "gpp", "runoff", "drainage", "rainf")


def run(namelist):
    result = CliRunner().invoke(app, ["run", str(namelist), "--quiet"])
    assert result.exit_code == 0, result.stderr


@pytest.fixture
def isba(tmp_path):
    """A small case with snow and growing leaves, run by ISBA itself."""
    case = SmallCase(tmp_path)
    case.forcing.fields["Tair"] -= 16.0
    case.forcing.fields["Snowf"][10:20] = 3e-4
    case.set("lai = 2.0", "lai = 2.0\n   photosynthesis = 'nit'")
    case.set("frequency = 3600", "frequency = 3600\n   precision = 'double'")
    wanted = ", ".join(f"'{name}'" for name in OUTPUTS)
    case.set("precision = 'double'", f"precision = 'double'\n   variables = {wanted}")
    case.write()
    namelist = tmp_path / "isba.nml"
    (tmp_path / "case.nml").rename(namelist)
    return namelist


def through_bmi(isba, **changes):
    """The same case with the model behind the interface."""
    text = isba.read_text().replace("name = 'case'", "name = 'bmi'")
    start, end = text.index("&model"), text.index("&output")
    group = model_group(isba, OUTPUTS)
    for old, new in changes.values():
        assert old in group
        group = group.replace(old, new)
    path = isba.with_name("bmi.nml")
    path.write_text(text[:start] + group + text[end:])
    return path


def test_isba_through_the_adapter_gives_the_same_bits(isba):
    run(isba)
    run(through_bmi(isba))
    direct = contents(isba.parent / "output" / "case")
    adapted = contents(isba.parent / "output" / "bmi")
    assert len(direct) > len(OUTPUTS)
    assert adapted == direct


def test_alone_with_its_own_forcing(isba):
    run(isba)
    model = IsbaBmi()
    model.initialize(str(isba))
    model.update_until(86400.0)
    assert model.get_current_time() == 86400.0
    wg = np.empty(model.get_grid_size(model.get_var_grid("state_wg")))
    model.get_value("state_wg", wg)
    with netCDF4.Dataset(isba.parent / "output" / "case" / "state_200106.nc") as file:
        mean = np.ma.getdata(file["wg"][23, :, 0, 0])
    share = model.local.mosaic.fraction
    layer = share @ wg.reshape(share.size, -1)
    assert np.allclose(layer[:5], mean[:5], rtol=0, atol=1e-15)


def test_driven_from_outside(isba):
    model = IsbaBmi()
    model.initialize(str(isba))
    columns = model.get_grid_size(0)
    model.set_value("tair", np.full(columns, 260.0))
    for _ in range(12):
        model.update()
    cold = np.empty(columns)
    model.get_value("ts", cold)
    assert (cold < 275.0).all()
    model.set_value("time", np.array([0.0]))
    assert model.get_current_time() == 0.0
    assert len(model.get_input_var_names()) == model.get_input_item_count()
    for name in model.get_output_var_names():
        assert model.get_var_units(name)
        assert model.get_value_ptr(name).size == model.get_grid_size(model.get_var_grid(name))


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """The joint analysis of a twin over ten days, by ISBA and by ISBA through its interface."""
    folder = tmp_path_factory.mktemp("twin")
    end = np.datetime64("2017-04-20T18:00:00")
    write_twin(folder, TwinOptions(2, 1, end, years=1), lambda text: None)
    text = (folder / "joint.nml").read_text().replace("'2017-01-01T18", "'2017-04-11T18")
    text = re.sub(r"\n *(restart|rescaling_file|min_pairs) = .*", "", text)
    text = text.replace("rescaling = 'linear'", "rescaling = 'none'")
    text = text.replace("frequency = 86400", "frequency = 86400\n   precision = 'double'")
    isba = folder / "isba.nml"
    isba.write_text(text.replace("'joint'", "'isba'"))
    with netCDF4.Dataset(folder / "ssm.nc", "a") as file:
        file["ssm"][:] = 0.1 + 0.003 * np.ma.getdata(file["ssm"][:])
        file["ssm"].units = "m3 m-3"
    outputs = re.findall(r"'(\w+)'", re.search(r"variables = (.*)", text).group(1))
    group = model_group(isba, outputs, analysed=True)
    begin, end = text.index("&model"), text.index("&output")
    bmi = folder / "bmi.nml"
    bmi.write_text((text[:begin] + group + text[end:]).replace("'joint'", "'bmi'"))
    return isba, bmi


@pytest.mark.parametrize("filter", ["sekf", "ekf", "ensrf"])
def test_analyses_of_isba_through_the_adapter_have_the_same_bits(twin, filter):
    found = []
    for path in twin:
        text = path.read_text().replace(f"'{path.stem}'", f"'{path.stem}_{filter}'", 1)
        chosen = f"&assimilation\n   filter = '{filter}'\n   members = 3"
        other = path.with_name(f"{path.stem}_{filter}.nml")
        other.write_text(text.replace("&assimilation", chosen))
        run(other)
        found.append(contents(path.parent / "output" / other.stem))
    with netCDF4.Dataset(twin[0].parent / "output" / f"isba_{filter}" / "analysis_201704.nc") as a:
        assert np.nanmax(np.abs(np.ma.filled(a["increment_lai"][:], np.nan))) > 0.0
        assert np.nanmax(np.abs(np.ma.filled(a["increment_wg5"][:], np.nan))) > 0.0
    assert found[0] == found[1]


class NoModel:
    """Lacks most of what a land model must have."""

    def initialize(self, config_file):
        pass


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("IsbaBmi'", "NoSuchClass'"), "NoSuchClass"),
        (("ldas.coupling.isba_bmi:IsbaBmi", "test_bmi:NoModel"), "lacks update"),
        (("'wg',", "'wetness',"), "wetness"),
        (("'state_wg'", "'state_wig'"), "state_wig"),
        (("clock = 'time'", "clock = 'hour'"), "hour"),
        (("time_step = 300", "time_step = 600"), "time_step"),
    ],
)
def test_what_a_foreign_model_lacks(isba, change, said, monkeypatch):
    monkeypatch.syspath_prepend(str(__file__).rsplit("/", 1)[0])
    result = CliRunner().invoke(app, ["run", str(through_bmi(isba, only=change))])
    assert result.exit_code == 2, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_without_a_clock_cannot_go_back(isba):
    path = through_bmi(isba, only=("clock = 'time'", "! no clock"))
    run(path)
    text = path.read_text().replace("end = '2001-06-03T12:00'", "end = '2001-06-03T18:00'")
    path.write_text(text)
    result = CliRunner().invoke(app, ["run", str(path)])
    assert result.exit_code == 2
    assert "clock" in result.stderr
