"""A Sentinel-1 ground-range product of a scene that is known: SAFE folder, annotation and all.

The scene is seen from a circular orbit. For each line and pixel the place on the ground is
sought that lies at its distance in the plane of zero Doppler; what the scene is there becomes
the digital number, with thermal noise and speckle. Nothing of `retrieval.sar` is used, so that
what that makes of the product can be judged by it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyproj import Transformer

from ldas.image_chain.gdal import rasterio

from .sentinel1_annotation import annotation, calibration, manifest, noise

SPEED = 7_500.0  # m s-1, of the satellite
DISTANCE = 850_000.0  # m, from the radar to the middle of the scene
LINES_AT_ONCE = 1000
STEPS = 12  # towards the ground along a circle of one distance
SECOND = np.timedelta64(10**9, "ns")
Field = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of latitude and longitude


@dataclass(frozen=True)
class RadarScene:
    """What is seen and how: `sigma0` (linear) by polarisation, `elevation` (m, ellipsoid).

    sigma0 is a field, or one number for all of a frame that may be of any size.

    `lat`, `lon` (degrees) are the middle, `incidence` (degrees) the angle there, `heading`
    (degrees from north) the satellite's; `gain` is A of the calibration, `noise` the equivalent
    of sigma0 of the thermal noise; `looks` 0 stands for no speckle.
    """

    lat: float
    lon: float
    sigma0: Mapping[str, Field | float]
    elevation: Field
    lines: int = 600
    pixels: int = 600
    spacing: float = 10.0
    incidence: float = 38.0
    heading: float = -12.0
    gain: float = 500.0
    noise: float = 0.003
    looks: float = 4.4
    start: str = "2020-07-29T17:23:45.672445"
    platform: str = "S1A"
    relative_orbit: int = 88
    seed: int = 1


@dataclass(frozen=True)
class Orbit:
    """A circle fixed to the Earth, passed at t = 0 at `origin` in the direction `forward`."""

    origin: np.ndarray
    forward: np.ndarray

    def at(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities (axis, ...)."""
        radius = np.linalg.norm(self.origin)
        angle = np.asarray(t) * SPEED / radius
        shape = (3, *([1] * angle.ndim))
        origin, forward = (v.reshape(shape) for v in (self.origin, radius * self.forward))
        place = origin * np.cos(angle) + forward * np.sin(angle)
        return place, (forward * np.cos(angle) - origin * np.sin(angle)) * SPEED / radius


def orbit_of(scene: RadarScene) -> Orbit:
    """An orbit that sees the scene's middle to its right about t = 0, under the angle wanted."""
    lat, lon, head, theta = np.radians((scene.lat, scene.lon, scene.heading, scene.incidence))
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = np.cross(up, east)
    forward = np.cos(head) * north + np.sin(head) * east
    right = np.cross(forward, up)
    towards = np.cos(theta) * up - np.sin(theta) * right
    origin = _earth_fixed(scene.lat, scene.lon, 0.0) + DISTANCE * towards
    across = np.cross(origin, towards)  # perpendicular to the line of sight: seen at t = 0
    across *= np.sign(across @ forward) / np.linalg.norm(across)
    return Orbit(origin, across)


def _earth_fixed(lat: float, lon: float, height: float) -> np.ndarray:
    turn = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.array(turn.transform(lon, lat, height))


@dataclass(frozen=True)
class Ranges:
    """Slant range (m) of ground ranges from the first pixel on, on a sphere."""

    satellite: float
    earth: float
    first: float

    def slant(self, ground: np.ndarray) -> np.ndarray:
        """Of ground ranges (m)."""
        angle = self._angle(self.first) + ground / self.earth
        s, e = self.satellite, self.earth
        return np.sqrt(s * s + e * e - 2.0 * s * e * np.cos(angle))

    def ground(self, slant: np.ndarray) -> np.ndarray:
        """Of slant ranges (m)."""
        return self.earth * (self._angle(slant) - self._angle(self.first))

    def _angle(self, slant: np.ndarray | float) -> np.ndarray:
        s, e = self.satellite, self.earth
        return np.arccos((s * s + e * e - np.square(slant)) / (2.0 * s * e))


