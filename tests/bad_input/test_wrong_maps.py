"""Wrong inputs of `ldas surface maps.nml`, `ldas climate` and `ldas plot`, one a line."""

import re

import netCDF4
import numpy as np
import pytest
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app

BOX = (50.05, 50.15, 5.45, 5.55)
SHAPE = (100, 100)
TEXT = f"""&surface
   output = 'surface.nc'
   box = {", ".join(map(str, BOX))}
   resolution = 0.01
   land_cover_files = 'cover.tif'
   clay_files = 'clay.tif'
   sand_files = 'sand.tif'
   soil_units = 'g kg-1'
   dem_files = 'dem.tif'
   figure = .false.
/
"""


def geotiff(path, values, box=BOX, nodata=None, crs="EPSG:4326", bands=1):
    import rasterio
    from rasterio.transform import from_bounds

    south, north, west, east = box
    turn = from_bounds(west, south, east, north, values.shape[1], values.shape[0])
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=bands,
        dtype=values.dtype, crs=crs, transform=turn, nodata=nodata,
    ) as out:  # fmt: skip
        for k in range(bands):
            out.write(values, k + 1)


def write_maps(folder):
    geotiff(folder / "cover.tif", np.full(SHAPE, 40, np.uint8), nodata=255)
    geotiff(folder / "clay.tif", np.full(SHAPE, 200, "i2"), nodata=-32768)
    geotiff(folder / "sand.tif", np.full(SHAPE, 400, "i2"), nodata=-32768)
    geotiff(folder / "dem.tif", np.full(SHAPE, 300.0, "f4"))
    return folder


@pytest.fixture
def maps(tmp_path):
    return write_maps(tmp_path)


def text(old, new):
    def spoil(folder, nml):
        assert old in nml, old
        return nml.replace(old, new)

    return spoil


def entry(line):
    return text("&surface\n", f"&surface\n   {line}\n")


def raster(name, values, **more):
    def spoil(folder, nml):
        (folder / name).unlink()
        geotiff(folder / name, values, **more)
        return nml

    return spoil


def content(name, written):
    def spoil(folder, nml):
        (folder / name).write_bytes(written)
        return nml

    return spoil


def cut(name):
    def spoil(folder, nml):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 3])
        return nml

    return spoil


