"""ISBA-DIF: the multi-layer land model under LDAS-Monde, with prescribed vegetation.

Noilhan & Planton 1989, Noilhan & Mahfouf 1996, Boone et al. 2000, Decharme et al. 2011,
2013. The physics is in `_isba/`, one file a process.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ldas.core.clock import seconds
from ldas.core.errors import UserError
from ldas.core.kernel import set_threads
from ldas.core.meteorology import FORCING, Meteorology
from ldas.core.mosaic import Mosaic
from ldas.core.state import State
from ldas.core.variable import Variable

from ._isba import soil_hydraulics
from ._isba.column import (
    ENERGY,
    FLUXES,
    WATER,
    Clock,
    ColumnParameters,
    ColumnState,
    Vegetation,
    advance_columns,
)
from ._isba.parameters import BARE, BY_NAME, PARAMETERS, cover_from_lai, expand
from ._isba.records import LAYERS, PADDED, Grid
from .base import Advance

STATE = (
    Variable("wg", ("column", "layer"), "m3 m-3", "liquid soil water", lower=0.0, upper=1.0),
    Variable("wgi", ("column", "layer"), "m3 m-3", "soil ice", lower=0.0, upper=1.0),
    Variable("tg", ("column", "layer"), "K", "soil temperature", lower=180.0, upper=370.0),
    Variable("wr", ("column",), "kg m-2", "canopy water", lower=0.0, upper=100.0),
    Variable("ra", ("column",), "s m-1", "aerodynamic resistance", lower=0.0, upper=1e9),
)
INITIAL_RESISTANCE = 100.0  # s m-1, until the first step has computed one


@dataclass(frozen=True)
class InitialValues:
    """How a run starts without a restart: soil wetness index and temperatures (K).

    `temperature` holds that of the first layer, of the layers with moisture and of those
    below; None takes the mean air temperature of the first window.
    """

    swi: float = 1.0
    temperature: tuple[float, float, float] | None = None


class Isba:
    """ISBA over the columns of a mosaic.

    `clay` and `sand` (cell,) are fractions; `settings` holds overrides by parameter name
    as in the namelist; `maps` holds them as (cell, patch) or, for monthly parameters,
    (cell, patch, month). Raises UserError naming the parameter, the patch and the cell
    if a value is missing or out of bounds.
    """

    name = "isba"
    state_table = STATE
    flux_names = FLUXES
    diagnostic_names = ("wg", "wgi", "tg", "lai", "wr", "ts")

    def __init__(
        self,
        mosaic: Mosaic,
        clay: np.ndarray,
        sand: np.ndarray,
        settings: Mapping[str, np.ndarray],
        maps: Mapping[str, np.ndarray],
        time_step: int,
        initial: InitialValues,
        threads: int = 1,
    ) -> None:
        self.mosaic = mosaic
        self.time_step = time_step
        self.initial = initial
        self.threads = threads
        values = _resolve(mosaic, settings, maps)
        self.seasonal = {name: values[name] for name in Vegetation._fields}
        self.par = _column_parameters(mosaic, clay, sand, values)
        self.grid = Grid(
            _padded(soil_hydraulics.THICKNESS),
            _padded(soil_hydraulics.NODE_DEPTH),
            _padded(1.0 / soil_hydraulics.NODE_SPACING),
        )

    def initial_state(self, air_temperature: np.ndarray) -> State:
        """Wetness index and temperatures of `initial` in every column, no ice, dry leaves."""
        columns = self.mosaic.columns
        w = self.par.wwilt + self.initial.swi * (self.par.wfc - self.par.wwilt)
        moist = np.arange(LAYERS) < self.par.n_layers[:, None]
        if self.initial.temperature is None:
            tg = np.repeat(air_temperature[:, None], LAYERS, axis=1)
        else:
            surface, root, deep = self.initial.temperature
            tg = np.where(moist, root, deep)
            tg[:, 0] = surface
        return State(
            STATE,
            {
                "wg": np.where(moist, w[:, None], 0.0),
                "wgi": np.zeros((columns, LAYERS)),
                "tg": tg,
                "wr": np.zeros(columns),
                "ra": np.full(columns, INITIAL_RESISTANCE),
            },
        )

    def advance(
        self, state: State, forcing: Meteorology, start: np.datetime64, steps: int
    ) -> Advance:
        """See `LandModel.advance`."""
        after = state.copy()
        vegetation = self._vegetation(start)
        flux_sum = np.zeros((self.mosaic.columns, len(FLUXES)))
        worst = np.zeros((self.mosaic.columns, 2))
        clock = Clock(
            float(self.time_step),
            seconds(start - forcing.start) // self.time_step,
            steps,
            forcing.interval // self.time_step,
        )
        set_threads(self.threads)
        advance_columns(
            ColumnState(*after.values()),
            self.par,
            vegetation,
            self.grid,
            forcing.values,
            forcing.heights,
            clock,
            flux_sum,
            worst,
        )
        means = {name: flux_sum[:, k] / max(steps, 1) for k, name in enumerate(FLUXES)}
        return Advance(after, means, float(worst[:, WATER].max()), float(worst[:, ENERGY].max()))

    def diagnose(self, state: State, time: np.datetime64) -> dict[str, np.ndarray]:
        """Soil profiles (NaN below the last layer with moisture), leaves, surface temperature."""
        moist = np.arange(LAYERS) < self.par.n_layers[:, None]
        return {
            "wg": np.where(moist, state["wg"], np.nan),
            "wgi": np.where(moist, state["wgi"], np.nan),
            "tg": state["tg"],
            "lai": self._vegetation(time).lai,
            "wr": state["wr"],
            "ts": state["tg"][:, 0],
        }

    def refusals(self, forcing: Meteorology) -> list[str]:
        """Snowfall: this version of the model has no snow pack and does not drop it unsaid."""
        snow = forcing.values[:, 1:, FORCING.index("snowf")]
        if not (snow > 0.0).any():
            return []
        cell, stamp = (int(k) for k in np.argwhere(snow > 0.0)[0])
        time = forcing.start + np.timedelta64((stamp + 1) * forcing.interval, "s")
        return [
            f"snowfall of {snow[cell, stamp]:.3g} kg m-2 s-1 at {time} in cell {cell}: the model "
            "has no snow pack yet and does not drop snow; give forcing without snowfall"
        ]

    def _vegetation(self, time: np.datetime64) -> Vegetation:
        """Seasonal properties in the month of `time`: monthly values are steps."""
        month = time.astype("datetime64[M]").astype(int) % 12
        return Vegetation(
            *(np.ascontiguousarray(self.seasonal[name][:, month]) for name in Vegetation._fields)
        )


def _padded(profile: np.ndarray) -> np.ndarray:
    """A profile lengthened to PADDED + 8 by its last value."""
    return np.pad(profile, (0, PADDED + 8 - profile.size), mode="edge")


def _resolve(
    mosaic: Mosaic, settings: Mapping[str, np.ndarray], maps: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Every parameter as (column,) or (column, month): map over namelist over default."""
    problems = []
    values: dict[str, np.ndarray] = {}
    for parameter in PARAMETERS:
        name = parameter.name
        if name in maps:
            found = maps[name][mosaic.cell, mosaic.patch]
        else:
            try:
                found = expand(settings.get(name), parameter, mosaic.patch)
            except ValueError as error:
                problems.append(f"&model {name}: {error}")
                continue
        if found is not None:
            values[name] = found
    if "lai" in values:
        bare = np.isin(mosaic.patch, BARE)
        values["lai"] = np.where(bare[:, None], 0.0, values["lai"])
        values.setdefault("veg", cover_from_lai(values["lai"], mosaic.patch))
        values["veg"] = np.where(bare[:, None], 0.0, values["veg"])
    elif not problems:
        problems.append(
            "&model lai: missing; prescribed vegetation needs monthly lai here or in the "
            "surface file (month, patch, lat, lon)"
        )
    problems += [
        line for name, found in values.items() for line in _out_of_bounds(name, found, mosaic)
    ]
    if problems:
        raise UserError(problems)
    return values


