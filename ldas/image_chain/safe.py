"""A Sentinel-1 ground-range product (SAFE, GRD): annotation, calibration and noise of a band."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ldas.core.errors import UserError
from ldas.core.xml_input import Xml, local_names
from retrieval.sar.calibration import AzimuthNoise, Lookup
from retrieval.sar.geocoding import RadarGeometry
from retrieval.sar.orbit import fit_orbit

from .product_folder import ProductFolder

POLARISATIONS = ("VV", "VH", "HH", "HV")
MOST_LINES = 200_000  # of lines or pixels of one image
ORBIT_RESIDUAL = 1.0  # m, largest distance of state vectors from their polynomial
SECOND = np.timedelta64(10**9, "ns")


@dataclass(frozen=True)
class TiePoints:
    """Places (line, pixel) that the producer's own processor geocoded."""

    line: np.ndarray
    pixel: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    height: np.ndarray
    incidence: np.ndarray


@dataclass(frozen=True)
class Band:
    """One polarisation of a frame: its geometry, what calibrates it, and its raster."""

    name: str  # of the annotation, for messages
    raster: str
    first_line: np.datetime64
    lines: int
    pixels: int
    line_spacing: float
    geometry: RadarGeometry
    ties: TiePoints
    gain: Lookup
    noise: Lookup
    noise_blocks: tuple[AzimuthNoise, ...]


class Frame:
    """One product: which pass it is of, and its bands by polarisation."""

    def __init__(self, folder: ProductFolder) -> None:
        """Read the manifest; raises UserError for what is no ground-range product."""
        self.folder = folder
        names = folder.matching(r"^manifest\.safe$")
        if not names:
            raise UserError(f"{folder.path}: no manifest.safe; a Sentinel-1 SAFE product is needed")
        root = folder.xml(names[0])
        wanted = ("familyName", "number", "mode", "pass", "productType", "startTime", "stopTime")
        more = ("orbitNumber", "relativeOrbitNumber")
        found = local_names(root.element, [*wanted, *more])
        lost = [name for name, text in found.items() if not text]
        if lost:
            raise UserError(f"{root.name}: says nothing of {', '.join(lost)}")
        if found["familyName"] != "SENTINEL-1" or found["productType"] != "GRD":
            what = f"{found['familyName']} {found['productType']}"
            raise UserError(f"{folder.path}: {what}; needed: SENTINEL-1 GRD")
        if found["pass"] not in ("ASCENDING", "DESCENDING"):
            raise UserError(f"{root.name}: pass '{found['pass']}'")
        self.platform = f"S1{found['number']}"
        self.direction = found["pass"]
        try:
            self.orbit = int(found["orbitNumber"])
            self.relative_orbit = int(found["relativeOrbitNumber"])
            self.start, self.stop = (
                np.datetime64(found[k].removesuffix("Z"), "ns") for k in ("startTime", "stopTime")
            )
        except ValueError as error:
            raise UserError(f"{root.name}: orbit or time cannot be read ({error})") from None
        if not self.start < self.stop or self.stop - self.start > 600 * SECOND:
            raise UserError(f"{root.name}: lasts from {self.start} to {self.stop}")

    @cached_property
    def _annotations(self) -> list[str]:
        return self.folder.matching(r"^annotation/s1[^/]*\.xml$")

    def _polarisation(self, annotation: str) -> str:
        parts = annotation.rsplit("/", 1)[-1].split("-")
        return parts[3].upper() if len(parts) > 3 else ""

    @property
    def polarisations(self) -> tuple[str, ...]:
        """Those that the product has."""
        found = {self._polarisation(name) for name in self._annotations}
        return tuple(name for name in POLARISATIONS if name in found)

    def band(self, polarisation: str) -> Band:
        """One polarisation; raises UserError where files are missing or contradict each other."""
        folder, letters = self.folder, polarisation.lower()
        stem = rf"s1[a-d]-\w+-grd-{letters}-[^/]*"
        main = folder.only(rf"^annotation/{stem}\.xml$", f"annotation of {polarisation}")
        gains = folder.only(
            rf"^annotation/calibration/calibration-{stem}\.xml$", f"calibration of {polarisation}"
        )
        noises = folder.only(
            rf"^annotation/calibration/noise-{stem}\.xml$", f"noise of {polarisation}"
        )
        image = folder.only(rf"^measurement/{stem}\.tiff?$", f"measurement of {polarisation}")
        root = folder.xml(main)
        said = root.text("adsHeader/polarisation")
        if said != polarisation:
            raise UserError(f"{root.name}: is of {said}, its name says {polarisation}")
        about = root.first("imageAnnotation/imageInformation")
        lines, pixels = (
            int(about.number(k, 1, MOST_LINES)) for k in ("numberOfLines", "numberOfSamples")
        )
        first = about.time("productFirstLineUtcTime")
        last = about.time("productLastLineUtcTime")
        interval = about.number("azimuthTimeInterval", 1e-5, 1.0)
        if abs((last - first) / SECOND - (lines - 1) * interval) > 2.0 * interval:
            raise UserError(
                f"{root.name}: {lines} lines each {interval:g} s do not last from {first} to {last}"
            )
        geometry = _geometry(root, first, interval, about.number("rangePixelSpacing", 1.0, 1e4))
        gain = _vectors(
            folder.xml(gains), "calibrationVectorList/calibrationVector", "sigmaNought", pixels
        )
        if gain.values.min() <= 0.0:
            raise UserError(f"{folder.path}/{gains}: a calibration that is not positive")
        noise, blocks = _noise(folder.xml(noises), lines, pixels)
        band = Band(
            name=root.name, raster=folder.raster(image), first_line=first, lines=lines,
            pixels=pixels, line_spacing=about.number("azimuthPixelSpacing", 1.0, 1e4),
            geometry=geometry, ties=_ties(root), gain=gain, noise=noise, noise_blocks=blocks,
        )  # fmt: skip
        return band


