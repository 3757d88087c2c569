"""One file a month and stream on the map, put together from the parts of a run."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import SECOND, boundary_from, iso, next_month
from ldas.core.errors import UserError
from ldas.core.grid import Grid
from ldas.core.mosaic import PATCHES
from ldas.core.variable import Variable

from .netcdf import atomic_dataset
from .output import PART_FOLDER, STREAMS

CHUNK_BYTES = 2**20  # of several instants together
CHUNK_MOST = 2**24  # of a part of one instant's map
CONVENTIONS = "CF-1.11, ACDD-1.3"
BALANCE = "water_and_energy_balance"  # attribute of results whose model does not tell it
TIME_UNITS = "seconds since 1970-01-01 00:00:00"


@dataclass(frozen=True)
class MapLayout:
    """All that a month's file says beside its values."""

    grid: Grid
    layer_bottom: np.ndarray
    variables: Mapping[str, Variable]
    compression: int
    attributes: Mapping[str, str]
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part on disk with its outputs' time bounds (s since 1970)."""

    path: Path
    bounds: np.ndarray


def find_parts(folder: Path, stream: str) -> dict[str, list[Part]]:
    """The parts of a stream by month, in order of time."""
    months: dict[str, list[Part]] = {}
    for path in (folder / PART_FOLDER).glob(f"{stream}_*.nc"):
        with netCDF4.Dataset(path) as dataset:
            part = Part(path, np.asarray(dataset["time_bounds"][:]))
        months.setdefault(path.name.split("_")[1], []).append(part)
    for parts in months.values():
        parts.sort(key=lambda part: int(part.bounds[0, 0]))
    return months


def check_parts_reach(
    folder: Path, start: np.datetime64, time: np.datetime64, hour: int, streams: Mapping[str, int]
) -> None:
    """Raise UserError unless the parts of the month under way lead up to a restart at `time`.

    `start` is that of the run: what came before it was never written. `streams` gives the
    interval (s) of each stream's outputs, which begin at `hour` UTC of a day. Parts beyond the
    restart, of a run that was killed before it wrote the next one, do not count.
    """
    month = (time - SECOND).astype("datetime64[M]")
    begin = max(start, month.astype("datetime64[s]"))
    if time == next_month(begin) or time <= start:
        return
    until = int(time.astype(int))
    for stream, interval in streams.items():
        first = begin if begin == start else boundary_from(begin, interval, hour)
        if first >= time:
            continue
        parts = find_parts(folder, stream).get(str(month).replace("-", ""), [])
        spans = [(int(p.bounds[0, 0]), int(p.bounds[-1, 1])) for p in parts]
        spans = [span for span in spans if span[1] <= until]
        joined = all(a[1] == b[0] for a, b in itertools.pairwise(spans))
        ends = (int(first.astype(int)), until)
        if not spans or not joined or (spans[0][0], spans[-1][1]) != ends:
            raise UserError(
                f"{folder}: the {stream} outputs of {month} before the restart of {iso(time)} are "
                "not complete, so that the month could not be written; remove this folder or "
                "give the experiment another name"
            )


def drop_parts_after(folder: Path, time: np.datetime64) -> None:
    """Remove the parts that reach beyond a restart at `time`: they will be made again."""
    limit = int(time.astype("datetime64[s]").astype(int))
    for path in (folder / PART_FOLDER).glob("*.nc"):
        with netCDF4.Dataset(path) as dataset:
            end = int(dataset["time_bounds"][-1, 1])
        if end > limit:
            path.unlink()


def assemble(
    folder: Path, layout: MapLayout, until: np.datetime64, complete_only: bool = False
) -> None:
    """Put together the months that have parts; remove the parts of months over by `until`.

    With `complete_only` a month that is not over waits. Parts that a kill left when others of
    their month had gone are in its file already.
    """
    for stream in STREAMS:
        for month, parts in find_parts(folder, stream).items():
            first = np.datetime64(f"{month[:4]}-{month[4:]}-01T00:00:00")
            over = next_month(first) <= until
            path = folder / f"{stream}_{month}.nc"
            whole = over and _left_behind(parts, path)
            if not whole and (over or not complete_only):
                write_month(path, parts, layout)
            if over:
                for part in (folder / PART_FOLDER).glob(f"{stream}_{month}_*.nc"):
                    part.unlink()


def _left_behind(parts: list[Part], path: Path) -> bool:
    """Whether the month's file holds the times of these parts, and others too."""
    if not path.is_file():
        return False
    with netCDF4.Dataset(path) as month:
        written = set(map(tuple, np.asarray(month["time_bounds"][:]).tolist()))
    return {tuple(b) for part in parts for b in part.bounds.tolist()} < written


def write_month(path: Path, parts: list[Part], layout: MapLayout) -> None:
    """Write one month's file from its parts, a block of times at a time."""
    bounds = np.concatenate([part.bounds for part in parts])
    with atomic_dataset(path) as out:
        _write_frame(out, bounds, layout)
        opened = [netCDF4.Dataset(part.path) for part in parts]
        try:
            worst = np.concatenate([part["worst"][:] for part in opened]).max(axis=0)
            if BALANCE not in layout.attributes:
                out.worst_water_residual, out.worst_energy_residual = (float(w) for w in worst)
            skip = ("time_bounds", "worst")
            for name in (n for n in opened[0].variables if n not in skip):
                _write_variable(out, name, opened, bounds.shape[0], layout)
        finally:
            for part in opened:
                part.close()


