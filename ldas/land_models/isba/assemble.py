"""From parameters as users give them to the arrays the kernels read."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from ldas.core.constants import DAY
from ldas.core.errors import UserError
from ldas.core.mosaic import PATCHES, Mosaic

from . import parameters
from .columns import ColumnParameters
from .irrigation import SPRINKLER
from .parameters import BY_NAME, PARAMETERS, expand
from .plants.canopy_structure import FORM
from .plants.nitrogen_dilution import self_shading_lai
from .plants.photosynthesis import C3, C4, HERB, TREE, TROPICAL_TREE, Leaf, best_assimilation
from .soil import hydraulics as soil_hydraulics

LAI_UNKNOWN = 1.0  # m2 m-2, with which growing leaves begin if nothing is known


class SoilAndPlace(Protocol):
    """Clay, sand (1), latitude, longitude (degrees), reference CO2 (kg kg-1), shape (cell,)."""

    clay: np.ndarray
    sand: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    co2: np.ndarray


def resolve(
    mosaic: Mosaic,
    site: SoilAndPlace,
    settings: Mapping[str, np.ndarray],
    maps: Mapping[str, np.ndarray],
    grows: bool,
) -> dict[str, np.ndarray]:
    """Every parameter as (column,) or (column, month): map over namelist over default.

    Raises UserError with everything that is missing or out of bounds; `grows` tells that
    leaves grow, so that none need be prescribed.
    """
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
    bare = np.isin(mosaic.patch, parameters.BARE)
    if grows:
        values.setdefault("lai", np.full((mosaic.columns, parameters.MONTHS), LAI_UNKNOWN))
    for name in ("lai", "veg"):
        if name in values:
            values[name] = np.where(bare[:, None], 0.0, values[name])
    if grows:
        problems += _lifeless(mosaic, site, values, bare)
    elif "lai" not in values and not problems:
        problems.append(
            "&model lai: missing; prescribed vegetation needs monthly lai here or in the "
            "surface file (month, patch, lat, lon)"
        )
    problems += [
        line for name, found in values.items() for line in _out_of_bounds(name, found, mosaic, site)
    ]
    if problems:
        raise UserError(problems)
    return values


def _place(mosaic: Mosaic, site: SoilAndPlace, column: int) -> str:
    """Words for where a column is."""
    cell = mosaic.cell[column]
    patch = PATCHES[mosaic.patch[column]]
    return f"in patch '{patch}' at lat {site.lat[cell]:g}, lon {site.lon[cell]:g}"


def _lifeless(
    mosaic: Mosaic, site: SoilAndPlace, values: Mapping[str, np.ndarray], bare: np.ndarray
) -> list[str]:
    """One line for each parameter with which the leaves of a patch cannot grow."""
    lines = []
    checks = {name: values[name] for name in parameters.LIVING if name in values}
    if {"nitrogen_e", "nitrogen_f", "nitrogen_a"} <= values.keys():
        area = values["nitrogen_e"] * values["nitrogen_a"] + values["nitrogen_f"]
        checks["nitrogen_e * nitrogen_a + nitrogen_f"] = area
    for name, found in checks.items():
        bad = ~bare & ~(found > 0.0)
        if bad.any():
            k = int(np.argmax(bad))
            lines.append(
                f"parameter {name}: {found[k]:g} {_place(mosaic, site, k)}; growing leaves need "
                "more than 0"
            )
    return lines


def _out_of_bounds(name: str, values: np.ndarray, mosaic: Mosaic, site: SoilAndPlace) -> list[str]:
    parameter = BY_NAME[name]
    bad = ~((values >= parameter.lower) & (values <= parameter.upper))
    if not bad.any():
        return []
    where = tuple(np.argwhere(bad)[0])
    column = where[0]
    month = f", month {where[1] + 1}" if parameter.monthly else ""
    return [
        f"parameter {name}: {values[where]:g} {parameter.units} {_place(mosaic, site, column)}"
        f"{month}, allowed {parameter.lower:g} to {parameter.upper:g}"
    ]


def soil_of(
    clay: np.ndarray, sand: np.ndarray, values: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Hydraulic parameters: as given, else from clay and sand.

    Raises UserError unless wilting point < field capacity < porosity in every column.
    """
    soil = {
        "wsat": soil_hydraulics.saturation(sand),
        "wfc": soil_hydraulics.field_capacity(clay, sand),
        "wwilt": soil_hydraulics.wilting_point(clay),
        "soil_b": soil_hydraulics.brooks_corey_b(clay),
        "psi_sat": soil_hydraulics.saturated_potential(sand),
        "k_sat": soil_hydraulics.saturated_conductivity(clay, sand),
    }
    given = [name for name in soil if name in values]
    soil |= {name: values[name] for name in given}
    wrong = ~((soil["wwilt"] < soil["wfc"]) & (soil["wfc"] < soil["wsat"]))
    if given and wrong.any():
        k = int(np.argmax(wrong))
        found = ", ".join(f"{name} = {soil[name][k]:g}" for name in ("wwilt", "wfc", "wsat"))
        raise UserError(f"&model {', '.join(given)}: {found}; allowed: wwilt < wfc < wsat")
    return soil


