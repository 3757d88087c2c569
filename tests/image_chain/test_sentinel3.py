"""Sentinel-3 syntheses of a day and of ten to NDVI on the cells, and what is wrong with some."""

import shutil

import known_ground as ground
import netCDF4
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from ldas.cli import app
from ldas.image_chain.sentinel3 import clear_ndvi
from ldas.image_chain.steps import run_chain
from ldas.synthetic.sentinel3_product import DayScene, write_synthesis_product

CORNERS = (49, 52, 4, 7)


def smooth(lat, lon):
    """NDVI that changes little within a pixel of 1 km."""
    return 0.5 + 0.3 * np.sin(lat * 4.0) * np.cos(lon * 3.0)


def western_cloud(lat, lon):
    return lon < 5.5


def namelist(folder, more="", size=0.01, crs="EPSG:4326"):
    path = folder / "images.nml"
    path.write_text(
        "&images\n steps = 'sentinel3'\n output_dir = 'out'\n box = 50.0, 51.0, 5.0, 6.0\n"
        f" crs = '{crs}'\n resolution = {size}\n/\n&sentinel3\n files = 'S3*'\n{more}/\n"
    )
    return path


def ran(path):
    return CliRunner().invoke(app, ["images", str(path)])


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("size, crs", [(0.01, "EPSG:4326"), (3000.0, "EPSG:32631")])
def test_ndvi_is_that_of_the_ground_where_it_is_clear(tmp_path, zipped, size, crs):
    product = write_synthesis_product(tmp_path, DayScene(*CORNERS, smooth, western_cloud))
    if zipped:
        shutil.make_archive(str(product), "zip", tmp_path, product.name)
        shutil.rmtree(product)
    run_chain(namelist(tmp_path, size=size, crs=crs), lambda line: None)
    with xr.open_dataset(tmp_path / "out" / "NDVI_S3A_VG1_20200729T120000.nc") as file:
        values = file.ndvi.values[0]
        if crs == "EPSG:4326":
            lat, lon = np.meshgrid(file.lat, file.lon, indexing="ij")
        else:
            from pyproj import Transformer

            turn = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
            lon, lat = turn.transform(*np.meshgrid(file.x, file.y))
        inner = (abs(lat - 50.5) < 0.48) & (abs(lon - 5.5) < 0.48)
        seen = np.isfinite(values)
        assert not seen[inner & (lon < 5.45)].any() and seen[inner & (lon > 5.55)].all()
        # steps of 0.004 as stored, and half a cell of ground that bends
        assert np.abs(values - smooth(lat, lon))[seen & inner].max() < 0.008
        assert abs((values - smooth(lat, lon))[seen & inner].mean()) < 5e-4
    with xr.open_dataset(tmp_path / "out" / "ndvi_s3_month.nc") as file:
        assert file.ndvi.shape[0] == 1 and np.isfinite(file.ndvi.values).any()


def test_places_of_single_precision_lead_to_the_same_cells(tmp_path):
    found = []
    for name in ("double", "single"):
        folder = tmp_path / name
        folder.mkdir()
        scene = DayScene(40, 52, 0, 7, smooth, western_cloud)  # far from the first pixel
        product = write_synthesis_product(folder, scene)
        if name == "single":
            for file in ("NDVI.nc", "sm.nc"):
                spoil(product, file, rounded)
        path = namelist(folder)
        path.write_text(path.read_text().replace("50.0, 51.0, 5.0, 6.0", "40.5, 41.0, 6.0, 6.5"))
        run_chain(path, lambda line: None)
        with xr.open_dataset(folder / "out" / "NDVI_S3A_VG1_20200729T120000.nc") as file:
            found.append(file.ndvi.values)
    assert np.nanmax(np.abs(found[0] - found[1])) < 1e-3
    assert np.isfinite(found[0]).all()


def rounded(out):
    for axis in ("latitude", "longitude"):
        out[axis][:] = out[axis][:].astype("f4")


