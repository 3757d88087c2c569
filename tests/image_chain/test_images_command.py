"""`ldas images` as one uses it: zips, slices of a pass, batches that go on, the speckle filter."""

import re
import shutil
import zipfile

import known_ground as ground
import numpy as np
import pytest
import rasterio
import xarray as xr
from pyproj import Transformer
from scipy import ndimage
from typer.testing import CliRunner

from ldas.cli import app
from ldas.image_chain.product_folder import ProductFolder
from ldas.image_chain.safe import Frame
from ldas.synthetic.sentinel1_product import RadarScene, write_safe
from retrieval.sar.geocoding import image_positions

RADAR = (
    "&sentinel1\n files = '{files}', units = 'linear', looks = 20.0, border = {border}{more}\n/\n"
)


def images(folder, files="*.SAFE", border=0.0, more="", **options):
    path = ground.namelist(
        folder, more=RADAR.format(files=files, border=border, more=more), **options
    )
    ended = CliRunner().invoke(app, ["images", str(path)])
    assert ended.exit_code == 0, ended.output
    return ended.output


def passes(folder, where="out"):
    found = {}
    for path in sorted((folder / where).glob("S1*.nc")):
        with xr.open_dataset(path) as file:
            found[path.name] = file.load()
    return found


@pytest.fixture(scope="module")
def whole(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(frame / "dem.tif", folder)
    shutil.copytree(next(frame.glob("*.SAFE")), folder / "a.SAFE")
    images(folder)
    return folder


def test_what_is_written_says_what_it_is(whole):
    ((name, file),) = passes(whole).items()
    assert name == "S1A_A088_20200729T172345.nc"
    assert file.relative_orbit.values.tolist() == [88] and file.pass_direction == "ascending"
    assert file.sigma0_vv.units == "1" and file.theta.units == "degrees"
    assert set(np.unique(file.hidden)) <= {0, 1, 2, 3}
    assert file.sigma0_vv.dims == ("time", "y", "x")
    assert str(file.time.values[0])[:19] == "2020-07-29T17:23:45"
    vh = file.sigma0_vh.values
    assert np.nanmedian(vh) == pytest.approx(0.02, rel=0.01)
    assert np.isfinite(vh).mean() > 0.6
    with xr.open_dataset(whole / "out" / "terrain.nc") as terrain:
        lat, lon = ground.LAT, ground.LON
        assert float(terrain.height.mean()) == pytest.approx(ground.hills(lat, lon), abs=60.0)
        assert 15.0 < float(terrain.slope.max()) < 25.0
    assert (whole / "out" / name).with_suffix(".png").stat().st_size > 10_000


def test_a_zip_gives_what_the_folder_gives(whole, tmp_path):
    shutil.copy(whole / "dem.tif", tmp_path)
    with zipfile.ZipFile(tmp_path / "a.SAFE.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (whole / "a.SAFE").rglob("*"):
            archive.write(path, path.relative_to(whole))
    images(tmp_path, files="*.zip")
    (_, one), (_, other) = passes(whole).popitem(), passes(tmp_path).popitem()
    assert np.array_equal(one.sigma0_vv, other.sigma0_vv, equal_nan=True)


def slice_of(source, target, first, last):
    """Lines of a product as a product of its own, like the slices that the agency ships."""
    shutil.copytree(source, target)
    for path in [*target.glob("annotation/*.xml"), *target.glob("annotation/*/*.xml")]:
        text = path.read_text()
        if path.parent.name == "annotation":
            interval = float(re.search("Interval>(.*?)<", text)[1])
            start = np.datetime64(re.search("FirstLineUtcTime>(.*?)<", text)[1], "ns")
            times = [
                start + np.timedelta64(round(k * interval * 1e9), "ns") for k in (first, last - 1)
            ]
            for name, time in zip(("First", "Last"), times, strict=True):
                text = re.sub(f"(product{name}LineUtcTime>).*?<", rf"\g<1>{time}<", text)
            text = re.sub("(numberOfLines>).*?<", rf"\g<1>{last - first}<", text)
        else:
            text = re.sub("(lastAzimuthLine>).*?<", rf"\g<1>{last - first - 1}<", text)
        path.write_text(text)
    manifest = target / "manifest.safe"
    text = manifest.read_text()
    for name, time in zip(("start", "stop"), times, strict=True):
        text = re.sub(f"({name}Time>).*?<", rf"\g<1>{time}<", text)
    manifest.write_text(text)
    for path in target.glob("measurement/*.tiff"):
        with rasterio.open(path) as raster:
            numbers = raster.read(1)[first:last]
        path.unlink()
        with rasterio.open(path, "w", driver="GTiff", height=len(numbers),
                           width=numbers.shape[1], count=1, dtype="uint16") as out:  # fmt: skip
            out.write(numbers, 1)


def test_slices_of_a_pass_are_put_together_without_a_seam(whole, tmp_path):
    shutil.copy(whole / "dem.tif", tmp_path)
    slice_of(whole / "a.SAFE", tmp_path / "one.SAFE", 0, 300)
    slice_of(whole / "a.SAFE", tmp_path / "two.SAFE", 300, 600)
    said = images(tmp_path, border=60.0)
    assert "1 of 1" in said
    (_, one), (_, other) = passes(whole).popitem(), passes(tmp_path).popitem()
    assert other.sources == "one.SAFE, two.SAFE"
    a, b = one.sigma0_vv.values[0], other.sigma0_vv.values[0]
    both = np.isfinite(a) & np.isfinite(b)
    assert both.sum() > 0.9 * np.isfinite(b).sum() and both.sum() > 0.85 * np.isfinite(a).sum()
    off = np.abs(a - b)[both] / a[both]
    assert np.median(off) < 1e-6 and np.quantile(off, 0.99) < 0.01  # beside the seam looks are cut
    # no line without a value between the first and the last
    inner = ndimage.binary_erosion(np.isfinite(a), np.ones((3, 3)), iterations=8)
    assert inner.sum() > 20_000 and np.isfinite(b[inner]).all()


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch")
    ground.write_dem(folder / "dem.tif", lambda lat, lon: 0.0 * lat)
    for k in range(4):
        scene = RadarScene(
            ground.LAT, ground.LON, {"VV": 0.05 * 1.3**k}, lambda lat, lon: 0.0 * lat, seed=k,
            start=f"2020-07-{10 + 6 * k}T17:23:45", lines=900, pixels=900,
        )  # fmt: skip
        write_safe(folder, scene)
    images(folder, more=", speckle_window = 5, polarisations = 'VV'")
    return folder


def test_a_batch_goes_on_where_it_was_and_makes_only_what_differs(batch):
    files = sorted((batch / "out").glob("S1*.nc"))
    before = {path: path.stat().st_mtime_ns for path in files}
    more = ", speckle_window = 5, polarisations = 'VV'"
    assert images(batch, more=more).count("is there") == 4
    files[1].unlink()
    (batch / "out" / f"{files[2].name}.tmp").write_bytes(b"half")
    said = images(batch, more=more)
    assert said.count("is there") == 3 and f"wrote {files[1].name}" in said
    after = {path: path.stat().st_mtime_ns for path in files}
    assert {p for p in files if after[p] != before[p]} == {files[1]}
    said = images(batch, more=more.replace("5", "7"))  # of the filter alone
    assert said.count("is there") == 4 and "filtered 4 passes with a window of 7" in said


def test_the_filter_of_a_series_leaves_the_passes_and_writes_calmer_ones(batch):
    images(batch, more=", speckle_window = 5, polarisations = 'VV'")
    seen, calm = passes(batch), passes(batch, "out/filtered")
    assert list(seen) == list(calm)
    for k, name in enumerate(seen):
        part = [v[name].sigma0_vv.values[0][60:-60, 60:-60] for v in (seen, calm)]
        looks = [np.nanmean(p) ** 2 / np.nanvar(p) for p in part]
        assert np.nanmean(part[1]) == pytest.approx(0.05 * 1.3**k, rel=0.02)
        assert looks[1] > 2.0 * looks[0]
        assert "Quegan and Yu" in calm[name].speckle_filter
        assert np.array_equal(seen[name].theta, calm[name].theta, equal_nan=True)


def test_other_settings_make_the_pass_anew(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "again")
    folder = tmp_path / "again"
    assert "is there" in images(folder)
    assert "is there" not in images(folder, more=", thermal_noise = .false.")
    noisy = passes(folder).popitem()[1].sigma0_vh.values
    assert np.nanmedian(noisy) == pytest.approx(0.023, rel=0.01)


def test_heights_from_the_geoid_are_noticed(whole, tmp_path):
    shutil.copytree(whole / "a.SAFE", tmp_path / "a.SAFE")
    ground.write_dem(tmp_path / "dem.tif", lambda lat, lon: ground.hills(lat, lon) - 45.0)
    said = images(tmp_path)
    assert "the ground lies -45 m from the heights of" in said
    path = tmp_path / "images.nml"
    path.write_text(path.read_text().replace("&images\n", "&images\n dem_geoid = 45.0\n"))
    ended = CliRunner().invoke(app, ["images", str(path)])
    assert ended.exit_code == 0 and "the ground lies" not in ended.output
    (_, one), (_, other) = passes(whole).popitem(), passes(tmp_path).popitem()
    off = np.abs(one.sigma0_vv - other.sigma0_vv) / one.sigma0_vv
    assert np.nanquantile(off, 0.99) < 0.02


def test_a_geoid_may_be_a_raster(whole, tmp_path):
    tilted = lambda lat, lon: 40.0 + 100.0 * (np.asarray(lat) - ground.LAT)
    shutil.copytree(whole / "a.SAFE", tmp_path / "a.SAFE")
    height = lambda lat, lon: ground.hills(lat, lon) - tilted(lat, lon)
    ground.write_dem(tmp_path / "dem.tif", height)
    ground.write_dem(tmp_path / "geoid.tif", tilted, step=0.01)
    path = ground.namelist(tmp_path, more=RADAR.format(files="*.SAFE", border=0.0, more=""))
    text = path.read_text()
    path.write_text(text.replace("&images\n", "&images\n geoid_file = 'geoid.tif'\n"))
    for command in ("check", "images"):
        ended = CliRunner().invoke(app, [command, str(path)])
        assert ended.exit_code == 0 and "the ground lies" not in ended.output, ended.output
    made = [xr.open_dataset(f / "out" / "terrain.nc").height for f in (whole, tmp_path)]
    assert np.abs(made[0] - made[1]).max() < 0.1
    ground.write_dem(tmp_path / "geoid.tif", lambda lat, lon: 0 * lat + 500.0, step=0.01)
    for command in ("check", "images"):
        ended = CliRunner().invoke(app, [command, str(path)])
        assert ended.exit_code == 2 and "a height of 500 m" in " ".join(ended.output.split())


def test_of_a_frame_within_a_large_grid_nothing_is_lost(batch, tmp_path):
    shutil.copytree(next(batch.glob("20200710*.SAFE")), tmp_path / "a.SAFE")
    path = ground.namelist(
        tmp_path, crs="EPSG:4326", size=0.002,
        more="&sentinel1\n files = '*.SAFE', polarisations = 'VV', border = 0.0\n/\n",
    )  # fmt: skip
    text = path.read_text().replace("dem_files = 'dem.tif'", "height = 0.0")
    path.write_text(text.replace("49.98, 50.02, 4.97, 5.03", "48.0, 51.9, 2.2, 8.0"))
    assert CliRunner().invoke(app, ["images", str(path)]).exit_code == 0
    ((_, made),) = passes(tmp_path).items()
    band = Frame(ProductFolder(tmp_path / "a.SAFE")).band("VV")
    lat, lon = np.meshgrid(made.lat, made.lon, indexing="ij")
    places = np.stack(Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(
        lon, lat, 0.0 * lat
    ))  # fmt: skip
    line, pixel, _ = image_positions(places, band.geometry)
    inside = (line > 30) & (line < 870) & (pixel > 30) & (pixel < 870)
    assert inside.sum() > 1500 and np.isfinite(made.sigma0_vv.values[0][inside]).all()


def test_flat_ground_needs_no_elevation_model(batch, tmp_path):
    shutil.copytree(next(batch.glob("20200710*.SAFE")), tmp_path / "a.SAFE")
    path = ground.namelist(tmp_path, more=RADAR.format(files="*.SAFE", border=0.0, more=""))
    path.write_text(path.read_text().replace("dem_files = 'dem.tif'", "height = 0.0"))
    assert CliRunner().invoke(app, ["images", str(path)]).exit_code == 0
    ((name, one),) = passes(tmp_path).items()
    other = passes(batch)[name]
    assert np.allclose(one.sigma0_vv, other.sigma0_vv, rtol=1e-4, equal_nan=True)
    assert np.nanmax(np.abs(one.theta - one.theta_local)) < 0.01


def test_the_kernels_give_the_same_without_the_compiler():
    """A frame of a few looks through every kernel, in the interpreter."""
    import os
    import subprocess
    import sys

    code = """
import numpy as np
from retrieval.sar.geocoding import RadarGeometry, image_positions
from retrieval.sar.terrain import hidden, incidence
from retrieval.sar.calibration import Lookup, multilook
from retrieval.sar.resampling import bilinear, cell_means
from retrieval.sar.flattening import add_areas
orbit = np.array([[5e6, -5e3, -2.7], [1e5, -2e3, 0.1], [4.9e6, 5.3e3, -2.6]])
g = RadarGeometry(orbit, 1.5e-3, 10.0, np.zeros(1), np.array([8e5]), np.array([[0.0, 1.9]]))
lat, lon = np.meshgrid(np.radians(np.linspace(49.5, 49.6, 5)), np.radians(np.linspace(8, 8.1, 6)),
                       indexing="ij")
r = 6.37e6 + 300 * np.sin(40 * lon)
places = r * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
line, pixel, seen = image_positions(places, g)
theta, local, down, across = incidence(places, seen, orbit)
over, dark = hidden(r - 6.37e6, theta, down, across, 1000.0)
number = np.arange(1, 49, dtype=np.uint16).reshape(6, 8)
flat = Lookup(np.array([0.0, 5.0]), np.full((2, 8), 30.0))
looks, share = multilook(number, 0, 0, flat, flat, [], (2, 2))
area = np.zeros((3, 4))
row, col = (line - line.min()) / 5000, (pixel - pixel.min()) / 300
add_areas(area, places, row, col, seen, orbit, slice(0, 4))
got = [line, pixel, theta, local, over, dark, looks, share, area, bilinear(looks, row, col),
       cell_means(looks, row, col, 3)]
print(*(f"{np.nansum(v):.9e}" for v in got))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
        ).stdout
        for off in ("0", "1")
    ]  # fmt: skip
    assert said[0] == said[1] and "nan" not in said[0]
