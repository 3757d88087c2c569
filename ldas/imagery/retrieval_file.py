"""The product of a retrieval: CF NetCDF with uncertainty, counts and reasons."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.io.netcdf import atomic_dataset
from ldas.io.product_file import write_grid, write_times
from retrieval.s2mp import FLAGS, THETA, Cells

MEANINGS = "no_prior dry_to_slightly_wet very_wet"
FIELDS = (
    ("ssm", "f4", "m3 m-3", "surface soil moisture, 0 to 5 cm", np.nan),
    ("ssm_uncertainty", "f4", "m3 m-3", "one standard error of ssm", np.nan),
    ("n_pixels", "i4", "1", "pixels that made the value", -1),
    ("network", "i1", "1", "prior knowledge whose network was used", -1),
    ("quality", "i1", "1", "why there is no value", -1),
)


class Timed(Protocol):
    """Something with a time."""

    time: np.datetime64 | None


HINTS = {  # the most likely cause of each reason, where all cells have it
    "": "sigma_files do not cover the cells of the product",
    "no_radar": "sigma_files hold no finite value in the cells",
    "angle": f"theta lies outside {THETA[0]:g} to {THETA[1]:g} degrees; in radians?",
    "backscatter_range": "sigma0 lies outside that of any soil; is sigma_units right?",
    "land_cover": "none of the classes is among the land cover's",
    "no_ndvi": "ndvi_files do not cover the cells, or the dates, or all is cloud",
    "ndvi_range": "ndvi lies above ndvi_max everywhere",
}


class RetrievalFile:
    """A product under way: cells on a map, or labels of fields. Whole or absent at the end."""

    def __init__(
        self,
        path: Path,
        axes: Mapping[str, np.ndarray],
        images: Sequence[Timed],
        attributes: Mapping[str, str],
    ) -> None:
        """`axes` are lat and lon (degrees), or label."""
        self.path, self.axes, self.images, self.attributes = path, axes, images, attributes
        self.retrieved = np.zeros(len(images), np.int64)
        self.reasons = np.zeros(len(FLAGS), np.int64)
        self.stack = ExitStack()

    def __enter__(self) -> "RetrievalFile":
        self.out: netCDF4.Dataset = self.stack.enter_context(atomic_dataset(self.path))
        self.out.setncatts({"Conventions": "CF-1.11, ACDD-1.3", **self.attributes})
        if "lat" in self.axes:
            write_grid(self.out, self.axes["lat"], self.axes["lon"])
        else:
            self.out.createDimension("label", self.axes["label"].size)
            self.out.createVariable("label", "i4", ("label",))[:] = self.axes["label"]
        write_times(self.out, np.array([image.time for image in self.images], "datetime64[s]"))
        dims = ("time", *self.axes)
        for name, kind, units, text, fill in FIELDS:
            stored = self.out.createVariable(name, kind, dims, fill_value=fill, compression="zlib")
            stored.setncatts({"units": units, "long_name": text})
        self.out["network"].flag_values = np.arange(3, dtype="i1")
        self.out["network"].flag_meanings = MEANINGS
        self.out["quality"].flag_values = np.arange(len(FLAGS), dtype="i1")
        self.out["quality"].flag_meanings = " ".join(FLAGS)
        self.out["ssm"].ancillary_variables = "ssm_uncertainty n_pixels network quality"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.__exit__(kind, error, trace)

    def write(self, number: int, rows: slice, cells: Cells) -> None:
        """The cells of some rows (or labels) of one image."""
        values = (cells.moisture, cells.error, cells.pixels, cells.network, cells.flag)
        for (name, *_), value in zip(FIELDS, values, strict=True):
            shape = self.out[name][number, rows].shape
            self.out[name][number, rows] = np.reshape(value, shape)
        self.retrieved[number] += int(np.isfinite(cells.moisture).sum())
        self.reasons += np.bincount(np.ravel(cells.flag).astype(int), minlength=len(FLAGS))

    def refuse_nothing(self) -> None:
        """Raise UserError if nothing at all was retrieved, with the reasons, commonest first."""
        if self.retrieved.sum() > 0:
            return
        raise UserError(
            f"{self.path}: {nothing_retrieved(self.reasons)}; its quality says where and why"
        )


def nothing_retrieved(reasons: np.ndarray) -> str:
    """Words for a retrieval without a value: counted reasons, and what the commonest means."""
    order = np.argsort(-reasons, kind="stable")
    why = [f"{reasons[k]} {FLAGS[k]}" for k in order if reasons[k]]
    likely = HINTS.get(FLAGS[order[0]] if why else "", "")
    return (
        f"not a single value could be retrieved ({', '.join(why) or 'no cells'})"
        f"{': ' if likely else ''}{likely}"
    )