def _geometry(root: Xml, first: np.datetime64, interval: float, spacing: float) -> RadarGeometry:
    """Orbit and the conversions from slant range to ground range."""
    vectors = root.every("generalAnnotation/orbitList/orbit", at_least=4)
    if any(vector.text("frame") != "Earth Fixed" for vector in vectors):
        raise UserError(f"{root.name}: an orbit that is not fixed to the Earth")
    time = np.array([(vector.time("time") - first) / SECOND for vector in vectors])
    places = np.array([[v.number(f"position/{k}", -1e7, 1e7) for k in "xyz"] for v in vectors])
    if (np.diff(time) <= 0.0).any():
        raise UserError(f"{root.name}: the orbit's times do not increase")
    orbit, residual = fit_orbit(time, places)
    if residual > ORBIT_RESIDUAL:
        raise UserError(
            f"{root.name}: the orbit's positions are up to {residual:.3g} m from one smooth path"
        )
    about = root.first("imageAnnotation/imageInformation")
    last = (about.time("productLastLineUtcTime") - first) / SECOND
    if time[0] > 0.0 or time[-1] < last:
        raise UserError(f"{root.name}: the orbit does not last as long as the image")
    conversions = root.every("coordinateConversion/coordinateConversionList/coordinateConversion")
    powers = [c.numbers("srgrCoefficients") for c in conversions]
    if len({p.size for p in powers}) != 1:
        raise UserError(f"{root.name}: conversions to ground range of different degrees")
    if any(c.number("gr0") != 0.0 for c in conversions):
        raise UserError(f"{root.name}: ground range that does not begin at the first pixel")
    when = np.array([(c.time("azimuthTime") - first) / SECOND for c in conversions])
    order = np.argsort(when)
    sr0 = np.array([c.number("sr0", 1e5, 1e7) for c in conversions])
    return RadarGeometry(orbit, interval, spacing, when[order], sr0[order], np.stack(powers)[order])


def _ties(root: Xml) -> TiePoints:
    points = root.every("geolocationGrid/geolocationGridPointList/geolocationGridPoint", 4)
    names = ("line", "pixel", "latitude", "longitude", "height", "incidenceAngle")
    return TiePoints(*(np.array([point.number(name) for point in points]) for name in names))


def _vectors(root: Xml, path: str, what: str, pixels: int) -> Lookup:
    """Vectors of values at some pixels of some lines."""
    vectors = root.every(path)
    lines = [int(v.number("line")) for v in vectors]
    at, values = [], []
    for vector in vectors:
        pixel, value = vector.numbers("pixel"), vector.numbers(what)
        if pixel.size != value.size or (np.diff(pixel) <= 0).any():
            raise UserError(
                f"{root.name}: {what} of line {vector.text('line')}: {value.size} values at "
                f"{pixel.size} pixels, which must increase"
            )
        at.append(pixel)
        values.append(value)
    return Lookup.of_vectors(lines, at, values, pixels)


def _noise(root: Xml, lines: int, pixels: int) -> tuple[Lookup, tuple[AzimuthNoise, ...]]:
    """Noise by range, and what it is multiplied by along the track; older products lack that."""
    if not root.element.findall("noiseRangeVectorList"):
        return _vectors(root, "noiseVectorList/noiseVector", "noiseLut", pixels), ()
    noise = _vectors(root, "noiseRangeVectorList/noiseRangeVector", "noiseRangeLut", pixels)
    blocks = []
    for block in root.every("noiseAzimuthVectorList/noiseAzimuthVector", at_least=0):
        line, values = block.numbers("line"), block.numbers("noiseAzimuthLut")
        if line.size != values.size:
            raise UserError(
                f"{root.name}: noiseAzimuthLut of {block.text('swath')}: {values.size} values at "
                f"{line.size} lines"
            )
        edges = [
            int(block.number(name, 0, most - 1))
            for name, most in (
                ("firstAzimuthLine", lines), ("lastAzimuthLine", lines),
                ("firstRangeSample", pixels), ("lastRangeSample", pixels),
            )
        ]  # fmt: skip
        blocks.append(AzimuthNoise((edges[0], edges[1]), (edges[2], edges[3]), line, values))
    return noise, tuple(blocks)
