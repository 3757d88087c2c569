"""A product of observations, whatever its files look like: stamps, grid, unit, fields."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.registries import PRODUCT_READERS

from .observation_type import ObservationType


@dataclass(frozen=True)
class Stamp:
    """One field of a product: where it stands and when it was observed."""

    time: np.datetime64
    path: Path
    index: int


@dataclass(frozen=True)
class Wanted:
    """What is to be read of a product: its files, a variable and which of its flags are good."""

    kind: ObservationType
    files: Sequence[Path]
    variable: str
    flag_variable: str | None = None
    flag_good: Sequence[int] = ()


@dataclass(frozen=True)
class Product(ABC):
    """All files of one product.

    `factor` turns values into the unit of the model's equivalent, None if only rescaling
    can. `upper` bounds the values as they stand in the files.
    """

    kind: ObservationType
    variable: str
    units: str
    lat: np.ndarray
    lon: np.ndarray
    stamps: tuple[Stamp, ...]
    factor: float | None
    upper: float

    def between(self, after: np.datetime64, until: np.datetime64) -> list[Stamp]:
        """Stamps later than `after` and not later than `until`."""
        return [stamp for stamp in self.stamps if after < stamp.time <= until]

    @abstractmethod
    def read(self, stamp: Stamp, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        """Values and quality codes (row, col) of a part of one field.

        Values are in `units`; what cannot be used is NaN and its code says why.
        """


def open_product(
    kind: ObservationType,
    files: Sequence[Path],
    variable: str,
    flag_variable: str | None = None,
    flag_good: Sequence[int] = (),
    reader: str = "netcdf",
) -> Product:
    """Look into all files; raises UserError with everything that is wrong with any of them."""
    wanted = Wanted(kind, files, variable, flag_variable, flag_good)
    return PRODUCT_READERS.load(reader)(wanted)
