"""ISBA's parameters: each declared once with unit, source and default per patch.

A namelist entry of the same name in `&model` overrides a default for all patches (one
value) or patch by patch (12 values); a variable of the same name in the surface file
overrides both, cell by cell.
"""

from dataclasses import dataclass

import numpy as np

from ldas.core.mosaic import PATCHES

SURFEX = "SURFEX 8.1 ini_data_param"
SURFEX_9 = "Druel et al. 2022; SURFEX 9"
PER_PATCH = len(PATCHES)
MONTHS = 12


@dataclass(frozen=True)
class Parameter:
    """One parameter with its defaults in the order of the patches (None: must be given)."""

    name: str
    units: str
    meaning: str
    source: str
    default: tuple[float, ...] | None
    lower: float
    upper: float
    monthly: bool = False


def _trees(tree: float, other: float, evergreen: float | None = None) -> tuple[float, ...]:
    """Defaults that tell trees (patches 4-6) from the rest."""
    last = tree if evergreen is None else evergreen
    return (other,) * 3 + (tree, tree, last) + (other,) * 6


PEDOTRANSFER = "not given: from clay and sand (SURFEX CH78)"
NIT = "LDAS-Monde, SURFEX 8.1 with CPHOTO='NIT'"
_BARE = (0.0,) * 3
_HERBS = (0.0,) * 6

