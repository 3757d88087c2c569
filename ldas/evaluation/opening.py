"""Variables of an experiment, joined over its months."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import xarray as xr

from ldas.core.errors import UserError


def months_of(folder: Path, stream: str) -> list[Path]:
    """Files of `stream` ('state' or 'flux'), month after month.

    Raises UserError if there are none, or one between others is gone.
    """
    paths = sorted(folder.glob(f"{stream}_*.nc"))
    if not paths:
        raise UserError(f"{folder}: no {stream}_*.nc; run the experiment first")
    gone = lost_between([path for path in paths if month_in_name(path) is not None])
    if gone:
        raise UserError(gone)
    return paths


def lost_between(months: Sequence[Path]) -> list[str]:
    """A line for each gap between the months of a stream, given in order."""
    lines = []
    for before, after in pairwise(months):
        lost = month_in_name(before) + 1
        if month_in_name(after) != lost:
            name = f"{before.stem.rpartition('_')[0]}_{str(lost).replace('-', '')}.nc"
            lines.append(
                f"{before.with_name(name)}: is missing between {before.name} and {after.name}"
            )
    return lines


def month_in_name(path: Path) -> np.datetime64 | None:
    """The month of a file STREAM_YYYYMM.nc, None for another name."""
    text = path.stem.rpartition("_")[2]
    if len(text) != 6 or not text.isdigit() or not 1 <= int(text[4:]) <= 12:
        return None
    return np.datetime64(f"{text[:4]}-{text[4:]}", "M")


def has_variable(folder: Path, stream: str, name: str) -> bool:
    """Whether the experiment wrote a variable."""
    with _opened(months_of(folder, stream)[0]) as first:
        return name in first


@contextmanager
def _opened(path: Path) -> Iterator[xr.Dataset]:
    """A month of results; raises UserError if it is damaged."""
    try:
        with xr.open_dataset(path, engine="netcdf4") as month:
            yield month
    except (OSError, RuntimeError, ValueError, LookupError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise UserError(f"{path}: cannot be read, damaged or cut short ({reason})") from None


def read_variable(folder: Path, stream: str, name: str) -> xr.DataArray:
    """A variable over the whole experiment, in memory, with top and bottom (m) of its layers.

    Raises UserError if it was not written.
    """
    parts = []
    for path in months_of(folder, stream):
        with _opened(path) as month:
            if name not in month:
                raise UserError(f"{path}: no variable '{name}' among the outputs")
            part = month[name].load()
            if "layer" in part.dims:
                bounds = month["depth_bounds"].values
                part = part.assign_coords(
                    top=("layer", bounds[:, 0]), bottom=("layer", bounds[:, 1])
                )
            if "patch" in part.dims:
                part = part.assign_coords(patch_name=month["patch_name"].load())
            parts.append(part)
    return xr.concat(parts, dim="time", coords="minimal", compat="override")


def layer_at(values: xr.DataArray, depth: float) -> xr.DataArray:
    """The layer of a profile that holds `depth` (m); on a boundary, the mean of both."""
    top, bottom = values["top"].values, values["bottom"].values
    held = layers_holding(top, bottom, depth)
    if held.size == 0:
        raise UserError(f"no layer at {depth:g} m; the soil ends at {bottom.max():g} m")
    return values.isel(layer=held).mean("layer")


def layers_holding(top: np.ndarray, bottom: np.ndarray, depth: float) -> np.ndarray:
    """Indices (from 0) of the layers that hold a depth (m): two if it is their boundary."""
    return np.flatnonzero((top <= depth + 1e-9) & (bottom >= depth - 1e-9))


def layers_at(bottom: np.ndarray, depths: Sequence[float]) -> list[int]:
    """The layers (from 0) that hold these depths (m), each once; the last holds all below it."""
    if bottom.size == 0:
        return []
    return sorted({min(int(np.searchsorted(bottom, depth)), bottom.size - 1) for depth in depths})


def nearest_cell(values: xr.DataArray, lat: float, lon: float) -> xr.DataArray:
    """Values of the cell whose middle is nearest."""
    return values.sel(lat=lat, lon=lon, method="nearest")
