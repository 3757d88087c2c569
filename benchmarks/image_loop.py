"""The closed loop: a twin's truth as agencies' products, through `ldas images`, to moisture.

    ldas twin TWIN --radar --size 6 --years 1 --seed 7
    python benchmarks/image_loop.py TWIN [--passes 20]

Each pass of the twin becomes a Sentinel-1 SAFE of 10 m with the real orbit's geometry, noise and
speckle, each NDVI near it a Sentinel-2 Level-2A product in UTM. What `ldas images` makes of them
is retrieved like the twin's own images of the same dates, and both are judged by the truth.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from pyproj import Transformer

from ldas.evaluation.opening import read_variable
from ldas.synthetic.sentinel1_product import RadarScene, write_safe
from ldas.synthetic.sentinel2_product import OpticalScene, write_level2a

IMAGES = """&images
   output_dir = 'images'
   grid_file = 'land_cover.nc'
   height = 0.0
/
&sentinel1
   files = 'sentinel1/*.SAFE'
   polarisations = 'VV'
/
&sentinel2
   files = 'sentinel2/*.SAFE'
   synthesis = 'none'
/
"""
RETRIEVE = """&retrieval
   method = 's2mp'
   output = '{name}_ssm.nc'
   sigma_files = '{sigma}'
   theta_files = '{theta}'
   land_cover_file = 'land_cover.nc'
   grid_file = 'surface.nc'
   form = 's1s2'
   ndvi_files = '{ndvi}'
/
"""
AROUND = np.timedelta64(20, "D")


def nearest(image: xr.DataArray):
    """A field of latitude and longitude with the values of the pixels they lie in."""
    lat, lon = image.lat.values, image.lon.values

    def field(la: np.ndarray, lo: np.ndarray) -> np.ndarray:
        at = [
            np.clip(np.rint((v - axis[0]) / (axis[1] - axis[0])).astype(int), 0, axis.size - 1)
            for v, axis in ((la, lat), (lo, lon))
        ]
        return image.values[at[0], at[1]]

    return field


def main() -> None:
    """Write the products, make the images, retrieve both ways, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("twin", type=Path)
    parser.add_argument("--passes", type=int, default=20)
    options = parser.parse_args()
    folder = options.twin
    radar, optical = (xr.open_dataset(folder / f"{n}.nc").load() for n in ("sigma0", "ndvi"))
    chosen = np.unique(np.linspace(0, radar.time.size - 1, options.passes).round().astype(int))
    radar = radar.isel(time=chosen)
    near = (np.abs(optical.time.values[:, None] - radar.time.values[None]) <= AROUND).any(axis=1)
    optical = optical.isel(time=near)
    if not (folder / "sentinel1").exists():
        write_products(folder, radar, optical)
    for name, data in (("own_sigma", radar[["sigma0_vv", "theta"]]), ("own_ndvi", optical)):
        data.to_netcdf(folder / f"{name}.nc")
    radar[["theta"]].sortby("lat", ascending=False).to_netcdf(folder / "north_up_theta.nc")
    (folder / "images.nml").write_text(IMAGES)
    run(folder, "images", "images.nml")
    ways = {
        "own": ("own_sigma.nc", "own_sigma.nc", "own_ndvi.nc"),
        "chain": ("images/S1*.nc", "north_up_theta.nc", "images/NDVI*.nc"),
    }
    truth = read_variable(folder / "output" / "truth", "state", "wg").sel(layer=2)
    truth = truth.sel(time=radar.time.values, method="nearest").values
    found = {}
    for name, (sigma, theta, ndvi) in ways.items():
        path = folder / f"retrieve_{name}_images.nml"
        path.write_text(RETRIEVE.format(name=name, sigma=sigma, theta=theta, ndvi=ndvi))
        run(folder, "retrieve", path.name)
        with xr.open_dataset(folder / f"{name}_ssm.nc") as file:
            found[name] = file.ssm.values
    both = np.isfinite(found["own"]) & np.isfinite(found["chain"])
    print(f"{both.sum()} values of {radar.time.size} passes")
    rmse = {}
    for name, values in found.items():
        off = (values - truth)[both]
        rmse[name] = float(np.sqrt((off**2).mean()))
        r = np.corrcoef(values[both], truth[both])[0, 1]
        print(f"{name:6s} RMSE {rmse[name]:.4f}, bias {off.mean():+.4f} m3 m-3, R {r:.3f}, "
              f"{np.isfinite(values).sum()} values")  # fmt: skip
    print(f"chain over own: {100.0 * (rmse['chain'] / rmse['own'] - 1.0):+.1f} % RMSE")


def write_products(folder: Path, radar: xr.Dataset, optical: xr.Dataset) -> None:
    """Every pass as SAFE, every NDVI as Level-2A."""
    lat, lon = float(radar.lat.mean()), float(radar.lon.mean())
    for k, time in enumerate(radar.time.values):
        scene = RadarScene(
            lat, lon, {"VV": nearest(radar.sigma0_vv[k])}, lambda la, lo: 0.0 * la, seed=k,
            lines=1100, pixels=900, start=str(time.astype("datetime64[s]")),
            relative_orbit=int(radar.relative_orbit[k]),
        )  # fmt: skip
        write_safe(folder / "sentinel1", scene)
    zone = f"EPSG:326{int((lon + 180.0) // 6) + 1:02d}"
    turn = Transformer.from_crs("EPSG:4326", zone, always_xy=True)
    west, south, east, north = turn.transform_bounds(
        *(float(v) for v in (radar.lon.min(), radar.lat.min(), radar.lon.max(), radar.lat.max()))
    )
    west, north = np.floor(west / 100.0) * 100.0 - 300.0, np.ceil(north / 100.0) * 100.0 + 300.0
    size = 2 * int(np.ceil(max(east - west, north - south) / 20.0)) + 60
    for k, time in enumerate(optical.time.values):
        write_level2a(folder / "sentinel2", OpticalScene(
            zone, west, north, size, nearest(optical.ndvi[k]),
            lambda la, lo: np.zeros(la.shape, bool), time=str(time.astype("datetime64[s]")),
        ))  # fmt: skip


def run(folder: Path, *command: str) -> None:
    """One command of `ldas`."""
    subprocess.run(
        [Path(sys.executable).with_name("ldas"), *command], cwd=folder, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


if __name__ == "__main__":
    main()
