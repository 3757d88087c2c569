"""A surface file from maps as agencies ship them: real terrain and soil, made land cover."""

import json

import netCDF4
import numpy as np
import pytest
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.mosaic import PATCHES

BOX = (50.05, 50.30, 5.45, 5.65)  # in the Ardennes, where the sample of the terrain is


def geotiff(path, values, box=BOX, nodata=None):
    import rasterio
    from rasterio.transform import from_bounds

    south, north, west, east = box
    turn = from_bounds(west, south, east, north, values.shape[1], values.shape[0])
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
        dtype=values.dtype, crs="EPSG:4326", transform=turn, nodata=nodata,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


@pytest.fixture
def maps(shared, tmp_path):
    """A namelist and its maps; the south of the land cover is forest, the rest fields."""
    codes = np.full((250, 200), 40, np.uint8)
    codes[125:] = 114
    codes[:10, :100] = 80
    codes[100:110, :10] = 50
    geotiff(tmp_path / "cover.tif", codes, nodata=255)
    column = np.linspace(100.0, 300.0, 60)
    geotiff(tmp_path / "clay.tif", np.tile(column, (80, 1)).astype("i2"), nodata=-32768)
    geotiff(tmp_path / "sand.tif", np.full((80, 60), 400, "i2"), nodata=-32768)
    dem = next((shared / "data" / "samples" / "soil_dem").glob("Copernicus_DSM*.tif"))
    (tmp_path / "maps.nml").write_text(
        f"""&surface
   output = 'surface.nc'
   box = {", ".join(map(str, BOX))}
   resolution = 0.01
   land_cover_files = 'cover.tif'
   clay_files = 'clay.tif'
   sand_files = 'sand.tif'
   soil_units = 'g kg-1'
   dem_files = '{dem}'
/
"""
    )
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_whole_file_and_a_run_on_it(maps):
    said = run("surface", maps / "maps.nml")
    assert said.exit_code == 0, said.stderr
    assert "490 land cells of 25 x 20" in said.stdout  # ten are a lake
    assert "Copernicus_DSM" in said.stdout and (maps / "surface.png").stat().st_size > 20000
    with netCDF4.Dataset(maps / "surface.nc") as out:
        of = {name: np.ma.filled(out[name][:], np.nan) for name in out.variables}
        assert "cgls_lc100: cover.tif" in out["patch_fraction"].source
    patch = dict(zip(PATCHES, of["patch_fraction"], strict=True))
    assert np.allclose(patch["deciduous broadleaf"][:12], 0.9)  # south is below
    assert np.allclose(patch["C3 crop"][16:24, 12:], 0.8)
    assert np.isnan(patch["C3 crop"][24, :10]).all()  # the lake in the north-west
    assert np.allclose(np.nanmean(of["clay"]), 0.2, atol=1e-3)
    assert (np.diff(of["clay"], axis=1) > 0.0).all()  # wetter east stays east
    assert np.allclose(of["sand"], 0.4)
    assert 150.0 < of["altitude"].min() < of["altitude"].max() < 600.0
    assert 1.0 < np.nanmean(of["slope"]) < 20.0 and np.nanmean(of["relief"]) > 3.0
    assert of["urban_fraction"].max() == pytest.approx(1.0)
    # the mean of a cell is that of the terrain's own pixels
    import rasterio

    dem = next(p for p in (maps / "maps.nml").read_text().split("'") if "DSM" in p)
    with rasterio.open(dem) as terrain:
        window = rasterio.windows.from_bounds(5.50, 50.10, 5.51, 50.11, terrain.transform)
        inside = terrain.read(1, window=window.round_offsets().round_lengths())
    k, m = int((50.105 - 50.05) / 0.01), int((5.505 - 5.45) / 0.01)
    assert of["altitude"][k, m] == pytest.approx(inside.mean(), abs=2.0)

    case = SmallCase(maps)
    case.forcing.lat, case.forcing.lon = np.array([50.0, 50.2, 50.4]), np.array([5.3, 5.5, 5.7])
    head, tail = case.text.split("&domain")
    case.text = (
        head + "&domain\n   surface_file = 'surface.nc'\n/\n&forcing" + tail.split("&forcing")[1]
    )
    namelist = case.write()
    checked = run("check", namelist)
    assert checked.exit_code == 0, checked.stderr
    assert run("run", namelist, "-q").exit_code == 0
    summary = json.loads((case.results / "summary.json").read_text())
    assert summary["cells"] == 490


def test_real_soil_coarser_than_the_cells(shared, maps):
    """HWSD's sand (1/120 degree) on cells of 1/200 degree: each pixel serves all it covers."""
    sand = shared / "data" / "samples" / "soil_dem" / "hwsdr_d1_sand.tif"
    box = (32.5, 32.7, -80.9, -80.7)
    for name, codes in (("cover", np.full((200, 200), 30, np.uint8)), ("clay", None)):
        values = codes if codes is not None else np.full((40, 40), 20.0, "f4")
        geotiff(maps / f"{name}.tif", values, box)
    text = (maps / "maps.nml").read_text().split("   dem_files")[0]
    text = text.replace(", ".join(map(str, BOX)), ", ".join(map(str, box)))
    text = text.replace("'sand.tif'", f"'{sand}'").replace("g kg-1", "%").replace("0.01", "0.005")
    (maps / "maps.nml").write_text(text + "/\n")
    said = run("surface", maps / "maps.nml")
    assert said.exit_code == 0, said.stderr
    import rasterio

    with netCDF4.Dataset(maps / "surface.nc") as out, rasterio.open(sand) as soil:
        for lat, lon in ((32.6, -80.8), (32.55, -80.85)):
            k = np.abs(out["lat"][:] - lat).argmin(), np.abs(out["lon"][:] - lon).argmin()
            place = (float(out["lon"][k[1]]), float(out["lat"][k[0]]))
            own = next(soil.sample([place]))[0]
            if np.isfinite(own) and 0.01 * own + 0.2 <= 1.0:
                assert out["sand"][k] == pytest.approx(0.01 * own, abs=1e-6)


def test_an_outline_cuts_the_land(maps):
    square = [[5.5, 50.1], [5.6, 50.1], [5.6, 50.2], [5.5, 50.2], [5.5, 50.1]]
    shape = {"type": "Polygon", "coordinates": [square]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    (maps / "basin.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    text = (maps / "maps.nml").read_text()
    text = text.replace(f"   box = {', '.join(map(str, BOX))}\n", "   outline = 'basin.geojson'\n")
    (maps / "maps.nml").write_text(text)
    said = run("surface", maps / "maps.nml")
    assert said.exit_code == 0, said.stderr
    assert "100 land cells of 10 x 10" in said.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("soil_units = 'g kg-1'", "", "has no units; say it: &surface soil_units"),
        ("'g kg-1'", "'1'", "wrong units?"),
        ("'clay.tif'", "'away.tif'", "matches no file|is no file"),
        ("resolution = 0.01", "resolution = 0.0", "resolution"),
        ("box = 50.05", "box = 60.05", "box"),
        ("output = 'surface.nc'", "output = 'cover.tif'", "is read by the same command"),
        ("'cover.tif'", "'clay.tif'", "class 100 is not in the table|is not in the table"),
    ],
)
def test_wrong_maps_are_told(maps, old, new, said):
    import re

    text = (maps / "maps.nml").read_text()
    assert old in text
    (maps / "maps.nml").write_text(text.replace(old, new))
    told = run("surface", maps / "maps.nml")
    assert told.exit_code == 2 and re.search(said, re.sub(r"\s+", " ", told.stderr)), told.stderr
