"""ISBA's parameters: each declared once with unit, source and default per patch.

A namelist entry of the same name in `&model` overrides a default for all patches (one
value) or patch by patch (12 values); a variable of the same name in the surface file
overrides both, cell by cell.
"""

from dataclasses import dataclass

import numpy as np

from ldas.core.mosaic import PATCHES

SURFEX = "SURFEX 8.1 ini_data_param"
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
        "vegetation cover; from LAI where not given (crops 1 - exp(-0.6 LAI), else 0.95)",
        "Calvet et al. 1998; " + SURFEX,
        None,
        0.0,
        1.0,
        True,
    ),
    Parameter(
        "z0",
        "m",
        "roughness length for momentum",
        "0.13 of the vegetation height; " + SURFEX,
        (0.013, 0.13, 0.001, 1.5, 1.5, 2.0, 0.13, 0.13, 0.13, 0.1, 0.1, 0.1),
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
        "broadband emissivity",
        "reference runs",
        (0.98,) * PER_PATCH,
        0.5,
        1.0,
        True,
    ),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
BARE = (0, 1, 2)  # patches that carry no vegetation
CROPS = (6, 7, 8)


def cover_from_lai(lai: np.ndarray, patch: np.ndarray) -> np.ndarray:
    """Vegetation cover (column, month) from LAI: crops close with it, the rest is 0.95."""
    crop = np.isin(patch, CROPS)[:, None]
    cover = np.where(crop, 1.0 - np.exp(-0.6 * lai), 0.95)
    return np.where(lai > 0.0, cover, 0.0)


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
