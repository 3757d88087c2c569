"""The product of a retrieval: CF NetCDF with uncertainty and reasons. Whole or absent."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.io.netcdf import atomic_dataset
from ldas.io.product_file import write_grid, write_times

QUALITY = "quality"
CHUNK = 512  # rows and columns of a map that are compressed together


@dataclass(frozen=True)
class Field:
    """A variable of a product, (time, cells)."""

    name: str
    units: str
    long_name: str
    kind: str = "f4"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fill(self) -> float:
        """What stands where there is no value."""
        return np.nan if self.kind.startswith("f") else -1


@dataclass(frozen=True)
class Layout:
    """What a retrieval writes: `fields`, the first one being what is retrieved.

    `flags` are the meanings of its quality, the first one that of a value; `hints` the most
    likely cause of a flag, where all cells have it ('' where there are no cells).
    """

    fields: Sequence[Field]
    flags: Sequence[str]
    hints: Mapping[str, str]

    def nothing_retrieved(self, reasons: np.ndarray) -> str:
        """Words for a retrieval without a value: counted reasons, the commonest explained."""
        order = np.argsort(-reasons, kind="stable")
        why = [f"{reasons[k]} {self.flags[k]}" for k in order if reasons[k]]
        likely = self.hints.get(self.flags[order[0]] if why else "", "")
        return (
            f"not a single value could be retrieved ({', '.join(why) or 'no cells'})"
            f"{': ' if likely else ''}{likely}"
        )

    def first_value(
        self, namelist: str, found: Iterable[tuple[np.datetime64 | None, Mapping[str, np.ndarray]]]
    ) -> str:
        """When there is a first value among times and their fields.

        Raises UserError, with the reasons, if there is none.
        """
        reasons = np.zeros(len(self.flags), np.int64)
        for time, values in found:
            if np.isfinite(values[self.fields[0].name]).any():
                return str(time)
            reasons += np.bincount(np.ravel(values[QUALITY]).astype(int), minlength=reasons.size)
        raise UserError(f"{namelist}: {self.nothing_retrieved(reasons)}")


class RetrievalFile:
    """A product under way: cells on a map, or labels of fields."""

    def __init__(
        self,
        path: Path,
        axes: Mapping[str, np.ndarray],
        times: np.ndarray,
        layout: Layout,
        attributes: Mapping[str, str],
        at_once: int = 1,
    ) -> None:
        """`axes` are lat and lon (degrees), or label; `at_once` how many times are written."""
        self.path, self.axes, self.times, self.at_once = path, axes, times, at_once
        self.layout, self.attributes = layout, attributes
        self.retrieved = np.zeros(times.size, np.int64)
        self.reasons = np.zeros(len(layout.flags), np.int64)
        self.stack = ExitStack()
        self.out: netCDF4.Dataset

    def __enter__(self) -> "RetrievalFile":
        with ExitStack() as stack:
            self.out = stack.enter_context(atomic_dataset(self.path))
            self._begin()
            self.stack = stack.pop_all()
        return self

    def _begin(self) -> None:
        """Axes and variables."""
        self.out.setncatts({"Conventions": "CF-1.11, ACDD-1.3", **self.attributes})
        if "lat" in self.axes:
            write_grid(self.out, self.axes["lat"], self.axes["lon"])
        else:
            self.out.createDimension("label", self.axes["label"].size)
            self.out.createVariable("label", "i4", ("label",))[:] = self.axes["label"]
        write_times(self.out, self.times.astype("datetime64[s]"))
        flags = self.layout.flags
        meanings = {
            "flag_values": np.arange(len(flags), dtype="i1"),
            "flag_meanings": " ".join(flags),
        }
        quality = Field(QUALITY, "1", "why there is no value", "i1", meanings)
        pieces = [self.at_once, *(min(axis.size, CHUNK) for axis in self.axes.values())]
        for one in (*self.layout.fields, quality):
            stored = self.out.createVariable(
                one.name,
                one.kind,
                ("time", *self.axes),
                fill_value=one.fill,
                compression="zlib",
                chunksizes=pieces,
            )
            stored.setncatts({"units": one.units, "long_name": one.long_name, **one.attributes})
        beside = [one.name for one in self.layout.fields[1:]]
        self.out[self.layout.fields[0].name].ancillary_variables = " ".join([*beside, QUALITY])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.__exit__(kind, error, trace)

    def write(self, times: slice, rows: slice, values: Mapping[str, np.ndarray]) -> None:
        """The fields and the quality of some rows (or labels) at some times."""
        sizes = (self.times.size, *(axis.size for axis in self.axes.values()))
        parts = (times, rows, slice(None))[: len(sizes)]
        shape = [len(range(size)[part]) for size, part in zip(sizes, parts, strict=True)]
        for name, value in values.items():
            self.out[name][times, rows] = np.reshape(value, shape)
        found = np.isfinite(values[self.layout.fields[0].name])
        self.retrieved[times] += found.reshape(shape[0], -1).sum(axis=1)
        codes = np.ravel(values[QUALITY]).astype(int)
        self.reasons += np.bincount(codes, minlength=len(self.layout.flags))

    def refuse_nothing(self) -> None:
        """Raise UserError if nothing at all was retrieved, with the reasons, commonest first."""
        if self.retrieved.sum() > 0:
            return
        why = self.layout.nothing_retrieved(self.reasons)
        raise UserError(f"{self.path}: {why}; its quality says where and why")