def test_days_and_decades_are_told_apart_and_a_later_processing_counts(tmp_path):
    old = DayScene(
        *CORNERS, lambda lat, lon: 0.1 + 0 * lat, western_cloud, created="20200730T000000"
    )
    write_synthesis_product(tmp_path, old)
    write_synthesis_product(tmp_path, DayScene(*CORNERS, smooth, western_cloud))
    write_synthesis_product(
        tmp_path,
        DayScene(*CORNERS, smooth, lambda lat, lon: lon < 4.5, kind="V10",
                 start="2020-07-21T00:00:00", stop="2020-07-31T23:59:59"),
    )  # fmt: skip
    said = []
    run_chain(namelist(tmp_path), said.append)
    assert sum("is left out: " in line and "20200730T000000" in line for line in said) == 1
    names = sorted(p.name for p in (tmp_path / "out").glob("NDVI*.nc"))
    assert names == ["NDVI_S3A_V10_20200726T120000.nc", "NDVI_S3A_VG1_20200729T120000.nc"]
    with xr.open_dataset(tmp_path / "out" / names[1]) as file:
        assert np.nanmin(file.ndvi.values) > 0.15


def test_the_status_map_bit_by_bit():
    good = 0b11111000
    status = np.array([good, good | 1, good | 2, good | 3, good | 4, good ^ 8, good ^ 32,
                       good ^ 64, good ^ 128, good ^ 16, good | 256, good | 1024])  # fmt: skip
    values, there = np.full(status.size, 0.5), np.ones(status.size, bool)
    for uncertain, wanted in ((False, {0, 8, 9, 11}), (True, {0, 2, 8, 9, 11})):
        ndvi, clear = clear_ndvi(values, there, status, uncertain)
        assert set(np.flatnonzero(np.isfinite(ndvi))) == wanted
        assert set(np.flatnonzero(clear == 1.0)) == wanted
        assert clear[5] == -1.0  # sea is no part of a cell
    assert np.isnan(clear_ndvi(values, ~there, status, True)[0]).all()


def spoil(folder, file, how):
    with netCDF4.Dataset(folder / file, "a") as out:
        out.set_auto_maskandscale(False)
        how(out)


def without_scale(out):
    out["NDVI"].delncattr("scale_factor")


def of_another(out):
    out.product_name = out.product_name.replace("20200729T0", "20200728T0")


def shifted(out):
    out["latitude"][:] = out["latitude"][:] + 0.5


def narrow(out):
    out["latitude"][:] = 52.0 - 1.5 * (52.0 - out["latitude"][:])


def uneven(out):
    out["longitude"][5] = out["longitude"][7]


@pytest.mark.parametrize(
    "file, how, wanted",
    [
        ("NDVI.nc", without_scale, "variable 'NDVI' says of no scale_factor"),
        ("sm.nc", of_another, "is of the product"),
        ("sm.nc", shifted, "other latitude than"),
        ("NDVI.nc", uneven, "longitude does not go by even steps"),
        ("both", narrow, "degrees; needed: squares"),
        ("sm.nc", None, "sm.nc: missing"),
        ("NDVI.nc", "cut", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, file, how, wanted):
    product = write_synthesis_product(tmp_path, DayScene(*CORNERS, smooth, western_cloud))
    if how is None:
        (product / file).unlink()
    elif how == "cut":
        (product / file).write_bytes((product / file).read_bytes()[:4000])
    else:
        for name in ("NDVI.nc", "sm.nc") if file == "both" else (file,):
            spoil(product, name, how)
    path = namelist(tmp_path)
    for command in ("check", "images"):
        ended = CliRunner().invoke(app, [command, str(path)])
        assert ended.exit_code == 2, ended.output
        assert wanted in ended.output and "Traceback" not in ended.output


def test_another_product_of_sentinel_3_is_refused(tmp_path):
    (tmp_path / "S3A_SY_2_VGP____20200729T100000_20200729T104000_x.SEN3").mkdir()
    ended = ran(namelist(tmp_path))
    assert ended.exit_code == 2 and "is no product of Sentinel-3 with NDVI" in ended.output


def test_green_of_100_m_is_not_asked_of_pixels_of_1_km(tmp_path):
    """Fine cells have the NDVI between the pixels about them."""
    write_synthesis_product(tmp_path, DayScene(*CORNERS, ground.green, lambda lat, lon: lon < 0))
    path = namelist(tmp_path, size=0.001)
    path.write_text(path.read_text().replace("50.0, 51.0, 5.0, 6.0", "50.0, 50.1, 5.0, 5.1"))
    run_chain(path, lambda line: None)
    with xr.open_dataset(next((tmp_path / "out").glob("NDVI*.nc"))) as file:
        assert np.isfinite(file.ndvi.values).all()
        assert np.abs(np.diff(file.ndvi.values[0], axis=0)).max() < 0.12