def _out_of_bounds(name: str, values: np.ndarray, mosaic: Mosaic) -> list[str]:
    parameter = BY_NAME[name]
    bad = ~((values >= parameter.lower) & (values <= parameter.upper))
    if not bad.any():
        return []
    where = tuple(np.argwhere(bad)[0])
    column = where[0]
    month = f", month {where[1] + 1}" if parameter.monthly else ""
    return [
        f"parameter {name}: {values[where]:g} {parameter.units} in patch "
        f"{mosaic.patch[column] + 1} of cell {mosaic.cell[column]}{month}, allowed "
        f"{parameter.lower:g} to {parameter.upper:g}"
    ]


def _column_parameters(
    mosaic: Mosaic, clay: np.ndarray, sand: np.ndarray, values: Mapping[str, np.ndarray]
) -> ColumnParameters:
    clay, sand = clay[mosaic.cell], sand[mosaic.cell]
    wsat = soil_hydraulics.saturation(sand)
    n_layers = soil_hydraulics.hydrology_layers(values["ground_depth"])
    return ColumnParameters(
        cell=mosaic.cell,
        n_layers=n_layers,
        root_share=soil_hydraulics.root_fraction(
            values["root_depth"], values["root_extinction"], values["root_linear"], n_layers
        ),
        wsat=wsat,
        wfc=soil_hydraulics.field_capacity(clay, sand),
        wwilt=soil_hydraulics.wilting_point(clay),
        b=soil_hydraulics.brooks_corey_b(clay),
        psi_sat=soil_hydraulics.saturated_potential(sand),
        k_sat=soil_hydraulics.saturated_conductivity(clay, sand),
        c_mineral=np.full(mosaic.columns, soil_hydraulics.MINERAL_HEAT_CAPACITY),
        thawed_conductivity=soil_hydraulics.saturated_thawed_conductivity(sand, wsat),
        dry_conductivity=soil_hydraulics.dry_conductivity(wsat),
        c_v=values["c_v"],
        wrmax_cf=values["wrmax_cf"],
        rsmin=values["rsmin"],
        rgl=values["rgl"],
        gamma=values["gamma"],
        z0_over_z0h=values["z0_over_z0h"],
    )
