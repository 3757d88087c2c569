"""What coarse sensors see of a twin's truth: an index like ASCAT's, half orbits like SMAP's, and
moisture like SMAP's with Sentinel-1.

What no retrieval knows: the noise of each, and that the domain is not alike within a coarse pixel.
"""

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from ldas.gridded.ease2 import ease2
from ldas.gridded.geometry import KM_PER_DEGREE
from ldas.io.netcdf import atomic_dataset
from ldas.io.product_file import write_product
from observation_ops.preset import J2000_NOON
from retrieval.tau_omega import ANGLE, brightness_temperature, single_channel

from .landscape import Landscape

ASCAT_KM, ASCAT_NOISE = 25.0, 0.06  # of the index from 0 to 1
DRY, WET = 5.0, 95.0  # percentiles of the truth that are 0 and 1
SMAP_EVERY, SMAP_NOISE = 3, 1.3  # days, K
WATER_OF_LEAVES, TAU_OF_WATER = 0.5, 0.11  # kg m-2 for 1 m2 m-2 of leaves, 1 for 1 kg m-2
ALBEDO, ROUGHNESS = 0.05, 0.11
FINE_KM, FINE_EVERY, FINE_NOISE = 3.0, 12, 0.02  # km, days, m3 m-3
SMAP_KM, MOISTURE_NOISE = 36.0, 0.015  # of the moisture of SMAP on a grid of its own
GROUP = "Soil_Moisture_Retrieval_Data"
FILL = {"u2": 65534, "f8": -9999.0, "f4": -9999.0}


def write_coarse(
    folder: Path, land: Landscape, wg: xr.DataArray, tg: xr.DataArray, lai: xr.DataArray, seed: int
) -> None:
    """Write `ascat.nc`, `smap_36km.nc`, `smap_s1_3km.nc` and half orbits `smap/*.h5` of a truth.

    `wg` (m3 m-3) of 1-4 cm, `tg` (K) of the soil below 10 cm and `lai` are (time, lat, lon).
    """
    random = np.random.default_rng([seed, 6])
    when = wg.time.values.astype("datetime64[s]")
    lat, lon, mean = in_blocks(land, wg.values, ASCAT_KM)
    there = np.isfinite(mean[0])
    low, high = np.full((2, *there.shape), np.nan)
    low[there], high[there] = np.percentile(mean[:, there], (DRY, WET), axis=0)
    share = (mean - low) / (high - low) + ASCAT_NOISE * random.standard_normal(mean.shape)
    index = 100.0 * np.clip(share, 0.0, 1.0)
    write_product(folder / "ascat.nc", lat, lon, when, "ssm", "percent", index)
    lat, lon, mean = in_blocks(land, wg.values, SMAP_KM)
    seen = mean + MOISTURE_NOISE * random.standard_normal(mean.shape)
    write_product(folder / "smap_36km.nc", lat, lon, when, "ssm", "m3 m-3", seen)
    lat, lon, mean = in_blocks(land, wg.values[::FINE_EVERY], FINE_KM)
    seen = mean + FINE_NOISE * random.standard_normal(mean.shape)
    fine = (lat, lon, when[::FINE_EVERY], "ssm", "m3 m-3", np.clip(seen, 0.01, None))
    write_product(folder / "smap_s1_3km.nc", *fine)
    _half_orbits(folder / "smap", land, (wg, tg, lai), random)