def ranges_of(scene: RadarScene, orbit: Orbit) -> Ranges:
    """The conversion whose middle pixel lies at the scene's middle."""
    satellite = float(np.linalg.norm(orbit.origin))
    earth = float(np.linalg.norm(_earth_fixed(scene.lat, scene.lon, 0.0)))
    middle = Ranges(satellite, earth, DISTANCE)
    first = float(middle.slant(np.array(-0.5 * scene.pixels * scene.spacing)))
    return Ranges(satellite, earth, first)


def ground_of(
    scene: RadarScene, orbit: Orbit, t: np.ndarray, slant: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude, longitude and height of the ground seen at times and slant ranges."""
    place, velocity = orbit.at(t)
    ahead = velocity / np.linalg.norm(velocity, axis=0)
    down = -place / np.linalg.norm(place, axis=0)
    down = down - ahead * (ahead * down).sum(axis=0)
    down /= np.linalg.norm(down, axis=0)
    right = np.cross(ahead, -down, axis=0)
    back = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    angle = np.full(slant.shape, np.radians(scene.incidence - 4.5))
    lat = lon = height = np.zeros(slant.shape)
    for _ in range(STEPS):
        seen = place + slant * (np.cos(angle) * down + np.sin(angle) * right)
        lon, lat, height = back.transform(*seen)
        above = height - scene.elevation(lat, lon)
        angle = angle - above / (slant * np.sin(np.radians(scene.incidence)))
    return lat, lon, height


def write_safe(folder: Path, scene: RadarScene) -> Path:
    """Write the product below `folder`; its path."""
    random = np.random.default_rng(scene.seed)
    orbit = orbit_of(scene)
    ranges = ranges_of(scene, orbit)
    ground_speed = SPEED * ranges.earth / ranges.satellite
    interval = scene.spacing / ground_speed
    first_t = -0.5 * scene.lines * interval
    t = first_t + interval * np.arange(scene.lines)
    slant = ranges.slant(scene.spacing * np.arange(scene.pixels))
    lat = lon = np.empty(0)
    if any(callable(field) for field in scene.sigma0.values()):
        every = np.broadcast_arrays(t[:, None], slant[None])
        lat, lon, _ = ground_of(scene, orbit, *every)
    start = np.datetime64(scene.start, "ns")
    stop = start + np.timedelta64(round((scene.lines - 1) * interval * 1e9), "ns")
    stem = _stem(scene, start, stop)
    target = folder / f"{stem.upper().replace('-', '_')}.SAFE"
    for name in ("annotation/calibration", "measurement"):
        (target / name).mkdir(parents=True, exist_ok=True)
    ties = _ties(scene, orbit, ranges, first_t, interval)
    vectors = np.arange(-60.0, 91.0, 10.0)
    times = [start + np.timedelta64(round((v - first_t) * 1e9), "ns") for v in vectors]
    files = []
    for number, (band, field) in enumerate(scene.sigma0.items(), start=1):
        name = f"{scene.platform.lower()}-iw-grd-{band.lower()}-{stem}-{number:03d}"
        about = {
            "band": band, "start": start, "stop": stop, "interval": interval,
            "spacing": scene.spacing, "lines": scene.lines, "pixels": scene.pixels,
        }  # fmt: skip
        texts = {
            f"annotation/{name}.xml": annotation(
                about, times, orbit.at(vectors), _conversion(scene, ranges), ties
            ),
            f"annotation/calibration/calibration-{name}.xml": calibration(about, scene.gain),
            f"annotation/calibration/noise-{name}.xml": noise(about, scene.noise * scene.gain**2),
        }
        for path, text in texts.items():
            (target / path).write_text(text)
        strips = _numbers(scene, field(lat, lon) if callable(field) else field, random)
        _write_tiff(target / f"measurement/{name}.tiff", scene, strips, ties)
        files += [*texts, f"measurement/{name}.tiff"]
    (target / "manifest.safe").write_text(
        manifest(files, scene.platform[-1], scene.relative_orbit, scene.heading, start, stop,
                 list(scene.sigma0))
    )  # fmt: skip
    return target


def _stem(scene: RadarScene, start: np.datetime64, stop: np.datetime64) -> str:
    stamps = (
        str(v.astype("datetime64[s]")).replace("-", "").replace(":", "") for v in (start, stop)
    )
    return "-".join([*(stamp.lower() for stamp in stamps), f"{scene.relative_orbit:06d}", "02b10a"])


def _numbers(
    scene: RadarScene, sigma: np.ndarray | float, random: np.random.Generator
) -> Iterator[np.ndarray]:
    """Digital numbers (amplitudes) of backscatter (linear), some lines after the other."""
    for first in range(0, scene.lines, LINES_AT_ONCE):
        lines = slice(first, min(scene.lines, first + LINES_AT_ONCE))
        shape = (lines.stop - lines.start, scene.pixels)
        power = np.broadcast_to(sigma if np.isscalar(sigma) else sigma[lines], shape)
        power = (power + scene.noise) * scene.gain**2
        if scene.looks > 0.0:
            power = power * random.gamma(scene.looks, 1.0 / scene.looks, shape)
        yield np.clip(np.rint(np.sqrt(power)), 1, 65535).astype(np.uint16)


def _conversion(scene: RadarScene, ranges: Ranges) -> tuple[float, np.ndarray]:
    """Slant range of the first pixel, and the polynomial from there to ground range."""
    ground = np.linspace(-2000.0, scene.spacing * scene.pixels + 2000.0, 400)
    slant = ranges.slant(ground) - ranges.first
    fitted = np.polynomial.Polynomial.fit(slant, ground, 8)
    return ranges.first, fitted.convert().coef


def _ties(
    scene: RadarScene, orbit: Orbit, ranges: Ranges, first_t: float, interval: float
) -> list[tuple[float, ...]]:
    """Line, pixel, latitude, longitude, height and angle of some places."""
    lines = np.linspace(0, scene.lines - 1, 5).round()
    pixels = np.linspace(0, scene.pixels - 1, 7).round()
    line, pixel = (v.ravel() for v in np.meshgrid(lines, pixels, indexing="ij"))
    t, slant = first_t + interval * line, ranges.slant(scene.spacing * pixel)
    lat, lon, height = ground_of(scene, orbit, t, slant)
    place, _ = orbit.at(t)
    ground = np.array([_earth_fixed(*one) for one in zip(lat, lon, height, strict=True)]).T
    la, lo = np.radians(lat), np.radians(lon)
    up = np.stack([np.cos(la) * np.cos(lo), np.cos(la) * np.sin(lo), np.sin(la)])
    sight = place - ground
    angle = np.degrees(np.arccos((sight * up).sum(axis=0) / np.linalg.norm(sight, axis=0)))
    return list(zip(line, pixel, lat, lon, height, angle, strict=True))


def _write_tiff(
    path: Path, scene: RadarScene, strips: Iterator[np.ndarray], ties: list[tuple[float, ...]]
) -> None:
    """Lines and pixels with the tie points as ground control points, as the agency's have them."""
    import warnings

    library, first = rasterio(), 0
    points = [
        library.control.GroundControlPoint(line, pixel, lon, lat, height)
        for line, pixel, lat, lon, height, _ in ties
    ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", library.errors.NotGeoreferencedWarning)
        with library.open(
            path, "w", driver="GTiff", height=scene.lines, width=scene.pixels, count=1,
            dtype="uint16", gcps=points, crs="EPSG:4326",
        ) as out:  # fmt: skip
            for strip in strips:
                window = library.windows.Window(0, first, scene.pixels, len(strip))
                out.write(strip, 1, window=window)
                first += len(strip)
