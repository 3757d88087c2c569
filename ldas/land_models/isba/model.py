"""ISBA-DIF: the multi-layer land model under LDAS-Monde, with snow and growing vegetation.

Noilhan & Planton 1989, Noilhan & Mahfouf 1996, Boone et al. 2000, Boone & Etchevers 2001,
Calvet et al. 1998, Gibelin et al. 2006, Decharme et al. 2011, 2013, 2016. The physics is
beside it, one file a process.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ldas.core.clock import midnight, month_index, seconds
from ldas.core.meteorology import FORCING, Meteorology
from ldas.core.mosaic import PATCHES, Mosaic
from ldas.core.state import State
from ldas.core.sun import place_vector, sun_vector
from ldas.core.variable import Variable
from ldas.land_models.base import Advance
from ldas.land_models.control import Control, force_restore_range
from ldas.parallel.threads import in_shares

from .assemble import column_parameters, resolve
from .column import ENERGY, FLUXES, WATER
from .columns import Clock, ColumnParameters, ColumnState, Vegetation, advance_columns, room
from .control import frozen_or_snow, isba_control
from .diagnostics import diagnose_snow, diagnose_stress
from .irrigation import (
    APPLIED_STATE,
    UNSTRESSED,
    Irrigation,
    Prescribed,
    practice_of,
)
from .plants.nitrogen_dilution import ALLOMETRY_A, ALLOMETRY_C
from .records import LAYERS, vertical_grid
from .snow.cover import RHO_MIN
from .snow.records import SNOW_LAYERS
from .soil.hydraulics import LAYER_BOTTOM, NODE_DEPTH

SOIL_STATE = (
    Variable("wg", ("column", "layer"), "m3 m-3", "liquid soil water", lower=0.0, upper=1.0),
    Variable("wgi", ("column", "layer"), "m3 m-3", "soil ice", lower=0.0, upper=1.0),
    Variable("tg", ("column", "layer"), "K", "soil temperature", lower=180.0, upper=370.0),
    Variable("wr", ("column",), "kg m-2", "canopy water", lower=0.0, upper=100.0),
    Variable("ra", ("column",), "s m-1", "aerodynamic resistance", lower=0.0, upper=1e9),
)
_SNOW = ("column", "snow_layer")
SNOW_STATE = (
    Variable("snow_swe", _SNOW, "kg m-2", "snow water", lower=0.0, upper=1e5),
    Variable("snow_rho", _SNOW, "kg m-3", "snow density", lower=1.0, upper=1000.0),
    Variable("snow_heat", _SNOW, "J m-2", "snow enthalpy", lower=-1e11, upper=1e-3),
    Variable("snow_age", _SNOW, "d", "snow age", lower=0.0, upper=1e5),
    Variable("snow_albedo", ("column",), "1", "snow albedo", lower=0.0, upper=1.0),
)
_POOL = ("column",)
PLANT_STATE = (
    Variable("lai", _POOL, "m2 m-2", "leaf area index", lower=0.0, upper=20.0),
    Variable("biomass_leaf", _POOL, "kg m-2", "leaf biomass", lower=-1.0, upper=20.0),
    Variable("biomass_structural", _POOL, "kg m-2", "structural biomass", lower=-10.0, upper=500.0),
    Variable("biomass_below", _POOL, "kg m-2", "below-ground biomass", lower=0.0, upper=500.0),
    Variable(
        "assimilated", _POOL, "kg m-2", "CO2 assimilated since midnight", lower=-1.0, upper=1.0
    ),
    Variable("an_leaf_max", _POOL, "kg kg-1 m s-1", "best of leaves today", lower=-1.0, upper=1.0),
    Variable(
        "respired_structural", _POOL, "kg m-2", "respired since midnight", lower=-10.0, upper=10.0
    ),
    Variable("respired_below", _POOL, "kg m-2", "respired since midnight", lower=0.0, upper=10.0),
    Variable("le", _POOL, "W m-2", "last latent heat flux", lower=-1e5, upper=1e5),
)
INITIAL_RESISTANCE = 100.0  # s m-1, until the first step has computed one
PLANT_FLUXES = ("gpp", "reco")


@dataclass(frozen=True)
class InitialValues:
    """How a run starts without a restart: soil wetness index, temperatures (K) and LAI.

    `temperature` holds that of the first layer, of the layers with moisture and of those
    below; None takes the mean air temperature of the first window. `lai` (m2 m-2) has one
    value or one for each patch; None takes the prescribed one of the month, or 1.
    """

    swi: float = 1.0
    temperature: tuple[float, float, float] | None = None
    lai: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Site:
    """What the model must know of its cells, shape (cell,).

    Clay and sand as fractions, degrees, and the CO2 (kg per kg of air) to which the
    ageing of leaves is scaled.
    """

    clay: np.ndarray
    sand: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    co2: np.ndarray


@dataclass(frozen=True)
class Options:
    """How it runs: time step (s), 'prescribed' leaves or 'nit', snow 'es' or 'none'.

    Irrigation is 'none', on 'demand' or 'prescribed', which needs the amounts.
    """

    time_step: int
    photosynthesis: str = "prescribed"
    snow: str = "es"
    threads: int = 1
    irrigation: str = "none"
    prescribed: Prescribed | None = None


class Isba:
    """ISBA over the columns of a mosaic.

    `settings` holds overrides by parameter name as in the namelist; `maps` holds them as
    (cell, patch) or, for monthly parameters, (cell, patch, month). Raises UserError naming
    the parameter, the patch and the cell if a value is missing or out of bounds.
    """

    name = "isba"

    def __init__(
        self,
        mosaic: Mosaic,
        site: Site,
        settings: Mapping[str, np.ndarray],
        maps: Mapping[str, np.ndarray],
        initial: InitialValues,
        options: Options,
    ) -> None:
        self.mosaic = mosaic
        self.columns = mosaic.columns
        self.time_step = options.time_step
        self.initial = initial
        self.threads = options.threads
        self.grows, self.snows = options.photosynthesis == "nit", options.snow == "es"
        values = resolve(mosaic, site, settings, maps, self.grows)
        nothing = np.full((mosaic.columns, 12), np.nan)
        self.irrigation: Irrigation | None = None
        if options.irrigation != "none":
            self.irrigation = Irrigation(practice_of(values), mosaic.cell, options.prescribed)
        self.seasonal = {name: values.get(name, nothing) for name in Vegetation._fields}
        self.par = column_parameters(mosaic, site, values, self.grows)
        self.grid = vertical_grid()
        self.layer_bottom, self.temperature_depth = LAYER_BOTTOM, NODE_DEPTH
        self.place = place_vector(site.lat, site.lon)
        self.clay = site.clay
        self.state_table = (
            *SOIL_STATE,
            *(SNOW_STATE if self.snows else ()),
            *(PLANT_STATE if self.grows else ()),
            *(self.irrigation.state_table if self.irrigation is not None else ()),
        )
        absent = () if self.grows else PLANT_FLUXES
        absent += () if self.irrigation is not None else ("irrigation",)
        self.flux_names = tuple(name for name in FLUXES if name not in absent)
        self.diagnostic_names = ("wg", "wgi", "tg", "lai", "wr", "ts", "swe", "snow_depth")

    def take(self, columns: np.ndarray) -> "Isba":
        """The same model over some of its columns, repeats allowed, driven by the same cells."""
        other = copy.copy(self)
        other.columns = len(columns)
        other.par = ColumnParameters(*(values[columns] for values in self.par))
        other.seasonal = {name: values[columns] for name, values in self.seasonal.items()}
        other.irrigation = None if self.irrigation is None else self.irrigation.take(columns)
        return other

    def control(self, names: Sequence[str], move_structural: bool) -> Control:
        """What an assimilation may change; raises UserError for an unknown name."""
        return isba_control(self.par, names, self.control_scale(), self.grows, move_structural)

    def control_scale(self) -> np.ndarray:
        """See `ControlledModel.control_scale`: the range of the force-restore scheme."""
        return force_restore_range(self.clay[self.par.cell])

    def screened(self, state: State) -> np.ndarray:
        """Columns that no observation may change: frozen or under snow."""
        return frozen_or_snow(state)

    def driven_by_column(self) -> "Isba":
        """The same model with forcing given column by column instead of cell by cell."""
        other = copy.copy(self)
        other.par = self.par._replace(cell=np.arange(self.mosaic.columns))
        other.place = self.place[self.mosaic.cell]
        return other

    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        """What `initial` says in every column: no ice, dry leaves, no snow."""
        columns = self.mosaic.columns
        w = self.par.wwilt + self.initial.swi * (self.par.wfc - self.par.wwilt)
        moist = np.arange(LAYERS) < self.par.n_layers[:, None]
        if self.initial.temperature is None and air_temperature.ndim == 2:
            tg = air_temperature.copy()
        elif self.initial.temperature is None:
            tg = np.repeat(air_temperature[:, None], LAYERS, axis=1)
        else:
            surface, root, deep = self.initial.temperature
            tg = np.where(moist, root, deep)
            tg[:, 0] = surface
        start = {
            "wg": np.where(moist, w[:, None], 0.0),
            "wgi": np.zeros((columns, LAYERS)),
            "tg": tg,
            "wr": np.zeros(columns),
            "ra": np.full(columns, INITIAL_RESISTANCE),
        }
        start |= {variable.name: np.zeros(columns) for variable in PLANT_STATE}
        start |= {v.name: np.zeros((columns, SNOW_LAYERS)) for v in SNOW_STATE[:-1]}
        start |= {"snow_rho": np.full((columns, SNOW_LAYERS), RHO_MIN)}
        start |= {"snow_albedo": np.zeros(columns)}
        start |= self._initial_plants(time)
        start |= {} if self.irrigation is None else self.irrigation.initial()
        return State(self.state_table, {v.name: start[v.name] for v in self.state_table})

    def _initial_plants(self, time: np.datetime64) -> dict[str, np.ndarray]:
        """Leaf area of `initial` with the biomass that belongs to it."""
        lai = self._season(time).lai
        if self.initial.lai is not None:
            lai = np.broadcast_to(np.asarray(self.initial.lai), (len(PATCHES),))[self.mosaic.patch]
        lai = np.where(self.par.living, np.maximum(lai, self.par.lai_min), 0.0)
        leaf = lai * self.par.leaf_mass
        whole = (leaf / ALLOMETRY_C) ** (1.0 / (1.0 - ALLOMETRY_A))
        return {
            "lai": lai,
            "biomass_leaf": leaf,
            "biomass_structural": np.maximum(0.0, whole - leaf),
        }

    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """See `LandModel.advance`."""
        after = state.copy()
        flux_sum = np.zeros((self.columns, len(FLUXES)))
        worst = self.carry(after, forcing, start, steps, flux_sum)
        sums = dict(zip(FLUXES, flux_sum.T, strict=True))
        means = {name: sums[name] / max(steps, 1) for name in self.flux_names}
        return Advance(after, means, *worst)

    def carry(
        self,
        state: State,
        forcing: Meteorology,
        start: np.datetime64,
        steps: int,
        flux_sum: np.ndarray,
    ) -> tuple[float, float]:
        """Advance `state` in place and add each step's fluxes to `flux_sum` (column, FLUXES).

        Returns the worst residual of any step and column: water (kg m-2), energy (W m-2).
        """
        worst = np.zeros((self.columns, 2))
        if self.irrigation is not None and start == midnight(start):
            self._irrigate(state, start)
        clock = Clock(
            float(self.time_step),
            seconds(start - forcing.start) // self.time_step,
            steps,
            forcing.interval // self.time_step,
            bool(start == midnight(start)),
        )
        times = start + np.arange(steps) * np.timedelta64(self.time_step, "s")
        given = (
            self._column_state(state),
            self.par,
            self._season(start),
            self.grid,
            forcing.values,
            forcing.heights,
            self.place,
            sun_vector(times),
            clock,
        )

        def share(first: int, last: int) -> None:
            advance_columns(first, last, *given, *room(steps), flux_sum, worst)

        in_shares(share, self.columns, self.threads)
        return float(worst[:, WATER].max()), float(worst[:, ENERGY].max())

    def _irrigate(self, state: State, start: np.datetime64) -> None:
        """Decide, as a UTC day begins, what is irrigated on it."""
        assert self.irrigation is not None
        f2 = np.zeros(self.columns)
        diagnose_stress(state["wg"], self.par, np.zeros(LAYERS), f2)
        # frozen soil lacks liquid water, and one without roots lacks none: neither asks for it
        rests = frozen_or_snow(state) | ~self.par.root_share.any(axis=1)
        self.irrigation.begin_day(state, start, np.where(rests, UNSTRESSED, f2))

    def _column_state(self, state: State) -> ColumnState:
        """The arrays of `state`; what it does not hold, because it is switched off, is zero."""
        columns = self.columns
        arrays = {}
        for variable in (*SOIL_STATE, *SNOW_STATE, *PLANT_STATE, *APPLIED_STATE):
            if variable.name in state:
                arrays[variable.name] = state[variable.name]
            elif "snow_layer" in variable.dims:
                arrays[variable.name] = np.zeros((columns, SNOW_LAYERS))
            else:
                arrays[variable.name] = np.zeros(columns)
        return ColumnState(**arrays)

    def diagnose(self, state: State, time: np.datetime64) -> dict[str, np.ndarray]:
        """Soil profiles (NaN below the last layer with moisture), leaves, snow, surface."""
        moist = np.arange(LAYERS) < self.par.n_layers[:, None]
        season = self._season(time)
        columns = self._column_state(state)
        snow = np.zeros((3, self.columns))
        diagnose_snow(columns, self.par, season, snow)
        return {
            "wg": np.where(moist, state["wg"], np.nan),
            "wgi": np.where(moist, state["wgi"], np.nan),
            "tg": state["tg"],
            "lai": np.where(self.par.living, columns.lai, season.lai),
            "wr": state["wr"],
            "ts": snow[2],
            "swe": snow[0],
            "snow_depth": snow[1],
        }

    def refusals(self, forcing: Meteorology) -> list[str]:
        """Snowfall, where snow is switched off: it is not dropped unsaid."""
        snow = forcing.values[:, 1:, FORCING.index("snowf")]
        if self.snows or not (snow > 0.0).any():
            return []
        cell, stamp = (int(k) for k in np.argwhere(snow > 0.0)[0])
        time = forcing.start + np.timedelta64((stamp + 1) * forcing.interval, "s")
        return [
            f"snowfall of {snow[cell, stamp]:.3g} kg m-2 s-1 at {time} in cell {cell}: &model snow "
            "= 'none' does not drop snow; set it to 'es' or give forcing without snowfall"
        ]

    def _season(self, time: np.datetime64) -> Vegetation:
        """Prescribed properties in the month of `time`: monthly values are steps."""
        month = month_index(time)
        return Vegetation(
            *(np.ascontiguousarray(self.seasonal[name][:, month]) for name in Vegetation._fields)
        )
