"""Land cover on the cells: the most frequent class, or the nearest."""

import numpy as np
import pytest
import rasterio
import xarray as xr
from typer.testing import CliRunner

from ldas.cli import app

NAMELIST = """&images
   steps = 'land_cover'
   output_dir = 'out'
   box = 50.0, 50.1, 5.0, 5.2
   resolution = {size}
   land_cover_files = 'cover.tif'
/
"""


def write(folder, classes, dtype="uint8", north=50.2):
    with rasterio.open(
        folder / "cover.tif", "w", driver="GTiff", height=classes.shape[0],
        width=classes.shape[1], count=1, dtype=dtype, crs="EPSG:4326", nodata=255,
        transform=rasterio.transform.from_origin(4.9, north, 0.001, 0.001),
    ) as out:  # fmt: skip
        out.write(classes.astype(dtype), 1)


def run(folder, size=0.01, status=0):
    path = folder / "images.nml"
    path.write_text(NAMELIST.format(size=size))
    for command in ("check", "images"):
        ended = CliRunner().invoke(app, [command, str(path)])
        assert ended.exit_code == status, ended.output
    if status:
        return " ".join(ended.output.split())
    with xr.open_dataset(folder / "out" / "land_cover.nc", mask_and_scale=False) as file:
        return file.load()


@pytest.mark.parametrize("size", [0.01, 0.0005])
def test_classes_are_the_most_frequent_or_the_nearest(tmp_path, size):
    lat = 50.2 - 0.001 * (np.arange(300) + 0.5)
    lon = 4.9 + 0.001 * (np.arange(400) + 0.5)
    random = np.random.default_rng(2)
    kind = lambda la, lo: np.where((np.floor(la * 50) + np.floor(lo * 50)) % 2 == 0, 40, 30)
    classes = kind(*np.meshgrid(lat, lon, indexing="ij"))
    if size > 0.001:
        classes = np.where(random.random(classes.shape) < 0.2, 111, classes)
    write(tmp_path, classes)
    made = run(tmp_path, size)
    wanted = kind(*np.meshgrid(made.lat, made.lon, indexing="ij"))
    assert (made.land_cover == wanted).mean() > 0.999
    assert made.land_cover.dims == ("lat", "lon")


def test_maps_that_show_nothing_or_are_no_classes_are_told(tmp_path):
    write(tmp_path, np.full((20, 20), 40), north=60.0)
    assert "box and map differ" in run(tmp_path, status=2)
    write(tmp_path, np.full((300, 400), 40.5), dtype="float32")
    assert "no classes" in run(tmp_path, status=2)
