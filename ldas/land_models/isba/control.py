"""What an assimilation may change of ISBA: leaf area and the soil moisture of layers.

A control variable stands for one number in each column; perturbing it or adding to it moves
whatever of the state belongs to it (leaf biomass with leaf area), within physical bounds.
"""

import re
from collections.abc import Sequence

import numpy as np

from ldas.core.errors import UserError
from ldas.core.state import State

from .columns import ColumnParameters
from .plants.nitrogen_dilution import ALLOMETRY_A, ALLOMETRY_C
from .soil.thermal import W_MIN

LAI = "lai"
WG = re.compile(r"wg([1-8])")
WG_PERTURBATION = 1.0e-4  # 1, of the range between wilting point and field capacity
LAI_PERTURBATION = 1.0e-3  # 1, of the leaf area
WG_STEP_MAX = 0.1  # m3 m-3, largest change of an analysis
LAI_STEP_MAX = 1.0  # m2 m-2
ROOTS_ONLY = 3  # counted from 0: from layer 4 on, below 10 cm, nothing but roots dries the soil
SCREENED_LAYER = 1  # counted from 0: layer 2, 1-4 cm
ICE_MIN = 1.0e-6  # m3 m-3, less counts as thawed
SNOW_MIN = 0.1  # kg m-2, less counts as no snow


def force_restore_range(clay: np.ndarray) -> np.ndarray:
    """Field capacity less wilting point (m3 m-3) of the force-restore scheme, from clay.

    The reference filter scales its errors and perturbations with this range, although its
    multi-layer soil has another field capacity; so do we, to compare (SURFEX 8.1 SODA).
    """
    return 0.0890467 * (100.0 * clay) ** 0.3496 - 0.0371342 * (100.0 * clay) ** 0.5


class IsbaControl:
    """The control variables of ISBA by name: 'lai' and 'wg1' to 'wg8'.

    `scale` (column,) is the range of soil moisture (m3 m-3) that errors and perturbations
    are given in; `move_structural` tells whether structural biomass follows the leaves, as
    the law that ties them would have it in the next growth. Raises UserError for a name
    that this model or configuration has not.
    """

    def __init__(
        self,
        par: ColumnParameters,
        names: Sequence[str],
        scale: np.ndarray,
        grows: bool,
        move_structural: bool,
    ) -> None:
        self.par, self.names, self.scale = par, tuple(names), scale
        self.move_structural = move_structural
        self.layer: list[int | None] = []
        for name in names:
            match = WG.fullmatch(name)
            if match:
                self.layer.append(int(match.group(1)) - 1)
            elif name == LAI and grows:
                self.layer.append(None)
            else:
                why = " (with photosynthesis = 'nit')" if name == LAI else ""
                raise UserError(f"control variable '{name}': allowed: lai{why}, wg1 to wg8")

    def present(self) -> np.ndarray:
        """Whether a column has each variable: (column, control)."""
        columns = [
            self.par.living if layer is None else self.par.n_layers > layer for layer in self.layer
        ]
        return np.stack(columns, axis=1)

    def values(self, state: State) -> np.ndarray:
        """Values (column, control)."""
        columns = [state["lai"] if layer is None else state["wg"][:, layer] for layer in self.layer]
        return np.stack(columns, axis=1)

    def perturb(self, state: State, which: int, rows: slice) -> np.ndarray:
        """Perturb a variable in the columns `rows` of `state`, in place; returns by how much."""
        layer = self.layer[which]
        if layer is not None:
            step = WG_PERTURBATION * self.scale
            state["wg"][rows, layer] += step
            return step
        step = LAI_PERTURBATION * state["lai"][rows]
        state["lai"][rows] += step
        leaf = state["biomass_leaf"][rows]
        before = leaf.copy()
        leaf *= 1.0 + LAI_PERTURBATION
        if self.move_structural:
            state["biomass_structural"][rows] += structural_shift(before, leaf)
        return step

    def add(self, state: State, increment: np.ndarray) -> tuple[State, np.ndarray]:
        """A state with increments (column, control) within bounds, and what was added."""
        after = state.copy()
        applied = np.zeros_like(increment)
        for k, layer in enumerate(self.layer):
            wanted = np.where(self.present()[:, k], increment[:, k], 0.0)
            if layer is None:
                applied[:, k] = self._add_leaves(after, wanted)
            else:
                applied[:, k] = self._add_water(after, layer, wanted)
        return after, applied

    def _add_water(self, state: State, layer: int, wanted: np.ndarray) -> np.ndarray:
        """Add water to a layer; roots, and so an analysis, leave deep ones at the wilting point.

        A layer that no process could have dried below it does not err to that side: what the
        analysis took there would never come back, for nothing but rain refills it.
        """
        wg = state["wg"][:, layer]
        highest = np.maximum(self.par.wsat - state["wgi"][:, layer], W_MIN)
        lowest = np.minimum(wg, self.par.wwilt) if layer >= ROOTS_ONLY else W_MIN
        target = np.clip(wg + np.clip(wanted, -WG_STEP_MAX, WG_STEP_MAX), lowest, highest)
        added = np.where(wanted == 0.0, 0.0, target - wg)
        wg += added
        return added

    def _add_leaves(self, state: State, wanted: np.ndarray) -> np.ndarray:
        lai = state["lai"]
        step = np.clip(wanted, -LAI_STEP_MAX, LAI_STEP_MAX)
        added = np.where(wanted == 0.0, 0.0, np.maximum(lai + step, self.par.lai_min) - lai)
        lai += added
        leaf = state["biomass_leaf"]
        before = leaf.copy()
        leaf[:] = np.maximum(leaf + self.par.leaf_mass * added, 0.0)
        if self.move_structural:
            structural = state["biomass_structural"]
            structural[:] = np.maximum(structural + structural_shift(before, leaf), 0.0)
        return added


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
