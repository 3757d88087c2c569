"""Agencies' products of a known ground to its moisture, on latitudes and on a projection."""

import known_ground as ground
import netCDF4
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from ldas.cli import app
from ldas.gridded.axes import axes_of
from ldas.gridded.stored import open_stored
from ldas.gridded.upright import upright
from ldas.synthetic.sentinel1_product import RadarScene, write_safe
from ldas.synthetic.sentinel2_product import OpticalScene, write_level2a
from retrieval.iem import linear
from retrieval.training_base import forward_both

DATES = ("2020-07-06", "2020-07-12")
ROUGH = 1.5  # cm
BLOCK = 0.01  # degrees, of one moisture
IMAGES = """&images
   steps = 'sentinel1', 'sentinel2'
   output_dir = '{folder}'
   box = 49.98, 50.02, 4.97, 5.03
   height = 0.0
   crs = '{crs}'
   resolution = {size}
/
&sentinel1
   files = '*_02B10A.SAFE'
/
&sentinel2
   files = 'S2?_*.SAFE'
/
"""
RETRIEVE = """&retrieval
   form = 's1s3'
   output = '{folder}.nc'
   sigma_files = '{folder}/S1*.nc'
   ndvi_files = '{folder}/ndvi_month.nc'
   grid_file = 'cells.nc'
/
"""


def moisture(date):
    """Vol.% of blocks of a hundredth of a degree."""

    def field(lat, lon):
        row, col = (np.floor(v / BLOCK + 1e-6).astype(int) for v in (lat, lon))
        return 10.0 + 5.0 * ((row + 2 * col + 3 * DATES.index(date)) % 4)

    return field


def plants(lat, lon):
    return 0.25 + 0.1 * (np.floor(lat / BLOCK + 1e-6).astype(int) % 3)


def seen(date, band):
    def field(lat, lon):
        shape = np.shape(lat)
        both = forward_both(moisture(date)(lat, lon), np.full(shape, ROUGH), np.full(shape, 38.0),
                            plants(lat, lon))  # fmt: skip
        return linear(both[band])

    return field


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moisture")
    for k, date in enumerate(DATES):
        scene = RadarScene(
            ground.LAT, ground.LON, {"VV": seen(date, 0), "VH": seen(date, 1)},
            lambda lat, lon: np.zeros(np.shape(lat)), start=f"{date}T17:23:45", seed=k,
            lines=900, pixels=800,
        )  # fmt: skip
        write_safe(folder, scene)
        write_level2a(
            folder,
            OpticalScene("EPSG:32631", 640_000.0, 5_545_000.0, 1000, plants,
                         lambda lat, lon: np.zeros(lat.shape), time=f"{date}T10:50:31"),
        )  # fmt: skip
    with netCDF4.Dataset(folder / "cells.nc", "w") as out:
        for name, middle in (("lat", ground.LAT), ("lon", ground.LON)):
            out.createDimension(name, 4)
            out.createVariable(name, "f8", (name,))[:] = middle + BLOCK * (np.arange(4) - 1.5)
    for name, crs, size in (("degrees", "EPSG:4326", 0.001), ("plane", "EPSG:32631", 100.0)):
        (folder / f"{name}.nml").write_text(IMAGES.format(folder=name, crs=crs, size=size))
        (folder / f"r_{name}.nml").write_text(RETRIEVE.format(folder=name))
        for command, file in (("check", name), ("images", name), ("retrieve", f"r_{name}")):
            ended = CliRunner().invoke(app, [command, str(folder / f"{file}.nml")])
            assert ended.exit_code == 0, ended.output
    return folder


@pytest.mark.parametrize("name", ["degrees", "plane"])
def test_moisture_is_that_of_the_ground(folder, name):
    with xr.open_dataset(folder / f"{name}.nc") as file:
        assert file.ssm.shape == (2, 4, 4)
        lat, lon = np.meshgrid(file.lat, file.lon, indexing="ij")
        truth = 0.01 * np.array([moisture(date)(lat, lon) for date in DATES])
        off = file.ssm.values - truth
        assert np.isfinite(off).all()
        print(f"{name}: bias {off.mean():.3f}, sd {off.std():.3f} m3 m-3")
        assert abs(off.mean()) < 0.04 and off.std() < 0.03
        assert np.corrcoef(file.ssm.values.ravel(), truth.ravel())[0, 1] > 0.9


def test_both_grids_give_the_same(folder):
    with xr.open_dataset(folder / "degrees.nc") as a, xr.open_dataset(folder / "plane.nc") as b:
        assert np.abs(a.ssm - b.ssm).max() < 0.02


def test_of_a_projected_image_no_more_is_read_than_a_part_needs(folder):
    file = open_stored(next((folder / "plane").glob("S1*.nc")))
    stored = file.variable("sigma0_vv")
    asked = []

    def reads(index):
        asked.append(index)
        return stored.reads(index)

    watched = type(stored)(stored.path, stored.name, stored.dims, stored.shape, stored.dtype,
                           stored.attrs, reads)  # fmt: skip
    turned, axes = upright(watched, axes_of(file, stored))
    whole = turned.read(0, slice(None), slice(None))
    part = turned.read(0, slice(10, 14), slice(5, 25))
    assert np.array_equal(part, whole[10:14, 5:25], equal_nan=True)
    rows = asked[-1][-2]
    assert rows.stop - rows.start < 8
    lat, lon = (axis.read() for axis in (axes.lat, axes.lon))
    with xr.open_dataset(file.path) as known:
        from pyproj import Transformer

        x, y = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True).transform(
            lon[20], lat[12]
        )
        wanted = known.sigma0_vv[0].sel(x=x, y=y, method="nearest")
    assert whole[12, 20] == float(wanted)
