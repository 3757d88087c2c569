"""From a land cover map to patch fractions: classes counted in each cell, shared out by a table."""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd

from ldas.core.errors import UserError
from ldas.core.mosaic import PATCHES
from ldas.core.netcdf_input import open_input

from .netcdf import atomic_dataset, refuse_to_overwrite
from .product_file import write_grid

TABLE = Path(__file__).with_name("land_cover_patches.csv")
UNKNOWN = (0, 255)  # codes of CGLS-LC100 for no data
URBAN, WATER = (50,), (80, 200)
MOST_UNKNOWN = 0.5  # 1, share of a cell without known class from which on it is left out
MOST_WATER = 0.5  # 1, share of water from which on a cell is no land
ROWS_AT_ONCE = 256  # cells in latitude read at a time


@dataclass(frozen=True)
class Shares:
    """Share of each patch (class, patch) for class `code`."""

    code: np.ndarray
    share: np.ndarray


def read_table(path: Path = TABLE) -> Shares:
    """The table of patch shares; raises UserError if a row does not sum to 0 or 1."""
    try:
        table = pd.read_csv(path, comment="#")
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a table ({error})") from None
    missing = [name for name in ("code", *PATCHES) if name not in table]
    if missing:
        raise UserError(f"{path}: no column {', '.join(missing)}")
    share = table[list(PATCHES)].to_numpy(dtype=float)
    total = share.sum(axis=1)
    wrong = ~(np.isclose(total, 1.0) | (total == 0.0)) | (share < 0.0).any(axis=1)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise UserError(
            f"{path}: shares of class {table['code'][k]} sum to {total[k]:g}, allowed: 1, or 0 "
            "for water"
        )
    return Shares(table["code"].to_numpy(dtype=int), share)


def class_fractions(codes: np.ndarray, factor: int, shares: Shares, path: Path) -> np.ndarray:
    """Fraction of each class of the table (class, row, col) in blocks of factor x factor pixels.

    What remains to 1 is unknown. Raises UserError for a code that is not in the table.
    """
    known = np.isin(codes, (*shares.code, *UNKNOWN))
    if not known.all():
        strange = codes[~known][0]
        raise UserError(f"{path}: land cover class {strange} is not in the table")
    rows, cols = codes.shape[0] // factor, codes.shape[1] // factor
    blocks = codes[: rows * factor, : cols * factor].reshape(rows, factor, cols, factor)
    return np.stack([(blocks == code).mean(axis=(1, 3)) for code in shares.code])


def patch_fractions(classes: np.ndarray, shares: Shares) -> np.ndarray:
    """Patch fractions (patch, row, col) from class fractions; NaN where there is no land.

    A cell is land if less than half of it is water and less than half unknown; its known
    land is scaled to 1.
    """
    patches = np.tensordot(shares.share.T, classes, axes=1)
    land, known = patches.sum(axis=0), classes.sum(axis=0)
    keep = (land > 0.0) & (known - land < MOST_WATER) & (1.0 - known < MOST_UNKNOWN)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(keep, patches / land, np.nan)


def make_surface(source: Path, variable: str, target: Path, factor: int, table: Path) -> str:
    """Write patch, urban and water fractions of a land cover map, `factor` pixels to a cell.

    Returns a line about what was written. Raises UserError for a file that cannot be used.
    """
    refuse_to_overwrite(target, [source, table], "OUT.nc")
    shares = read_table(table)
    with open_input(source) as dataset:
        codes = _codes(dataset, source, variable)
        lat, lon = (np.asarray(dataset[name][:], float) for name in codes.dimensions[-2:])
        if lat.size < factor or lon.size < factor:
            raise UserError(f"{source}: {lat.size} x {lon.size} pixels, fewer than one cell")
        parts = []
        for row in range(0, lat.size - factor + 1, factor * ROWS_AT_ONCE):
            block = np.ma.filled(codes[..., row : row + factor * ROWS_AT_ONCE, :], 255)
            parts.append(class_fractions(np.squeeze(block), factor, shares, source))
    classes = np.concatenate(parts, axis=1)
    patches = patch_fractions(classes, shares)
    fields = {
        name: classes[np.isin(shares.code, wanted)].sum(axis=0)
        for name, wanted in (("urban_fraction", URBAN), ("water_fraction", WATER))
    }
    _write(target, middles(lat, factor), middles(lon, factor), patches, fields, source.name)
    land = int(np.isfinite(patches[0]).sum())
    return f"wrote {target}: {land} land cells of {patches[0].size}"


def middles(axis: np.ndarray, factor: int) -> np.ndarray:
    """Coordinates of cells that take `factor` pixels each."""
    return axis[: axis.size // factor * factor].reshape(-1, factor).mean(axis=1)


def _codes(dataset: netCDF4.Dataset, source: Path, variable: str) -> netCDF4.Variable:
    if variable not in dataset.variables:
        raise UserError(
            f"{source}: no variable '{variable}'; it has {', '.join(dataset.variables)}"
        )
    codes = dataset[variable]
    place = codes.dimensions[-2:]
    if codes.ndim < 2 or any(name not in dataset.variables for name in place):
        raise UserError(f"{source}: variable '{variable}' has no latitude and longitude")
    if codes.dtype.kind not in "iu":
        raise UserError(f"{source}: variable '{variable}' holds {codes.dtype}, wanted class codes")
    return codes


def _write(
    target: Path,
    lat: np.ndarray,
    lon: np.ndarray,
    patches: np.ndarray,
    fields: dict[str, np.ndarray],
    source: str,
) -> None:
    with atomic_dataset(target) as out:
        out.setncatts({"Conventions": "CF-1.11", "source": f"land cover map {source}"})
        out.patches = ", ".join(PATCHES)
        write_grid(out, lat, lon)
        out.createDimension("patch", len(PATCHES))
        every = {"patch_fraction": (("patch", "lat", "lon"), patches)}
        every |= {name: (("lat", "lon"), values) for name, values in fields.items()}
        for name, (dims, values) in every.items():
            stored = out.createVariable(name, "f4", dims, fill_value=np.nan, compression="zlib")
            stored.units = "1"
            stored[:] = values
