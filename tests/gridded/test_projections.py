"""Projected grids, archives and shares of area: places against pyproj, means against integrals."""

import zipfile

import netCDF4
import numpy as np
import pyproj
import pytest

from ldas.core.errors import UserError
from ldas.core.netcdf_input import find_inputs
from ldas.gridded.axes import axes_of
from ldas.gridded.geometry import geometry_of
from ldas.gridded.projection import SINUSOIDAL
from ldas.gridded.stored import open_stored
from ldas.imagery.image_stack import ImageStack
from observation_ops.gridding import to_cells
from observation_ops.observation_type import observation_type
from observation_ops.preset import preset
from observation_ops.products import open_wanted, wanted_by

ALL = slice(None)


def laea(path, attrs):
    """A field on the European equal-area grid, its values the northing in Mm."""
    x, y = 4.0e6 + 1000.0 * np.arange(12), 2.9e6 - 1000.0 * np.arange(10)
    with netCDF4.Dataset(path, "w") as out:
        out.createDimension("y", y.size)
        out.createDimension("x", x.size)
        for name, axis in (("x", x), ("y", y)):
            stored = out.createVariable(name, "f8", (name,))
            stored.standard_name, stored.units = f"projection_{name}_coordinate", "m"
            stored[:] = axis
        out.createVariable("crs", "i4").setncatts(attrs)
        field = out.createVariable("ndvi", "f4", ("y", "x"))
        field.grid_mapping, field.units = "crs", "1"
        field[:] = y[:, None] / 1e7
    return x, y


def test_cf_grid_mapping_gives_the_places_of_pyproj(tmp_path):
    crs = pyproj.CRS("EPSG:3035")
    x, y = laea(tmp_path / "a.nc", crs.to_cf())
    file = open_stored(tmp_path / "a.nc")
    field = file.variable("ndvi")
    places = geometry_of(axes_of(file, field), field)
    east, north = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        places.lon, places.lat
    )
    assert np.allclose(east.reshape(10, 12), x[None], atol=1e-3)
    assert np.allclose(north.reshape(10, 12), y[:, None], atol=1e-3)
    assert abs(places.spacing - 1.0) < 0.01


def test_a_grid_mapping_that_nobody_knows_is_told(tmp_path):
    laea(tmp_path / "a.nc", {"grid_mapping_name": "flat"})
    file = open_stored(tmp_path / "a.nc")
    with pytest.raises(UserError, match=r"a\.nc.*grid mapping 'crs'"):
        axes_of(file, file.variable("ndvi"))


def test_a_projected_image_is_turned_upright(tmp_path):
    laea(tmp_path / "ndvi_20200601.nc", pyproj.CRS("EPSG:3035").to_cf())
    stack = ImageStack([tmp_path / "ndvi_20200601.nc"], "ndvi")
    values = stack.read(stack.images[0], ALL)
    to = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3035", always_xy=True)
    _, north = to.transform(*np.meshgrid(stack.lon, stack.lat))
    there = np.isfinite(values)
    assert 0.7 < there.mean() <= 1.0
    assert np.abs(values * 1e7 - north)[there].max() < 750.0  # m, half a pixel's diagonal and more


def test_a_projected_raster_is_warped(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    x, y = 500_000.0, 4_800_000.0
    turn = rasterio.Affine(100.0, 0, x, 0, -100.0, y)
    profile = {"driver": "GTiff", "height": 20, "width": 30, "count": 1, "dtype": "uint8"}
    profile |= {"crs": "EPSG:32631", "transform": turn}
    with rasterio.open(tmp_path / "a.tif", "w", **profile) as out:
        out.write(np.repeat(np.arange(20, dtype="u1")[:, None], 30, axis=1), 1)
    stack = ImageStack([tmp_path / "a.tif"], "band_data")
    values = stack.read(stack.images[0], ALL)
    to = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True)
    _, north = to.transform(*np.meshgrid(stack.lon, stack.lat))
    there = np.isfinite(values)
    assert there.sum() > 500
    assert np.abs(values - ((y - north) / 100.0 - 0.5))[there].max() < 0.75
    assert not np.isfinite(values[~there]).any()


