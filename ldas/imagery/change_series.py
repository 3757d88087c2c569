"""Series of radar images over cells, strip by strip, and the references that are kept of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ldas.config.change_detection_groups import ChangeDetection
from ldas.config.water_cloud_group import WaterCloud
from ldas.core.errors import Problems, UserError
from ldas.core.netcdf_input import open_input
from ldas.imagery.cells import refuse_other_cells
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.radar_inputs import prepare as prepare_images
from ldas.imagery.scene import Scene, strips
from ldas.io.netcdf import atomic_dataset, refuse_to_overwrite, writable_folder
from ldas.io.product_file import write_grid
from retrieval.change_detection import CODE, References, references
from retrieval.iem import decibels
from retrieval.s2mp import FLAGS as SCENE_FLAGS

SERIES = 4_000_000  # values of a series of images held at a time
UNITS = {
    "slope": "dB degree-1",
    "slope_error": "dB degree-1",
    "dry": "dB",
    "dry_error": "dB",
    "wet": "dB",
    "wet_error": "dB",
    "change": "dB",
    "number": "1",
}
TO_OWN = np.array([CODE.get(name, 0) for name in SCENE_FLAGS], np.int8)


@dataclass(frozen=True)
class Series:
    """What the images show of some rows of cells: (image, cell).

    `sigma` in dB, `theta` in degrees, NaN where a cell is not looked at: `code` says why.
    """

    rows: slice
    sigma: np.ndarray
    theta: np.ndarray
    ndvi: np.ndarray
    pixels: np.ndarray
    code: np.ndarray


def prepare(namelist: Path, s: ChangeDetection | WaterCloud) -> RadarWork:
    """Check the heads of all files that a namelist names."""
    work = prepare_images(namelist, s, Problems())
    outputs = [(s.output, "output")]
    if s.parameter_output is not None:
        outputs.append((s.parameter_output, "parameter_output"))
    stacks = (work.sigma, work.theta, *work.optical.values(), *work.land.values())
    inputs = [work.path, *(file for one in stacks for file in one.open)]
    if s.parameter_file is not None:
        inputs.append(work.file(s.parameter_file))
    for text, entry in outputs:
        refuse_to_overwrite(work.file(text), dict.fromkeys(inputs), f"&retrieval {entry}")
        writable_folder(work.file(text).parent, f"&retrieval {entry}")
    if len(outputs) == 2 and work.file(s.output) == work.file(s.parameter_output or ""):
        raise UserError("&retrieval parameter_output: the same file as output")
    return work


def series(work: RadarWork) -> Iterator[Series]:
    """All images of a few rows of cells after the other."""
    images = work.sigma.images
    for strip, rows in strips(work, max(1, SERIES // len(images))):
        scene = Scene(work, strip, rows)
        seen = [scene.averages(image) for image in images]
        code = TO_OWN[np.stack([one.code for one in seen])]
        sigma, theta, ndvi = (
            np.stack([getattr(one, name) for one in seen]) for name in ("sigma", "theta", "ndvi")
        )
        sigma = np.where(code == 0, decibels(sigma), np.nan)
        pixels = np.stack([one.pixels for one in seen])
        yield Series(rows, sigma, theta, ndvi, pixels, code)


class Known:
    """The references of all cells: read from a file, or found from the images and kept."""

    def __init__(self, work: RadarWork, s: ChangeDetection) -> None:
        self.settings, self.work = s, work
        shape = (work.lat.size, work.lon.size)
        self.maps = {field.name: np.full(shape, np.nan) for field in fields(References)}
        if s.parameter_file is not None:
            self._read(work.file(s.parameter_file))

    def _read(self, path: Path) -> None:
        with open_input(path, "&retrieval parameter_file") as dataset:
            lost = [n for n in ("lat", "lon", *self.maps) if n not in dataset.variables]
            if lost:
                raise UserError(f"{path}: no variable {', '.join(lost)}; not references of ours")
            refuse_other_cells(dataset, path, "references", self.work.lat, self.work.lon)
            for name in self.maps:
                self.maps[name] = np.ma.filled(dataset[name][:].astype(float), np.nan)

    def of(self, part: Series) -> References:
        """The references of some rows."""
        if self.settings.parameter_file is None:
            s = self.settings
            found = references(
                part.sigma, part.theta, s.slope_prior, s.slope_spread,
                (s.dry_quantile, s.wet_quantile),
            )  # fmt: skip
            for name, values in found.__dict__.items():
                self.maps[name][part.rows] = values.reshape(-1, self.work.lon.size)
        return References(**{name: one[part.rows].ravel() for name, one in self.maps.items()})

    def keep(self, more: dict[str, float]) -> None:
        """Write the references where the namelist says, with `more` numbers as attributes."""
        if self.settings.parameter_output is None:
            return
        times = self.work.sigma.times
        with atomic_dataset(self.work.file(self.settings.parameter_output)) as out:
            write_grid(out, self.work.lat, self.work.lon)
            out.setncatts(
                {
                    "Conventions": "CF-1.11",
                    "title": "References of change detection, at 40 degrees",
                    "period": f"{times.min()} to {times.max()}",
                    "namelist": self.work.path.read_text(),
                    **more,
                }
            )
            for name, values in self.maps.items():
                stored = out.createVariable(name, "f8", ("lat", "lon"), fill_value=np.nan)
                stored.units = UNITS[name]
                stored[:] = values
