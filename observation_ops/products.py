"""A product of observations, whatever its files look like: stamps, grid, unit, fields."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ldas.core.registries import PRODUCT_READERS
from ldas.gridded.geometry import Geometry, Rectilinear

from .observation_type import ObservationType
from .preset import Check, PixelTime, Preset


@dataclass(frozen=True)
class Stamp:
    """One field of a product: where it stands and when it was observed.

    `place` counts the product's geometries. Where each value has its own time a stamp stands
    for what was observed after `since` and not after `time`.
    """

    time: np.datetime64
    path: Path
    index: int
    place: int = 0
    since: np.datetime64 | None = None


@dataclass(frozen=True)
class Wanted:
    """What is to be read of a product: its files, a variable, and what is known of them.

    The entries of the namelist on top of those of a preset; see `Preset` for each. Values that
    the variable itself calls flags are none, but for a flag variable given (`value_flags`). With
    `error_needed` a file without the variable of errors is refused. `units_given` and
    `group_given` say that the namelist gave them, so that they count whatever a file says.
    """

    kind: ObservationType
    files: tuple[Path, ...]
    variable: str
    checks: tuple[Check, ...] = ()
    group: str | None = None
    units: str | None = None
    units_given: bool = False
    group_given: bool = False
    thickness: float | None = None
    scale: float | None = None
    offset: float | None = None
    valid: tuple[float, float] | None = None
    fill: tuple[float, ...] = ()
    value_flags: bool = True
    error_variable: str | None = None
    error_needed: bool = False
    time: PixelTime | None = None
    places: str = "axes"
    resolution: float | None = None


def wanted_by(found: Preset, kind: ObservationType, files: tuple[Path, ...]) -> Wanted:
    """What a preset says of files."""
    own = {field.name for field in fields(Wanted)} & {field.name for field in fields(Preset)}
    return Wanted(kind, files, **{name: getattr(found, name) for name in own})


@dataclass(frozen=True)
class Product(ABC):
    """All files of one product.

    A stamp's `place` says which of the `geometries` its field has. `factor` turns values into
    the unit of the model's equivalent, None if only rescaling can. `upper` bounds the values as
    they stand in the files; `notes` say what could not be looked at.
    """

    kind: ObservationType
    variable: str
    units: str
    geometries: tuple[Geometry, ...]
    stamps: tuple[Stamp, ...]
    factor: float | None
    upper: float
    notes: tuple[str, ...]

    @property
    def regular(self) -> bool:
        """Whether all fields stand on one grid of latitudes and longitudes."""
        return len(self.geometries) == 1 and isinstance(self.geometries[0], Rectilinear)

    @property
    def lat(self) -> np.ndarray:
        """Latitudes of a regular product's rows, or of its first field's places."""
        return self.geometries[0].lat

    @property
    def lon(self) -> np.ndarray:
        """Longitudes of a regular product's columns, or of its first field's places."""
        return self.geometries[0].lon

    def between(self, after: np.datetime64, until: np.datetime64) -> list[Stamp]:
        """Stamps later than `after` and not later than `until`."""
        return [stamp for stamp in self.stamps if after < stamp.time <= until]

    @abstractmethod
    def read(self, stamp: Stamp, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        """Values and quality codes (row, col) of a part of one field.

        Values are in `units`; what cannot be used is NaN and its code says why.
        """

    def read_error(self, stamp: Stamp, rows: slice, cols: slice) -> np.ndarray | None:
        """The producer's own error (row, col) in `units`, NaN where there is none; or None."""
        return None


class NothingYet(Product):
    """A product of which no file has arrived."""

    def __init__(self, kind: ObservationType) -> None:
        super().__init__(kind, "", kind.model_units, (), (), 1.0, np.inf, ())

    def read(self, stamp: Stamp, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        """There is no field to read."""
        raise LookupError(f"no field of {stamp.time}")


def open_product(
    kind: ObservationType,
    files: Sequence[Path],
    variable: str,
    flag_variable: str | None = None,
    flag_good: Sequence[int] = (),
    reader: str = "netcdf",
) -> Product:
    """Look into all files; raises UserError with everything that is wrong with any of them."""
    checks = (Check(flag_variable, "in", tuple(flag_good)),) if flag_variable else ()
    wanted = Wanted(kind, tuple(files), variable, checks, value_flags=not checks)
    return open_wanted(wanted, reader)


def open_wanted(wanted: Wanted, reader: str = "netcdf") -> Product:
    """Look into all files; raises UserError with everything that is wrong with any of them."""
    return PRODUCT_READERS.load(reader)(wanted)
