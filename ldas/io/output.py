"""Outputs of a run: gathered in memory, written in parts, put together month by month.

A part holds the outputs between two checkpoints, in the order of the cells. When a month
is complete its parts become one file on the map and are removed; when a run ends, the
month it stands in is put together too, its parts being kept for a later continuation.
What a month's file holds depends on nothing but the run's results: not on the number of
ranks, nor on when checkpoints were written or the run was interrupted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import Window, compact, month_of
from ldas.core.mosaic import Mosaic
from ldas.parallel.communicator import Communicator

from .netcdf import atomic_dataset

PART_FOLDER = ".parts"
EPOCH = np.datetime64("1970-01-01T00:00:00")
STREAMS = ("state", "flux", "analysis")
GATHER_LIMIT = 64 * 2**20  # bytes gathered on rank 0 at a time
BUFFER_LIMIT = 128 * 2**20  # bytes a rank keeps before it asks for a checkpoint


@dataclass
class Record:
    """One output time on this rank: values (cell, ...) by name, and the worst residuals."""

    window: Window
    values: dict[str, np.ndarray]
    worst_water: float
    worst_energy: float


class OutputBuffer:
    """Collects records on every rank and writes parts through rank 0."""

    def __init__(
        self,
        comm: Communicator,
        mosaic: Mosaic,
        folder: Path,
        names: Sequence[str],
        per_patch: bool,
        dtype: str,
    ) -> None:
        self.comm, self.mosaic, self.folder = comm, mosaic, folder
        self.names, self.per_patch, self.dtype = tuple(names), per_patch, dtype
        self.records: list[Record] = []
        self.bytes = 0

    def add(
        self,
        window: Window,
        columns: dict[str, np.ndarray],
        worst_water: float,
        worst_energy: float,
    ) -> None:
        """Keep the cell means (and patches) of column values at the end of `window`."""
        values: dict[str, np.ndarray] = {}
        for name in self.names:
            values[name] = self.mosaic.mean(columns[name]).astype(self.dtype)
            if self.per_patch:
                by_patch = np.moveaxis(self.mosaic.by_patch(columns[name]), 0, 1)
                values[f"{name}_patch"] = by_patch.astype(self.dtype)
        self.records.append(Record(window, values, worst_water, worst_energy))
        self.bytes += sum(array.nbytes for array in values.values())

    def add_values(self, window: Window, values: dict[str, np.ndarray]) -> None:
        """Keep values that are by cell already: (cell,) or (cell, patch)."""
        kept = {name: array.astype(self.dtype) for name, array in values.items()}
        self.records.append(Record(window, kept, 0.0, 0.0))
        self.bytes += sum(array.nbytes for array in kept.values())

    @property
    def full(self) -> bool:
        """Whether this rank holds more than it should."""
        return self.bytes > BUFFER_LIMIT

    def flush(self, streams: dict[str, str]) -> None:
        """Write all records as parts, one for each month and stream; collective.

        `streams` tells the stream of each variable of the table.
        """
        months: dict[str, list[Record]] = {}
        for record in self.records:
            months.setdefault(month_of(record.window.start), []).append(record)
        for month, records in months.items():
            for stream in STREAMS:
                names = [
                    n for n in records[0].values if streams[n.removesuffix("_patch")] == stream
                ]
                if names:
                    self._write_part(month, stream, names, records)
        self.records, self.bytes = [], 0

    def _write_part(
        self, month: str, stream: str, names: Sequence[str], records: Sequence[Record]
    ) -> None:
        worst = np.array([[r.worst_water, r.worst_energy] for r in records])
        worst = np.max(self.comm.allgather(worst), axis=0)
        span = f"{compact(records[0].window.start)}_{compact(records[-1].window.end)}"
        path = self.folder / PART_FOLDER / f"{stream}_{month}_{span}.nc"
        if self.comm.rank != 0:
            for name in names:
                for _ in self._gathered(name, records):
                    pass
            return
        path.parent.mkdir(exist_ok=True)
        with atomic_dataset(path) as part:
            part.createDimension("time", len(records))
            part.createDimension("two", 2)
            spans = [[_seconds(r.window.start), _seconds(r.window.end)] for r in records]
            part.createVariable("time_bounds", "i8", ("time", "two"))[:] = spans
            part.createVariable("worst", "f8", ("time", "two"))[:] = worst
            for name in names:
                position = 0
                for block in self._gathered(name, records):
                    if position == 0:
                        dims = tuple(_dimension(part, size) for size in block.shape[1:])
                        variable = part.createVariable(name, block.dtype, ("time", *dims))
                    variable[position : position + block.shape[0]] = block
                    position += block.shape[0]

    def _gathered(self, name: str, records: Sequence[Record]) -> Iterator[np.ndarray]:
        """All cells' values (time, cell, ...) on rank 0, a few times at a time; collective."""
        largest = max(self.comm.allgather(records[0].values[name].nbytes))
        block = max(1, GATHER_LIMIT // max(1, largest * self.comm.size))
        for k in range(0, len(records), block):
            local = np.stack([record.values[name] for record in records[k : k + block]], axis=1)
            rows = self.comm.gather_rows(local)
            yield np.moveaxis(rows if rows is not None else local, 1, 0)


def _seconds(time: np.datetime64) -> int:
    return int((time - EPOCH) / np.timedelta64(1, "s"))


def _dimension(part: netCDF4.Dataset, size: int) -> str:
    name = f"n{size}"
    if name not in part.dimensions:
        part.createDimension(name, size)
    return name