def _write_frame(out: netCDF4.Dataset, bounds: np.ndarray, layout: MapLayout) -> None:
    grid = layout.grid
    out.setncatts({"Conventions": CONVENTIONS, **layout.attributes, **layout.extra})
    sizes = {
        "time": None,
        "layer": layout.layer_bottom.size,
        "patch": len(PATCHES),
        "lat": grid.lat.size,
        "lon": grid.lon.size,
        "bounds": 2,
        "name_length": max(len(name) for name in PATCHES),
    }
    for name, size in sizes.items():
        out.createDimension(name, size)
    time = out.createVariable("time", "i8", ("time",), chunksizes=(1024,))
    time.setncatts(
        {
            "units": TIME_UNITS,
            "calendar": "proleptic_gregorian",
            "standard_name": "time",
            "long_name": "end of the interval; states are those at this time",
            "axis": "T",
            "bounds": "time_bounds",
        }
    )
    time[:] = bounds[:, 1]
    out.createVariable("time_bounds", "i8", ("time", "bounds"), chunksizes=(1024, 2))[:] = bounds
    for name, values, standard, units, axis in (
        ("lat", grid.lat, "latitude", "degrees_north", "Y"),
        ("lon", grid.lon, "longitude", "degrees_east", "X"),
    ):
        variable = out.createVariable(name, "f8", (name,))
        variable.setncatts({"units": units, "standard_name": standard, "axis": axis})
        variable[:] = values
    _write_layers(out, layout.layer_bottom)
    patch = out.createVariable("patch", "i4", ("patch",))
    patch.setncatts({"long_name": "patch, counted from 1", "units": "1"})
    patch[:] = np.arange(1, len(PATCHES) + 1)
    label = out.createVariable("patch_name", "S1", ("patch", "name_length"))
    label.setncatts({"long_name": "surface type of the patch", "_Encoding": "utf-8"})
    label[:] = np.array(PATCHES, dtype=f"U{sizes['name_length']}")


def _write_layers(out: netCDF4.Dataset, bottom: np.ndarray) -> None:
    top = np.concatenate([[0.0], bottom[:-1]])
    layer = out.createVariable("layer", "i4", ("layer",))
    layer.setncatts({"long_name": "soil layer, counted from 1 at the surface", "units": "1"})
    layer[:] = np.arange(1, bottom.size + 1)
    depth = out.createVariable("depth", "f8", ("layer",))
    depth.setncatts(
        {
            "units": "m",
            "standard_name": "depth",
            "long_name": "depth of the middle of the layer",
            "positive": "down",
            "bounds": "depth_bounds",
        }
    )
    depth[:] = 0.5 * (top + bottom)
    out.createVariable("depth_bounds", "f8", ("layer", "bounds"))[:] = np.stack([top, bottom], 1)


def _write_variable(
    out: netCDF4.Dataset, name: str, parts: list[netCDF4.Dataset], times: int, layout: MapLayout
) -> None:
    declared = layout.variables.get(name) or layout.variables[name.removesuffix("_patch")]
    by_patch = name.endswith("_patch")
    patch = ("patch",) if by_patch or "patch" in declared.dims else ()
    layer = ("layer",) if "layer" in declared.dims else ()
    dims = ("time", *patch, *layer, "lat", "lon")
    source = parts[0][name]
    inner = tuple(out.dimensions[d].size for d in dims[1:])
    block = max(1, min(times, CHUNK_BYTES // (int(np.prod(inner)) * source.dtype.itemsize)))
    variable = out.createVariable(
        name,
        source.dtype,
        dims,
        fill_value=np.array(np.nan, source.dtype),
        chunksizes=(block, *_chunk(inner, source.dtype.itemsize)),
        compression="zlib" if layout.compression else None,
        complevel=layout.compression,
        shuffle=True,
    )
    attributes = declared.attributes()
    if layer:
        attributes["coordinates"] = "depth"
    if by_patch:
        attributes["long_name"] += " of each patch"
    variable.setncatts(attributes)
    position = 0
    for rows in _blocks(parts, name, block):
        values = np.moveaxis(rows, 1, -1)
        variable[position : position + rows.shape[0]] = layout.grid.to_map(values)
        position += rows.shape[0]


def _chunk(inner: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """The part of an instant's values (..., lat, lon) that is stored together."""
    sizes = list(inner)
    for k, size in enumerate(inner[:-1]):
        rest = int(np.prod(sizes[k + 1 :])) * itemsize
        sizes[k] = max(1, min(size, CHUNK_MOST // rest))
    return tuple(sizes)


def _blocks(parts: list[netCDF4.Dataset], name: str, block: int) -> Iterator[np.ndarray]:
    """Values (time, cell, ...) in blocks of the same number of times wherever parts end."""
    waiting: list[np.ndarray] = []
    count = 0
    for part in parts:
        variable = part[name]
        variable.set_auto_mask(False)
        position = 0
        while position < variable.shape[0]:
            taken = variable[position : position + block - count]
            waiting.append(taken)
            position += taken.shape[0]
            count += taken.shape[0]
            if count == block:
                yield np.concatenate(waiting)
                waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting)
