"""`ldas irrigation`: where and how much was irrigated, from the water an analysis added."""

from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from ldas.core.clock import iso, month_index
from ldas.core.constants import RHO_WATER
from ldas.core.errors import UserError
from ldas.core.grid import Grid
from ldas.core.mosaic import CROPS, PATCHES
from ldas.core.netcdf_input import open_input
from ldas.cycling.build import read_domain
from ldas.cycling.configuration import Configuration, load
from ldas.evaluation.irrigation import Found, find_irrigation
from ldas.evaluation.opening import months_of
from ldas.figures.maps import draw_maps
from ldas.io.month_times import times_of_month
from ldas.io.netcdf import atomic_dataset, refuse_to_overwrite, writable_folder
from ldas.io.places import places_on
from ldas.io.product_file import write_grid, write_times
from ldas.io.surface import Surface

ADDED = ("increment_wg", "correction_wg")  # what an analysis gives to layers, by their number


def find_all(path: Path) -> Iterator[str]:
    """Write what the analysis of a namelist tells of irrigation; a line on it.

    Raises UserError for an experiment that is no analysis, has not run, or has changed no soil
    moisture in the months asked for.
    """
    conf = load(path)
    if conf.experiment.kind != "analysis":
        raise UserError(
            f"{path.name}: &experiment kind: '{conf.experiment.kind}'; irrigation is found in the "
            "increments of an analysis"
        )
    surface = read_domain(conf)
    target = conf.file(conf.irrigation.output) if conf.irrigation.output else None
    target = target or conf.folder / "irrigation.nc"
    inputs = [conf.path, *conf.inputs(), *conf.folder.glob("*_??????.nc")]
    refuse_to_overwrite(target, dict.fromkeys(inputs), "&irrigation output")
    writable_folder(target.parent, "&irrigation output")
    months, water = added_by_month(conf, surface)
    crops = surface.fractions[:, [PATCHES.index(name) for name in CROPS]].sum(axis=1)
    rainfed = crops < conf.irrigation.crop_min
    if rainfed.all():
        raise UserError(
            f"&irrigation crop_min: no cell has {conf.irrigation.crop_min:g} of cropland"
        )
    found = find_irrigation(water, rainfed, conf.irrigation.prior)
    _write(target, conf, surface.grid, months, found)
    maps = _maps(surface.grid, found)
    season = f"{months[0]!s} to {months[-1]!s}"
    drawn = [
        draw_maps({"probability": maps["probability"]}, "1", f"Irrigated, {season}",
                  target.with_suffix(".probability.png"), limits=(0.0, 1.0)),
        draw_maps({"irrigation": maps["amount"]}, "mm", f"Irrigation, {season}",
                  target.with_suffix(".amount.png")),
    ]  # fmt: skip
    likely = found.probability > 0.5
    amount = found.amount.sum(axis=0)[likely].mean() if likely.any() else 0.0
    yield (
        f"wrote {target}: {int(likely.sum())} of {likely.size} cells are more likely irrigated "
        f"than not, with {amount:.0f} mm in {len(months)} months on average; rainfed cells get "
        f"{found.centre:.0f} +- {found.noise:.0f} mm a month"
    )
    yield from (f"wrote {path}" for path in drawn)


def added_by_month(conf: Configuration, surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Months, and the water that the analysis added in each: (month,) and (month, cell), mm."""
    folder, grid = conf.folder, surface.grid
    files, thickness = months_of(folder, "analysis"), _thickness(folder)
    first, last = conf.irrigation.first_month, conf.irrigation.last_month
    sums: dict[np.datetime64, np.ndarray] = {}
    for path in files:
        with open_input(path, "results") as file:
            time = times_of_month(file, path)
            added = _added(file, path, thickness, surface)
        for stamp, values in zip(time, added, strict=True):
            month = (stamp - np.timedelta64(1, "s")).astype("datetime64[M]")  # 18 UTC ends a day
            if first <= month_index(month) + 1 <= last:
                sums[month] = sums.get(month, np.zeros(grid.cells)) + values
    water = np.array(list(sums.values()))
    if not sums or not water.any():
        raise UserError(
            f"{folder}: the analysis changed no soil moisture in months {first} to {last} "
            "(&irrigation first_month, last_month)"
        )
    return np.array(list(sums)), water


def _thickness(folder: Path) -> np.ndarray:
    """Thickness (m) of the soil layers of the results."""
    path = months_of(folder, "state")[0]
    with open_input(path, "results") as file:
        if "depth_bounds" not in file.variables:
            raise UserError(f"{path}: no soil layers among the outputs; add 'wg' to &output")
        return np.diff(np.asarray(file["depth_bounds"][:]), axis=1)[:, 0]


def _added(
    file: netCDF4.Dataset, path: Path, thickness: np.ndarray, surface: Surface
) -> np.ndarray:
    """Water given to the soil by each analysis of a month: (time, cell), mm."""
    rows, cols = places_on(file, path, surface.grid)
    total = None
    for layer, metres in enumerate(thickness, start=1):
        for name in (f"{prefix}{layer}" for prefix in ADDED):
            if name not in file.variables:
                continue
            values = np.ma.filled(file[name][:], np.nan).astype(float)
            at_cells = values[..., rows, cols]  # (time, patch, cell)
            mean = np.nansum(np.nan_to_num(at_cells) * surface.fractions.T, axis=1)
            total = (0.0 if total is None else total) + RHO_WATER * metres * mean
    if total is None:
        raise UserError(f"{path}: no increments of soil moisture; &assimilation control has none")
    return total


def _maps(grid: Grid, found: Found) -> dict[str, xr.DataArray]:
    fields = {"probability": found.probability, "amount": found.amount.sum(axis=0)}
    place = {"lat": grid.lat, "lon": grid.lon}
    return {
        name: xr.DataArray(grid.to_map(values), dims=("lat", "lon"), coords=place)
        for name, values in fields.items()
    }


def _write(target: Path, conf: Configuration, grid: Grid, months: np.ndarray, found: Found) -> None:
    with atomic_dataset(target) as out:
        out.setncatts(
            {
                "Conventions": "CF-1.11",
                "title": f"irrigation found in the analysis '{conf.experiment.name}'",
                "analysis": str(conf.folder),
                "period": f"{iso(conf.period.start)} to {iso(conf.period.end)}",
                "namelist_sha256": conf.digest,
                "noise_of_rainfed_cells": found.noise,
                "mean_of_rainfed_cells": found.centre,
            }
        )
        write_grid(out, grid.lat, grid.lon)
        write_times(out, months.astype("datetime64[s]"))
        for name, values, units, text in (
            ("irrigation_probability", found.probability, "1", "probability of irrigation"),
            ("water_added", found.added, "kg m-2", "water that the analysis added, less that of "
             "rainfed cells"),
            ("irrigation", found.amount, "kg m-2", "irrigation of the month that begins"),
            ("irrigation_uncertainty", found.uncertainty, "kg m-2", "its standard deviation"),
        ):  # fmt: skip
            dims = (*(("time",) if values.ndim == 2 else ()), "lat", "lon")
            stored = out.createVariable(name, "f4", dims, fill_value=np.nan, compression="zlib")
            stored.setncatts({"units": units, "long_name": text})
            stored[:] = grid.to_map(values)
