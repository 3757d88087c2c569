"""What is judged: experiments, at places and as maps, and what any source must answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from forcing.interpolation import wrapped
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.evaluation.opening import lost_between, month_in_name
from ldas.io.month_times import times_of_month
from ldas.io.output_table import stream_of
from observation_ops.gridding import spacing

OUTSIDE = 0.75  # spacings of the grid: a place farther from the nearest cell is outside
EVERYTHING = slice(None)


@dataclass(frozen=True)
class Request:
    """A variable wanted at a place: `layers` (from 1, their mean) empty where it has none."""

    variable: str
    layers: tuple[int, ...]
    lat: float
    lon: float


class Source(Protocol):
    """Something that has values on a grid."""

    name: str

    def offers(self, variable: str, layers: tuple[int, ...], depth: float) -> bool:
        """Whether it has a variable at these layers or this depth (m)."""
        ...

    def at_places(self, requests: Sequence[Request], bilinear: bool) -> list[pd.Series | str]:
        """A series for each request, or why there is none."""
        ...


@dataclass(frozen=True)
class Weights:
    """The cells that make up a place, and the share of each."""

    rows: np.ndarray
    cols: np.ndarray
    share: np.ndarray


def weights_at(
    lat: np.ndarray, lon: np.ndarray, good: np.ndarray, place: Request, bilinear: bool
) -> Weights | str:
    """Cells of a grid (ascending or not) for a place; a line if it lies outside.

    `good` (lat, lon) tells which cells have values. Bilinear weights of cells without values
    are given to the others.
    """
    east = wrapped(lon - place.lon)
    north = lat - place.lat
    near = [int(np.abs(v).argmin()) for v in (north, east)]
    limit = [OUTSIDE * s if np.isfinite(s := spacing(v)) else 0.5 for v in (lat, lon)]
    if abs(north[near[0]]) > limit[0] or abs(east[near[1]]) > limit[1]:
        return f"lies outside the grid ({lat.min():g} to {lat.max():g} N)"
    if bilinear and lat.size > 1 and lon.size > 1:
        rows, u = _between(north)
        cols, v = _between(east)
        share = np.outer(u, v).ravel()
        r, c = (a.ravel() for a in np.meshgrid(rows, cols, indexing="ij"))
        share = share * good[r, c]
        if share.sum() > 0.0:
            return Weights(r, c, share / share.sum())
    if not good[near[0], near[1]]:
        return "the nearest cell has no values"
    return Weights(np.array([near[0]]), np.array([near[1]]), np.ones(1))


def _between(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two points of an axis around zero and their linear weights."""
    order = np.argsort(np.abs(distance))
    first = int(order[0])
    other = [k for k in (first - 1, first + 1) if 0 <= k < distance.size]
    opposite = [k for k in other if distance[k] * distance[first] < 0.0]
    if not opposite or distance[first] == 0.0:
        return np.array([first]), np.ones(1)
    second = opposite[0]
    a, b = abs(distance[second]), abs(distance[first])
    return np.array([first, second]), np.array([a, b]) / (a + b)


def _wrong_with(path: Path, lat: np.ndarray, lon: np.ndarray) -> list[str]:
    """What is wrong with one month of results that should stand on a grid."""
    with open_input(path) as dataset:
        times_of_month(dataset, path)
        lost = [name for name in ("lat", "lon") if name not in dataset.variables]
        if lost:
            return [f"{path}: no variable {' or '.join(lost)}"]
        own = [np.asarray(dataset[name][:]) for name in ("lat", "lon")]
    for mine, other in zip(own, (lat, lon), strict=True):
        if mine.size != other.size or not np.allclose(mine, other):
            return [f"{path}: another grid than that of the first month"]
    return []


