"""Radar backscatter as a set of observations: orbits, calibrations, and the law of a window."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from ldas.config.groups import Observation
from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.core.mosaic import Mosaic
from ldas.gridded.stored import open_stored
from ldas.io.calibration_file import read_calibration
from ldas.io.surface import Surface
from observation_ops import quality
from observation_ops.backscatter import Signature
from observation_ops.observation_type import ObservationType
from observation_ops.operators.sigma0 import CalibratedBackscatter
from observation_ops.products import Product, Stamp

from .observation_set import ObservationSet, Observed

ONE_ORBIT = 0  # where all images are taken under one angle
UNKNOWN = Signature(*(np.array([v]) for v in (0.08, 0.1, 25.0, -15.0, 40.0, 0.2)))  # any


class BackscatterSet(ObservationSet):
    """A set of sigma0: its images, the orbits that took them, and what `ldas calibrate` found."""

    def __init__(self, settings: Observation, product: Product, surface: Surface) -> None:
        super().__init__(settings, product, surface.grid)
        self.clay = surface.clay
        self.law = ""
        self.orbits = np.empty(0, np.int64)
        self.fields: dict[str, np.ndarray] = {}
        self._orbit: dict[tuple[Path, int], int] = {}

    def calibrate(self, path: Path, identity: Mapping[str, str]) -> None:
        """Take up a calibration; raises UserError for one of something else."""
        found, settings = read_calibration(path, self.grid, identity), self.settings
        if found.most_pairs < settings.min_pairs or found.best_r < settings.r_min:
            raise UserError(
                f"{path}: no cell has {settings.min_pairs} pairs of an orbit and a correlation of "
                f"{settings.r_min:g} (&observation min_pairs, r_min)"
            )
        self.orbits, self.fields, self.law = found.orbits, found.fields, found.law

    def usable(self) -> np.ndarray:
        """Which orbits are calibrated in which cells: (orbit, cell)."""
        enough = self.fields["count"] >= self.settings.min_pairs
        good = enough & np.isfinite(self.fields["offset"])
        with np.errstate(invalid="ignore"):
            return good & (self.fields["r"] >= self.settings.r_min)

    def orbit_of(self, stamp: Stamp) -> int:
        """The relative orbit that took an image; raises UserError where the file says none."""
        name = self.settings.orbit_variable
        if name is None:
            return ONE_ORBIT
        key = (stamp.path, stamp.index)
        if key not in self._orbit:
            self._orbit[key] = _orbit_in(stamp, name, self.settings.group)
        return self._orbit[key]

    def field(self, stamp: Stamp) -> tuple[np.ndarray, np.ndarray]:
        """Values (cell,) of one image in the product's unit, and their codes."""
        value, code = super().field(stamp)
        code = code.copy()
        quality.reject(code, ~np.isfinite(self.rescaled(value, stamp.time)), "out_of_range")
        if self.law:
            known = np.flatnonzero(self.orbits == self.orbit_of(stamp))
            usable = self.usable()[known].any(axis=0)
            quality.reject(code, ~usable, "not_calibrated")
        return value, code

    def own_error(self, stamp: Stamp) -> np.ndarray:
        """What the calibration left (cell,), dB."""
        return self.fields["error"]

    def kind_in(self, seen: Observed | None, window: Window, mosaic: Mosaic) -> ObservationType:
        """The law of the orbits that were seen; where nothing was, that of any orbit."""
        which = np.isfinite(self.fields["offset"]).argmax(axis=0)
        if seen is not None:
            place = {orbit: k for k, orbit in enumerate(self.orbits.tolist())}
            taken = [place.get(self.orbit_of(stamp), -1) for stamp in self._between(window)]
            mine = np.asarray(taken)[seen.stamp]
            which = np.where((seen.flag == quality.USED) & (mine >= 0), mine, which)
        cell = np.arange(which.size)
        signature = Signature(
            *(self.fields[name] for name in ("plants", "attenuation", "soil")),
            self.fields["offset"][which, cell],
            self.fields["theta"][which, cell],
            self.clay,
        )
        known = np.isfinite(np.stack(signature)).all(axis=0)
        filled = [np.where(known, v, u) for v, u in zip(signature, UNKNOWN, strict=True)]
        return CalibratedBackscatter(
            **{field.name: getattr(self.kind, field.name) for field in fields(self.kind)},
            law=self.law,
            signature=Signature(*filled).of(mosaic.cell),
            sensitivity=np.where(known, self.fields["sensitivity"], 1.0),
            seen_min=self.settings.seen_min,
        )

    def _between(self, window: Window) -> list[Stamp]:
        return self.product.between(window.start, window.end)


def _orbit_in(stamp: Stamp, name: str, group: str | None) -> int:
    """The number of the orbit under `name`, of all images of a file or of each."""
    file = open_stored(stamp.path, group)
    if name in file.variables:
        stored = file.variables[name]
        found = stored.read(*([stamp.index] if stored.dims else []))
    else:
        found = np.asarray(file.attrs.get(name, ""))
    if found.size != 1 or found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise UserError(
            f"{stamp.path}: '{name}' is no number of an orbit for the image of {stamp.time} "
            "(&observation orbit_variable)"
        )
    return int(found.ravel()[0])
