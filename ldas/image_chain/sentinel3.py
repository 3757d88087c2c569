"""Sentinel-3 SYN VGT-S products (SY_2_VG1, SY_2_V10) to NDVI of clear land, brought to the cells.

Their pixels are those of SPOT-VEGETATION, 1/112 degree; the status map is that of its products
(https://sentinel.esa.int, "SYNERGY level 2 pixel flagging").
"""

import re
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ldas.core.errors import UserError
from ldas.gridded.geometry import KM_PER_DEGREE
from ldas.gridded.stored import StoredFile

from .gdal import bounds_in, clear_on_cells, rasterio, resampling_of
from .image_grid import ImageGrid
from .ndvi_images import Sensor
from .product_folder import ProductFolder

NAME = re.compile(r"^S3([A-Z])_SY_2_(VG1|V10)_+(\d{8}T\d{6})_(\d{8}T\d{6})_\d{8}T\d{6}_(\w{17})")
FILES = ("NDVI.nc", "sm.nc")
CLOUD = 0b11  # bits of the status map: 0 clear, 1 shadow or without a value, 2 uncertain, 3 cloud
UNCERTAIN = 2
SNOW, LAND, INFRARED_GOOD, RED_GOOD, SATURATED = 4, 8, 32, 64, 256
EVEN = 2e-3  # of a pixel, by which axes may be uneven: numbers of single precision are
AROUND = 2  # pixels beside those that a strip needs


@dataclass(frozen=True)
class Synthesis:
    """One product: a region on latitudes and longitudes, in the middle of its one or ten days.

    Its files are opened for as long as they are read: there are many products.
    """

    folder: ProductFolder
    name: str
    platform: str
    place: str
    time: np.datetime64

    def file(self, name: str) -> StoredFile:
        """A file of the product; raises UserError if it is damaged or of another product."""
        file = self.folder.dataset(name)
        told = str(file.attrs.get("product_name", ""))
        if told.removesuffix(".SEN3") != self.name.removesuffix(".SEN3"):
            raise UserError(f"{file.path}: is of the product '{told}', not of {self.name}")
        return file


def open_synthesis(folder: ProductFolder) -> Synthesis:
    """A product; raises UserError for what is none, or lacks a file."""
    found = NAME.search(folder.name)
    if found is None:
        raise UserError(
            f"{folder.path}: '{folder.name}' is no product of Sentinel-3 with NDVI; needed: "
            "S3A_SY_2_VG1____..., S3A_SY_2_V10____..."
        )
    for name in FILES:
        folder.only(rf"^{name}$", name)
    letter, kind, first, last, place = found.groups()
    try:
        begin, end = (
            np.datetime64(datetime.strptime(stamp, "%Y%m%dT%H%M%S"), "s") for stamp in (first, last)
        )
    except ValueError as error:
        raise UserError(f"{folder.path}: '{folder.name}': {error}") from None
    if not begin < end:
        raise UserError(f"{folder.path}: '{folder.name}' ends before it begins")
    middle = begin + (end + np.timedelta64(1, "s") - begin) // 2
    return Synthesis(folder, folder.name, f"S3{letter}_{kind}", place.strip("_"), middle)


