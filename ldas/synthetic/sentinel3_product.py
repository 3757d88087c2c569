"""Sentinel-3 SYN VGT-S products of a scene that is known, as the agency ships them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

PER_DEGREE = 112  # pixels
SCALE, OFFSET, NOTHING = 0.004, -0.08, 255  # of NDVI as it is stored
GOOD, LAND, CLOUD = 0b11110000, 8, 3  # bits of the status map
Field = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of latitude and longitude


@dataclass(frozen=True)
class DayScene:
    """A region between latitudes and longitudes (whole degrees), and what is seen of it."""

    south: int
    north: int
    west: int
    east: int
    ndvi: Field
    cloud: Field
    start: str = "2020-07-29T00:00:00"
    stop: str = "2020-07-29T23:59:59"
    kind: str = "VG1"
    platform: str = "A"
    region: str = "EUROPE"
    created: str = "20200801T120000"


def write_synthesis_product(folder: Path, scene: DayScene) -> Path:
    """Write a product below `folder`; its path."""
    begin, end = (t.replace("-", "").replace(":", "") for t in (scene.start, scene.stop))
    name = (
        f"S3{scene.platform}_SY_2_{scene.kind}____{begin}_{end}_{scene.created}_"
        f"{scene.region:_<17}_LN2_O_ST_002.SEN3"
    )
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    lat = scene.north - np.arange((scene.north - scene.south) * PER_DEGREE + 1) / PER_DEGREE
    lon = scene.west + np.arange(1, (scene.east - scene.west) * PER_DEGREE + 1) / PER_DEGREE
    where = np.meshgrid(lat, lon, indexing="ij")
    cloud = np.asarray(scene.cloud(*where), bool)
    number = np.rint((np.asarray(scene.ndvi(*where)) - OFFSET) / SCALE)
    status = GOOD | LAND | np.where(cloud, CLOUD, 0)
    for file, variable, values, attrs in (
        ("NDVI", "NDVI", np.clip(number, 0, 250).astype("u1"),
         {"scale_factor": np.float32(SCALE), "add_offset": np.float32(OFFSET),
          "valid_min": np.uint8(0), "valid_max": np.uint8(250)}),
        ("sm", "SM", status.astype("u2"), {"standard_name": "status_flag"}),
    ):  # fmt: skip
        with netCDF4.Dataset(target / f"{file}.nc", "w") as out:
            out.setncatts(
                {"product_name": name, "start_time": f"{scene.start}.000000Z",
                 "stop_time": f"{scene.stop}.000000Z"}
            )  # fmt: skip
            for axis, places in (("latitude", lat), ("longitude", lon)):
                out.createDimension(axis, places.size)
                out.createVariable(axis, "f8", (axis,))[:] = places
            fill = NOTHING if variable == "NDVI" else 1
            stored = out.createVariable(
                variable, values.dtype, ("latitude", "longitude"), fill_value=fill,
                compression="zlib",
            )  # fmt: skip
            stored.set_auto_maskandscale(False)
            stored.setncatts(attrs)
            stored[:] = values
    return target
