"""The file between `ldas calibrate` and a run: how each cell answers to the radar."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.core.grid import Grid
from ldas.core.netcdf_input import open_input

from .netcdf import atomic_dataset
from .places import check_identity, places_on

TITLE = "ldas backscatter calibration"
ORBIT = "orbit"
FIELDS = {  # dimension before lat and lon, unit, meaning
    "plants": (None, "1", "A of the water cloud: backscatter of a dense canopy"),
    "attenuation": (None, "1", "B of the water cloud, for each m2 m-2 of leaf area"),
    "soil": (None, None, "slope of the soil's backscatter, or rms height of its surface"),
    "offset": (ORBIT, "dB", "offset of the soil's backscatter"),
    "theta": (ORBIT, "degree", "incidence angle, mean"),
    "error": (None, "dB", "standard deviation of what is left"),
    "r": (None, "1", "correlation of fit and observations"),
    "sensitivity": (None, "dB (m3 m-3)-1", "what soil moisture does to backscatter, mean"),
    "seen": (None, "1", "share of the soil's backscatter that comes through the leaves, mean"),
    "count": (ORBIT, "1", "number of pairs"),
}
SOIL_UNITS = {"linear": "dB (m3 m-3)-1", "iem": "cm"}


def write_calibration(
    path: Path,
    grid: Grid,
    orbits: np.ndarray,
    fields: Mapping[str, np.ndarray],
    law: str,
    identity: Mapping[str, str],
) -> None:
    """Write `fields` (..., cell) on the map; `identity` tells whose they are."""
    with atomic_dataset(path) as out:
        out.setncatts({"Conventions": "CF-1.11", "title": TITLE, "soil_law": law, **identity})
        for name, values, unit in (
            (ORBIT, orbits, "1"),
            ("lat", grid.lat, "degrees_north"),
            ("lon", grid.lon, "degrees_east"),
        ):
            out.createDimension(name, values.size)
            out.createVariable(name, values.dtype, (name,))[:] = values
            out[name].units = unit
        for name, (leading, unit, text) in FIELDS.items():
            dims = (*((leading,) if leading else ()), "lat", "lon")
            stored = out.createVariable(name, "f8", dims, fill_value=np.nan, compression="zlib")
            stored.setncatts({"long_name": text, "units": unit or SOIL_UNITS[law]})
            stored[:] = grid.to_map(np.asarray(fields[name], float))


@dataclass(frozen=True)
class Calibration:
    """The relative `orbits`, `fields` (..., cell) of some cells and the `law` of the soil.

    `most_pairs` and `best_r` are those of the whole file, whichever cells are taken from it.
    """

    orbits: np.ndarray
    fields: dict[str, np.ndarray]
    law: str
    most_pairs: float
    best_r: float


def read_calibration(path: Path, grid: Grid, identity: Mapping[str, str]) -> Calibration:
    """What a file says of the cells of `grid`.

    Raises UserError for another grid, product or model than those of `identity`.
    """
    with open_input(path, "calibration file") as dataset:
        dataset.set_auto_mask(False)
        check_identity(
            dataset, path, TITLE, "calibration file; `ldas calibrate` makes one", identity
        )
        lost = [name for name in (ORBIT, *FIELDS) if name not in dataset.variables]
        if lost or getattr(dataset, "soil_law", "") not in SOIL_UNITS:
            raise UserError(f"{path}: no {', '.join(lost) or 'soil_law'}; a damaged calibration")
        rows, cols = places_on(dataset, path, grid)
        whole = {name: np.asarray(dataset[name][...]) for name in FIELDS}
        return Calibration(
            np.asarray(dataset[ORBIT][:]),
            {name: values[..., rows, cols] for name, values in whole.items()},
            str(dataset.soil_law),
            float(np.nan_to_num(whole["count"]).max(initial=0.0)),
            float(np.nan_to_num(whole["r"], nan=-1.0).max(initial=-1.0)),
        )
