"""The file between `ldas rescale` and a run: climates by month and cell, and whose they are."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.core.grid import Grid
from ldas.core.netcdf_input import open_input

from .netcdf import atomic_dataset
from .places import check_identity, places_on

TITLE = "ldas rescaling statistics"
FIELDS = (
    ("count", "number of pairs", "1"),
    ("observed_mean", "mean of the observations", "observation"),
    ("observed_sd", "standard deviation of the observations", "observation"),
    ("modelled_mean", "mean of the model", "model"),
    ("modelled_sd", "standard deviation of the model", "model"),
    ("observed_quantile", "quantiles of the observations", "observation"),
    ("modelled_quantile", "quantiles of the model", "model"),
    ("departure", "root mean square of rescaled observations less the model", "model"),
)


def write_rescaling(
    path: Path,
    grid: Grid,
    fields: Mapping[str, np.ndarray],
    quantiles: np.ndarray,
    units: Mapping[str, str],
    identity: Mapping[str, str],
) -> None:
    """Write `fields` (month, cell) or (month, quantile, cell) on the map.

    `identity` tells whose statistics they are; a run compares it with its own.
    """
    with atomic_dataset(path) as out:
        out.setncatts({"Conventions": "CF-1.11", "title": TITLE, **identity})
        sizes = {
            "month": 12,
            "quantile": quantiles.size,
            "lat": grid.lat.size,
            "lon": grid.lon.size,
        }
        for name, size in sizes.items():
            out.createDimension(name, size)
        for name, values, unit in (
            ("lat", grid.lat, "degrees_north"),
            ("lon", grid.lon, "degrees_east"),
            ("quantile", quantiles, "%"),
            ("month", np.arange(1, 13), "1"),
        ):
            out.createVariable(name, "f8", (name,))[:] = values
            out[name].units = unit
        for name, text, whose in FIELDS:
            values = np.asarray(fields[name], float)
            dims = ("month", *(("quantile",) if values.ndim == 3 else ()), "lat", "lon")
            stored = out.createVariable(name, "f8", dims, fill_value=np.nan, compression="zlib")
            stored.setncatts({"long_name": text, "units": units.get(whose, "1")})
            stored[:] = grid.to_map(values)


def read_rescaling(path: Path, grid: Grid, identity: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Fields (month, cell) or (month, quantile, cell) at the cells of `grid`.

    Raises UserError for another grid, product or model than those of `identity`.
    """
    with open_input(path, "rescaling file") as dataset:
        dataset.set_auto_mask(False)
        check_identity(dataset, path, TITLE, "rescaling file; `ldas rescale` makes one", identity)
        missing = [name for name, _, _ in FIELDS if name not in dataset.variables]
        if missing:
            raise UserError(f"{path}: no variable '{missing[0]}'; `ldas rescale` makes it anew")
        rows, cols = places_on(dataset, path, grid)
        return {name: np.asarray(dataset[name][...])[..., rows, cols] for name, _, _ in FIELDS}
