"""Sentinel-2 Level-2A products of ESA (SAFE) and of Theia: red, near infrared, what is clear."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ldas.core.errors import UserError

from .product_folder import ProductFolder

RED, INFRARED = 3, 7  # what ESA numbers B04 and B08 with
CLOUDY = (3, 8, 9, 10)  # classes of SCL around which a margin is kept: shadow, clouds, cirrus
MG2_CLOUDY = 0b00001010  # bits of Theia's MG2: clouds, their shadows
ESA_TILE = re.compile(r"_T(\w{5})_")
THEIA_NAME = re.compile(r"SENTINEL2[A-D]_(\d{8})-(\d{6})-\d+_L2A_T(\w{5})_")
THEIA_SCALE, THEIA_NOTHING = 1e-4, -10_000


@dataclass(frozen=True)
class Reflectance:
    """A band's raster and how its numbers become reflectance: scale (number + offset)."""

    raster: str
    scale: float
    offset: float
    nothing: int
    saturated: int | None = None

    def of(self, number: np.ndarray) -> np.ndarray:
        """Reflectance, NaN where there is none."""
        lost = number == self.nothing
        if self.saturated is not None:
            lost |= number == self.saturated
        return np.where(lost, np.nan, self.scale * (number.astype(float) + self.offset))


@dataclass(frozen=True)
class Tile:
    """One product: bands, masks by name, and how masks tell (clear, cloudy)."""

    name: str
    platform: str
    place: str
    time: np.datetime64
    red: Reflectance
    infrared: Reflectance
    masks: tuple[str, ...]
    judge: Callable[..., tuple[np.ndarray, np.ndarray]]


def open_tile(folder: ProductFolder, classes: tuple[int, ...]) -> Tile:
    """A product of either producer; `classes` of SCL are clear. Raises UserError for others."""
    if folder.matching(r"^MTD_MSIL2A\.xml$"):
        return _esa(folder, classes)
    if folder.matching(r"_(FRE|SRE)_B4\.tif$"):
        return _theia(folder)
    what = "a Level-1C product" if folder.matching(r"^MTD_MSIL1C\.xml$") else "no MTD_MSIL2A.xml"
    raise UserError(f"{folder.path}: {what}; needed: Sentinel-2 Level-2A of ESA (SAFE) or Theia")


def _esa(folder: ProductFolder, classes: tuple[int, ...]) -> Tile:
    root = folder.xml("MTD_MSIL2A.xml")
    time = root.time(".//PRODUCT_START_TIME").astype("datetime64[s]")
    spacecraft = root.text(".//SPACECRAFT_NAME")
    quantity = root.number(".//BOA_QUANTIFICATION_VALUE", 1.0, 1e6)
    offsets = {
        one.element.get("band_id"): float(one.element.text or "nan")
        for one in root.every(".//BOA_ADD_OFFSET", at_least=0)
    }
    baseline = root.number(".//PROCESSING_BASELINE", 0.0, 99.99)
    if bool(offsets) != (baseline >= 4.0) and baseline < 99.0:
        raise UserError(
            f"{root.name}: processing baseline {baseline:05.2f} "
            + ("with" if offsets else "without")
            + " BOA_ADD_OFFSET: which numbers are reflectances cannot be told"
        )
    bands = []
    for letters, number in (("B04", RED), ("B08", INFRARED)):
        raster = folder.only(
            rf"^GRANULE/[^/]+/IMG_DATA/R10m/[^/]*_{letters}_10m\.jp2$", f"band {letters} of 10 m"
        )
        offset = offsets.get(str(number), 0.0)
        if offsets and (str(number) not in offsets or not np.isfinite(offset)):
            raise UserError(f"{root.name}: no BOA_ADD_OFFSET of band {number} ({letters})")
        bands.append(Reflectance(folder.raster(raster), 1.0 / quantity, offset, 0, 65535))
    scl = folder.only(r"^GRANULE/[^/]+/IMG_DATA/R20m/[^/]*_SCL_20m\.jp2$", "scene classes (SCL)")

    def judge(scene: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.isin(scene, classes), np.isin(scene, CLOUDY)

    platform = f"S{spacecraft.removeprefix('Sentinel-')}"
    square = ESA_TILE.search(folder.name)
    place = folder.name if square is None else f"ESA {square.group(1)}"
    return Tile(folder.name, platform, place, time, *bands, (folder.raster(scl),), judge)


def _theia(folder: ProductFolder) -> Tile:
    found = THEIA_NAME.search(folder.name + "_")
    if found is None:
        raise UserError(
            f"{folder.path}: '{folder.name}' tells no date; needed: SENTINEL2A_YYYYMMDD-HHMMSS-..."
        )
    day, hour, square = found.groups()
    time = np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}T{hour[:2]}:{hour[2:4]}:{hour[4:]}", "s")
    kind = "FRE" if folder.matching(r"_FRE_B4\.tif$") else "SRE"
    bands = [
        Reflectance(
            folder.raster(folder.only(rf"_{kind}_{name}\.tif$", f"band {name}")),
            THEIA_SCALE, 0.0, THEIA_NOTHING,
        )
        for name in ("B4", "B8")
    ]  # fmt: skip
    masks = tuple(
        folder.raster(folder.only(rf"^MASKS/[^/]*_{name}_R1\.tif$", f"mask {name}"))
        for name in ("CLM", "MG2")
    )

    def judge(clouds: np.ndarray, ground: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        clear = (clouds == 0) & (ground == 0)  # water is not used either, as of ESA's classes
        return clear, (clouds != 0) | ((ground.astype(int) & MG2_CLOUDY) != 0)

    platform = f"S2{found.group(0)[9]}"
    return Tile(folder.name, platform, f"Theia {square}", time, *bands, masks, judge)


def within_margin(cloudy: np.ndarray, pixels: int) -> np.ndarray:
    """Where something cloudy is within a square of so many pixels to each side."""
    if pixels <= 0:
        return cloudy
    return ndimage.maximum_filter(cloudy, size=2 * pixels + 1, mode="constant", cval=False)
