"""One `&observation` group over the cells of one rank: read, gridded, screened, rescaled."""

from dataclasses import dataclass

import numpy as np

from ldas.config.groups import Observation
from ldas.core.clock import Window, month_index
from ldas.core.grid import Grid
from ldas.core.mosaic import Mosaic
from ldas.gridded.geometry import EARTH_RADIUS, Places, unit_vectors
from observation_ops import quality
from observation_ops.at_cells import at_cells, error_at_cells
from observation_ops.gridding import ToCells, cells_of, spacing
from observation_ops.observation_type import ObservationType
from observation_ops.products import Product, Stamp
from observation_ops.rescaling import Climate, rescale

from .configuration import name_of

GEOMETRIES_KEPT = 64  # of orbits, each with places of its own


@dataclass
class Observed:
    """What one set saw in one window: (cell,).

    `raw` as observed, `value` in the model's climate and `error` that of the producer in the
    same, NaN where it gives none; `flag` says why one is not used; `stamp` which of `times` it
    comes from.
    """

    raw: np.ndarray
    value: np.ndarray
    error: np.ndarray
    flag: np.ndarray
    stamp: np.ndarray
    times: list[np.datetime64]


class ObservationSet:
    """One `&observation` group over the cells of one rank."""

    def __init__(self, settings: Observation, product: Product, grid: Grid) -> None:
        self.settings, self.product, self.grid = settings, product, grid
        self.name = name_of(settings)
        self.kind: ObservationType = product.kind
        self.climate: Climate | None = None
        self.static = np.full(grid.cells, quality.USED)
        self._cells: dict[int, ToCells] = {}

    def cells(self, place: int) -> ToCells:
        """The pixels of each cell, of one of the product's geometries."""
        if place not in self._cells:
            if len(self._cells) >= GEOMETRIES_KEPT:
                self._cells.pop(next(iter(self._cells)))
            grid = self.grid
            self._cells[place] = cells_of(
                self.product.geometries[place],
                grid.cell_lat,
                grid.cell_lon,
                (spacing(grid.lat), spacing(grid.lon)),
                self.settings.max_distance,
            )
        return self._cells[place]

    def distances(self, place: int) -> float:
        """How far (km) the farthest pixel of any cell lies from its middle."""
        cells, geometry = self.cells(place), self.product.geometries[place]
        rows, cols = geometry.shape
        row, col = np.divmod(cells.pixel, len(range(cols)[cells.cols]))
        row = row + range(rows)[cells.rows].start
        col = col + range(cols)[cells.cols].start
        lat, lon = geometry.lat[row], geometry.lon[row if isinstance(geometry, Places) else col]
        here = unit_vectors(self.grid.cell_lat[cells.cell], self.grid.cell_lon[cells.cell])
        away = np.linalg.norm(here - unit_vectors(lat, lon), axis=1)
        return float(away.max(initial=0.0)) * EARTH_RADIUS

    def field(self, stamp: Stamp) -> tuple[np.ndarray, np.ndarray]:
        """Values (cell,) of one field in the product's unit, and their codes."""
        value, code = at_cells(self.product, stamp, self.cells(stamp.place))
        barred = (code == quality.USED) & (self.static != quality.USED)
        return value, np.where(barred, self.static, code)

    def within(self, window: Window) -> Observed | None:
        """The latest usable observation of each cell in (start, end]; None if there is no field."""
        stamps = self.product.between(window.start, window.end)
        if not stamps:
            return None
        n = self.grid.cells
        seen = Observed(
            np.full(n, np.nan),
            np.full(n, np.nan),
            np.full(n, np.nan),
            np.full(n, quality.NONE),
            np.zeros(n, np.int64),
            [stamp.time for stamp in stamps],
        )
        for k, stamp in enumerate(stamps):
            raw, flag = self.field(stamp)
            value = self.rescaled(raw, stamp.time)
            short = (flag == quality.USED) & ~np.isfinite(value)
            flag = np.where(short, quality.CODE["few_pairs"], flag)
            better = (flag == quality.USED) | (seen.flag == quality.NONE)
            seen.raw = np.where(better, raw, seen.raw)
            seen.value = np.where(better & (flag == quality.USED), value, seen.value)
            seen.stamp = np.where(better, k, seen.stamp)
            if self.settings.error is None:
                seen.error = np.where(better, self.own_error(stamp), seen.error)
            seen.flag = np.where(better, flag, seen.flag)
        return seen

    def rescaled(self, raw: np.ndarray, time: np.datetime64) -> np.ndarray:
        """Values in the model's unit and, if asked for, climate."""
        if self.climate is None:
            product = self.product
            return self.kind.in_model_units(raw, product.units, product.factor)
        month = int(month_index(time))
        settings = self.settings
        return rescale(self.climate, settings.rescaling, month, raw, settings.min_pairs)

    def own_error(self, stamp: Stamp) -> np.ndarray:
        """The producer's error (cell,) in the model's unit and climate, NaN without one."""
        own = error_at_cells(self.product, stamp, self.cells(stamp.place))
        return own * self._slope(stamp.time)

    def _slope(self, time: np.datetime64) -> np.ndarray | float:
        """By how much the model's climate varies more than the product's."""
        if self.climate is None:
            return self.product.factor or 1.0
        month = int(month_index(time))
        if self.settings.rescaling == "anomaly":
            return 1.0
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.climate.modelled_sd[month] / self.climate.observed_sd[month]

    def variance(self, seen: Observed, scale: np.ndarray) -> np.ndarray:
        """Observation error variance (cell,); `scale` is the soil's range of each cell.

        The namelist's error, else the producer's own, else that of the type.
        """
        error = self.kind.error if self.settings.error is None else self.settings.error
        by_type = self.kind.variance(seen.value, error, self.settings.error_min, scale)
        return np.where(np.isfinite(seen.error), seen.error**2, by_type)

    def kind_in(self, seen: Observed | None, window: Window, mosaic: Mosaic) -> ObservationType:
        """How what was seen in a window answers to the model's columns: always alike."""
        return self.kind
