"""Wrong products, maps and namelists of `ldas images`: one clear message each, from check too."""

import re
import shutil
import zipfile

import known_ground as ground
import numpy as np
import pytest
import rasterio
from typer.testing import CliRunner

from ldas.cli import app
from ldas.synthetic.sentinel2_product import OpticalScene, write_level2a

LAROCHE = "data/samples/sentinel1/laroche_2020_07_29.SAFE"
RADAR = "&sentinel1\n files = '*.SAFE*', border = 0.0\n/\n"
BOTH = ("check", "images")


def one(folder, pattern):
    return next(folder.glob(f"**/{pattern}"))


def replaced(pattern, old, new):
    def spoil(folder):
        path = one(folder, pattern)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return spoil


def without(pattern):
    return lambda folder: one(folder, pattern).unlink()


def zipped(folder, name="product.SAFE.zip"):
    product = next(folder.glob("*.SAFE"))
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in product.rglob("*"):
            archive.write(path, path.relative_to(folder))
    shutil.rmtree(product)
    return folder / name


def cut_zip(folder):
    path = zipped(folder)
    path.write_bytes(path.read_bytes()[:-2000])


def leading_out(folder):
    path = zipped(folder)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../evil.xml", "x")


def cropped(folder):
    path = one(folder, "*-vv-*.tiff")
    with rasterio.open(path) as raster:
        numbers = raster.read(1)[:-50]
    path.unlink()
    with rasterio.open(path, "w", driver="GTiff", height=numbers.shape[0],
                       width=numbers.shape[1], count=1, dtype="uint16") as out:  # fmt: skip
        out.write(numbers, 1)


def cut_raster(folder):
    path = one(folder, "*-vv-*.tiff")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def hole(folder):
    with rasterio.open(folder / "dem.tif", "r+") as dem:
        values = dem.read(1)
        values[400:420, 400:420] = -9999.0
        dem.write(values, 1)


def undeclared(folder):
    with rasterio.open(folder / "dem.tif", "r+") as dem:
        values = dem.read(1)
        values[400:420, 400:420] = -32768.0
        dem.write(values, 1)


def placeless(folder):
    ground.write_dem(folder / "dem.tif", ground.hills, crs=None)


def bent_orbit(folder):
    path = one(folder, "annotation/*-vv-*.xml")
    path.write_text(re.sub(r"<x>(\d)", "<x>5", path.read_text(), count=1))


# name, what spoils the folder, text of the namelist, what is said, by which commands
WRONG = [
    ("zip_cut", cut_zip, {}, "product.SAFE.zip: cannot be read as zip, damaged or cut", BOTH),
    ("zip_leads_out", leading_out, {}, "'../../evil.xml' leads out of the product", BOTH),
    ("no_manifest", without("manifest.safe"), {}, "no manifest.safe", BOTH),
    ("no_band", without("measurement/*-vv-*.tiff"), {}, "measurement of VV: missing", BOTH),
    ("no_noise", without("noise-*-vv-*.xml"), {}, "noise of VV: missing", BOTH),
    ("raster_cropped", cropped, {}, "550 lines of 600 pixels; its annotation says 600", BOTH),
    ("raster_cut", cut_raster, {}, "cannot be read", ("images",)),
    ("slc", replaced("manifest.safe", ">GRD<", ">SLC<"), {}, "needed: SENTINEL-1 GRD", BOTH),
    ("entity", replaced("manifest.safe", "<XFDU>", '<!DOCTYPE a [<!ENTITY b "c">]><XFDU>'), {},
     "manifest.safe: XML with a document type (entities) is not read", BOTH),
    ("xml_cut", replaced("annotation/*-vv-*.xml", "</product>", ""), {},
     "cannot be read as XML, damaged or cut short", BOTH),
    ("other_band", replaced("annotation/*-vv-*.xml", "<polarisation>VV", "<polarisation>VH"), {},
     "is of VH, its name says VV", BOTH),
    ("lines", replaced("annotation/*-vv-*.xml", "<numberOfLines>600", "<numberOfLines>900"), {},
     "900 lines each 0.0014", BOTH),
    ("no_number", replaced("annotation/*-vv-*.xml", "<numberOfLines>600", "<numberOfLines>six"),
     {}, "<numberOfLines> in <imageAnnotation/imageInformation> is 'six'", BOTH),
    ("orbit", bent_orbit, {}, "m from one smooth path", BOTH),
    ("gain", replaced("calibration/calibration-*-vv-*.xml", "5.000000000e+02", "0.0"), {},
     "a calibration that is not positive", BOTH),
    ("dem_hole", hole, {}, "dem_files: no height in", BOTH),
    ("dem_number", undeclared, {}, "a number for 'no value' that is not declared?", BOTH),
    ("dem_placeless", placeless, {}, "dem.tif: says of no projection", BOTH),
    ("dem_elsewhere", lambda f: None, {"49.98, 50.02": "40.0, 40.02"}, "no height in", BOTH),
    ("no_dem", lambda f: None, {"dem_files": "! dem_files"}, "&images dem_files: missing", BOTH),
    ("nothing_there", lambda f: None,
     {"49.98, 50.02": "40.0, 40.02", "dem_files": "height = 0.0 ! dem_files"},
     "no pass shows anything of the cells", BOTH),
    ("no_box", lambda f: None, {"box =": "! box ="}, "&images box: found []", BOTH),
    ("turned_box", lambda f: None, {"49.98, 50.02": "50.02, 49.98"}, "&images box: found", BOTH),
    ("crs", lambda f: None, {"EPSG:32631": "EPSG:9"}, "no projection that is known", BOTH),
    ("step", lambda f: None, {"'sentinel1'": "'sentinel9'"}, "&images steps", BOTH),
    ("pattern", lambda f: None, {"*.SAFE*": "*.SAFF"}, "'*.SAFF' matches nothing", BOTH),
    ("polarisation", lambda f: None, {"border": "polarisations = 'VX', border"}, "'VX'", BOTH),
    ("other_polarisation", lambda f: None, {"border": "polarisations = 'HH', border"},
     "has VV, VH, not HH", BOTH),
    ("orbits", lambda f: None, {"border": "orbits = 7, border"}, "no product of the period", BOTH),
    ("period", lambda f: None, {"output_dir": "start = '2021-01-01', output_dir"},
     "no product of the period", BOTH),
    ("period_turned", lambda f: None,
     {"output_dir": "start = '2021-01-01', end = '2020-01-01', output_dir"},
     "is before start", BOTH),
    ("degrees_as_metres", lambda f: None, {"resolution = 20.0": "resolution = 0.001"},
     "counts metres", BOTH),
    ("memory", lambda f: None, {"output_dir": "memory = 0.0001, output_dir"},
     "&images memory", ("images",)),
]  # fmt: skip


