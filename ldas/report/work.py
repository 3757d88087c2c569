"""An evaluation under way: what is compared, what was found, what could not be used."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.evaluation.comparison import How
from ldas.evaluation.land_cover import Covers, covers_of
from ldas.evaluation.probes import Probe
from ldas.evaluation.product_source import ProductSource
from ldas.evaluation.setup import Setup
from ldas.evaluation.sources import ExperimentSource
from ldas.io.netcdf import write_atomically


@dataclass
class Evaluation:
    """An evaluation under way: what is compared, what was found, what went wrong.

    `series` has what each source shows at every probe, in the model's unit as far as it can be;
    `pairs` for each probe, by its key, the values at the times common to some sources.
    """

    setup: Setup
    experiments: list[ExperimentSource]
    products: list[ProductSource]
    problems: list[str]
    probes: list[Probe] = field(default_factory=list)
    series: dict[str, list[pd.Series | None]] = field(default_factory=dict)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    pairs: dict[str, tuple[Probe, dict[str, pd.DataFrame]]] = field(default_factory=dict)
    _covers: dict[tuple[bytes, bytes], Covers | None] = field(default_factory=dict)

    @property
    def how(self) -> How:
        """How series are judged."""
        entries = self.setup.evaluation
        return How(
            reference=self.setup.reference,
            minutes=entries.minutes,
            average=entries.average == "day",
            min_pairs=entries.min_pairs,
            anomaly_days=entries.anomaly_days,
            bootstrap=entries.bootstrap,
            block_days=entries.block_days,
            confidence=entries.confidence,
            seed=entries.seed,
        )

    @cached_property
    def mapped(self) -> list[ExperimentSource]:
        """Experiments on the reference's grid, if that is a map; others are told as problems."""
        if not self.experiments:
            return []
        first = next(
            (s for s in self.experiments if s.name == self.setup.reference), self.experiments[0]
        )
        if min(v.size for v in first.grid()) < 2:
            return []
        out = [first]
        for source in self.experiments:
            if source is first:
                continue
            if source.on_grid_of(first):
                out.append(source)
            else:
                self.problems.append(
                    f"source '{source.name}': another grid than '{first.name}'; no maps of it"
                )
        return out

    def covers(self, lat: np.ndarray, lon: np.ndarray) -> Covers | None:
        """The dominant land cover of cells, worked out once; None without a map that tells it."""
        entries, grid = self.setup.evaluation, (lat.tobytes(), lon.tobytes())
        if entries.land_cover_file is None:
            return None
        if grid not in self._covers:
            path, name = self.setup.file(entries.land_cover_file), entries.land_cover_variable
            try:
                self._covers[grid] = covers_of(path, name, lat, lon, entries.homogeneous)
            except UserError as error:
                self.problems += error.problems
                self._covers[grid] = None
        return self._covers[grid]

    def path(self, kind: str, name: str) -> Path:
        """Where a table or figure goes."""
        folder = self.setup.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "".join(c if c.isalnum() or c in "._-" else "_" for c in name)

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table as CSV."""
        write_atomically(self.path("tables", name), table.to_csv(index=False))


def parts(work: Evaluation, like: ExperimentSource) -> tuple[np.ndarray, dict[int, str]]:
    """Classes of the domain (lat, lon) and their names; one class without a mask."""
    lat, lon = like.grid()
    entries = work.setup.evaluation
    if entries.mask_file is None:
        covers = work.covers(lat, lon)
        if covers is not None:
            return _by_cover(covers)
        return np.ones((lat.size, lon.size), int), {1: "everywhere"}
    path = work.setup.file(entries.mask_file)
    try:
        values = map_like(path, "mask", entries.mask_variable, lat, lon)
    except UserError as error:
        work.problems += error.problems
        return np.ones((lat.size, lon.size), int), {1: "everywhere"}
    mask = np.ma.filled(values, 0).astype(int)
    name = entries.mask_variable
    return mask, {int(n): f"where {name} is {n}" for n in np.unique(mask)}


def _by_cover(covers: Covers) -> tuple[np.ndarray, dict[int, str]]:
    """Classes of the domain by their dominant land cover, those without any as one more."""
    names = [*covers.names(), *([""] if covers.of("").any() else [])]
    classes = np.zeros(covers.name.shape, int)
    for number, name in enumerate(names):
        classes[covers.of(name)] = number
    return classes, {k: name or "unknown" for k, name in enumerate(names)}


def map_like(
    path: Path, what: str, name: str, lat: np.ndarray, lon: np.ndarray
) -> np.ma.MaskedArray:
    """A variable (lat, lon) of a file on the cells of the maps; raises UserError if it is not."""
    with open_input(path, what) as dataset:
        if name not in dataset.variables:
            raise UserError(f"{path}: no variable '{name}'")
        values = np.ma.asarray(dataset[name][...])
        if values.shape != (lat.size, lon.size):
            raise UserError(f"{path}: {what} has shape {values.shape}, maps {(lat.size, lon.size)}")
        for axis, ours in (("lat", lat), ("lon", lon)):
            if axis in dataset.variables and not np.allclose(dataset[axis][:], ours, atol=1e-4):
                first, last = np.asarray(dataset[axis][:])[[0, -1]]
                raise UserError(
                    f"{path}: {what} has {axis} {first:g} to {last:g}, maps {ours[0]:g} to "
                    f"{ours[-1]:g}"
                )
    return values
