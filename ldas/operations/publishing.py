"""What a cycle leaves for others: files of days, preliminary or final, and of months; restarts."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import compact
from ldas.core.grid import Grid
from ldas.core.variable import Variable
from ldas.io import months
from ldas.io.netcdf import atomic_file
from ldas.io.output import PART_FOLDER, STREAMS
from ldas.io.restart import FOLDER as RESTARTS

from .books import FINAL, Books, Row

FOLDER = "days"
LAYOUT = "layout"  # in the books


def day_path(folder: Path, stream: str, end: np.datetime64) -> Path:
    """Where the results of the window that ends at `end` stand."""
    return folder / FOLDER / f"{stream}_{compact(end)[:8]}.nc"


def publish_window(folder: Path, layout: months.MapLayout, row: Row) -> None:
    """Write a window's results, one file a stream, each whole or not at all."""
    (folder / FOLDER).mkdir(exist_ok=True)
    said = replace(
        layout,
        extra={
            "status": row.status,
            "window": f"{row.window_start} to {row.window_end}",
            "forcing_used": row.forcing,
            "made_at": row.made_at,
        },
    )
    for stream in STREAMS:
        parts = _parts(folder, stream, row)
        if parts:
            months.write_month(day_path(folder, stream, row.end), parts, said)


def _parts(folder: Path, stream: str, row: Row) -> list[months.Part]:
    """The parts of one window: one, or two where a month begins in it."""
    first, last = compact(row.window.start), compact(row.end)
    found = []
    for path in (folder / PART_FOLDER).glob(f"{stream}_*.nc"):
        begin, end = path.stem.split("_")[2:4]
        if first <= begin and end <= last:
            with netCDF4.Dataset(path) as dataset:
                found.append(months.Part(path, np.asarray(dataset["time_bounds"][:])))
    return sorted(found, key=lambda part: int(part.bounds[0, 0]))


def settle(
    folder: Path, layout: months.MapLayout | None, books: Books, until: np.datetime64
) -> None:
    """Make final what ends by `until`, put together the months that are, drop old restarts.

    A window is final in the books before its files say so, and is then never made again.
    """
    books.finalise(until)
    rows = books.rows()
    for row in rows:
        if row.status == FINAL and not row.published:
            mark_final(folder, row)
            books.publish(row.window_end)
    final = [row.end for row in rows if row.status == FINAL]
    if final and layout is not None:
        months.assemble(folder, layout, max(final), complete_only=True)
    drop_restarts(folder, rows)


def keep_layout(books: Books, layout: months.MapLayout) -> None:
    """Keep what months say beside their values: they may be due when no window is made."""
    kept = {
        "variables": {name: asdict(variable) for name, variable in layout.variables.items()},
        "compression": layout.compression,
        "attributes": dict(layout.attributes),
        "layer_bottom": layout.layer_bottom.tolist(),
    }
    text = json.dumps(kept)
    if books.recall(LAYOUT) != text:
        books.remember(LAYOUT, text)


def kept_layout(books: Books, grid: Grid) -> months.MapLayout | None:
    """What `keep_layout` kept, if anything was."""
    text = books.recall(LAYOUT)
    if text is None:
        return None
    kept = json.loads(text)
    variables = {
        name: Variable(**{**fields, "dims": tuple(fields["dims"])})
        for name, fields in kept["variables"].items()
    }
    bottom = np.array(kept["layer_bottom"])
    return months.MapLayout(grid, bottom, variables, kept["compression"], kept["attributes"])


def mark_final(folder: Path, row: Row) -> None:
    """Let a window's files say that they are final; each is whole, or still preliminary."""
    for stream in STREAMS:
        path = day_path(folder, stream, row.end)
        if not path.is_file():
            continue
        with atomic_file(path) as temporary:
            shutil.copyfile(path, temporary)
            with netCDF4.Dataset(temporary, "a") as file:
                file.status = FINAL


def drop_restarts(folder: Path, rows: Sequence[Row]) -> None:
    """Keep the restarts of windows that may be made again, of the last, of firsts of months."""
    open_rows = [row.window.start for row in rows if row.status != FINAL]
    oldest = min(open_rows, default=rows[-1].end if rows else None)
    if oldest is None:
        return
    for path in sorted((folder / RESTARTS).glob("restart_*.nc")):
        stamp = path.stem.removeprefix("restart_")
        if stamp < compact(oldest) and stamp[6:8] != "01":
            path.unlink()


def go_back(folder: Path, to: np.datetime64) -> None:
    """Drop the restarts after `to`, latest first: wherever that ends, the last one is the truth."""
    for path in sorted((folder / RESTARTS).glob("restart_*.nc"), reverse=True):
        if path.stem.removeprefix("restart_") > compact(to):
            path.unlink()
