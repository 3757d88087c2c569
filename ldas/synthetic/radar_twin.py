"""Radar and optical images of a twin's truth, for the closed loop from backscatter to analysis.

Every cell has 10 x 10 pixels of 100 m; crops and grass cover them as the patches info, the rest
is forest. What no retrieval knows: roughness, new on crops each autumn when they are tilled, the
pixels' own moisture, and how much more or less their plants hide the soil than their NDVI says.
Three relative orbits look at them in turn, each under its own angles. The radar has its noise,
the NDVI its own (El Hajj et al. 2017: 0.75 dB, 15 %). VH: of the soil after Oh (2004), of plants
after Baghdadi et al. (2017).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from ldas.core.mosaic import CROPS, PATCHES
from ldas.io.netcdf import atomic_dataset
from ldas.io.product_file import write_grid, write_times
from retrieval.iem import linear
from retrieval.training_base import HEIGHT, MOISTURE, NDVI_NOISE, SIGMA_NOISE, forward_both

from .landscape import Landscape

FINE = 10  # pixels along one side of a cell
CROPLAND, HERBACEOUS, FOREST = 40, 30, 111  # classes of the land cover (CGLS)
GRASS = ("C3 grass", "C4 grass", "bare soil")
THETA = (32.0, 42.0)  # degrees, across the swath
ORBITS = (-4.0, 0.0, 3.0)  # degrees, of three relative orbits beside it
PLANT_SPREAD = 0.3  # of ln: what a cell's plants do to the radar over what their NDVI says
PIXEL_PLANTS = 0.2  # of ln: the same of a pixel's over its cell's
TILLED = 10  # month
PIXEL_SPREAD = 0.15  # 1, of a pixel's moisture about the cell's
NDVI_MOST, EXTINCTION = 0.80, 0.5  # NDVI of dense leaves; of light in the canopy
NDVI_EVERY = 5  # days


def ndvi_of_leaves(lai: np.ndarray) -> np.ndarray:
    """NDVI that saturates with leaf area, as light in a canopy does (Baret and Guyot 1991)."""
    return NDVI_MOST * (1.0 - np.exp(-EXTINCTION * np.asarray(lai))) + 0.05


def write_radar(
    folder: Path, land: Landscape, wg: xr.DataArray, lai: xr.DataArray, seed: int, every: int
) -> None:
    """Write `sigma0.nc`, `ndvi.nc` and `land_cover.nc` for a truth (time, lat, lon).

    `wg` is the moisture of 1-4 cm (m3 m-3), at 18 UTC; a radar image each `every` days.
    """
    random = np.random.default_rng([seed, 5])
    lat, lon = (_fine(axis) for axis in (land.lat, land.lon))
    shape = (lat.size, lon.size)
    cover = _cover(land, random.random(shape))
    with atomic_dataset(folder / "land_cover.nc") as out:
        write_grid(out, lat, lon)
        out.createVariable("land_cover", "i2", ("lat", "lon"))[:] = cover
    height = random.uniform(*HEIGHT, shape)
    own = np.clip(random.normal(1.0, PIXEL_SPREAD, shape), 0.5, 1.5)
    plants = random.lognormal(0.0, PIXEL_PLANTS, shape)
    plants = plants * _spread(random.lognormal(0.0, PLANT_SPREAD, wg.shape[1:])[None])[0]
    noise_of_vh = np.random.default_rng([seed, 7])
    across = np.broadcast_to(np.linspace(*THETA, shape[1]), shape)
    green = _spread(ndvi_of_leaves(lai.values))
    times = wg.time.values[::every].astype("datetime64[M]")
    seasons = (times - np.timedelta64(TILLED - 1, "M")).astype("datetime64[Y]")  # of tillage
    with _images(folder / "sigma0.nc", lat, lon, wg.time.values[::every]) as out:
        sigma, angle = _stored(out, "sigma0_vv", "1"), _stored(out, "theta", "degree")
        crossed = _stored(out, "sigma0_vh", "1")
        orbit = out.createVariable("relative_orbit", "i4", ("time",))
        for k, moisture in enumerate(wg.values[::every]):
            if k > 0 and seasons[k] != seasons[k - 1]:
                height = np.where(cover == CROPLAND, random.uniform(*HEIGHT, shape), height)
            theta = across + ORBITS[k % len(ORBITS)]
            mv = np.clip(100.0 * _spread(moisture[None])[0] * own, *MOISTURE)
            vv, vh = forward_both(mv, height, theta, plants * green[k * every])
            sigma[k] = linear(vv + SIGMA_NOISE * random.standard_normal(shape))
            crossed[k] = linear(vh + SIGMA_NOISE * noise_of_vh.standard_normal(shape))
            angle[k] = theta
            orbit[k] = 1 + k % len(ORBITS)
    with _images(folder / "ndvi.nc", lat, lon, lai.time.values[::NDVI_EVERY]) as out:
        stored = _stored(out, "ndvi", "1")
        for k, values in enumerate(green[::NDVI_EVERY]):
            seen = values * (1.0 + NDVI_NOISE * random.standard_normal(shape))
            stored[k] = np.clip(seen, 0.0, 0.95)


def _fine(axis: np.ndarray) -> np.ndarray:
    step = float(np.median(np.diff(axis)))
    return axis[0] - 0.5 * step + step / FINE * (np.arange(axis.size * FINE) + 0.5)


def _spread(values: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(values, FINE, axis=-2), FINE, axis=-1)


def _cover(land: Landscape, draw: np.ndarray) -> np.ndarray:
    """A class for each pixel, as often in a cell as its patches cover it."""
    crops, grass = (
        _spread(sum(land.patch_fraction[PATCHES.index(name)] for name in names)[None])[0]
        for names in (CROPS, GRASS)
    )
    return np.where(draw < crops, CROPLAND, np.where(draw < crops + grass, HERBACEOUS, FOREST))


@contextmanager
def _images(
    path: Path, lat: np.ndarray, lon: np.ndarray, time: np.ndarray
) -> Iterator[netCDF4.Dataset]:
    with atomic_dataset(path) as out:
        write_grid(out, lat, lon)
        write_times(out, time)
        yield out


def _stored(out: netCDF4.Dataset, name: str, units: str) -> netCDF4.Variable:
    stored = out.createVariable(name, "f4", ("time", "lat", "lon"), compression="zlib")
    stored.units = units
    return stored
