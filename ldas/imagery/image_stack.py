"""Stacks of images from NetCDF, Zarr or GeoTIFF, read a strip of rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from forcing.interpolation import wrapped
from ldas.core.errors import UserError
from ldas.gridded.packing import packing_of
from ldas.gridded.stored import open_stored
from ldas.gridded.times import time_of_name

LAT_NAMES, LON_NAMES = ("lat", "latitude", "y"), ("lon", "longitude", "x")


@dataclass(frozen=True)
class Image:
    """One field of a stack: `index` is None where the file has no time."""

    time: np.datetime64 | None
    path: Path
    index: int | None


class ImageStack:
    """All images of one variable, on one regular grid."""

    def __init__(self, paths: Sequence[Path], variable: str) -> None:
        """Raises UserError for a file or variable that cannot be used, or grids that differ."""
        self.variable = variable
        self.open: dict[Path, xr.DataArray] = {}
        images: list[Image] = []
        problems: list[str] = []
        for path in paths:
            try:
                values = _opened(path, variable)
                self._check_grid(values, path)
            except UserError as error:
                problems += error.problems
                continue
            self.open[path] = values
            times = values["time"].values if "time" in values.dims else None
            if times is not None and not np.issubdtype(times.dtype, np.datetime64):
                problems.append(f"{path}: times are of another calendar than the standard one")
                continue
            if times is None:
                images.append(Image(time_of_name(path), path, None))
            else:
                images += [Image(t.astype("datetime64[s]"), path, k) for k, t in enumerate(times)]
        if problems:
            raise UserError(problems)
        self.images = sorted(images, key=lambda i: (i.time is not None, i.time, str(i.path)))

    def _check_grid(self, values: xr.DataArray, path: Path) -> None:
        lat, lon = (np.asarray(values[n].values, float) for n in ("lat", "lon"))
        if np.abs(lat).max() > 90.0 or np.abs(lon).max() > 540.0:
            raise UserError(
                f"{path}: {lat.min():g} to {lat.max():g} and {lon.min():g} to {lon.max():g} are no "
                "latitudes and longitudes; bring the image to them first"
            )
        lon = wrapped(lon)
        for name, axis in (("latitude", lat), ("longitude", lon)):
            steps = np.diff(axis)
            if axis.size > 1 and not np.allclose(steps, steps[0], rtol=0.01):
                raise UserError(f"{path}: {name}s are not evenly spaced; no regular grid")
        if not self.open:
            self.lat, self.lon = lat, lon
            self.units = str(values.attrs.get("units", "")).strip()
            return
        same = lat.shape == self.lat.shape and lon.shape == self.lon.shape
        if not same or not (np.allclose(lat, self.lat) and np.allclose(lon, self.lon)):
            raise UserError(f"{path}: another grid than that of {next(iter(self.open))}")

    @property
    def times(self) -> np.ndarray:
        """Times of the images."""
        return np.array([image.time for image in self.images], "datetime64[s]")

    def read(self, image: Image, rows: slice, cols: slice = slice(None)) -> np.ndarray:
        """A strip (row, col) as float64, NaN where there is nothing."""
        values = self.open[image.path]
        part = values if image.index is None else values.isel(time=image.index)
        return np.asarray(part.isel(lat=rows, lon=cols).values, np.float64)


def _opened(path: Path, variable: str) -> xr.DataArray:
    """A variable with dimensions (time,) lat, lon, not yet read."""
    dataset = _dataset(path)
    if variable not in dataset:
        there = ", ".join(str(name) for name in dataset.data_vars)
        raise UserError(f"{path}: no variable '{variable}'; it has {there}")
    values = dataset[variable]
    names = {}
    for wanted, known in (("lat", LAT_NAMES), ("lon", LON_NAMES)):
        found = [d for d in values.dims if str(d).lower() in known and d in values.coords]
        if not found:
            raise UserError(f"{path}: variable '{variable}' has no {' or '.join(known)}")
        names[found[0]] = wanted
    values = values.rename({old: new for old, new in names.items() if old != new})
    extra = [d for d in values.dims if d not in ("time", "lat", "lon")]
    if any(values.sizes[d] > 1 for d in extra):
        raise UserError(f"{path}: variable '{variable}' has dimensions {values.dims}")
    return values.isel(dict.fromkeys(extra, 0)).transpose(..., "lat", "lon")


def _dataset(path: Path) -> Any:
    if not path.exists():
        raise UserError(f"{path}: no such file")
    if path.suffix.lower() in (".tif", ".tiff"):
        return _raster(path)
    try:
        if path.suffix == ".zarr":
            return xr.open_zarr(path, chunks=None)
        return xr.open_dataset(path, engine="netcdf4")
    except ImportError:
        raise UserError(
            f"{path}: Zarr needs the zarr package; install it: pip install 'ldas[zarr]'"
        ) from None
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None


def _raster(path: Path) -> xr.Dataset:
    """The one band of a GeoTIFF on latitudes and longitudes, NaN where it has no data."""
    file = open_stored(path)
    band = file.variable("band_data")
    lat, lon = file.variables["lat"], file.variables["lon"]
    if len(lat.dims) == 2:
        raise UserError(f"{path}: is projected; bring the image to latitudes and longitudes first")
    values, why = packing_of(band).values(band.read())
    return xr.Dataset(
        {"band_data": (("lat", "lon"), np.where(why["missing"], np.nan, values), dict(band.attrs))},
        {"lat": lat.read(), "lon": lon.read()},
    )
