"""Where lines and pixels are: real tie points, sarsen, reflectors on slopes; angles and shadows."""

import known_ground as ground
import numpy as np
import pytest
import xarray as xr
from pyproj import Transformer

from ldas.image_chain.chain import load_chain
from ldas.image_chain.product_folder import ProductFolder
from ldas.image_chain.safe import SECOND, Frame
from ldas.image_chain.steps import run_chain
from retrieval.sar.geocoding import image_positions
from retrieval.sar.terrain import hidden, incidence

LAROCHE = "data/samples/sentinel1/laroche_2020_07_29.SAFE"
EARTH_FIXED = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


@pytest.fixture(scope="module")
def band(shared):
    return Frame(ProductFolder(shared / LAROCHE)).band("VV")


def test_real_tie_points_lie_at_their_line_and_pixel_under_their_angle(band):
    ties = band.ties
    places = np.stack(EARTH_FIXED.transform(ties.lon, ties.lat, ties.height))
    line, pixel, seen = image_positions(places, band.geometry)
    assert np.abs(line - ties.line).max() < 0.5
    assert np.abs(pixel - ties.pixel).max() < 0.5
    shape = (-1, np.unique(ties.pixel).size)
    theta = incidence(
        places.reshape(3, *np.reshape(ties.line, shape).shape), seen.reshape(shape),
        band.geometry.orbit,
    )[0]  # fmt: skip
    assert np.abs(theta.ravel() - ties.incidence).max() < 0.05


def test_sarsen_sees_the_same_places_at_the_same_times_and_distances(band, shared):
    geocoding = pytest.importorskip("sarsen.geocoding")
    orbits = pytest.importorskip("sarsen.orbit")
    orbit = xr.open_dataset(str(shared / LAROCHE), engine="sentinel-1", group="IW/VV/orbit")
    theirs = orbits.OrbitPolyfitInterpolator.from_position(orbit.position)
    lat, lon = np.meshgrid(np.linspace(48.9, 50.2, 30), np.linspace(5.0, 7.9, 40), indexing="ij")
    places = np.stack(EARTH_FIXED.transform(lon, lat, np.full(lat.shape, 350.0)))
    stacked = xr.DataArray(places, dims=("axis", "y", "x"), coords={"axis": range(3)})
    known = geocoding.backward_geocode(stacked, theirs, zero_doppler_distance=1e-4)
    _, _, seen = image_positions(places, band.geometry)
    first = (known.azimuth_time.values - band.first_line) / SECOND
    assert np.abs(first - seen).max() < 1e-5  # s, 7 cm along the track
    away = np.sqrt((known.dem_distance.values**2).sum(axis=0))
    track = np.stack([np.polynomial.polynomial.polyval(seen, c) for c in band.geometry.orbit])
    assert np.abs(np.linalg.norm(places - track, axis=0) - away).max() < 0.05  # m


@pytest.fixture(scope="module")
def passed(frame):
    nml = ground.namelist(
        frame,
        more="&sentinel1\n files = '*.SAFE', units = 'linear', looks = 10.0, border = 0.0\n/\n",
    )
    run_chain(nml, lambda line: None)
    with xr.open_dataset(next((frame / "out").glob("S1*.nc"))) as file:
        return file.load()


def test_reflectors_on_hills_are_within_half_a_pixel(passed):
    turn = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True)
    image = np.nan_to_num(passed.sigma0_vv.values[0])
    off = []
    for north, east in ground.REFLECTORS:
        lat, lon = ground.degrees(north, east)
        x, y = turn.transform(lon, lat)
        dx, dy = passed.x.values[None] - x, passed.y.values[:, None] - y
        weight = np.where(dx**2 + dy**2 < 70.0**2, image - ground.GROUND, 0.0)
        off.append([(weight * d).sum() / weight.sum() for d in (dx, dy)])
    off = np.hypot(*np.transpose(off))
    print(f"reflectors off by {np.median(off):.2f} m, at most {off.max():.2f} m")
    assert off.max() < 5.0 and np.median(off) < 1.0  # pixels of 10 m


