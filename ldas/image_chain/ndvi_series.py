"""NDVI by month or decade from all dates, its gaps filled in time."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import netCDF4
import numpy as np

from ldas.config.images_group import Optical
from ldas.core.netcdf_input import open_input
from ldas.io.product_file import write_times
from retrieval.ndvi import filled
from retrieval.ndvi_synthesis import date_weight, mean_of_dates, periods

from .image_grid import ImageGrid, strips
from .made_of import ATTRIBUTE, QUICK, image_file, is_made, key_of
from .ndvi_file import declare_ndvi, packed

CELLS_AT_ONCE = 4_000_000  # of all periods together


def write_synthesis(path: Path, files: Sequence[Path], grid: ImageGrid, settings: Optical) -> str:
    """Write NDVI of every period from that of the first date to that of the last; a line on it.

    Where no date of a period is clear, NDVI is linear in time between the periods around it if
    they are no more than the namelist's gap apart.
    """
    with ExitStack() as opened:
        sources = [opened.enter_context(open_input(file)) for file in files]
        keys = [getattr(source, ATTRIBUTE) for source in sources]
        key = key_of(grid, settings.synthesis, settings.gap, settings.packed, sorted(keys))
        if is_made(path, key):
            return f"{path.name} is there"
        times = np.array([_time(source) for source in sources])
        edges = periods(times.min(), times.max(), settings.synthesis)
        begins, ends = edges[:-1], edges[1:]
        middles = begins.astype("datetime64[s]") + (ends - begins).astype("timedelta64[s]") // 2
        title = f"NDVI by {settings.synthesis}, `ldas images`"
        with image_file(path, grid, title, key) as (out, cells):
            write_times(out, middles)
            _write_bounds(out, begins, ends)
            dims = ("time", *cells)
            stored = declare_ndvi(out, "ndvi", dims, settings.packed)
            count = out.createVariable("dates", "u1", dims, **QUICK)
            count.setncatts(
                {"long_name": "clear dates; 0: filled in time, or nothing", "grid_mapping": "crs"}
            )
            gaps = left = 0
            rows_at_once = max(1, CELLS_AT_ONCE // (begins.size * grid.shape[1]))
            for rows in strips(grid, rows_at_once):
                values, number = _means(sources, times, begins, ends, rows)
                lost = ~np.isfinite(values)
                values = np.where(lost, filled(values, middles, middles, settings.gap), values)
                gaps, left = gaps + int(lost.sum()), left + int(np.isnan(values).sum())
                stored[:, rows] = packed(values) if settings.packed else values
                count[:, rows] = number
    whole = grid.shape[0] * grid.shape[1] * begins.size
    return (
        f"wrote {path.name}: {begins.size} periods of {len(files)} dates; "
        f"{100.0 * (gaps - left) / whole:.1f} % filled in time, {100.0 * left / whole:.1f} % left "
        "without a value"
    )


def _time(source: netCDF4.Dataset) -> np.datetime64:
    return np.datetime64(int(source["time"][0]), "s")


def _write_bounds(out: netCDF4.Dataset, begins: np.ndarray, ends: np.ndarray) -> None:
    out.createDimension("bounds", 2)
    out["time"].bounds = "time_bounds"
    stored = out.createVariable("time_bounds", "f8", ("time", "bounds"))
    stored[:] = np.stack([begins, ends], axis=1).astype("datetime64[s]").astype(np.int64)


def _means(
    sources: list[netCDF4.Dataset],
    times: np.ndarray,
    begins: np.ndarray,
    ends: np.ndarray,
    rows: slice,
) -> tuple[np.ndarray, np.ndarray]:
    """NDVI and number of clear dates (period, row, col)."""
    total = weight = number = None
    for source, time in zip(sources, times, strict=True):
        values = np.ma.filled(source["ndvi"][0, rows].astype(float), np.nan)
        if total is None:
            total, weight = np.zeros((2, begins.size, *values.shape))
            number = np.zeros((begins.size, *values.shape), np.uint8)
        k = int(np.searchsorted(begins, time.astype("datetime64[D]"), side="right")) - 1
        there = np.isfinite(values)
        mine = date_weight(time, *(edge[k].astype("datetime64[s]") for edge in (begins, ends)))
        total[k] += np.where(there, mine * values, 0.0)
        weight[k] += mine * there
        number[k] += there
    assert total is not None
    return mean_of_dates(total, weight), number
