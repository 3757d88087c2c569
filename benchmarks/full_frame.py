"""A whole Sentinel-1 frame from SAFE to 1 km soil moisture: time and memory of each step.

    python benchmarks/full_frame.py FOLDER [--lines 16702 --pixels 26145]

The frame is synthetic, of the size that the agency ships, VV and VH, under hills; NDVI lies on
the cells of 100 m. Seed 002 asks for an image in less than 5 minutes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import netCDF4
import numpy as np
import rasterio

from ldas.synthetic.sentinel1_product import RadarScene, write_safe

LAT, LON = 49.6, 6.3
IMAGES = """&images
   steps = 'sentinel1'
   output_dir = 'images'
   box = {box}
   resolution = 0.000992
   dem_files = 'dem.tif'
/
&sentinel1
   files = '*.SAFE'
/
"""
RETRIEVE = """&retrieval
   form = 's1s3'
   output = 'ssm.nc'
   sigma_files = 'images/S1*.nc'
   ndvi_files = 'ndvi.nc'
   resolution = 0.00992
/
"""


def main() -> None:
    """Write the frame if it is not there, then run each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=16_702)
    parser.add_argument("--pixels", type=int, default=26_145)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    high, wide = options.lines / 22_000, options.pixels / 14_400  # half sides, degrees
    box = (LAT - high, LAT + high, LON - wide, LON + wide)
    if not list(options.folder.glob("*.SAFE")):
        write_safe(options.folder, RadarScene(
            LAT, LON, {"VV": 0.08, "VH": 0.015}, lambda lat, lon: 0.0 * lat,
            lines=options.lines, pixels=options.pixels,
        ))  # fmt: skip
        write_dem(options.folder / "dem.tif", box)
        write_ndvi(options.folder / "ndvi.nc", box)
    (options.folder / "images.nml").write_text(
        IMAGES.format(box=", ".join(f"{v:.4f}" for v in box))
    )
    (options.folder / "retrieve.nml").write_text(RETRIEVE)
    shutil.rmtree(options.folder / "images", ignore_errors=True)
    print(f"{options.lines} x {options.pixels} pixels, VV and VH, {os.cpu_count()} cores")
    total = 0.0
    for command in ("images", "retrieve"):
        took, gib = timed(command, options.folder)
        total += took
        print(f"ldas {command:9s} {took:6.1f} s  {gib:5.2f} GiB")
    print(f"in all         {total:6.1f} s (asked for: less than 300)")


def timed(command: str, folder: Path) -> tuple[float, float]:
    """Seconds and GiB that a command takes."""
    began = time.monotonic()
    child = subprocess.Popen(
        [Path(sys.executable).with_name("ldas"), command, f"{command}.nml"], cwd=folder,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"ldas {command} failed")
    return time.monotonic() - began, used.ru_maxrss / 2**20


def write_dem(path: Path, box: tuple[float, ...]) -> None:
    """Hills of 30 arc seconds' tenth, beyond the box."""
    step = 1.0 / 1200.0
    south, north, west, east = (v + d for v, d in zip(box, (-0.1, 0.1, -0.1, 0.1), strict=True))
    rows, cols = round((north - south) / step), round((east - west) / step)
    lat, lon = north - step * np.arange(rows), west + step * np.arange(cols)
    height = 300.0 + 150.0 * np.sin(90.0 * lon)[None] * np.cos(120.0 * lat)[:, None]
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=cols, count=1, dtype="float32",
        crs="EPSG:4326", transform=rasterio.transform.from_origin(west, north, step, step),
    ) as out:  # fmt: skip
        out.write(height.astype("f4"), 1)


def write_ndvi(path: Path, box: tuple[float, ...]) -> None:
    """One NDVI before and one after the image, at 0.002 degrees."""
    step = 0.002
    lat = np.arange(box[0], box[1], step)
    lon = np.arange(box[2], box[3], step)
    with netCDF4.Dataset(path, "w") as out:
        for name, axis in (("lat", lat), ("lon", lon)):
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis
        out.createDimension("time", 2)
        out.createVariable("time", "f8", ("time",))[:] = (205.0, 215.0)
        out["time"].units = "days since 2020-01-01"
        stored = out.createVariable("ndvi", "f4", ("time", "lat", "lon"), compression="zlib")
        stored.units = "1"
        stored[:] = 0.45


if __name__ == "__main__":
    main()
