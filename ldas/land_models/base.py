"""What the rest of the system asks of a land model.

A model carries columns (one patch of one cell each) and declares its parameters, its
prognostic state and its outputs in tables. Time steps are its own business; the system
calls `advance` for a stretch of time with the forcing of that stretch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ldas.core.clock import Window
from ldas.core.meteorology import Meteorology
from ldas.core.mosaic import Mosaic
from ldas.core.settings import Group
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.io.surface import Surface

from .control import Control


@dataclass(frozen=True)
class Advance:
    """What a stretch of time leaves behind.

    `fluxes` are means over the stretch, by name, shape (column,). `worst_water` (kg m-2)
    and `worst_energy` (W m-2) are the largest residuals of any step and column.
    """

    state: State
    fluxes: dict[str, np.ndarray]
    worst_water: float
    worst_energy: float


class WindowForcing(Protocol):
    """The forcing of some cells, read a window at a time."""

    def window(self, window: Window) -> Meteorology:
        """Forcing at the stamps that enclose the window."""
        ...


@dataclass(frozen=True)
class Ground:
    """What a land model is made for: its cells, columns and weather, and the run's start.

    `forcing` is None where nothing is run; `file` makes a path of the namelist absolute. The
    columns are the `first` (from 0) and following of `total` in the domain.
    """

    surface: Surface
    mosaic: Mosaic
    forcing: WindowForcing | None
    start: np.datetime64
    file: Callable[[str], Path]
    first: int
    total: int


@dataclass(frozen=True)
class LandModelChoice:
    """A land model that `&model name` can ask for.

    `settings` declares the entries of `&model`, a `name` among them; `make` gives the model,
    or raises UserError.
    """

    settings: type[Group]
    make: "Callable[[Any, Ground], LandModel]"


class LandModel(Protocol):
    """A land model over some columns."""

    name: str
    time_step: int  # s
    layer_bottom: np.ndarray  # (layer,) of its soil, m
    state_table: Sequence[Variable]
    flux_names: Sequence[str]
    diagnostic_names: Sequence[str]

    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        """A state to start from at `time`; `air_temperature` (K) where none is given.

        (column,), or (column, layer) for a model that says at which depths by an attribute
        `temperature_depth` (layer,), m.
        """
        ...

    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """The state `steps` time steps after `start`, and the mean fluxes; `state` is kept.

        A stretch does not reach past midnight UTC.
        """
        ...

    def diagnose(self, state: State, time: np.datetime64) -> dict[str, np.ndarray]:
        """Instantaneous outputs by name, shape (column,) or (column, layer)."""
        ...

    def refusals(self, forcing: Meteorology) -> list[str]:
        """What this model cannot take in this forcing: one line each, with the place's index."""
        ...


class ControlledModel(LandModel, Protocol):
    """A land model that can be assimilated into."""

    def take(self, columns: np.ndarray) -> "ControlledModel":
        """The same model over some of its columns, repeats allowed, driven by the same cells."""
        ...

    def control(self, names: Sequence[str], move_structural: bool) -> Control:
        """Its control variables; raises UserError for a name it has not."""
        ...

    def control_scale(self) -> np.ndarray:
        """The range of soil moisture (m3 m-3) that errors are given in: (column,)."""
        ...

    def screened(self, state: State) -> np.ndarray:
        """Columns that no observation may change: (column,)."""
        ...
