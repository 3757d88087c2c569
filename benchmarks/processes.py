"""What each process of the land model costs a column and step (ns, CPU time of one core)."""

import time
from collections.abc import Callable

import numba
import numpy as np

from ldas.core.kernel import kernel
from ldas.land_models.isba.column import NO_COVER
from ldas.land_models.isba.columns import SCRATCH_ROWS, pack_in, profile_in, workspace_in
from ldas.land_models.isba.plants.photosynthesis import C3, HERB, Leaf, canopy_uptake
from ldas.land_models.isba.records import WIDTH, Air, Canopy, Soil, vertical_grid
from ldas.land_models.isba.snow.pack import SnowSite, step_snow
from ldas.land_models.isba.snow.records import SNOW_LAYERS
from ldas.land_models.isba.soil.freezing import freeze_and_thaw
from ldas.land_models.isba.soil.heat import diffuse_heat
from ldas.land_models.isba.soil.thermal import fill_below_hydrology, soil_thermal_properties
from ldas.land_models.isba.soil.water import move_water, transport_properties
from ldas.land_models.isba.surface.exchange import exchange
from ldas.land_models.isba.tridiagonal import solve_tridiagonal

CALLS, REPEATS, DT = 20_000, 5, 300.0
SOIL = Soil(12, 0.46, 0.30, 0.15, 6.0, -0.2, 2e-6, 2e6, 1.8, 0.25)
CANOPY = Canopy(2.0, 0.8, 0.1, 0.01, 0.2, 0.97, 2e-5, 0.2, 40.0, 100.0, 0.0)
LEAF = Leaf(HERB, True, 1e-3, 2.5e-4, 0.1, 0.3, 2.2e-6, C3)
AIR = (0.002, 3.0, 3.0, 150.0, 250.0, 9.5e4, 0.0, 0.0, 6e-4, 0.3, 1.2, 0.985, 0.985, 2.0, 10.0)
GRID = vertical_grid()
CAPACITY, CONDUCTIVITY, OUT = 15, 14, 22  # rows of the scratch


@kernel
def thermal(s, air):
    soil_thermal_properties(
        profile_in(s).w, profile_in(s).wi, SOIL,
        workspace_in(s).properties.conductivity, workspace_in(s).properties.capacity,
    )  # fmt: skip


@kernel
def below(s, air):
    fill_below_hydrology(profile_in(s), GRID.node, SOIL)


@kernel
def transport(s, air):
    p = workspace_in(s).properties
    transport_properties(profile_in(s), air.p, SOIL, p.psi, p.k, p.k_vapour, p.e_pores)


@kernel
def water(s, air):
    w = workspace_in(s)
    s[OUT * WIDTH] += move_water(
        profile_in(s), w.sink, air.p, GRID, SOIL, DT, w.properties, w.work
    )  # fmt: skip


@kernel
def freezing(s, air):
    w = workspace_in(s)
    s[OUT * WIDTH] += freeze_and_thaw(
        profile_in(s), w.properties.capacity, 0.5, 0.0, GRID.dz, SOIL, DT
    )  # fmt: skip


@kernel
def heat(s, air):
    w = workspace_in(s)
    p = w.properties
    diffuse_heat(profile_in(s).t, 200.0, 0.3, p.conductivity, p.capacity, GRID.dz, DT, w.work)


@kernel
def solve(s, air):
    w = workspace_in(s).work
    solve_tridiagonal(w.lower, w.diagonal, w.upper, w.x, 14)


@kernel
def surface(s, air):
    c = profile_in(s)
    ex = exchange(
        c.t[0], c.w[0], c.wi[0], 50.0, SOIL, CANOPY, air, 60.0, 0.8, 0.1, 0.05, NO_COVER, DT
    )
    s[OUT * WIDTH] += ex.ra


@kernel
def leaves(s, air):
    s[OUT * WIDTH] += canopy_uptake(LEAF, 2.0, 0.9, 0.8, profile_in(s).t[0], 50.0, 80.0, air).rs


@kernel
def snow(s, air):
    site = SnowSite(0.0, 0.0, 272.0, 0.01, 0.5)
    s[OUT * WIDTH] += step_snow(
        pack_in(s), 0.8, 0.9, site, CANOPY, air, workspace_in(s).snow, DT
    ).rn  # fmt: skip


WARM = {
    "soil thermal properties": thermal,
    "water below the moving": below,
    "soil transport properties": transport,
    "soil water, transport included": water,
    "soil heat": heat,
    "one tridiagonal solve": solve,
    "surface exchange": surface,
    "photosynthesis by day": leaves,
}
COLD = {
    "transport properties, frozen": transport,
    "freezing, 12 layers": freezing,
    "snow pack": snow,
}


def scratch_of(frozen: bool) -> np.ndarray:
    """A column's profiles and room to work in: moist and warm, or half frozen under snow."""
    s = np.ones((SCRATCH_ROWS, WIDTH))
    s[0], s[1], s[2] = 0.25, 0.0, 295.0 - 0.1 * np.arange(WIDTH)
    if frozen:
        s[0, :8], s[1, :8], s[2] = 0.12, 0.12, 271.0 + 0.3 * np.arange(WIDTH)
    dz = np.array([1, 5, 8, 8, 8, 8, 8, 8, 8, 8, 5, 2]) / 100.0
    rho, t = np.linspace(120.0, 330.0, SNOW_LAYERS), np.linspace(262.0, 272.0, SNOW_LAYERS)
    n = slice(0, SNOW_LAYERS)
    s[3, n], s[4, n], s[6, n] = dz * rho, rho, np.linspace(1.0, 30.0, SNOW_LAYERS)
    s[5, n] = dz * (rho * 2106.0 * (t - 273.16) - 333_700.0 * rho)
    s[7], s[8], s[9] = -0.1, 3.0, -0.1
    s[CAPACITY], s[CONDUCTIVITY] = 2e6, 1.0
    s[21] = 0.0
    return s.ravel()


def cost_of(work: Callable, frozen: bool) -> float:
    """CPU time of a process (ns), its state laid anew before each call."""

    @numba.njit(error_model="numpy", _nrt=False)
    def loop(calls, start, s, air):
        for _ in range(calls):
            for j in range(7 * WIDTH):
                s[j] = start[j]
            work(s, air)

    @numba.njit(error_model="numpy", _nrt=False)
    def empty(calls, start, s, air):
        for _ in range(calls):
            for j in range(7 * WIDTH):
                s[j] = start[j]

    start, air = scratch_of(frozen), Air(268.0 if frozen else 294.0, *AIR)
    found = []
    for function in (loop, empty):
        function(1, start, start.copy(), air)
        times = []
        for _ in range(REPEATS):
            s, began = start.copy(), time.process_time()
            function(CALLS, start, s, air)
            times.append(time.process_time() - began)
        found.append(min(times) / CALLS * 1e9)
    return found[0] - found[1]


def costs() -> dict[str, float]:
    """Cost of each process (ns)."""
    return {name: cost_of(work, False) for name, work in WARM.items()} | {
        name: cost_of(work, True) for name, work in COLD.items()
    }
