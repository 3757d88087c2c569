"""What an assimilation may change of ISBA: leaf area and the soil moisture of layers."""

from collections.abc import Sequence

import numpy as np

from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.land_models.control import LAI, Control, ControlVariable, soil_layer

from .columns import ColumnParameters
from .plants.nitrogen_dilution import ALLOMETRY_A, ALLOMETRY_C
from .soil.hydraulics import NODE_DEPTH
from .soil.thermal import W_MIN

CONTROLLED = 8  # soil layers that can be analysed
ROOTS_ONLY = 3  # counted from 0: from layer 4 on, below 10 cm, nothing but roots dries the soil
SCREENED_LAYER = 1  # counted from 0: layer 2, 1-4 cm
ICE_MIN = 1.0e-6  # m3 m-3, less counts as thawed
SNOW_MIN = 0.1  # kg m-2, less counts as no snow


class SoilWater:
    """Liquid water of a soil layer (`wg1` to `wg8`), m3 m-3."""

    def __init__(self, par: ColumnParameters, name: str, layer: int) -> None:
        self.par, self.name, self.layer = par, name, layer
        self.depth: float | None = float(NODE_DEPTH[layer])

    def present(self) -> np.ndarray:
        """Whether a column's soil is that deep: (column,)."""
        return self.par.n_layers > self.layer

    def values(self, state: State) -> np.ndarray:
        """Values (column,)."""
        return state["wg"][:, self.layer]

    def bounds(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """What pores and ice leave; and roots, as the analysis, leave deep layers their wilting
        point.

        A layer that no process could have dried below it does not err to that side: what the
        analysis took there would never come back, for nothing but rain refills it.
        """
        highest = np.maximum(self.par.wsat - state["wgi"][:, self.layer], W_MIN)
        lowest = self.par.wwilt if self.layer >= ROOTS_ONLY else np.full(highest.size, W_MIN)
        return lowest, highest

    def put(self, state: State, values: np.ndarray) -> None:
        """Set the values."""
        state["wg"][:, self.layer] = values


class LeafArea:
    """Leaf area (`lai`, m2 m-2); leaf biomass goes with it.

    With `move_structural` so does structural biomass, as the law that ties it to the leaves
    would have it in the next growth.
    """

    name, depth = LAI, None

    def __init__(self, par: ColumnParameters, move_structural: bool) -> None:
        self.par, self.move_structural = par, move_structural

    def present(self) -> np.ndarray:
        """Whether anything grows: (column,)."""
        return self.par.living

    def values(self, state: State) -> np.ndarray:
        """Values (column,)."""
        return state["lai"]

    def bounds(self, state: State) -> tuple[np.ndarray, np.ndarray]:
        """The least leaf area, and none above."""
        return self.par.lai_min, np.full(self.par.lai_min.size, np.inf)

    def put(self, state: State, values: np.ndarray) -> None:
        """Set the leaf area and the biomass that goes with it."""
        lai, leaf = state["lai"], state["biomass_leaf"]
        added, before = values - lai, leaf.copy()
        lai[:] = values
        moved = added != 0.0
        leaf[moved] = np.maximum(leaf + self.par.leaf_mass * added, 0.0)[moved]
        if self.move_structural:
            structural = state["biomass_structural"]
            shifted = np.maximum(structural + structural_shift(before, leaf), 0.0)
            structural[moved] = shifted[moved]


def isba_control(
    par: ColumnParameters,
    names: Sequence[str],
    scale: np.ndarray,
    grows: bool,
    move_structural: bool,
) -> Control:
    """The control variables of ISBA by name: 'lai' and 'wg1' to 'wg8'.

    `scale` is `Control.scale`. Raises UserError for a name that this model or configuration
    has not.
    """
    variables: list[ControlVariable] = []
    for name in names:
        layer = soil_layer(name)
        if layer is not None and layer <= CONTROLLED:
            variables.append(SoilWater(par, name, layer - 1))
        elif name == LAI and grows:
            variables.append(LeafArea(par, move_structural))
        else:
            why = " (with photosynthesis = 'nit')" if name == LAI else ""
            raise UserError(f"control variable '{name}': allowed: lai{why}, wg1 to wg{CONTROLLED}")
    return Control(variables, scale)


def structural_shift(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """By how much structural biomass (kg m-2) must change with leaf biomass to stay in
    allometry; Gibelin et al. 2006."""
    power = 1.0 / (1.0 - ALLOMETRY_A)
    leaves = np.maximum(np.stack([before, after]), 0.0)
    was, now = np.maximum((leaves / ALLOMETRY_C) ** power - leaves, 0.0)
    return now - was


def frozen_or_snow(state: State) -> np.ndarray:
    """Whether a column is frozen in layer 2 or lies under snow: (column,)."""
    frozen = state["wgi"][:, SCREENED_LAYER] > ICE_MIN
    if "snow_swe" in state:
        frozen = frozen | (state["snow_swe"].sum(axis=1) > SNOW_MIN)
    return frozen