def in_blocks(
    land: Landscape, values: np.ndarray, km: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middles of blocks of about `km` about the middle of a domain, and means (time, lat, lon).

    There is a ring of blocks without a value about the others, so that a grid has a step.
    """
    step = km / KM_PER_DEGREE
    axes, places = [], []
    for axis, wide in ((land.lat, step), (land.lon, step / np.cos(np.radians(land.lat.mean())))):
        size = float(np.median(np.diff(axis)))
        number = max(1, round(axis.size * size / wide))
        first = axis.mean() - 0.5 * (number - 1) * wide
        axes.append(first + wide * np.arange(-1, number + 1))
        places.append(np.clip(np.floor((axis - first) / wide + 0.5), 0, number - 1).astype(int) + 1)
    flat = (places[0][:, None] * axes[1].size + places[1][None]).ravel()
    cells = axes[0].size * axes[1].size
    out = np.full((values.shape[0], cells), np.nan)
    there = np.isfinite(land.clay).ravel()
    count = np.bincount(flat[there], minlength=cells)
    for t, field in enumerate(values.reshape(values.shape[0], -1)):
        total = np.bincount(flat[there], weights=field[there], minlength=cells)
        out[t] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return *axes, out.reshape(values.shape[0], axes[0].size, axes[1].size)


def _half_orbits(
    folder: Path,
    land: Landscape,
    truth: tuple[xr.DataArray, xr.DataArray, xr.DataArray],
    random: np.random.Generator,
) -> None:
    """A file of SMAP's each third day: TB of its pixels over the domain, and moisture from it."""
    folder.mkdir(exist_ok=True)
    grid = ease2("M36")
    row = np.abs(grid.lat[:, None] - land.lat).argmin(axis=0)
    col = np.abs(grid.lon[:, None] - land.lon).argmin(axis=0)
    pixels, place = np.unique(
        (row[:, None] * grid.lon.size + col[None]).ravel(), return_inverse=True
    )
    there, place = np.isfinite(land.clay).ravel(), place.ravel()

    def mean(field: np.ndarray) -> np.ndarray:
        number = np.bincount(place[there], minlength=pixels.size)
        return np.bincount(place[there], field.ravel()[there], minlength=pixels.size) / number

    wg, tg, lai = truth
    clay = mean(land.clay)
    for k in range(0, wg.time.size, SMAP_EVERY):
        tau = TAU_OF_WATER * WATER_OF_LEAVES * np.maximum(lai.values[k], 0.0)
        plants = (ALBEDO, ROUGHNESS)
        tb = mean(brightness_temperature(wg.values[k], land.clay, tg.values[k], tau, *plants))
        tb = tb + SMAP_NOISE * random.standard_normal(tb.size)
        warm, opacity = mean(tg.values[k]), mean(tau)
        found = single_channel(tb, clay, warm, opacity, *plants)
        time = wg.time.values[k].astype("datetime64[s]")
        fields = {
            "EASE_row_index": (pixels // grid.lon.size, "u2"),
            "EASE_column_index": (pixels % grid.lon.size, "u2"),
            "tb_time_seconds": (
                np.full(tb.size, (time - J2000_NOON) / np.timedelta64(1, "s")),
                "f8",
            ),
            "tb_v_corrected": (tb, "f4"),
            "surface_temperature": (warm, "f4"),
            "vegetation_opacity_option2": (opacity / np.cos(np.radians(ANGLE)), "f4"),
            "albedo": (np.full(tb.size, ALBEDO), "f4"),
            "roughness_coefficient": (np.full(tb.size, ROUGHNESS), "f4"),
            "clay_fraction": (clay, "f4"),
            "soil_moisture": (np.where(np.isfinite(found), found, FILL["f4"]), "f4"),
            "soil_moisture_error": (np.full(tb.size, 0.04), "f4"),
            "retrieval_qual_flag": (np.where(np.isfinite(found), 0, 1), "u2"),
        }
        stamp = str(time).replace("-", "").replace(":", "")
        with atomic_dataset(folder / f"SMAP_L2_SM_P_twin_{stamp}.h5") as out:
            _write_half_orbit(out, fields)


def _write_half_orbit(out: netCDF4.Dataset, fields: dict[str, tuple[np.ndarray, str]]) -> None:
    group = out.createGroup(GROUP)
    group.createDimension("pixel", next(iter(fields.values()))[0].size)
    for name, (values, kind) in fields.items():
        group.createVariable(name, kind, ("pixel",), fill_value=FILL[kind])[:] = values
