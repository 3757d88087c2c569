"""Fields of a vector file and of NDVI: how well they are found, and moisture by field."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from pyproj import CRS
from typer.testing import CliRunner

from ldas.cli import app
from ldas.image_chain import segmentation
from ldas.image_chain.segmentation import blocks, numbered, objects, owned, without_rim
from ldas.synthetic import fields
from ldas.synthetic.fields import PIXEL, make_fields, overlap
from retrieval.iem import linear
from retrieval.training_base import NDVI_NOISE, SIGMA_NOISE, forward_both

WEST, NORTH, SIZE = 640_000.0, 5_545_000.0, 240
IMAGES = """&images
   steps = 'plots'
   output_dir = 'out'
   grid_file = 'grid.tif'
/
&plots
{more}/
"""


@pytest.mark.parametrize("noise, hectares", [(0.03, 4.0), (0.015, 4.0), (0.06, 4.0), (0.03, 1.5),
                                             (0.03, 8.0)])  # fmt: skip
def test_fields_are_found_on_seeds_that_nothing_was_chosen_on(monkeypatch, noise, hectares):
    monkeypatch.setattr(fields, "NOISE", noise)
    found = []
    for seed in (31, 32):
        known = make_fields(300, seed, hectares)
        found.append(overlap(known.label, objects(known.ndvi), 1.0))
    mean = np.concatenate(found).mean()
    print(f"noise {noise}, {hectares} ha: intersection over union {mean:.3f}")
    assert mean > 0.8


def test_blocks_make_one_picture(monkeypatch):
    known = make_fields(SIZE, 5)
    monkeypatch.setattr(segmentation, "BLOCK", 90)
    monkeypatch.setattr(segmentation, "AROUND", 60)
    labels, most = np.zeros(known.label.shape, np.int32), 0
    covered = np.zeros(known.label.shape, int)
    for inner, outer in blocks(known.label.shape):
        covered[inner] += 1
        mine = owned(objects(known.ndvi[(slice(None), *outer)]), inner, outer)
        room = labels[outer]
        room[:] = np.where((room == 0) & (mine > 0), mine + most, room)
        most = int(labels.max())
    assert (covered == 1).all()
    whole = overlap(known.label, objects(known.ndvi), 1.0).mean()
    assert overlap(known.label, numbered(labels, 30), 1.0).mean() > whole - 0.05


def test_labels_are_numbered_in_order_and_lose_their_rim():
    labels = np.zeros((8, 12), np.int32)
    labels[1:7, 6:12], labels[0:3, 0:4], labels[7, 0] = 3, 9, 5
    new = numbered(labels, 5)
    assert new[0, 0] == 1 and new[1, 6] == 2 and new[7, 0] == 0
    inner = without_rim(new, 1)
    assert (inner[2:6, 7:12] == 2).all() and inner[1, 8] == 0 and (inner[:2, :3] == 1).all()


def write_grid(folder):
    import rasterio

    with rasterio.open(
        folder / "grid.tif", "w", driver="GTiff", height=SIZE, width=SIZE, count=1, dtype="uint8",
        crs="EPSG:32631", transform=rasterio.transform.from_origin(WEST, NORTH, PIXEL, PIXEL),
    ) as out:  # fmt: skip
        cover = np.full((SIZE, SIZE), 40, np.uint8)
        cover[:, SIZE // 2 :] = 111
        out.write(cover, 1)


def write_stack(path, **named):
    """Variables (time, row, col) on the grid."""
    values = next(iter(named.values()))
    with netCDF4.Dataset(path, "w") as out:
        x = WEST + PIXEL * (np.arange(SIZE) + 0.5)
        for name, axis in (("y", NORTH - x + WEST), ("x", x)):
            out.createDimension(name, SIZE)
            stored = out.createVariable(name, "f8", (name,))
            stored.units, stored.standard_name = "m", f"projection_{name}_coordinate"
            stored[:] = axis
        out.createVariable("crs", "i4").setncatts(CRS("EPSG:32631").to_cf())
        out.createDimension("time", len(values))
        time = out.createVariable("time", "f8", ("time",))
        time.units = "days since 2020-01-01"
        time[:] = 30.0 * np.arange(len(values)) + 15.0
        for name, values in named.items():
            stored = out.createVariable(name, "f4", ("time", "y", "x"))
            stored.units = "degree" if name == "theta" else "1"
            stored[:] = values


def run(command, path, status=0):
    ended = CliRunner().invoke(app, [command, str(path)])
    assert ended.exit_code == status, ended.output
    return " ".join(ended.output.split())


def images(folder, more, status=0):
    path = folder / "images.nml"
    path.write_text(IMAGES.format(more=more))
    run("check", path, status)
    said = run("images", path, status)
    if status:
        return said
    with xr.open_dataset(folder / "out" / "plots.nc") as file:
        return file.load()


def test_a_vector_file_becomes_labels_without_rims(tmp_path):
    shapely, pyogrio = pytest.importorskip("shapely"), pytest.importorskip("pyogrio")
    write_grid(tmp_path)
    boxes = [(100, 200, 400, 600), (450, 200, 900, 600), (1000, 200, 1050, 250),
             (1500, 300, 1900, 800), (-5000, 0, -4000, 100)]  # fmt: skip
    shapes = [shapely.box(WEST + a, NORTH - d, WEST + c, NORTH - b) for a, b, c, d in boxes]
    pyogrio.raw.write(
        tmp_path / "fields.gpkg", np.array([shapely.to_wkb(s) for s in shapes]), [], [],
        geometry_type="Polygon", crs="EPSG:32631", driver="GPKG",
    )  # fmt: skip
    made = images(tmp_path, "   files = 'fields.gpkg'\n   buffer = 20.0\n")
    label = made.label.values
    assert label.max() == 3 and made.area.shape == (3,)
    for k, (a, b, c, d) in enumerate([boxes[0], boxes[1], boxes[3]], start=1):
        rows, cols = np.nonzero(label == k)
        inner = ((b + 20) / 10, (d - 20) / 10, (a + 20) / 10, (c - 20) / 10)
        assert (rows.min(), rows.max() + 1, cols.min(), cols.max() + 1) == inner
        area = (d - b - 40) * (c - a - 40) / 1e4
        assert made.area.values[k - 1] == pytest.approx(area, rel=1e-5)
    mask = "   mask_file = 'grid.tif'\n   mask_variable = 'band_data'\n"
    masked = images(tmp_path, "   files = 'fields.gpkg'\n" + mask)
    assert masked.label.values.max() == 2 and not masked.label.values[:, 121:].any()
    path = tmp_path / "images.nml"
    path.write_text(IMAGES.format(more="   files = 'fields.gpkg'\n   smallest = 500.0\n"))
    assert "no field of 500 ha and more is left" in run("images", path, status=2)
    said = images(tmp_path, "   files = 'fields.gpkg'\n   buffer = 900.0\n", status=2)
    assert "no field on the cells, without a rim of 900 m" in said


def test_moisture_by_found_fields_is_hardly_worse_than_by_the_true_ones(tmp_path):
    known = make_fields(SIZE, 41)
    write_grid(tmp_path)
    write_stack(tmp_path / "ndvi12.nc", ndvi=known.ndvi)
    found = images(tmp_path, "   ndvi_file = 'ndvi12.nc'\n").label.values
    random = np.random.default_rng(41)
    number = int(known.label.max()) + 1
    truth = random.uniform(8.0, 32.0, (3, number))
    rough = random.uniform(0.8, 3.0, number)
    green = np.clip(known.ndvi[2:5].mean(axis=0), 0.05, 0.7)
    theta = np.full(known.label.shape, 38.0)
    sigma = []
    for moisture in truth:
        clean, _ = forward_both(moisture[known.label], rough[known.label], theta, green)
        # speckle of each pixel, and the radar's own error of each field
        own = SIGMA_NOISE * random.standard_normal(number)[known.label]
        sigma.append(linear(clean + own) * random.gamma(4.4, 1.0 / 4.4, theta.shape))
    write_stack(tmp_path / "s1.nc", sigma0_vv=np.array(sigma), theta=np.stack([theta] * 3))
    noisy = green * (1.0 + NDVI_NOISE * random.standard_normal(number))[known.label]
    write_stack(tmp_path / "s2.nc", ndvi=np.stack([noisy] * 3))
    labels = {"true": without_rim(numbered(known.label, 50), 1), "found": found}
    rmse, size = {}, np.bincount(known.label.ravel())
    for name, label in labels.items():
        write_stack(tmp_path / f"{name}.nc", label=label[None].astype(float))
        path = tmp_path / f"r_{name}.nml"
        path.write_text(
            f"&retrieval\n form = 'plots'\n output = 'ssm_{name}.nc'\n sigma_files = 's1.nc'\n"
            f" ndvi_files = 's2.nc'\n label_file = '{name}.nc'\n/\n"
        )
        run("retrieve", path)
        with xr.open_dataset(tmp_path / f"ssm_{name}.nc") as file:
            ssm = dict(zip(file.label.values, file.ssm.values.T, strict=True))
        off = []
        for field in np.flatnonzero(size >= 100)[1:]:
            here = label[(known.label == field) & (label > 0)]
            if here.size:
                best = np.bincount(here.astype(int)).argmax()
                off.append(ssm[best] - 0.01 * truth[:, field])
        off = np.array(off)
        rmse[name] = float(np.sqrt(np.nanmean(off**2)))
        assert len(off) > 100
    print(f"moisture by field: {rmse['true']:.4f} with true, {rmse['found']:.4f} with found fields")
    assert rmse["found"] < 1.10 * rmse["true"]


def test_what_cannot_be_segmented_is_told(tmp_path):
    write_grid(tmp_path)
    assert "neither files nor a stack of NDVI" in images(tmp_path, "", status=2)
    write_stack(tmp_path / "other.nc", red=np.zeros((2, SIZE, SIZE)))
    assert "no variable ndvi" in images(tmp_path, "   ndvi_file = 'other.nc'\n", status=2)
    write_stack(tmp_path / "empty.nc", ndvi=np.full((2, SIZE, SIZE), np.nan))
    path = tmp_path / "images.nml"
    path.write_text(IMAGES.format(more="   ndvi_file = 'empty.nc'\n"))
    assert "no field of 0.5 ha and more is left" in run("images", path, status=2)
