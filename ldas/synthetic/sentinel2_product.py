"""Sentinel-2 Level-2A products of a scene that is known, as ESA (SAFE) and Theia ship them."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyproj import Transformer

from ldas.image_chain.gdal import rasterio

FINE, COARSE = 10.0, 20.0  # m, pixels of the bands and of ESA's classes
SCALE, OFFSET = 10_000, 1000  # of reflectances since processing baseline 04.00
CLEAR, CLOUD = 4, 9  # classes of SCL
BRIGHT = 0.35  # reflectance of a cloud in both bands
Field = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of latitude and longitude


@dataclass(frozen=True)
class OpticalScene:
    """A tile of `size` pixels, `west` and `north` its corner in UTM of `crs`.

    `ndvi` is what the ground is, `cloud` where it is hidden; red is `red` throughout.
    """

    crs: str
    west: float
    north: float
    size: int
    ndvi: Field
    cloud: Field
    time: str = "2020-07-29T10:50:31"
    red: float = 0.06
    platform: str = "A"
    tile: str = "31UFR"
    baseline: str = "04.00"


def _fields(scene: OpticalScene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Red, near infrared and cloud of the fine pixels."""
    x = scene.west + FINE * (np.arange(scene.size) + 0.5)
    y = scene.north - FINE * (np.arange(scene.size) + 0.5)
    turn = Transformer.from_crs(scene.crs, "EPSG:4326", always_xy=True)
    lon, lat = turn.transform(*np.meshgrid(x, y))
    ndvi, cloud = scene.ndvi(lat, lon), np.asarray(scene.cloud(lat, lon), bool)
    infrared = scene.red * (1.0 + ndvi) / (1.0 - ndvi)
    return (*(np.where(cloud, BRIGHT, v) for v in (np.full_like(ndvi, scene.red), infrared)), cloud)


def _coarse(cloud: np.ndarray) -> np.ndarray:
    """Whether any of 2 x 2 pixels is cloud."""
    rows, cols = (n // 2 for n in cloud.shape)
    return cloud[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2).any(axis=(1, 3))


def write_level2a(folder: Path, scene: OpticalScene) -> Path:
    """Write ESA's product below `folder`; its path."""
    red, infrared, cloud = _fields(scene)
    stamp = scene.time.replace("-", "").replace(":", "")
    name = (
        f"S2{scene.platform}_MSIL2A_{stamp}_N{scene.baseline.replace('.', '')}_R051_"
        f"T{scene.tile}_{stamp}"
    )
    target = folder / f"{name}.SAFE"
    images = target / f"GRANULE/L2A_T{scene.tile}_A026649_{stamp}/IMG_DATA"
    for part in ("R10m", "R20m"):
        (images / part).mkdir(parents=True, exist_ok=True)
    late = float(scene.baseline) >= 4.0
    offset = OFFSET if late else 0
    for letters, values in (("B04", red), ("B08", infrared)):
        numbers = np.rint(SCALE * values + offset).astype(np.uint16)
        _write(images / f"R10m/T{scene.tile}_{stamp}_{letters}_10m.jp2", numbers, scene, FINE)
    classes = np.where(_coarse(cloud), CLOUD, CLEAR).astype(np.uint8)
    _write(images / f"R20m/T{scene.tile}_{stamp}_SCL_20m.jp2", classes, scene, COARSE)
    offsets = "".join(
        f'<BOA_ADD_OFFSET band_id="{k}">-{OFFSET}</BOA_ADD_OFFSET>' for k in range(13)
    )
    (target / "MTD_MSIL2A.xml").write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Level-2A_User_Product><General_Info><Product_Info>
<PRODUCT_START_TIME>{scene.time}.024Z</PRODUCT_START_TIME>
<PROCESSING_BASELINE>{scene.baseline}</PROCESSING_BASELINE>
<Datatake><SPACECRAFT_NAME>Sentinel-2{scene.platform}</SPACECRAFT_NAME></Datatake>
</Product_Info><Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST>
<BOA_QUANTIFICATION_VALUE unit="none">{SCALE}</BOA_QUANTIFICATION_VALUE>
</QUANTIFICATION_VALUES_LIST>{f"<L>{offsets}</L>" if late else ""}
</Product_Image_Characteristics></General_Info></Level-2A_User_Product>
"""
    )
    return target


def write_theia(folder: Path, scene: OpticalScene) -> Path:
    """Write Theia's product below `folder`; its path."""
    red, infrared, cloud = _fields(scene)
    stamp = scene.time.replace("-", "").replace(":", "").replace("T", "-")
    name = f"SENTINEL2{scene.platform}_{stamp}-461_L2A_T{scene.tile}_C_V2-2"
    target = folder / name
    (target / "MASKS").mkdir(parents=True, exist_ok=True)
    for letters, values in (("B4", red), ("B8", infrared)):
        numbers = np.rint(SCALE * values).astype(np.int16)
        _write(target / f"{name}_FRE_{letters}.tif", numbers, scene, FINE)
    _write(target / f"MASKS/{name}_CLM_R1.tif", np.where(cloud, 3, 0).astype(np.uint8), scene, FINE)
    _write(target / f"MASKS/{name}_MG2_R1.tif", np.where(cloud, 2, 0).astype(np.uint8), scene, FINE)
    return target


def _write(path: Path, numbers: np.ndarray, scene: OpticalScene, pixel: float) -> None:
    library = rasterio()
    jpeg = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
    how = jpeg if path.suffix == ".jp2" else {"driver": "GTiff", "compress": "deflate"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", library.errors.NotGeoreferencedWarning)
        with library.open(
            path, "w", height=numbers.shape[0], width=numbers.shape[1], count=1,
            dtype=numbers.dtype, crs=scene.crs, **how,
            transform=library.Affine(pixel, 0.0, scene.west, 0.0, -pixel, scene.north),
        ) as out:  # fmt: skip
            out.write(numbers, 1)