PARAMETERS = (
    Parameter(
        "rsmin",
        "s m-1",
        "least stomatal resistance",
        SURFEX,
        (40.0, 40.0, 40.0, 150.0, 150.0, 175.0, 40.0, 120.0, 120.0, 40.0, 120.0, 40.0),
        1.0,
        5000.0,
    ),
    Parameter(
        "gamma",
        "1",
        "sensitivity of the stomata to the humidity deficit of the air (g kg-1)-1",
        SURFEX,
        _trees(0.04, 0.0),
        0.0,
        1.0,
    ),
    Parameter(
        "rgl",
        "W m-2",
        "radiation scale of the stomata",
        SURFEX,
        _trees(30.0, 100.0),
        1.0,
        1000.0,
    ),
    Parameter(
        "c_v", "K m2 J-1", "thermal inertia of the canopy", SURFEX, _trees(1e-5, 2e-5), 1e-7, 1e-3
    ),
    Parameter(
        "wrmax_cf", "kg m-2", "interception per leaf area", SURFEX, _trees(0.1, 0.2), 0.0, 5.0
    ),
    Parameter("wsat", "m3 m-3", "porosity", PEDOTRANSFER, None, 0.1, 0.95),
    Parameter("wfc", "m3 m-3", "field capacity (-33 kPa)", PEDOTRANSFER, None, 0.01, 0.9),
    Parameter("wwilt", "m3 m-3", "wilting point", PEDOTRANSFER, None, 0.002, 0.8),
    Parameter("soil_b", "1", "Brooks-Corey exponent", PEDOTRANSFER, None, 1.0, 30.0),
    Parameter("psi_sat", "m", "matric potential at saturation", PEDOTRANSFER, None, -10.0, -1e-3),
    Parameter(
        "k_sat", "m s-1", "hydraulic conductivity at saturation", PEDOTRANSFER, None, 1e-10, 1e-2
    ),
    Parameter(
        "root_depth",
        "m",
        "depth of the roots; 0: none",
        "reference runs; ECOCLIMAP gives maps",
        (0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5),
        0.0,
        12.0,
    ),
    Parameter(
        "ground_depth",
        "m",
        "depth of the soil that holds moving water",
        "reference runs; ECOCLIMAP gives maps",
        (2.0,) * PER_PATCH,
        0.1,
        12.0,
    ),
    Parameter(
        "root_extinction",
        "1",
        "Jackson's extinction per cm of root profile",
        "Jackson et al. 1996; " + SURFEX,
        (0.961, 0.961, 0.961, 0.966, 0.976, 0.962, 0.961, 0.972, 0.972, 0.943, 0.972, 0.943),
        0.5,
        0.999,
    ),
    Parameter(
        "root_linear",
        "1",
        "share of the roots spread evenly with depth",
        SURFEX,
        _trees(0.05, 0.05, 0.25),
        0.0,
        1.0,
    ),
    Parameter(
        "z0_over_z0h",
        "1",
        "roughness length of momentum over that of heat",
        SURFEX,
        (10.0,) * PER_PATCH,
        1.0,
        1000.0,
    ),
    Parameter(
        "lai", "m2 m-2", "leaf area index", "surface file or namelist", None, 0.0, 15.0, True
    ),
    Parameter(
        "veg",
        "1",
        "vegetation cover; not given: crops 1 - exp(-0.6 LAI), evergreen broadleaf 1, else 0.95",
        "Calvet et al. 1998; " + SURFEX,
        None,
        0.0,
        1.0,
        True,
    ),
    Parameter(
        "z0",
        "m",
        "roughness length for momentum; not given: 0.13 of the vegetation's height",
        SURFEX,
        None,
        1e-5,
        5.0,
        True,
    ),
    Parameter(
        "albedo",
        "1",
        "snow-free broadband albedo",
        "reference runs",
        (0.2, 0.2, 0.2, 0.16, 0.1, 0.12, 0.2, 0.2, 0.2, 0.2, 0.2, 0.16),
        0.0,
        1.0,
        True,
    ),
    Parameter(
        "emissivity",
        "1",
        "broadband emissivity; not given: 0.97 for plants, 0.94 for soil, 0.99 for permanent snow",
        SURFEX,
        None,
        0.5,
        1.0,
        True,
    ),
    Parameter(
        "height",
        "m",
        "height of trees and bare surfaces; herbs grow with their leaves",
        "typical of ECOCLIMAP, which gives maps; " + SURFEX + " (bare)",
        (0.1, 1.0, 0.01, 15.0, 15.0, 30.0, *_HERBS),
        0.0,
        60.0,
    ),
    Parameter(
        "gm",
        "m s-1",
        "mesophyll conductance at 25 degC",
        NIT,
        (*_BARE, 1.8e-3, 1.9e-3, 1.2e-3, 1.75e-3, 9.8e-3, 9.8e-3, 1.0e-3, 6.0e-3, 1.0e-3),
        0.0,
        0.05,
    ),
    Parameter(
        "gc",
        "m s-1",
        "cuticular conductance",
        NIT,
        (*_BARE, 1.5e-4, 0.0, 1.5e-4, 2.5e-4, 1.5e-4, 1.5e-4, 2.5e-4, 1.5e-4, 1.0e-3),
        0.0,
        0.01,
    ),
    Parameter(
        "dmax",
        "kg kg-1",
        "saturation deficit at which the stomata close (trees; herbs: from gm)",
        NIT,
        (*_BARE, 0.109, 0.124, 0.124, 0.05, 0.033, 0.033, 0.05, 0.052, 0.05),
        0.0,
        0.5,
    ),
    Parameter(
        "f2i",
        "1",
        "critical soil wetness, below which drought acts fully",
        "Calvet 2000; " + NIT,
        (0.3,) * PER_PATCH,
        0.01,
        0.99,
    ),
    Parameter(
        "avoiding",
        "1",
        "drought strategy: 1 avoids stress (saves water), 0 tolerates it",
        "Calvet 2000; Calvet et al. 2004; " + NIT,
        (*_BARE, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0),
        0.0,
        1.0,
    ),
    Parameter(
        "amax",
        "kg m-2 s-1",
        "light-saturated assimilation of CO2 at 25 degC",
        SURFEX,
        (*_BARE, 1.3e-6, 1.4e-6, 4.84e-7, 2.2e-6, *(1.7e-6,) * 5),
        0.0,
        1e-5,
    ),
    Parameter(
        "leaf_life",
        "d",
        "longest life of leaves",
        NIT,
        (*(1.0,) * 3, 230.0, 365.0, 365.0, 60.0, 60.0, 60.0, 150.0, 150.0, 150.0),
        1.0,
        3650.0,
    ),
    Parameter(
        "lai_min",
        "m2 m-2",
        "least leaf area index of living vegetation",
        NIT,
        (*_BARE, 0.3, 1.0, 1.0, *(0.3,) * 6),
        0.0,
        5.0,
    ),
    Parameter(
        "nitrogen_e",
        "m2 kg-1 %-1",
        "plasticity e of the specific leaf area: SLA = e Na + f",
        "Gibelin et al. 2006; " + NIT,
        (*_BARE, 4.83, 4.85, 4.83, 3.79, 7.68, 7.68, 5.56, 7.68, 5.56),
        0.0,
        50.0,
    ),
    Parameter(
        "nitrogen_f",
        "m2 kg-1",
        "plasticity f of the specific leaf area",
        "Gibelin et al. 2006; " + NIT,
        (*_BARE, 5.11, -0.87, 0.12, 9.84, -4.33, -4.33, 6.73, -4.33, 6.73),
        -50.0,
        50.0,
    ),
    Parameter(
        "nitrogen_a",
        "%",
        "nitrogen concentration Na of the leaves",
        "Gibelin et al. 2006; " + SURFEX,
        (*_BARE, 2.13, 1.21, 1.7, 1.3, 1.9, 1.9, 1.3, 1.3, 1.3),
        0.0,
        10.0,
    ),
    Parameter(
        "irrigation_type",
        "1",
        "how a patch is irrigated, if &model irrigation says so: 0 not, 1 sprinkler (falls on the "
        "leaves), 2 drip, 3 flood (both reach the ground)",
        SURFEX_9,
        (*(0.0,) * 8, 1.0, *(0.0,) * 3),
        0.0,
        3.0,
    ),
    Parameter(
        "irrigation_threshold",
        "1",
        "soil water stress below which irrigation is asked for; not given: 0.70, 0.55, 0.40, then "
        "0.25 from the first to the fourth irrigation of a season on",
        SURFEX_9,
        None,
        0.0,
        1.0,
    ),
    Parameter(
        "irrigation_amount",
        "kg m-2",
        "water of one irrigation on demand",
        SURFEX_9,
        (30.0,) * PER_PATCH,
        0.1,
        500.0,
    ),
    Parameter(
        "irrigation_interval",
        "d",
        "least time between irrigations on demand; not given: 7 for sprinkler and flood, none for "
        "drip",
        SURFEX_9,
        None,
        0.0,
        366.0,
    ),
    Parameter(
        "irrigation_hours",
        "h",
        "how long water is applied, from 00 UTC on",
        SURFEX_9,
        (8.0,) * PER_PATCH,
        0.1,
        24.0,
    ),
    Parameter(
        "irrigation_first_day",
        "1",
        "first day of the year of irrigation on demand; 74 is 15 March (seeding)",
        SURFEX_9,
        (74.0,) * PER_PATCH,
        1.0,
        366.0,
    ),
    Parameter(
        "irrigation_last_day",
        "1",
        "last day of the year of irrigation on demand, two weeks before the harvest; 229 is 17 "
        "August; before the first day: the season spans New Year",
        SURFEX_9,
        (229.0,) * PER_PATCH,
        1.0,
        366.0,
    ),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
BARE = (0, 1, 2)  # patches that carry no vegetation
TREES = (3, 4, 5)
TROPICAL = (5,)
C4_PLANTS = (7, 8, 10)
PERMANENT_SNOW = (2,)
IRRIGATION = tuple(name for name in BY_NAME if name.startswith("irrigation_"))
LIVING = ("gm", "amax", "nitrogen_e")  # nothing grows without these


def expand(values: np.ndarray | None, parameter: Parameter, patch: np.ndarray) -> np.ndarray | None:
    """Namelist values or defaults as (column,) or, monthly, (column, month); None without any.

    One value serves all; 12 are patches (months if the parameter is monthly); 144 are
    months within patches. Raises ValueError for another count.
    """
    if values is None:
        if parameter.default is None:
            return None
        by_patch = np.asarray(parameter.default)[patch]
        return np.repeat(by_patch[:, None], MONTHS, axis=1) if parameter.monthly else by_patch
    given = np.asarray(values, dtype=float)
    if parameter.monthly:
        if given.size == MONTHS * PER_PATCH:
            return given.reshape(PER_PATCH, MONTHS)[patch]
        if given.size in (1, MONTHS):
            return np.broadcast_to(given, (patch.size, MONTHS)).copy()
        raise ValueError(f"{given.size} values, allowed 1, 12 (months) or 144 (months by patch)")
    if given.size == 1:
        return np.full(patch.size, given.item())
    if given.size == PER_PATCH:
        return given[patch]
    raise ValueError(f"{given.size} values, allowed 1 or 12 (patches)")