@pytest.fixture
def viirs(tmp_path):
    """A tile as HDF-EOS5 lays it out, of few pixels."""
    path = tmp_path / "VNP15A2H.A2018241.h18v04.002.2021.h5"
    size, tile = 24, 1111950.519667
    with netCDF4.Dataset(path, "w") as out:
        told = out.createGroup("HDFEOS INFORMATION").createVariable("StructMetadata.0", str)
        told[...] = (
            "GROUP=GridStructure\n XDim=24\n YDim=24\n"
            " UpperLeftPointMtrs=(0.000000,5559752.598333)\n"
            f" LowerRightMtrs=({tile:.6f},4447802.078667)\n Projection=HE5_GCTP_SNSOID\n"
        )
        grid = out.createGroup("HDFEOS/GRIDS/VNP_Grid_VNP15A2H/Data Fields")
        for name in ("phony_dim_0", "phony_dim_1"):
            grid.createDimension(name, size)
        for name, values in {
            "Lai": np.arange(size * size).reshape(size, size) % 101,
            "FparLai_QC": np.zeros((size, size)),
            "FparExtra_QC": np.zeros((size, size)),
            "LaiStdDev": np.full((size, size), 3),
        }.items():
            stored = grid.createVariable(name, "u1", ("phony_dim_0", "phony_dim_1"))
            stored.set_auto_maskandscale(False)
            stored.setncattr("scale_factor", 0.1)
            stored[:] = values
        grid["Lai"][0, 0] = 254  # water
        grid["FparLai_QC"][0, 1] = 2  # back-up algorithm
        grid["FparExtra_QC"][0, 2] = 2  # probably cloudy
    return path


def test_viirs_leaf_area(viirs):
    found = open_wanted(wanted_by(preset("vnp15a2h"), observation_type("lai"), (viirs,)))
    (stamp,) = found.stamps
    assert str(stamp.time.astype("M8[D]")) == "2018-08-29"
    values, _ = found.read(stamp, ALL, slice(0, 1))
    assert np.isnan(values[:3]).all() and np.isfinite(values[3:]).all()
    assert values[5, 0] == pytest.approx(0.5)
    assert found.read_error(stamp, ALL, slice(0, 1))[5, 0] == pytest.approx(0.3)
    to = pyproj.Transformer.from_crs("EPSG:4326", SINUSOIDAL, always_xy=True)
    east, north = to.transform(found.lon[0], found.lat[0])
    half = 0.5 * 1111950.519667 / 24
    assert east == pytest.approx(half, abs=0.1) and north == pytest.approx(5559752.6 - half, abs=1)


def test_files_in_archives(tmp_path):
    laea(tmp_path / "a.nc", pyproj.CRS("EPSG:3035").to_cf())
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as out:
        for name in ("b.nc", "a.nc", "readme.txt"):
            out.write(tmp_path / "a.nc", name)
    found = find_inputs([tmp_path / "both.zip"], "files")
    assert [p.name for p in found] == ["a.nc", "b.nc"]
    assert find_inputs([tmp_path / "both.zip"], "files") == found
    assert open_stored(found[0]).variable("ndvi").shape == (10, 12)


def test_archives_that_are_none(tmp_path):
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "cut.tar.gz").write_bytes(b"\x1f\x8b and no more")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as out:
        out.writestr("readme.txt", "nothing")
    with pytest.raises(UserError) as told:
        find_inputs([tmp_path / n for n in ("cut.zip", "cut.tar.gz", "empty.zip")], "files")
    text = str(told.value)
    assert "cut.zip: the archive is damaged" in text
    assert "cut.tar.gz: the archive is damaged" in text
    assert "empty.zip: the archive holds no file of fields" in text


def test_real_archives_of_the_climate_data_store(shared):
    samples = shared / "data" / "samples"
    archives = [*samples.glob("cci_c3s/*.tar.gz"), *samples.glob("cgls/zampy/*lai*.zip")]
    assert len(archives) == 2
    found = find_inputs(archives, "files")
    assert len(found) == 5
    for path in found:
        name = "sm" if "SOILMOISTURE" in path.name else "LAI"
        assert open_stored(path).variable(name).shape[0] == 1


@pytest.mark.parametrize("order", [1, -1])
def test_means_are_weighted_by_the_area_that_is_shared(order):
    # pixels of 0.3 degrees in cells of 1 degree: a plane's mean over a cell is its middle's value
    p_lat, p_lon = np.arange(40.15, 50.0, 0.3)[::order], np.arange(0.15, 10.0, 0.3)
    lat, lon = (v.ravel() for v in np.meshgrid([44.5, 45.5], [3.5, 4.5, 5.5], indexing="ij"))
    found = to_cells(p_lat, p_lon, lat, lon, 1.0, 1.0, 0.0)
    plane = np.broadcast_to(p_lon[None], (p_lat.size, p_lon.size))[found.rows, found.cols]
    mean, covered = found.mean(plane, np.ones(plane.shape, bool))
    total = np.bincount(found.cell, weights=found.weight)
    cell = np.degrees(np.sin(np.radians(lat + 0.5)) - np.sin(np.radians(lat - 0.5))) / 0.3**2
    assert np.allclose(total, cell, rtol=2e-4)
    assert np.allclose(mean, lon, atol=0.02)
    assert np.all(covered == 1.0)
    good = np.isfinite(plane)
    good[:, plane[0] < 4.0] = False
    _, covered = found.mean(plane, good)
    assert covered[0] == pytest.approx(0.1) and covered[1] == pytest.approx(1.0, abs=0.2)
