"""Archives of the International Soil Moisture Network, also broken ones."""

import shutil

import numpy as np
import pandas as pd
import pytest
from synthetic import write_ismn

from ldas.core.errors import UserError
from ldas.evaluation.ismn_archive import ismn_probes

TIME = pd.date_range("2015-01-01", periods=2000, freq="1h")
VALUES = 0.2 + 0.05 * np.sin(np.arange(2000) / 100.0)


def read(path, networks=(), depths=(0.0, 1.0), flags=("G",), land_covers=(), stations=()):
    return ismn_probes(path, networks, depths, flags, land_covers, stations)


@pytest.fixture(params=["header", "ceop"])
def archive(tmp_path, request):
    folder = tmp_path / "Data_separate_files"
    header = request.param == "header"
    write_ismn(folder, "NETA", "First", (43.1, 1.2), 0.05, TIME, VALUES, header=header)
    write_ismn(folder, "NETA", "First", (43.1, 1.2), 0.30, TIME, VALUES + 0.1, header=header)
    write_ismn(folder, "NETB", "Second", (44.0, 2.0), 0.05, TIME, VALUES, "D05", header=header)
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_both_formats_as_folder_and_zip(archive, zipped):
    path = archive
    if zipped:
        made = shutil.make_archive(str(archive), "zip", archive)
        path = archive.with_suffix(".zip")
        assert str(path) == made
    probes, problems = read(path)
    assert [(p.network, p.station, p.depth) for p in probes] == [
        ("NETA", "First", 0.05),
        ("NETA", "First", 0.30),
    ]
    assert np.allclose(probes[0].series, VALUES, atol=1e-4)
    assert probes[0].series.index[0] == TIME[0]
    assert len(problems) == 1 and "NETB Second" in problems[0] and "D05" in problems[0]


def test_networks_depths_and_flags(archive):
    probes, _ = read(archive, ["NETB"], flags=["D05"])
    assert [p.station for p in probes] == ["Second"]
    probes, _ = read(archive, depths=(0.2, 0.4))
    assert [p.depth for p in probes] == [0.30]
    with pytest.raises(UserError, match=r"no network NETC.*NETA"):
        read(archive, ["NETC"])
    with pytest.raises(UserError, match="no soil moisture probe"):
        read(archive, depths=(0.5, 0.6))


def test_stations_are_chosen_and_sensors_at_one_depth_told_apart(tmp_path):
    for station, instrument in (("A", "Hydra"), ("A", "Theta"), ("B", "Hydra")):
        place = (43.1, 1.2)
        write_ismn(tmp_path, "NET", station, place, 0.05, TIME, VALUES, instrument=instrument)
    probes, _ = read(tmp_path)
    assert [p.station for p in probes] == ["A (Hydra)", "A (Theta)", "B"]
    probes, _ = read(tmp_path, stations=["B"])
    assert [p.station for p in probes] == ["B"]
    with pytest.raises(UserError, match=r"no station Bee \(there: A, B\)"):
        read(tmp_path, stations=["Bee"])


def test_a_broken_file_is_reported_and_the_rest_is_read(archive):
    broken = next(archive.rglob("*0.300000*.stm"))
    broken.write_text(broken.read_text()[:700] + "\nnothing that can be read at all\n")
    wrong = write_ismn(archive, "NETA", "Third", (43.2, 1.3), 0.05, TIME, 100.0 * VALUES)
    probes, problems = read(archive)
    assert ("First", 0.05) in [(p.station, p.depth) for p in probes]
    assert wrong.exists() and any("Third" in line and "units" in line for line in problems)


def test_what_is_no_archive(tmp_path):
    with pytest.raises(UserError, match="no such archive"):
        read(tmp_path / "none.zip")
    (tmp_path / "empty.zip").write_text("nothing")
    with pytest.raises(UserError, match=r"empty\.zip"):
        read(tmp_path / "empty.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty"):
        read(tmp_path / "empty")
