"""Stacks of images from NetCDF, Zarr or GeoTIFF, read a strip of rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from forcing.interpolation import wrapped
from ldas.core.errors import UserError
from ldas.gridded.axes import LAT, LON, ONE, TIME, Axes, axes_of
from ldas.gridded.geometry import Rectilinear, geometry_of
from ldas.gridded.packing import Packing, packing_of
from ldas.gridded.stored import Stored, open_image
from ldas.gridded.times import decode_time, time_of_name
from ldas.gridded.upright import upright
from observation_ops.preset import Preset


@dataclass(frozen=True)
class Image:
    """One field of a stack: `index` is None where the file has no time."""

    time: np.datetime64 | None
    path: Path
    index: int | None


@dataclass(frozen=True)
class _Opened:
    """A variable of a file, what its dimensions are and how its numbers are packed."""

    stored: Stored
    axes: Axes
    packing: Packing


class ImageStack:
    """All images of one variable, on one regular grid.

    A `preset` says of a product known by name how numbers are packed where files do not.
    """

    def __init__(self, paths: Sequence[Path], variable: str, preset: Preset | None = None) -> None:
        """Raises UserError for a file or variable that cannot be used, or grids that differ."""
        self.variable, self.preset = variable, preset
        self.open: dict[Path, _Opened] = {}
        images: list[Image] = []
        problems: list[str] = []
        for path in paths:
            try:
                images += self._images(path)
            except UserError as error:
                problems += error.problems
        if problems:
            raise UserError(problems)
        self.images = sorted(images, key=lambda i: (i.time is not None, i.time, str(i.path)))

    def _images(self, path: Path) -> list[Image]:
        known = self.preset
        file = open_image(path, known.group if known else None)
        stored = file.variable(self.variable)
        axes = axes_of(file, stored)
        if axes.curvilinear:
            stored, axes = upright(stored, axes)
        self._check_grid(stored, axes, path)
        packing = packing_of(stored, flags_are_values=False)
        packing = replace(packing, lower=-np.inf, upper=np.inf)
        if known is not None:
            packing = packing_of(stored, known.scale, known.offset, known.valid)
            packing = replace(packing, fills=(*packing.fills, *known.fill))
        self.open[path] = _Opened(stored, axes, packing)
        if axes.time is None:
            return [Image(time_of_name(path), path, None)]
        times = decode_time(axes.time, ordered=False)
        if TIME not in axes.roles:
            return [Image(times[0], path, None)]
        return [Image(time, path, k) for k, time in enumerate(times)]

    def _check_grid(self, stored: Stored, axes: Axes, path: Path) -> None:
        if axes.lat is not None and axes.lon is not None:
            most = [np.abs(axis.read()).max() for axis in (axes.lat, axes.lon)]
            if most[0] > 90.0 or most[1] > 540.0:
                raise UserError(
                    f"{path}: coordinates up to {most[0]:g} and {most[1]:g} are no latitudes and "
                    "longitudes; bring the image to them first"
                )
        geometry = geometry_of(axes, stored)
        if not isinstance(geometry, Rectilinear):
            raise UserError(f"{path}: '{stored.name}' lists places, it is no image")
        lat, lon = geometry.lat, wrapped(geometry.lon)
        for name, axis in (("latitude", lat), ("longitude", lon)):
            steps = np.diff(axis)
            if axis.size > 1 and not np.allclose(steps, steps[0], rtol=0.01):
                raise UserError(f"{path}: {name}s are not evenly spaced; no regular grid")
        if not self.open:
            self.lat, self.lon, self.units = lat, lon, stored.units or ""
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
        found = self.open[image.path]
        part = {TIME: image.index or 0, LAT: rows, LON: cols, ONE: 0}
        raw = found.stored.read(*(part[role] for role in found.axes.roles))
        if [role for role in found.axes.roles if role in (LAT, LON)] == [LON, LAT]:
            raw = raw.T
        values, why = found.packing.values(raw)
        return np.where(why["missing"] | why["flagged"] | why["invalid"], np.nan, values)