def refused(path, command, wanted):
    ended = CliRunner().invoke(app, [command, str(path)])
    said = re.sub(r"\s+", " ", ended.output)
    assert ended.exit_code == 2, said
    assert wanted in said, said
    assert "Traceback" not in said


@pytest.mark.parametrize("name, spoil, texts, wanted, commands", WRONG, ids=[w[0] for w in WRONG])
def test_wrong_radar_images_are_refused(tmp_path, frame, name, spoil, texts, wanted, commands):
    for path in [*frame.glob("*.SAFE"), frame / "dem.tif"]:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    spoil(tmp_path)
    path = ground.namelist(tmp_path, more=RADAR)
    text = path.read_text()
    for old, new in texts.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    for command in commands:
        refused(path, command, wanted)
    made = list((tmp_path / "out").glob("*.nc")) if (tmp_path / "out").exists() else []
    assert not [p for p in made if p.name.startswith("S1")] and not list(tmp_path.glob("**/*.tmp"))


def test_a_frame_that_was_brought_to_a_map_is_refused(tmp_path, shared):
    """The sample of the real product has its whole annotation and a warped raster."""
    path = tmp_path / "images.nml"
    path.write_text(
        "&images\n steps = 'sentinel1', box = 50.15, 50.2, 5.5, 5.6, height = 300.0\n/\n"
        f"&sentinel1\n files = '{shared / LAROCHE}', polarisations = 'VV'\n/\n"
    )
    refused(path, "images", "its annotation says 16702 of 26145: cropped, or of another product?")


@pytest.mark.parametrize("name, wanted", [
    ("no_scl", "scene classes (SCL): missing"), ("no_offset", "without BOA_ADD_OFFSET"),
    ("level_1c", "a Level-1C product"), ("scaled", "reflectances about"),
    ("classes_elsewhere", "does not lie on the pixels of"),
])  # fmt: skip
def test_wrong_optical_images_are_refused(tmp_path, name, wanted):
    scene = OpticalScene("EPSG:32631", 640_000.0, 5_545_000.0, 200, ground.green,
                         lambda lat, lon: np.zeros(lat.shape))  # fmt: skip
    product = write_level2a(tmp_path, scene)
    metadata = product / "MTD_MSIL2A.xml"
    if name == "no_scl":
        one(product, "*_SCL_20m.jp2").unlink()
    elif name == "no_offset":
        metadata.write_text(re.sub("<L>.*</L>", "", metadata.read_text()))
    elif name == "level_1c":
        metadata.rename(product / "MTD_MSIL1C.xml")
    elif name == "scaled":
        metadata.write_text(metadata.read_text().replace(">10000<", ">100<"))
        metadata.write_text(metadata.read_text().replace(">-1000<", ">0<"))
    else:
        other = OpticalScene("EPSG:32631", 640_000.0, 5_545_000.0, 100, ground.green, scene.cloud,
                             tile="31UGR")  # fmt: skip
        shutil.copy(one(write_level2a(tmp_path, other), "*_SCL_20m.jp2"),
                    one(product, "*_SCL_20m.jp2"))  # fmt: skip
        shutil.rmtree(next(tmp_path.glob("*31UGR*")))
    path = tmp_path / "images.nml"
    path.write_text(
        "&images\n steps = 'sentinel2', box = 50.02, 50.03, 4.96, 4.97\n/\n"
        "&sentinel2\n files = '*.SAFE'\n/\n"
    )
    refused(path, "images", wanted)


def test_an_area_without_a_projection_is_refused(tmp_path, frame):
    shapely = pytest.importorskip("shapely")
    pyogrio = pytest.importorskip("pyogrio")
    shape = shapely.box(4.97, 49.98, 5.03, 50.02)
    for name, crs in (("with", "EPSG:4326"), ("without", None)):
        pyogrio.raw.write(
            tmp_path / f"{name}.shp", np.array([shapely.to_wkb(shape)]), [], [],
            geometry_type="Polygon", crs=crs,
        )  # fmt: skip
    path = ground.namelist(tmp_path, more=RADAR)
    text = path.read_text()
    box = "box = 49.98, 50.02, 4.97, 5.03"
    path.write_text(text.replace(box, "area_file = 'without.shp'"))
    refused(path, "check", "without.shp: says of no projection")
    path.write_text(text.replace(box, "area_file = 'with.shp'"))
    shutil.copy(frame / "dem.tif", tmp_path)
    shutil.copytree(next(frame.glob("*.SAFE")), tmp_path / "a.SAFE")
    ended = CliRunner().invoke(app, ["check", str(path)])
    assert ended.exit_code == 0, ended.output