class SynthesisImage:
    """NDVI of a product on cells."""

    def __init__(self, product: Synthesis, grid: ImageGrid, uncertain: bool) -> None:
        """Raises UserError for axes, numbers or a status map that are not what they should be."""
        self.grid, self.uncertain = grid, uncertain
        files = [product.file(name) for name in FILES]
        self.ndvi, self.status = files[0].variable("NDVI"), files[1].variable("SM")
        self.lat, self.lon = (_axis(files[0], n) for n in ("latitude", "longitude"))
        shape = (self.lat.size, self.lon.size)
        for stored in (self.ndvi, self.status):
            if stored.shape != shape or stored.dtype.kind not in "iu":
                raise UserError(
                    f"{stored.path}: variable '{stored.name}' is {stored.dtype} {stored.shape}; "
                    f"needed: whole numbers {shape}"
                )
        for name, mine in (("latitude", self.lat), ("longitude", self.lon)):
            if not np.array_equal(mine, _axis(files[1], name)):
                raise UserError(f"{self.status.path}: other {name} than {self.ndvi.path}")
        self.step, down = (_step(axis) for axis in (self.lon, self.lat))
        if abs(self.step + down) > EVEN * self.step:
            raise UserError(
                f"{self.ndvi.path}: pixels of {-down:.6g} x {self.step:.6g} degrees; "
                "needed: squares"
            )
        scale, offset = (self.ndvi.number(n) for n in ("scale_factor", "add_offset"))
        if scale is None or offset is None or not 0.0 < abs(scale) < 1.0:
            raise UserError(
                f"{self.ndvi.path}: variable 'NDVI' says of no scale_factor and add_offset "
                f"({scale}, {offset}); what its whole numbers are cannot be told"
            )
        self.scale, self.offset = scale, offset
        self.least, self.most, self.nothing = (
            self.ndvi.number(n, d)
            for n, d in (("valid_min", 0.0), ("valid_max", 250.0), ("_FillValue", 255.0))
        )

    def close(self) -> None:
        """Nothing stays open."""

    def on(self, rows: slice) -> tuple[np.ndarray, np.ndarray] | None:
        """NDVI and share of clear pixels (row, col) of some rows; None if none is shown."""
        grid = self.grid
        west, south, east, north = bounds_in("EPSG:4326", grid, rows)
        top, bottom = _between((self.lat[0] - north) / self.step, (self.lat[0] - south) / self.step,
                               self.lat.size)  # fmt: skip
        left, right = _between((west - self.lon[0]) / self.step, (east - self.lon[0]) / self.step,
                               self.lon.size)  # fmt: skip
        if bottom <= top or right <= left:
            return None
        values, clear = self._read((slice(top, bottom), slice(left, right)))
        place = rasterio().Affine(
            self.step, 0.0, self.lon[left] - 0.5 * self.step,
            0.0, -self.step, self.lat[top] + 0.5 * self.step,
        )  # fmt: skip
        method = resampling_of(1000.0 * KM_PER_DEGREE * self.step, grid)
        return clear_on_cells(
            values, clear, grid, rows, str(self.ndvi.path), place, "EPSG:4326", method
        )

    def _read(self, index: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
        """NDVI of clear pixels, NaN elsewhere, and which are clear (1 or 0; -1 for sea)."""
        number, status = self.ndvi.read(*index), self.status.read(*index).astype(int)
        there = (number != self.nothing) & (number >= self.least) & (number <= self.most)
        values = self.scale * number.astype(float) + self.offset
        return clear_ndvi(values, there, status, self.uncertain)


def clear_ndvi(
    values: np.ndarray, there: np.ndarray, status: np.ndarray, uncertain: bool
) -> tuple[np.ndarray, np.ndarray]:
    """NDVI of clear land, NaN elsewhere, and which pixels are clear (1 or 0; -1 for sea).

    `there` says where NDVI has a value; `uncertain` takes uncertain clouds for clear.
    """
    sky = status & CLOUD
    clear = (sky == 0) | ((sky == UNCERTAIN) & uncertain)
    good = RED_GOOD | INFRARED_GOOD
    clear &= there & ((status & good) == good) & ((status & (SNOW | SATURATED)) == 0)
    land = (status & LAND) != 0
    return np.where(clear & land, values, np.nan), np.where(land, clear, -1.0)


def _axis(file: StoredFile, name: str) -> np.ndarray:
    """Middles of pixels along an axis (degrees); raises UserError where they are uneven."""
    stored = file.variable(name)
    values = stored.read().astype(float)
    way = -1.0 if name == "latitude" else 1.0
    steps = np.diff(values) * way
    even = values.ndim == 1 and values.size > 1 and np.isfinite(values).all()
    if not even or steps.min() <= 0.0 or np.ptp(steps) > EVEN * steps.mean():
        raise UserError(f"{file.path}: {name} does not go by even steps from the north-west")
    return values


def _step(axis: np.ndarray) -> float:
    """Distance of the pixels along an axis, which may have been rounded one by one."""
    return float((axis[-1] - axis[0]) / (axis.size - 1))


def _between(first: float, last: float, size: int) -> tuple[int, int]:
    """Pixels from one place to another, counted from the middle of the first, and some more."""
    low, high = int(np.floor(first)) - AROUND, int(np.ceil(last)) + AROUND + 1
    return int(np.clip(low, 0, size)), int(np.clip(high, 0, size))


SENTINEL3 = Sensor(
    group="sentinel3",
    title="Sentinel-3",
    stack="ndvi_s3",
    finest=1000.0,
    opens=lambda folder, settings: open_synthesis(folder),
    shows=lambda product, grid, settings: SynthesisImage(product, grid, settings.uncertain),
)