def test_between_reflectors_the_ground_is_as_bright_as_it_was(passed):
    y, x = ground.metres(*load_chain_places(passed))
    away = np.min([np.hypot(y - n, x - e) for n, e in ground.REFLECTORS], axis=0)
    plain = passed.sigma0_vv.values[0][(away > 150.0)]
    plain = plain[np.isfinite(plain)]
    assert plain.size > 10_000
    # amplitudes are whole numbers: 158 and a bit, so 0.3 % of the power
    assert np.abs(10 * np.log10(plain / ground.GROUND)).max() < 0.05
    assert np.abs(10 * np.log10(plain.mean() / ground.GROUND)) < 0.03


def load_chain_places(passed):
    turn = Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True)
    lon, lat = turn.transform(*np.meshgrid(passed.x, passed.y))
    return lat, lon


def test_angles_are_those_of_slope_and_radar(passed, frame):
    """The normal of the hills is known; the radar lies 38 degrees up, left of the track."""
    lat, lon = load_chain_places(passed)
    step = 5.0
    y, x = ground.metres(lat, lon)
    rise = [
        (ground.hills(*ground.degrees(y + a, x + b)) - ground.hills(*ground.degrees(y - a, x - b)))
        / (2 * step)
        for a, b in ((step, 0.0), (0.0, step))
    ]
    theta, head = np.radians(passed.theta.values[0]), np.radians(-12.0)
    left = np.array([np.sin(head - np.pi / 2), np.cos(head - np.pi / 2)])  # east, north
    sight = np.sin(theta) * left[:, None, None]
    cosine = (np.cos(theta) - sight[0] * rise[1] - sight[1] * rise[0]) / np.sqrt(
        1.0 + rise[0] ** 2 + rise[1] ** 2
    )
    off = np.degrees(np.arccos(cosine)) - passed.theta_local.values[0]
    off = off[np.isfinite(off)]
    print(f"local angle off by {np.sqrt((off**2).mean()):.3f} degrees")
    assert np.sqrt((off**2).mean()) < 0.2 and np.abs(off.mean()) < 0.05
    folder = ProductFolder(next(frame.glob("*.SAFE")))
    ties = Frame(folder).band("VV").ties
    assert np.nanmin(theta) > np.radians(ties.incidence.min() - 0.05)
    assert np.nanmax(theta) < np.radians(ties.incidence.max() + 0.05)


def test_a_chain_needs_no_grid_larger_than_its_box(frame):
    assert load_chain(frame / "images.nml").grid.shape == passed_shape(frame)


def passed_shape(frame):
    with xr.open_dataset(frame / "out" / "terrain.nc") as file:
        return file.height.shape


@pytest.mark.parametrize("theta", [25.0, 40.0])
def test_layover_and_shadow_of_a_wall_are_as_long_as_geometry_says(theta):
    """A wall of 300 m across the line of sight; the radar stands towards smaller columns."""
    spacing, high, at = 10.0, 300.0, 200
    height = np.zeros((3, 400))
    height[:, at] = high
    angles, none = np.full(height.shape, theta), np.zeros(height.shape)
    over, dark = hidden(height, angles, none, np.full(height.shape, -1.0 / spacing), spacing)
    tangent = np.tan(np.radians(theta))
    shadow = np.flatnonzero(dark[1])
    assert shadow.min() == at + 1
    assert shadow.max() - at == pytest.approx(high * tangent / spacing, abs=1.0)
    layover = np.flatnonzero(over[1])
    assert layover.max() == at  # the wall itself
    assert at - layover.min() == pytest.approx(high / tangent / spacing, abs=1.0)


def test_gentle_ground_hides_nothing():
    column = np.arange(400) * 10.0
    height = np.tile(80.0 * np.sin(2 * np.pi * column / 2000.0), (3, 1))  # 14 degrees at most
    angles, none = np.full(height.shape, 35.0), np.zeros(height.shape)
    over, dark = hidden(height, angles, none, np.full(height.shape, -0.1), 10.0)
    assert not over.any() and not dark.any()
