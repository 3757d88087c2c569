"""The observations of an experiment as one rank meets them: read, gridded, screened, rescaled."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ldas import __version__
from ldas.config.groups import Observation
from ldas.config.product_entries import type_of, wanted_of
from ldas.core.clock import Window, month_index
from ldas.core.errors import Problems, UserError
from ldas.core.grid import Grid
from ldas.core.netcdf_input import find_inputs, open_input
from ldas.gridded.geometry import EARTH_RADIUS, Places, unit_vectors
from ldas.io.rescaling_file import read_rescaling
from ldas.io.surface import Surface
from ldas.land_models.foreign.names import shown_as
from observation_ops import quality
from observation_ops.at_cells import at_cells, error_at_cells
from observation_ops.gridding import ToCells, cells_of, spacing
from observation_ops.observation_type import ObservationType, observation_type
from observation_ops.products import NothingYet, Product, Stamp, open_wanted
from observation_ops.rescaling import Climate, rescale

from .configuration import Configuration, name_of

GEOMETRIES_KEPT = 64  # of orbits, each with places of its own
FEATURES = ("urban", "water", "relief")  # of the surface file, screened by the set's limits


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
            assert self.product.factor is not None
            return raw * self.product.factor
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


def open_sets(conf: Configuration, surface: Surface, rescaled: bool = True) -> list[ObservationSet]:
    """Every set of the namelist over the cells of `surface`.

    With `rescaled` false the statistics are not read: they are about to be made. Raises
    UserError with everything that is wrong with any of them.
    """
    problems = Problems()
    sets = []
    for settings in conf.observation:
        try:
            sets.append(_open_set(conf, settings, surface, rescaled))
        except UserError as error:
            problems.add(error)
    problems.raise_if_any()
    return sets


def _open_set(
    conf: Configuration, settings: Observation, surface: Surface, rescaled: bool
) -> ObservationSet:
    kind = seen_of(conf, observation_type(type_of(settings)))
    if not settings.files:  # of operations: nothing has come yet
        return ObservationSet(settings, NothingYet(kind), surface.grid)
    files = find_inputs([conf.file(entry) for entry in settings.files], "&observation files")
    product = open_wanted(wanted_of(settings, kind, tuple(files)), settings.reader)
    if product.factor is None and settings.rescaling == "none":
        raise UserError(
            f"&observation '{name_of(settings)}': units '{product.units}' are not those of the "
            f"model; set rescaling = 'linear', 'cdf' or 'anomaly'"
        )
    found = ObservationSet(settings, product, surface.grid)
    _screen(conf, found, surface)
    if rescaled and settings.rescaling != "none":
        path = conf.file(settings.rescaling_file or "")
        found.climate = Climate(**read_rescaling(path, surface.grid, identity(conf, found)))
    return found


def seen_of(conf: Configuration, kind: ObservationType) -> ObservationType:
    """A kind with the output and layer that it sees of the namelist's model.

    Raises UserError for a layer of a foreign soil that the namelist does not say.
    """
    said = getattr(conf.model, "equivalents", None)
    if said is None:
        return kind
    shown = shown_as(kind.name, said)
    if shown is not None:
        return replace(kind, variable=shown[0], layer=shown[1])
    if kind.layer is not None:
        raise UserError(
            f"&model equivalents: missing for '{kind.name}'; which layer of the model does it see? "
            f"('{kind.name}=wg1')"
        )
    return kind


def identity(conf: Configuration, found: ObservationSet) -> Mapping[str, str]:
    """Whose statistics a rescaling file holds: product and model, as text."""
    model = {key: value for key, value in conf.fingerprint().items() if key.startswith("&model ")}
    for key in ("restart", "initial_swi", "initial_lai", "initial_temperature"):
        model.pop(f"&model {key}", None)
    text = "\n".join(f"{key} = {value}" for key, value in sorted(model.items()))
    return {
        "made_by": f"ldas {__version__}",
        "product": f"{found.kind.name} '{found.product.variable}' in '{found.product.units}'",
        "model": hashlib.sha256(text.encode()).hexdigest()[:16],
    }


def _screen(conf: Configuration, found: ObservationSet, surface: Surface) -> None:
    """Give cells where this set is never used their code."""
    settings = found.settings
    for feature in FEATURES:
        values = surface.features.get(feature)
        if values is not None:
            limit = getattr(settings, f"{feature}_max")
            quality.reject(found.static, ~(values <= limit), feature)
    if settings.mask_file is not None:
        path = conf.file(settings.mask_file)
        with open_input(path, "mask") as dataset:
            if settings.mask_variable not in dataset.variables:
                raise UserError(f"{path}: no variable '{settings.mask_variable}'")
            mask = np.ma.filled(np.ma.asarray(dataset[settings.mask_variable][...]), 1)
        shape = (surface.grid.lat.size, surface.grid.lon.size)
        if mask.shape != shape:
            raise UserError(f"{path}: mask has shape {mask.shape}, the domain {shape}")
        masked = mask[surface.grid.row, surface.grid.col] != 0
        quality.reject(found.static, masked, "masked")
