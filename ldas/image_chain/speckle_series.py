"""The multitemporal speckle filter over the passes of each relative orbit."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.netcdf_input import open_input
from ldas.io.netcdf import atomic_dataset
from retrieval.iem import decibels, linear
from retrieval.sar.speckle import common_ratio, filtered, ratio

from .image_grid import ImageGrid, strips
from .made_of import ATTRIBUTE, QUICK, is_made, key_of

FOLDER = "filtered"
ROWS_AT_ONCE = 512


def filter_series(files: Sequence[Path], grid: ImageGrid, window: int) -> Iterator[str]:
    """Write each pass once more, filtered with all of its relative orbit; a line on each orbit."""
    by_orbit: dict[int, list[Path]] = {}
    for path in files:
        with open_input(path, unpacks=False) as file:
            by_orbit.setdefault(int(file["relative_orbit"][0]), []).append(path)
    for orbit, mine in sorted(by_orbit.items()):
        yield _filter_orbit(orbit, mine, grid, window)


def _filter_orbit(orbit: int, files: list[Path], grid: ImageGrid, window: int) -> str:
    with ExitStack() as opened:
        sources = [opened.enter_context(open_input(path)) for path in files]
        key = key_of(grid, window, [getattr(s, ATTRIBUTE) for s in sources])
        targets = [path.parent / FOLDER / path.name for path in files]
        if all(is_made(target, key) for target in targets):
            return f"orbit {orbit}: {len(files)} passes are filtered already"
        targets[0].parent.mkdir(exist_ok=True)
        names = sorted(
            {n for s in sources for n in s.variables if n.startswith(("sigma0_", "gamma0_"))}
        )
        outs = [opened.enter_context(atomic_dataset(target)) for target in targets]
        for source, out in zip(sources, outs, strict=True):
            _copy(source, out, names)
            out.setncattr(ATTRIBUTE, key)
            out.speckle_filter = f"Quegan and Yu (2001), {len(files)} images, window {window}"
        for rows in strips(grid, ROWS_AT_ONCE):
            for name in names:
                _filter_rows(rows, name, sources, outs, grid.shape[0], window)
    return f"orbit {orbit}: filtered {len(files)} passes with a window of {window} cells"


def _filter_rows(
    rows: slice,
    name: str,
    sources: list[netCDF4.Dataset],
    outs: list[netCDF4.Dataset],
    last: int,
    window: int,
) -> None:
    around = slice(max(0, rows.start - window), min(last, rows.stop + window))
    inner = slice(rows.start - around.start, rows.stop - around.start)
    mine = [(s, o) for s, o in zip(sources, outs, strict=True) if name in s.variables]
    total = count = 0.0
    for source, _ in mine:
        part = ratio(_linear(source[name], around), window)
        there = np.isfinite(part)
        total, count = total + np.where(there, part, 0.0), count + there
    common = common_ratio(total, count)
    for source, out in mine:
        values = filtered(_linear(source[name], around), common, window)[inner]
        out[name][0, rows] = decibels(values) if source[name].units == "dB" else values


def _linear(stored: netCDF4.Variable, rows: slice) -> np.ndarray:
    values = np.ma.filled(stored[0, rows].astype(float), np.nan)
    return linear(values) if stored.units == "dB" else values


def _copy(source: netCDF4.Dataset, out: netCDF4.Dataset, without: list[str]) -> None:
    """All of a file but the values of some variables."""
    out.setncatts({name: source.getncattr(name) for name in source.ncattrs()})
    for name, dimension in source.dimensions.items():
        out.createDimension(name, len(dimension))
    for name, stored in source.variables.items():
        attrs = {key: stored.getncattr(key) for key in stored.ncattrs() if key != "_FillValue"}
        fill = getattr(stored, "_FillValue", None)
        wide = QUICK if stored.ndim > 1 else {}
        copied = out.createVariable(name, stored.dtype, stored.dimensions, fill_value=fill, **wide)
        copied.setncatts(attrs)
        if name not in without and stored.ndim:
            copied[:] = stored[:]