CODES = np.full(SHAPE, 40, np.uint8)
SOIL = np.full(SHAPE, 200, "i2")
FAR = (10.0, 10.1, 5.45, 5.55)
WRONG = {
    "no land cover file": (text("cover.tif", "none.tif"), "none.tif"),
    "no clay file": (text("clay.tif", "none.tif"), "none.tif"),
    "no sand file": (text("sand.tif", "none*.tif"), "none*.tif' matches no file"),
    "no terrain file": (text("dem.tif", "none.tif"), "none.tif"),
    "no land cover entry": (text("   land_cover_files = 'cover.tif'\n", ""), "land_cover_files: mis"),
    "unknown entry": (entry("resolutoin = 0.1"), "did you mean 'resolution'?"),
    "unknown classes": (entry("land_cover = 'corine'"), "found 'corine'"),
    "unknown unit": (text("'g kg-1'", "'g/kg'"), "found 'g/kg'"),
    "no size": (text("resolution = 0.01", "resolution = 0.0"), "&surface resolution: found 0"),
    "negative size": (text("resolution = 0.01", "resolution = -0.1"), "&surface resolution"),
    "box of three": (text("50.05, 50.15, 5.45, 5.55", "50.05, 50.15, 5.45"), "&surface box"),
    "box upside down": (text("50.05, 50.15", "50.15, 50.05"), "&surface box"),
    "box beyond the pole": (text("50.05, 50.15", "89.95, 90.15"), "latitudes from -90 to 90"),
    "no box": (text("   box = 50.05, 50.15, 5.45, 5.55\n", ""), "&surface box"),
    "cells larger than the box": (text("resolution = 0.01", "resolution = 1.0"), "less than the box"),
    "no outline file": (entry("outline = 'none.geojson'"), "none.geojson"),
    "an outline that is none": (entry("outline = 'dem.tif'"), "dem.tif"),
    "no table": (entry("patch_table = 'none.csv'"), "none.csv"),
    "a table that is none": (entry("patch_table = 'cover.tif'"), "cover.tif"),
    "output is an input": (text("'surface.nc'", "'dem.tif'"), "is read by the same command"),
    "output is a folder": (text("'surface.nc'", "'.'"), "folder"),
    "wrong variable": (entry("clay_variable = 'clay'"), "no variable 'clay'"),
    "a box far larger than the maps": (text("50.05,", "45.05,"), "box and map differ"),
    "cells of a hair": (text("0.01\n", "1e-30\n"), "cells in the domain"),
    "land cover elsewhere": (raster("cover.tif", CODES, box=FAR), "cover.tif"),
    "clay elsewhere": (raster("clay.tif", SOIL, box=FAR), "clay"),
    "terrain elsewhere": (raster("dem.tif", SOIL, box=FAR), "dem.tif"),
    "clay is all missing": (raster("clay.tif", 0 * SOIL - 1, nodata=-1), "clay"),
    "land cover is all sea": (raster("cover.tif", 0 * CODES + 200), "no cell is land"),
    "land cover of unknown classes": (raster("cover.tif", 0 * CODES + 77), "77"),
    "clay of 600 %": (raster("clay.tif", SOIL * 30), "clay"),
    "clay is negative": (raster("clay.tif", -SOIL), "clay"),
    "more than all is sand and clay": (raster("sand.tif", SOIL * 4 + 100), "clay and sand together"),
    "soil in another unit": (text("'g kg-1'", "'%'"), "clay"),
    "terrain of 30 km": (raster("dem.tif", SOIL * 150), "dem.tif"),
    "land cover is text": (content("cover.tif", b"no picture"), "cover.tif"),
    "clay is empty": (content("clay.tif", b""), "clay.tif"),
    "terrain is cut short": (cut("dem.tif"), "dem.tif"),
    "sand is cut short": (cut("sand.tif"), "sand.tif"),
    "no places": (raster("clay.tif", SOIL, crs=None), "clay.tif"),
    "a leaf area product nobody knows": (entry("lai_product = 'laai'\n   lai_files = 'dem.tif'"), "laai"),
    "a leaf area product without files": (entry("lai_product = 'cgls_lai300m'"), "lai_files"),
    "leaf area files without a product": (entry("lai_files = 'dem.tif'"), "lai_product"),
    "leaf area of another kind": (
        entry("lai_product = 'smap_l3e'\n   lai_files = 'dem.tif'"), "smap_l3e",
    ),
    "leaf area that is none": (
        entry("lai_product = 'cgls_lai300m'\n   lai_files = 'dem.tif'"), "dem.tif",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_maps(maps, name):
    pytest.importorskip("rasterio")
    spoil, words = WRONG[name]
    (maps / "maps.nml").write_text(spoil(maps, TEXT))
    for command in ("check", "surface"):
        done = CliRunner().invoke(app, [command, str(maps / "maps.nml")])
        assert done.exit_code == 2, (command, done.stdout, done.stderr, done.exception)
        assert words in re.sub(r"\s+", " ", done.stderr), (command, done.stderr)
        assert "Traceback" not in done.stderr
    assert not list(maps.glob("*.tmp")) and not (maps / "surface.nc").exists()


def test_good_maps(maps):
    (maps / "maps.nml").write_text(TEXT)
    done = CliRunner().invoke(app, ["check", str(maps / "maps.nml")])
    assert done.exit_code == 0, done.stderr
    assert "clay: 0.2 to 0.2 1, of clay.tif" in done.stdout
    assert not (maps / "surface.nc").exists()
    done = CliRunner().invoke(app, ["surface", str(maps / "maps.nml")])
    assert done.exit_code == 0, done.stderr


@pytest.fixture
def results(tmp_path):
    case = SmallCase(tmp_path)
    path = case.write()
    assert CliRunner().invoke(app, ["run", str(path), "-q"]).exit_code == 0
    return case


def month(bend):
    def spoil(case):
        with netCDF4.Dataset(case.results / "state_200106.nc", "a") as file:
            bend(file)

    return spoil


def spoilt(case):
    whole = (case.results / "state_200106.nc").read_bytes()
    (case.results / "state_200106.nc").write_bytes(whole[: len(whole) // 2])


def climate(line):
    return lambda case: case.set("&output", f"&climate\n   {line}\n/\n&output")


LATER = {
    "no results": ("climate", lambda case: (case.results / "state_200106.nc").unlink(), "no results"),
    "a month cut short": ("climate", spoilt, "state_200106.nc"),
    "neither moisture nor leaves": (
        "climate",
        month(lambda f: [f.renameVariable(name, f"x{name}") for name in ("wg", "lai")]),
        "neither 'wg' nor 'lai'",
    ),
    "a day of another age": (
        "climate",
        month(lambda f: f["time"].__setitem__(0, -9999.0)),
        "time does not increase within the month",
    ),
    "plot: no depths": ("plot", month(lambda f: f.renameVariable("depth_bounds", "d")), "depth_bounds"),
    "plot: times of no date": (
        "plot", month(lambda f: f["time"].setncattr("units", "days since x")), "state_200106.nc",
    ),
    "percentiles that descend": ("climate", climate("percentiles = 90., 10."), "percentiles"),
    "percentiles beyond 100": ("climate", climate("percentiles = 10., 110."), "percentiles"),
    "no percentiles": ("climate", climate("percentiles ="), None),
    "a window of a year": ("climate", climate("window = 366"), "&climate window: found 366"),
    "onto a result": ("climate", climate("file = 'output/case/state_200106.nc'"), "is read by"),
    "onto the namelist": ("climate", climate("file = 'case.nml'"), "is read by"),
    "plot: a month cut short": ("plot", spoilt, "state_200106.nc"),
    "plot: no results": ("plot", lambda case: case.set("'case'", "'other'"), "no results"),
}  # fmt: skip


@pytest.mark.parametrize("name", LATER)
def test_results(results, name):
    command, spoil, words = LATER[name]
    spoil(results)
    done = CliRunner().invoke(app, [command, str(results.write_namelist())])
    assert "Traceback" not in done.stderr and not isinstance(done.exception, ValueError)
    if words is None:
        assert done.exit_code == 0, done.stderr
        return
    assert done.exit_code == 2, (done.stdout, done.stderr, done.exception)
    assert words in re.sub(r"\s+", " ", done.stderr), done.stderr
