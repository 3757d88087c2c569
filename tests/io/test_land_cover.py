"""Land cover classes to patch fractions."""

import netCDF4
import numpy as np
import pytest
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.errors import UserError
from ldas.core.mosaic import PATCHES
from ldas.io.land_cover import TABLE, make_surface, read_table
from ldas.io.surface import read_surface


def land_cover(path, codes, variable="land_cover"):
    with netCDF4.Dataset(path, "w") as out:
        for name, size, units in (
            ("lat", codes.shape[0], "degrees_north"),
            ("lon", codes.shape[1], "degrees_east"),
        ):
            out.createDimension(name, size)
            out.createVariable(name, "f8", (name,))[:] = 40.0 - 0.001 * np.arange(size)
            out[name].units = units
        out.createVariable(variable, codes.dtype, ("lat", "lon"))[:] = codes
    return path


@pytest.fixture
def codes():
    found = np.full((20, 30), 40, np.uint8)  # cropland
    found[:10, :10] = 111  # closed needleleaf forest
    found[:10, 10:15] = 80  # half a cell of water
    found[:4, 20:30] = 255  # unknown
    found[10:, 10:20] = 200  # sea
    return found


def test_fractions_of_each_cell(tmp_path, codes):
    target = tmp_path / "surface.nc"
    said = make_surface(land_cover(tmp_path / "lc.nc", codes), "land_cover", target, 10, TABLE)
    with netCDF4.Dataset(target) as file:
        patches = np.ma.filled(file["patch_fraction"][:], np.nan)
        water = np.ma.filled(file["water_fraction"][:], np.nan)
        assert np.allclose(file["lat"][:], [39.9955, 39.9855])
    of = {name: patches[k] for k, name in enumerate(PATCHES)}
    assert of["needleleaf"][0, 0] == pytest.approx(0.9)
    assert np.isnan(patches[:, 0, 1]).all() and np.isnan(patches[:, 1, 1]).all()
    assert of["C3 crop"][0, 2] == pytest.approx(0.8)
    assert np.allclose(np.nansum(patches, axis=0)[[0, 0, 1, 1], [0, 2, 0, 2]], 1.0)
    assert water[0, 1] == pytest.approx(0.5) and water[1, 1] == 1.0
    assert "4 land cells of 6" in said


def test_what_is_still_missing_is_said(tmp_path, codes):
    target = tmp_path / "surface.nc"
    result = CliRunner().invoke(
        app, ["surface", str(land_cover(tmp_path / "lc.nc", codes)), str(target)]
    )
    assert result.exit_code == 0, result.stderr
    with pytest.raises(UserError) as error:
        read_surface(target, {})
    assert {"clay", "sand"} <= set(" ".join(error.value.problems).replace("'", " ").split())


def test_every_row_of_the_table_is_a_whole(tmp_path):
    shares = read_table()
    assert set(np.round(shares.share.sum(axis=1), 12)) == {0.0, 1.0}
    assert len(shares.code) == len(set(shares.code)) >= 22
    broken = tmp_path / "t.csv"
    broken.write_text(TABLE.read_text().replace("0.8,0.2", "0.8,0.3"))
    with pytest.raises(UserError, match="class 40 sum to"):
        read_table(broken)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda codes: codes + 1, "class"),
        (lambda codes: codes.astype(float), "class codes"),
        (lambda codes: codes[:5, :5], "fewer than one cell"),
    ],
)
def test_maps_that_cannot_be_used(tmp_path, codes, change, said):
    source = land_cover(tmp_path / "lc.nc", change(codes))
    result = CliRunner().invoke(app, ["surface", str(source), str(tmp_path / "s.nc")])
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "s.nc").exists()
