"""Level-2A of both producers to NDVI, and months of it under random clouds."""

import known_ground as ground
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from ldas.image_chain.level2a import open_tile
from ldas.image_chain.product_folder import ProductFolder
from ldas.image_chain.steps import run_chain
from ldas.synthetic.sentinel2_product import OpticalScene, write_level2a, write_theia
from retrieval.ndvi_synthesis import date_weight, periods

CORNER = ("EPSG:32631", 640_000.0, 5_545_000.0, 1000)
BOX = "49.975, 50.02, 4.965, 5.07"
SAMPLES = "data/samples/sentinel2"


def clouds(seed, share):
    """A field of clouds some 500 m wide that hide a share of the ground."""
    noise = np.random.default_rng(seed).standard_normal((260, 260))
    smooth = ndimage.gaussian_filter(noise, 4.0, mode="wrap")
    limit = np.quantile(smooth, 1.0 - share)

    def field(lat, lon):
        y, x = ground.metres(lat, lon)
        row, col = (np.floor(v / 60.0).astype(int) % 260 for v in (y, x))
        return smooth[row, col] > limit

    return field


def season(day):
    """NDVI in the course of a year, other in every place."""

    def field(lat, lon):
        return np.clip(ground.green(lat, lon) + 0.1 * np.sin(2 * np.pi * day / 365.0), -0.1, 0.95)

    return field


def write(folder, writer, time, share, seed, **more):
    day = (np.datetime64(time) - np.datetime64("2020-01-01T00:00")) / np.timedelta64(1, "D")
    scene = OpticalScene(*CORNER, season(float(day)), clouds(seed, share), time=time, **more)
    return writer(folder, scene)


def namelist(folder, more="", size=0.001, crs="EPSG:4326"):
    path = folder / "images.nml"
    path.write_text(
        f"&images\n steps = 'sentinel2'\n output_dir = 'out'\n box = {BOX}\n crs = '{crs}'\n"
        f" resolution = {size}\n/\n&sentinel2\n files = 'S*2*'\n{more}/\n"
    )
    return path


def truth_of(file, day):
    lat, lon = np.meshgrid(file.lat, file.lon, indexing="ij")
    return season(day)(lat, lon)


@pytest.mark.parametrize("packed", [".false.", ".true."])
@pytest.mark.parametrize(
    "writer, more", [(write_level2a, {"baseline": "02.12"}), (write_level2a, {}), (write_theia, {})]
)
def test_ndvi_is_that_of_the_ground_where_no_cloud_is_near(tmp_path, writer, more, packed):
    write(tmp_path, writer, "2020-07-29T10:50:31", 0.3, 1, **more)
    run_chain(namelist(tmp_path, f" packed = {packed}\n"), lambda line: None)
    with xr.open_dataset(next((tmp_path / "out").glob("NDVI*.nc"))) as file:
        off = file.ndvi.values[0] - truth_of(file, 210.45)
        seen = np.isfinite(off)
        assert 0.2 < seen.mean() < 0.7
        assert str(file.time.values[0])[:19] == "2020-07-29T10:50:31"
        # NDVI bends within a cell of 111 m, and partly clouded cells lack a part of it
        assert np.sqrt((off[seen] ** 2).mean()) < (0.012 if packed == ".false." else 0.013)
        assert abs(off[seen].mean()) < 0.002


def test_offset_and_scale_are_read_of_real_metadata(shared):
    tiles = sorted((shared / SAMPLES).glob("*.SAFE"))
    for path, offset in zip(tiles, (0.0, -1000.0), strict=True):
        folder = ProductFolder(path)
        made = [f"GRANULE/x/IMG_DATA/R10m/T_{b}_10m.jp2" for b in ("B04", "B08")]
        for name in (*made, "GRANULE/x/IMG_DATA/R20m/T_SCL_20m.jp2"):
            folder.sizes[name] = 1  # the samples are metadata alone
        tile = open_tile(folder, (4, 5))
        assert tile.red.offset == tile.infrared.offset == offset
        assert tile.red.of(np.array([0, 65535, 3000]))[2] == pytest.approx((3000 + offset) / 1e4)
        assert np.isnan(tile.red.of(np.array([0, 65535]))).all()


