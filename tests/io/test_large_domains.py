"""What lets a domain grow: maps read for a rank's own cells, files stored in pieces."""

import netCDF4
import numpy as np
import pytest

from ldas.core.mosaic import PATCHES
from ldas.io.months import CHUNK_MOST, _chunk
from ldas.io.surface import read_surface


@pytest.fixture(params=["ascending", "descending"])
def surface(request, tmp_path):
    """A surface file with sea, and monthly leaf area that tells cells, patches and months apart."""
    random = np.random.default_rng(1)
    lat, lon = np.linspace(44.0, 44.5, 6), np.linspace(1.0, 1.4, 5)
    if request.param == "descending":
        lat = lat[::-1]
    fraction = np.zeros((len(PATCHES), 6, 5))
    fraction[[3, 6]] = 0.5
    fraction[:, random.uniform(size=(6, 5)) < 0.3] = np.nan
    path = tmp_path / "surface.nc"
    with netCDF4.Dataset(path, "w") as out:
        for name, size in (("month", 12), ("patch", len(PATCHES)), ("lat", 6), ("lon", 5)):
            out.createDimension(name, size)
        for name, dims, values in (
            ("lat", ("lat",), lat),
            ("lon", ("lon",), lon),
            ("clay", ("lat", "lon"), random.uniform(0.1, 0.4, (6, 5))),
            ("sand", ("lat", "lon"), random.uniform(0.1, 0.4, (6, 5))),
            ("patch_fraction", ("patch", "lat", "lon"), fraction),
            ("lai", ("month", "patch", "lat", "lon"), random.uniform(size=(12, 12, 6, 5))),
            ("z0", ("patch", "lat", "lon"), random.uniform(size=(12, 6, 5))),
        ):
            out.createVariable(name, "f8", dims)[:] = values
    return read_surface(path, {"lai": True, "z0": False})


def test_the_maps_of_some_cells_are_those_of_all(surface):
    whole = surface.part(slice(None))
    assert whole.maps["lai"].shape == (surface.grid.cells, 12, 12)
    with netCDF4.Dataset(surface.file) as file:
        row = int(np.argmin(np.abs(file["lat"][:] - surface.grid.cell_lat[4])))
        stored = file["lai"][:, :, row, surface.grid.col[4]]
    np.testing.assert_array_equal(whole.maps["lai"][4], np.asarray(stored).T)
    for cells in (slice(0, 3), slice(3, 4), slice(5, surface.grid.cells)):
        mine = surface.part(cells)
        np.testing.assert_array_equal(mine.clay, whole.clay[cells])
        for name, values in whole.maps.items():
            np.testing.assert_array_equal(mine.maps[name], values[cells])


@pytest.mark.parametrize("inner", [(14, 3000, 3500), (12, 14, 3000, 3500), (30000, 40000)])
def test_the_pieces_of_large_maps_are_small(inner):
    piece = _chunk(inner, 4)
    assert 4 * np.prod(piece) <= CHUNK_MOST
    assert piece[-1] == inner[-1] and all(a <= b for a, b in zip(piece, inner, strict=True))


def test_small_maps_are_stored_whole():
    assert _chunk((12, 56, 64), 4) == (12, 56, 64)
