"""A coarse and a fine product of soil moisture day by day, on the cells of the fine one."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.namelist import expand_path
from ldas.config.smen_group import SmenSettings
from ldas.core.errors import Problems, UserError
from ldas.imagery.product_source import Source, cells_for, open_source
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from observation_ops.gridding import spacing
from observation_ops.products import Stamp
from retrieval.smen import PAST

NAMES = ("coarse", "fine")


@dataclass(frozen=True)
class Day:
    """One day: the last coarse field's time, both images (row, col), and the pairs before it.

    `past` are fine minus coarse of earlier days that have both, oldest first, at most PAST.
    """

    time: np.datetime64
    coarse: np.ndarray
    fine: np.ndarray | None
    past: tuple[np.ndarray, ...]


@dataclass
class Work:
    """What is read and where it goes."""

    path: Path
    settings: SmenSettings
    coarse: Source
    fine: Source
    lat: np.ndarray
    lon: np.ndarray

    @property
    def target(self) -> Path:
        """The product's path."""
        return expand_path(self.settings.output, self.path.parent)

    @property
    def network(self) -> Path:
        """The path of the weights."""
        return expand_path(self.settings.network, self.path.parent)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.lat.size, self.lon.size

    def about(self) -> dict[str, Any]:
        """What a network must have been trained on to be used here."""
        return {
            "step": [round(spacing(self.lat), 6), round(spacing(self.lon), 6)],
            "units": self.fine.units,
            "coarse": self.coarse.product.variable,
            "fine": self.fine.product.variable,
        }

    def dates(self) -> list[np.datetime64]:
        """The days with a coarse field, in order."""
        return sorted(_by_day(self.coarse))

    def days(self) -> Iterator[Day]:
        """Each day with a coarse value in any cell."""
        coarse, fine, past = _by_day(self.coarse), _by_day(self.fine), deque(maxlen=PAST)
        for date in self.dates():
            image = self._image(self.coarse, coarse[date])
            if not np.isfinite(image).any():
                continue
            other = self._image(self.fine, fine[date]) if date in fine else None
            if other is not None and not self.is_pair(image, other):
                other = None
            yield Day(coarse[date][-1].time, image, other, tuple(past))
            if other is not None:
                past.append(other - image)

    def is_pair(self, coarse: np.ndarray, fine: np.ndarray) -> bool:
        """Whether enough cells have both."""
        return np.isfinite(fine - coarse).mean() >= self.settings.least_share

    def _image(self, source: Source, stamps: list[Stamp]) -> np.ndarray:
        """Mean of all fields of a day (row, col)."""
        total, number = np.zeros((2, self.lat.size * self.lon.size))
        for stamp in stamps:
            values = source.values(stamp)
            seen = np.isfinite(values)
            number += seen
            total += np.where(seen, values, 0.0)
        with np.errstate(invalid="ignore"):
            return (total / number).reshape(self.shape)


def prepare(namelist: Path, groups: Mapping[str, Any]) -> Work:
    """Look into all files that a namelist names; raises UserError with all that is wrong."""
    path, problems = namelist.absolute(), Problems()
    s: SmenSettings = groups["retrieval"]
    given = [one.name for one in groups["source"]]
    if sorted(given) != sorted(NAMES):
        told = ", ".join(f"'{name}'" for name in given) or "none"
        raise UserError(f"&source name: found {told}; 'smen' needs one 'coarse' and one 'fine'")
    opened: dict[str, Source] = {}
    for entries in groups["source"]:
        try:
            opened[entries.name] = open_source(path, entries, "be made fine", None, s.end)
        except UserError as error:
            problems.add(error)
    problems.raise_if_any()
    units = [opened[name].units for name in NAMES]
    if units[0] != units[1]:
        raise UserError(
            f"&source: 'coarse' is in '{units[0]}' and 'fine' in '{units[1]}'; one unit is needed"
        )
    lat, lon = cells_for(path, s.grid_file, opened["fine"])
    steps = spacing(lat), spacing(lon)
    coarse, fine = (opened[name].over(lat, lon, steps) for name in NAMES)
    work = Work(path, s, coarse, fine, lat, lon)
    inputs = [path, *(stamp.path for one in opened.values() for stamp in one.stamps)]
    for target, entry in ((work.target, "output"), (work.network, "network")):
        refuse_to_overwrite(target, dict.fromkeys(inputs), f"&retrieval {entry}")
        writable_folder(target.parent, f"&retrieval {entry}")
    if work.target == work.network:
        raise UserError("&retrieval output: the same file as network")
    return work


def _by_day(source: Source) -> dict[np.datetime64, list[Stamp]]:
    found: dict[np.datetime64, list[Stamp]] = {}
    for stamp in source.stamps:
        found.setdefault(stamp.time.astype("datetime64[D]"), []).append(stamp)
    return found