@pytest.mark.parametrize("share, rmse, least", [(0.3, 0.02, 0.99), (0.6, 0.03, 0.8)])
def test_months_under_random_clouds(tmp_path, share, rmse, least):
    days = ["06-04", "06-14", "06-24", "07-04", "07-14", "07-24", "08-03", "08-13", "08-23"]
    for k, day in enumerate(days):
        write(tmp_path, (write_level2a, write_theia)[k % 2], f"2020-{day}T10:50:31", share, 10 + k)
    said = []
    run_chain(namelist(tmp_path), said.append)
    with xr.open_dataset(tmp_path / "out" / "ndvi_month.nc") as file:
        middles = (file.time.values - np.datetime64("2020-01-01")) / np.timedelta64(1, "D")
        off = np.array([file.ndvi.values[k] - truth_of(file, d) for k, d in enumerate(middles)])
        seen = np.isfinite(off)
        print(
            f"clouds {share}: rmse {np.sqrt((off[seen] ** 2).mean()):.4f}, {seen.mean():.4f} seen"
        )
        assert np.sqrt((off[seen] ** 2).mean()) < rmse and seen.mean() > least
        assert (file.dates.values <= 3).all() and file.time_bounds.shape == (3, 2)
    assert "3 periods of 9 dates" in said[-1]
    again = []
    run_chain(tmp_path / "images.nml", again.append)
    assert sum("is there" in line for line in again) == 10


def test_tiles_of_one_overpass_are_put_together_and_a_tile_elsewhere_is_told(tmp_path):
    write(tmp_path, write_level2a, "2020-07-29T10:50:31", 0.0, 1)
    east = OpticalScene("EPSG:32631", 650_000.0, 5_545_000.0, 400, season(210.45),
                        clouds(1, 0.0), tile="31UGR")  # fmt: skip
    write_level2a(tmp_path, east)
    far = OpticalScene("EPSG:32631", 740_000.0, 5_545_000.0, 200, season(210.45),
                       clouds(1, 0.0), time="2020-08-03T10:50:31")  # fmt: skip
    write_level2a(tmp_path, far)
    said = []
    path = namelist(tmp_path)
    path.write_text(path.read_text().replace("5.07", "5.13"))
    run_chain(path, said.append)
    assert any("shows nothing of the cells" in line for line in said)
    with xr.open_dataset(next((tmp_path / "out").glob("NDVI*.nc"))) as file:
        seen = np.isfinite(file.ndvi.values[0])
        assert seen[:, (file.lon > 4.99) & (file.lon < 5.09)].mean() > 0.9
        assert seen[2:12, file.lon > 5.10].any()


def test_periods_and_weights():
    first, last = np.datetime64("2020-02-12T10:00"), np.datetime64("2020-03-02T10:00")
    assert [str(p) for p in periods(first, last, "month")] == [
        "2020-02-01", "2020-03-01", "2020-04-01",
    ]  # fmt: skip
    assert [str(p) for p in periods(first, last, "decade")] == [
        "2020-02-11", "2020-02-21", "2020-03-01", "2020-03-11",
    ]  # fmt: skip
    end = periods(np.datetime64("2020-12-25T10:00"), np.datetime64("2020-12-31T23:00"), "decade")
    assert [str(p) for p in end] == ["2020-12-21", "2021-01-01"]
    begin, end = np.datetime64("2020-06-01T00:00:00"), np.datetime64("2020-07-01T00:00:00")
    assert date_weight(np.datetime64("2020-06-16T00:00:00"), begin, end) == 1.0
    assert date_weight(begin, begin, end) == 0.5