@dataclass
class ExperimentSource:
    """An experiment's results, also of a run that is still going (its complete months)."""

    name: str
    folder: Path
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None

    def files(self, variable: str) -> list[Path]:
        """The months that lie in the period."""
        stream = stream_of(variable)
        return [path for path in self._months if path.stem.rpartition("_")[0] == stream]

    def offers(self, variable: str, layers: tuple[int, ...], depth: float) -> bool:
        """Whether the variable is among the outputs, with these layers."""
        files = self.files(variable)
        if not files:
            return False
        with open_input(files[0]) as dataset:
            if variable not in dataset.variables:
                return False
            stored = dataset[variable]
            return stored.ndim == 3 or max(layers, default=1) <= stored.shape[1]

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Latitudes and longitudes of its map."""
        found = sorted(self.folder.glob("*_??????.nc"))
        if not found:
            raise UserError(f"{self.folder}: no results of source '{self.name}'")
        with open_input(found[0]) as dataset:
            lost = [name for name in ("lat", "lon") if name not in dataset.variables]
            if lost:
                raise UserError(f"{found[0]}: no variable {' or '.join(lost)}")
            return np.asarray(dataset["lat"][:]), np.asarray(dataset["lon"][:])

    def check(self) -> None:
        """Raise UserError for months that are missing, damaged, or on another grid than others."""
        lat, lon = self.grid()
        problems: list[str] = []
        for stream in sorted({path.stem.rpartition("_")[0] for path in self._months}):
            months = [path for path in self._months if path.stem.startswith(f"{stream}_")]
            for path in months:
                try:
                    problems += _wrong_with(path, lat, lon)
                except UserError as error:
                    problems += error.problems
            problems += lost_between(months)
        if problems:
            raise UserError(problems)

    @cached_property
    def _months(self) -> list[Path]:
        """Files of one month each that lie in the period, looked up once: none may vanish."""
        low = "" if self.start is None else str(self.start)[:7].replace("-", "")
        high = "999999" if self.end is None else str(self.end)[:7].replace("-", "")
        found = sorted(self.folder.glob("*_??????.nc"))
        found = [path for path in found if month_in_name(path) is not None]
        return [path for path in found if low <= path.stem[-6:] <= high]

    def on_grid_of(self, other: "ExperimentSource") -> bool:
        """Whether both stand on one grid."""
        return all(
            a.size == b.size and np.allclose(a, b)
            for a, b in zip(self.grid(), other.grid(), strict=True)
        )

    def field(self, variable: str, layer: int = 0) -> xr.DataArray:
        """A variable, of soil variables a layer (from 1), as (time, lat, lon) over the period."""
        times, parts = [], []
        for path in self.files(variable):
            with open_input(path) as dataset:
                if variable not in dataset.variables:
                    raise UserError(f"{path}: no variable '{variable}' of source '{self.name}'")
                parts.append(_filled(dataset[variable], EVERYTHING, layer).astype("f4"))
                times.append(times_of_month(dataset, path))
        lat, lon = self.grid()
        values = xr.DataArray(
            np.concatenate(parts),
            dims=("time", "lat", "lon"),
            coords={"time": np.concatenate(times), "lat": lat, "lon": lon},
            name=self.name,
        )
        return values.sel(time=slice(self.start, self.end))

    def layer_bounds(self) -> np.ndarray:
        """Top and bottom (m) of the soil layers; none if its outputs have no layers."""
        for path in self.files("wg")[:1]:
            with open_input(path) as dataset:
                if "depth_bounds" in dataset.variables:
                    return np.asarray(dataset["depth_bounds"][:])
        return np.empty((0, 2))

    def at_places(self, requests: Sequence[Request], bilinear: bool) -> list[pd.Series | str]:
        """A series for each request, or why there is none; every month is read once."""
        out: list[pd.Series | str] = [""] * len(requests)
        for variable in dict.fromkeys(request.variable for request in requests):
            which = [k for k, request in enumerate(requests) if request.variable == variable]
            found = self._variable_at(variable, [requests[k] for k in which], bilinear)
            for k, series in zip(which, found, strict=True):
                out[k] = series
        return out

    def _variable_at(
        self, variable: str, requests: Sequence[Request], bilinear: bool
    ) -> list[pd.Series | str]:
        files = self.files(variable)
        if not files:
            return ["has no results in the period"] * len(requests)
        places: list[Weights | str] | None = None
        times, parts = [], []
        for path in files:
            with open_input(path) as dataset:
                if variable not in dataset.variables:
                    return [f"has no '{variable}' in {path.name}"] * len(requests)
                stored = dataset[variable]
                if places is None:
                    lat, lon = (np.asarray(dataset[name][:]) for name in ("lat", "lon"))
                    good = np.isfinite(_filled(stored, 0, (requests[0].layers or (1,))[0]))
                    places = [weights_at(lat, lon, good, request, bilinear) for request in requests]
                parts.append(_month_at(stored, requests, places))
                times.append(times_of_month(dataset, path))
        assert places is not None
        time = pd.DatetimeIndex(np.concatenate(times))
        values = np.concatenate(parts)
        return [
            place
            if isinstance(place, str)
            else pd.Series(values[:, k], time, name=self.name).loc[self.start : self.end]
            for k, place in enumerate(places)
        ]


def _month_at(
    stored: netCDF4.Variable, requests: Sequence[Request], places: Sequence[Weights | str]
) -> np.ndarray:
    """Values (time, request) of one file, a layer's map read once."""
    out = np.full((stored.shape[0], len(requests)), np.nan)
    for layer in sorted({layer for request in requests for layer in request.layers or (0,)}):
        maps = _filled(stored, EVERYTHING, layer)
        for k, (request, place) in enumerate(zip(requests, places, strict=True)):
            if isinstance(place, str) or layer not in (request.layers or (0,)):
                continue
            values = maps[:, place.rows, place.cols] @ place.share / max(len(request.layers), 1)
            first = layer == (request.layers or (0,))[0]
            out[:, k] = values if first else out[:, k] + values
    return out


def _filled(stored: netCDF4.Variable, time: int | slice, layer: int) -> np.ndarray:
    """Values (time, lat, lon) of a layer (from 1), NaN where there are none."""
    index = (time, layer - 1) if stored.ndim == 4 else (time,)
    return np.ma.filled(np.ma.asarray(stored[index]).astype(float), np.nan)
