"""ISBA for others: the Basic Model Interface 2.0 around our land model.

    model = IsbaBmi()
    model.initialize("hapex.nml")   # a namelist of `ldas run`
    model.update()                  # one time step, with the namelist's own forcing
    model.set_value("tair", ...)    # or driven from outside

Variables carry the names of the namelist's outputs (`wg`, `lai`, `le` ...), forcing those
of the forcing (`tair`, `rainf` ...), and the prognostic state those with `state_` before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.clock import Window, seconds
from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING, FORCING_UNITS, Meteorology, instant
from ldas.cycling.build import build
from ldas.cycling.configuration import load
from ldas.cycling.run import first_state
from ldas.io.output_table import FLUX_BY_NAME, STATE_BY_NAME
from ldas.land_models.control import LAI
from ldas.land_models.isba.column import FLUXES
from ldas.land_models.isba.control import CONTROLLED
from ldas.land_models.isba.model import Isba
from ldas.parallel.communicator import Serial

try:
    from bmipy import Bmi
except ImportError:
    raise UserError("the Basic Model Interface needs bmipy: pip install 'ldas[bmi]'") from None

END, SUM = "_end", "_sum"  # of forcing at an interval's end; of a flux, over steps
INTERVAL = ("forcing_begin", "forcing_end")  # s since the start
ENDS = tuple(f"{name}{END}" for name in FORCING)
LIMITS = ("lai_lower", "wg_lower", "wg_upper")  # of analyses; NaN where a column has none
COLUMNS, PROFILES, SNOW, ONE = range(4)  # grids
BALANCE = {"worst_water_residual": "kg m-2", "worst_energy_residual": "W m-2"}
TIME = "time"


class IsbaBmi(Bmi):
    """ISBA over the columns (patch after patch, cell after cell) of a namelist's domain."""

    def initialize(self, config_file: str) -> None:
        """Read a namelist of `ldas run`; the model stands at its start with its initial state."""
        self.conf = load(Path(config_file))
        self.system = build(self.conf, Serial())
        self.local = self.system.local
        if not isinstance(self.local.model, Isba):
            raise UserError(f"{config_file}: &model name is not 'isba'")
        self.model = self.local.model.driven_by_column()
        self.cell = self.local.mosaic.cell
        self.state, _ = first_state(self.conf, self.system)
        self.start = self.conf.period.start
        self.now = self.start
        self.given: dict[str, np.ndarray] = {}
        self.driven: set[str] = set()
        self.ends: dict[str, np.ndarray] = {}
        self.interval = dict.fromkeys(INTERVAL, 0.0)
        columns = self.local.mosaic.columns
        self.flux = np.zeros((columns, len(FLUXES)))
        self.sums = np.zeros((columns, len(FLUXES)))
        self.worst = {name: np.zeros(1) for name in BALANCE}

    def update(self) -> None:
        """Advance by one time step, with what was set or else the namelist's own forcing."""
        if set(self.given) != set(FORCING):
            self._complete()
        values = self._weather(self.given, self.given)
        self._carry(values, self.now, self.model.time_step, 1)
        self.given = {name: values for name, values in self.given.items() if name in self.driven}

    def update_until(self, time: float) -> None:
        """Advance to `time` (s since the start).

        With forcing set for both ends of an interval, the model interpolates between them.
        """
        if set(self.ends) != set(FORCING):
            while self.get_current_time() < time:
                self.update()
            return
        begin, end = (self.interval[name] for name in INTERVAL)
        if not begin <= self.get_current_time() <= time <= end:
            raise ValueError(f"asked for {time:g} s with forcing from {begin:g} to {end:g} s")
        steps = round((time - self.get_current_time()) / self.model.time_step)
        since = self.start + np.timedelta64(int(begin), "s")
        values = self._weather(self.given, self.ends)
        self._carry(values, since, int(end - begin), steps)

    def _weather(self, begin: dict[str, np.ndarray], end: dict[str, np.ndarray]) -> np.ndarray:
        """Forcing (column, 2, variable) of both ends of an interval, by name."""
        values = np.empty((self.cell.size, 2, len(FORCING)))
        for k, name in enumerate(FORCING):
            values[:, 0, k], values[:, 1, k] = begin[name], end[name]
        return values

    def _carry(self, values: np.ndarray, since: np.datetime64, interval: int, steps: int) -> None:
        """Some steps with forcing (column, 2, variable) at both ends of an interval."""
        heights = self.local.forcing.heights[self.cell]
        forcing = Meteorology(values, heights, since, interval)
        if steps == 1:
            self.flux[:] = 0.0
            worst = self.model.carry(self.state, forcing, self.now, 1, self.flux)
            self.sums += self.flux
        else:
            before = self.sums.copy()
            worst = self.model.carry(self.state, forcing, self.now, steps, self.sums)
            self.flux = (self.sums - before) / max(steps, 1)
        self.worst["worst_water_residual"][:], self.worst["worst_energy_residual"][:] = worst
        self.now = self.now + np.timedelta64(steps * self.model.time_step, "s")

    def _complete(self) -> None:
        """Take what was not set from the namelist's forcing at this instant."""
        step = np.timedelta64(self.model.time_step, "s")
        own = self.local.forcing.window(Window(self.now, self.now + step))
        substep = seconds(self.now - own.start)
        found = np.empty((own.values.shape[0], len(FORCING)))
        instant(own.values, 0, substep / own.interval, found)
        for k, name in enumerate(FORCING):
            self.given.setdefault(name, found[self.cell, k])

    def finalize(self) -> None:
        """Let go of everything."""
        self.given, self.ends = {}, {}

    def get_component_name(self) -> str:
        """Name of the model."""
        return "ISBA (ldas)"

    def _state_names(self) -> dict[str, str]:
        return {f"state_{v.name}": v.name for v in self.model.state_table}

    def get_input_var_names(self) -> tuple[str, ...]:
        """Forcing at one or both ends of an interval, state, sums of fluxes, times, leaf area."""
        leaves = (LAI,) if self.model.grows else ()
        sums = (f"{name}{SUM}" for name in self.model.flux_names)
        return (*FORCING, *ENDS, *INTERVAL, *self._state_names(), TIME, *sums, *leaves)

    def get_output_var_names(self) -> tuple[str, ...]:
        """Outputs, state and the worst residuals of the last step."""
        return (
            *self.model.diagnostic_names,
            *self.model.flux_names,
            *(f"{name}{SUM}" for name in self.model.flux_names),
            *self._state_names(),
            *BALANCE,
            *LIMITS,
        )

    def get_input_item_count(self) -> int:
        """Number of inputs."""
        return len(self.get_input_var_names())

    def get_output_item_count(self) -> int:
        """Number of outputs."""
        return len(self.get_output_var_names())

    def get_var_grid(self, name: str) -> int:
        """0: columns; 1: columns x soil layers; 2: columns x snow layers; 3: one value."""
        if name == TIME or name in BALANCE or name in INTERVAL:
            return ONE
        if name in ENDS or name in FORCING or name.removesuffix(SUM) in self.model.flux_names:
            return COLUMNS
        values = self._read(name)
        if values.ndim == 1:
            return COLUMNS
        return PROFILES if values.shape[1] == self.system.layer_bottom.size else SNOW

    def _read(self, name: str) -> np.ndarray:
        states = self._state_names()
        if name in states:
            return self.state[states[name]]
        if name in self.model.flux_names:
            return self.flux[:, FLUXES.index(name)]
        if name.removesuffix(SUM) in self.model.flux_names:
            return self.sums[:, FLUXES.index(name.removesuffix(SUM))]
        if name in self.interval:
            return np.array([self.interval[name]])
        if name in ENDS:
            return self.ends[name.removesuffix(END)]
        if name in self.worst:
            return self.worst[name]
        if name == TIME:
            return np.array([self.get_current_time()])
        if name in FORCING:
            self._complete()
            return self.given[name]
        if name in LIMITS:
            return self._limit(name)
        found = self.model.diagnose(self.state, self.now)
        if name not in found:
            raise KeyError(f"no variable '{name}'")
        return found[name]

    def _limit(self, name: str) -> np.ndarray:
        """A bound of analyses: (column,) or (column, layer)."""
        variable, which = name.split("_")
        columns, side = self.local.mosaic.columns, which == "upper"
        if variable == LAI and not self.model.grows:
            return np.full(columns, np.nan)
        if variable == LAI:
            return self._analysed((LAI,), side)[:, 0]
        out = np.full((columns, self.system.layer_bottom.size), np.nan)
        out[:, :CONTROLLED] = self._analysed([f"wg{k + 1}" for k in range(CONTROLLED)], side)
        return out

    def _analysed(self, names: Sequence[str], upper: bool) -> np.ndarray:
        """Bounds of control variables (column, control)."""
        variables = self.local.model.control(names, True).variables
        found = [np.where(v.present(), v.bounds(self.state)[upper], np.nan) for v in variables]
        return np.stack(found, axis=1)

    def get_var_type(self, name: str) -> str:
        """All are double precision."""
        return "float64"

    def get_var_units(self, name: str) -> str:
        """Units of a variable."""
        states = {f"state_{v.name}": v.units for v in self.model.state_table}
        known = {v.name: v.units for v in (*STATE_BY_NAME.values(), *FLUX_BY_NAME.values())}
        known |= {limit: known[limit.split("_")[0]] for limit in LIMITS}
        known |= {**FORCING_UNITS, **states, **BALANCE, **dict.fromkeys((TIME, *INTERVAL), "s")}
        bare = name.removesuffix(END).removesuffix(SUM)
        return known[name if name in known else bare]

    def get_var_itemsize(self, name: str) -> int:
        """Bytes of one value."""
        return 8

    def get_var_nbytes(self, name: str) -> int:
        """Bytes of all values."""
        return 8 * self.get_grid_size(self.get_var_grid(name))

    def get_var_location(self, name: str) -> str:
        """Columns are points."""
        return "node"

    def get_current_time(self) -> float:
        """Seconds since the start."""
        return float(seconds(self.now - self.start))

    def get_start_time(self) -> float:
        """Zero."""
        return 0.0

    def get_end_time(self) -> float:
        """Seconds to the end of the namelist's period."""
        return float(seconds(self.conf.period.end - self.start))

    def get_time_units(self) -> str:
        """Seconds."""
        return "s"

    def get_time_step(self) -> float:
        """Time step (s)."""
        return float(self.model.time_step)

    def get_value(self, name: str, dest: np.ndarray) -> np.ndarray:
        """Copy all values, columns outermost, into `dest`."""
        dest[:] = self._read(name).ravel()
        return dest

    def get_value_ptr(self, name: str) -> np.ndarray:
        """A flat copy: the state is never shared."""
        return self._read(name).ravel().copy()

    def get_value_at_indices(self, name: str, dest: np.ndarray, inds: np.ndarray) -> np.ndarray:
        """Copy the values at flat indices into `dest`."""
        dest[:] = self._read(name).ravel()[inds]
        return dest

    def set_value(self, name: str, src: np.ndarray) -> None:
        """Set forcing, state, leaf area with its biomass, a sum of fluxes, or a time (s)."""
        states = self._state_names()
        if name == TIME:
            self.now = self.start + np.timedelta64(int(np.asarray(src).ravel()[0]), "s")
        elif name in INTERVAL:
            self.interval[name] = float(np.asarray(src).ravel()[0])
        elif name in ENDS:
            self.ends[name.removesuffix(END)] = np.array(src, dtype=float).ravel()
        elif name.endswith(SUM) and name.removesuffix(SUM) in self.model.flux_names:
            self.sums[:, FLUXES.index(name.removesuffix(SUM))] = np.ravel(src)
        elif name in FORCING:
            self.given[name] = np.array(src, dtype=float).ravel()
            self.driven.add(name)
        elif name in states:
            self.state[states[name]][...] = np.reshape(src, self.state[states[name]].shape)
        elif name == LAI and self.model.grows:
            leaves = self.local.model.control((LAI,), True).variables[0]
            leaves.put(self.state, np.array(src, dtype=float).ravel())
        else:
            raise KeyError(f"'{name}' cannot be set")

    def set_value_at_indices(self, name: str, inds: np.ndarray, src: np.ndarray) -> None:
        """Set the values at flat indices."""
        values = self._read(name).ravel().copy()
        values[inds] = src
        self.set_value(name, values)

    def get_grid_rank(self, grid: int) -> int:
        """Dimensions of a grid."""
        return {COLUMNS: 1, PROFILES: 2, SNOW: 2, ONE: 0}[grid]

    def get_grid_size(self, grid: int) -> int:
        """Values of a grid."""
        return int(np.prod(self._shape(grid)))

    def _shape(self, grid: int) -> tuple[int, ...]:
        columns = self.local.mosaic.columns
        layers, snow = self.system.layer_bottom.size, 0
        if "snow_swe" in self.state:
            snow = self.state["snow_swe"].shape[1]
        shapes = {COLUMNS: (columns,), PROFILES: (columns, layers), SNOW: (columns, snow), ONE: ()}
        return shapes[grid]

    def get_grid_type(self, grid: int) -> str:
        """Columns are points without neighbours."""
        return "scalar" if grid == ONE else "points"

    def get_grid_shape(self, grid: int, shape: np.ndarray) -> np.ndarray:
        """Lengths of the dimensions."""
        shape[:] = self._shape(grid)
        return shape

    def get_grid_x(self, grid: int, x: np.ndarray) -> np.ndarray:
        """Longitudes of the columns."""
        x[:] = self.local.surface.grid.cell_lon[self.cell]
        return x

    def get_grid_y(self, grid: int, y: np.ndarray) -> np.ndarray:
        """Latitudes of the columns."""
        y[:] = self.local.surface.grid.cell_lat[self.cell]
        return y

    def get_grid_node_count(self, grid: int) -> int:
        """Columns, or 1."""
        return 1 if grid == ONE else self.local.mosaic.columns

    def _not_on_points(self, *_: Any) -> Any:
        raise NotImplementedError("columns have no spacing, edges or faces")

    get_grid_spacing = get_grid_origin = get_grid_z = _not_on_points
    get_grid_edge_count = get_grid_face_count = get_grid_edge_nodes = _not_on_points
    get_grid_face_edges = get_grid_face_nodes = get_grid_nodes_per_face = _not_on_points
