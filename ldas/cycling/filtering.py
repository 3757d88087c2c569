"""What a filter is given of one rank's cells and what it gives back, whichever filter it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ldas.assimilation.errors import (
    error_correlation,
    leaf_area_variance,
    soil_moisture_variance,
)
from ldas.config.groups import Assimilation
from ldas.core.clock import Window
from ldas.core.meteorology import Meteorology
from ldas.core.mosaic import Mosaic
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.land_models.base import ControlledModel
from ldas.land_models.control import LAI, layer_middle, soil_layer
from observation_ops.observation_type import ObservationType

SHALLOW = 0.04  # m, layers whose middle lies above it have the background error of wg2


@dataclass(frozen=True)
class Integration:
    """Some `columns` to be carried through a window from the `start` state of all.

    `times` says when each kind of observation is compared; `forecast` is where the model itself
    came to at the window's end, from `start`, if that is known.
    """

    start: State
    forcing: Meteorology
    window: Window
    columns: np.ndarray
    times: Sequence[np.datetime64]
    forecast: State | None = None


@dataclass
class Outcome:
    """What a window's analysis did: per cell and set (cell, obs), per column (column, control).

    `hbh` and `r` are the variances that background and observation were taken to have, `scale`
    what those given were multiplied by, `rank` that of the observation among the members of an
    ensemble.
    """

    raw: np.ndarray
    value: np.ndarray
    flag: np.ndarray
    background: np.ndarray
    innovation: np.ndarray
    residual: np.ndarray
    hbh: np.ndarray
    r: np.ndarray
    scale: np.ndarray
    rank: np.ndarray
    increment: np.ndarray
    jacobian: np.ndarray  # (column, obs, control)
    gain: np.ndarray  # (column, control, obs)
    correction: np.ndarray  # (column, control), steady, applied before the analysis


class Cells:
    """One rank's cells as the filters see them: columns, model, control and errors."""

    def __init__(
        self,
        settings: Assimilation,
        mosaic: Mosaic,
        model: ControlledModel,
        kinds: Sequence[ObservationType],
        lat: np.ndarray,
        lon: np.ndarray,
    ) -> None:
        """`lat`, `lon` (cell,): a place has its own random numbers, whichever rank it is on."""
        self.settings, self.mosaic, self.model, self.kinds = settings, mosaic, model, list(kinds)
        self.lat, self.lon = lat, lon
        self.names = tuple(settings.control)
        self.control = model.control(self.names, settings.structural_biomass)
        self.middle = layer_middle(np.asarray(model.layer_bottom))
        self.first = np.searchsorted(mosaic.cell, np.arange(mosaic.cells + 1))
        self.scale = model.control_scale()
        self.cell_scale = mosaic.mean(self.scale)
        self.correlation = error_correlation(
            self.control.depths, settings.layer_correlation, settings.lai_correlation
        )
        added = {True: settings.model_lai, False: settings.model_wg}
        self.model_share = np.array([added[name == LAI] for name in self.names])
        self.error_scale = np.ones((mosaic.columns, len(self.names)))

    def columns_of(self, cells: np.ndarray) -> np.ndarray:
        """The columns of some cells, in order."""
        return np.flatnonzero(np.isin(self.mosaic.cell, cells))

    def part(self, cell: int) -> slice:
        """The columns of one cell."""
        return slice(int(self.first[cell]), int(self.first[cell + 1]))

    def variance(self, background: State) -> np.ndarray:
        """Fixed background error variances (column, control); 0 where nothing may change."""
        may = self.control.present() & ~self.model.screened(background)[:, None]
        return np.where(may, self.variance_of(self.control.values(background)), 0.0)

    def variance_of(self, values: np.ndarray) -> np.ndarray:
        """Fixed background error variances of control variables (..., column, control).

        Those of the namelist times `error_scale`.
        """
        out = np.zeros_like(values)
        for m, name in enumerate(self.names):
            out[..., m] = self._variance_of(name, values[..., m], self.scale)
        return out * self.error_scale

    def observed_variance(self, kind: ObservationType, value: np.ndarray) -> np.ndarray:
        """Background error variance of what is observed, as the namelist gives it: (cell,)."""
        own = self._variance_of(kind.control, value, self.cell_scale)
        return own * kind.per_control**2

    def observed_variances(self, values: np.ndarray) -> np.ndarray:
        """The same of all sets, of what the model has of them: (cell, obs)."""
        each = zip(self.kinds, values.T, strict=True)
        return np.stack([self.observed_variance(kind, value) for kind, value in each], axis=1)

    def _variance_of(self, name: str, value: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Fixed background error variance of a variable; 0 where none is known."""
        settings = self.settings
        if name == LAI:
            return leaf_area_variance(
                value, settings.background_lai, settings.background_lai_low, settings.lai_low
            )
        layer = soil_layer(name)
        if layer is None:
            return np.zeros_like(value)
        shallow = self.middle[layer - 1] <= SHALLOW
        error = settings.background_wg2 if shallow else settings.background_wg
        return np.broadcast_to(soil_moisture_variance(error, scale), value.shape)


class Filter(Protocol):
    """One of the filters over one rank's cells.

    `everywhere` tells whether it works in every cell and window or only in observed ones,
    `members` how many its ensemble has, 0 without one.
    """

    everywhere: bool
    members: int

    def look_ahead(self, ahead: Integration) -> np.ndarray:
        """Run what the filter needs over the window; equivalents at its times (column, obs)."""
        ...

    def analyse(
        self, outcome: Outcome, background: State, cells: np.ndarray, columns: np.ndarray
    ) -> None:
        """Fill increments, gain and variances of `outcome` for some cells."""
        ...

    def moved(self, outcome: Outcome) -> np.ndarray:
        """By how much the analysis moved the observations' equivalents: (cell, obs)."""
        ...

    def table(self) -> tuple[Variable, ...]:
        """What a restart must hold beside the state."""
        ...

    def kept(self) -> dict[str, np.ndarray]:
        """The arrays of `table`, first axis = column."""
        ...

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        """Take up what `kept` gave; all zero stands for a filter that has not begun."""
        ...