def column_parameters(
    mosaic: Mosaic, site: SoilAndPlace, values: Mapping[str, np.ndarray], grows: bool
) -> ColumnParameters:
    """What is fixed in time for each column."""
    clay, sand = site.clay[mosaic.cell], site.sand[mosaic.cell]
    soil = soil_of(clay, sand, values)
    n_layers = soil_hydraulics.hydrology_layers(values["ground_depth"])
    living = grows & ~np.isin(mosaic.patch, parameters.BARE)
    trees = np.isin(mosaic.patch, parameters.TREES)
    tropical = np.isin(mosaic.patch, parameters.TROPICAL)
    kind = np.where(tropical, TROPICAL_TREE, np.where(trees, TREE, HERB))
    c4 = np.isin(mosaic.patch, parameters.C4_PLANTS)
    avoiding = values["avoiding"] > 0.5
    leaf_area = values["nitrogen_e"] * values["nitrogen_a"] + values["nitrogen_f"]  # m2 kg-1
    traits = {name: values[name] for name in ("gm", "gc", "dmax", "f2i", "amax")}
    co2, lat = site.co2[mosaic.cell], site.lat[mosaic.cell]
    an_max = np.ones(mosaic.columns)
    for i in np.flatnonzero(living):
        leaf = Leaf(
            int(kind[i]),
            bool(avoiding[i]),
            *(float(traits[name][i]) for name in ("gm", "gc", "dmax", "f2i", "amax")),
            C4 if c4[i] else C3,
        )
        an_max[i] = best_assimilation(leaf, float(co2[i]))
    return ColumnParameters(
        cell=mosaic.cell,
        n_layers=n_layers,
        soil_depth=soil_hydraulics.LAYER_BOTTOM[n_layers - 1],
        root_share=soil_hydraulics.root_fraction(
            values["root_depth"], values["root_extinction"], values["root_linear"], n_layers
        ),
        wsat=soil["wsat"],
        wfc=soil["wfc"],
        wwilt=soil["wwilt"],
        b=soil["soil_b"],
        psi_sat=soil["psi_sat"],
        k_sat=soil["k_sat"],
        c_mineral=np.full(mosaic.columns, soil_hydraulics.MINERAL_HEAT_CAPACITY),
        thawed_conductivity=soil_hydraulics.saturated_thawed_conductivity(sand, soil["wsat"]),
        dry_conductivity=soil_hydraulics.dry_conductivity(soil["wsat"]),
        c_v=values["c_v"],
        wrmax_cf=values["wrmax_cf"],
        rsmin=values["rsmin"],
        rgl=values["rgl"],
        gamma=values["gamma"],
        z0_over_z0h=values["z0_over_z0h"],
        form=np.asarray(FORM)[mosaic.patch],
        height=values["height"],
        permanent=np.isin(mosaic.patch, parameters.PERMANENT_SNOW).astype(float),
        forest=trees.astype(float),
        living=living,
        kind=kind,
        c4=c4,
        avoiding=avoiding,
        **traits,
        leaf_life=values["leaf_life"] * DAY,
        lai_min=values["lai_min"],
        leaf_mass=np.where(living, 1.0 / np.where(leaf_area > 0.0, leaf_area, 1.0), 0.0),
        an_max=an_max,
        lai_b=np.array([self_shading_lai(float(value)) for value in lat]),
        sprinkled=values["irrigation_type"] == SPRINKLER,
    )
