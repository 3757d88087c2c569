"""A station's probe as an observation product."""

import netCDF4
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ldas.cli import app


@pytest.fixture
def table(tmp_path):
    time = pd.date_range("2010-01-01", periods=24 * 30, freq="h")
    frame = pd.DataFrame({"time_utc": time, "sm": np.arange(time.size) / 1000.0})
    frame.loc[frame.time_utc == "2010-01-13 18:00", "sm"] = np.nan
    path = tmp_path / "station.csv"
    frame.to_csv(path, index=False)
    return path


def station(*arguments):
    place = ["--lat", "46.5", "--lon", "10.5"]
    return CliRunner().invoke(app, ["station", *map(str, arguments), *place])


def test_one_value_in_six_days_at_18_utc(table, tmp_path):
    target = tmp_path / "out" / "product.nc"
    result = station(table, target, "--column", "sm")
    assert result.exit_code == 0, result.stderr
    with netCDF4.Dataset(target) as file:
        stamps = netCDF4.num2date(file["time"][:], file["time"].units)
        assert [(t.day, t.hour) for t in stamps] == [(d, 18) for d in (1, 7, 19, 25)]
        hours = np.array([(t.day - 1) * 24 + t.hour for t in stamps])
        assert np.allclose(file["ssm"][:, 0, 0], hours / 1000.0, rtol=1e-6)
        assert file["ssm"].units == "m3 m-3"
        assert file["lat"][0] == 46.5 and file["lon"][0] == 10.5


@pytest.mark.parametrize("column, hour, said", [("none", 18, "no column none"), ("sm", 3, "03:00")])
def test_nothing_to_take_is_said(table, tmp_path, column, hour, said):
    frame = pd.read_csv(table)
    frame[~frame.time_utc.str.contains(" 03:")].to_csv(table, index=False)
    target = tmp_path / "product.nc"
    result = station(table, target, "--column", column, "--hour", hour)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not target.exists()
