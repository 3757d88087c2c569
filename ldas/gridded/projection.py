"""Places of fields on a projected grid: by a CF grid mapping, or by the structure of HDF-EOS."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .stored import Stored, StoredFile, in_memory

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"  # MODIS, VIIRS
CORNER = re.compile(r"(UpperLeftPointMtrs|LowerRightMtrs)=\(([-\d.]+),([-\d.]+)\)")
STRUCTURE = "StructMetadata.0"
DEGREES = {"latitude": "degrees_north", "longitude": "degrees_east"}
CF_NAMES = {"y": "projection_y_coordinate", "x": "projection_x_coordinate"}
METRES = {"m": 1.0, "metre": 1.0, "meter": 1.0, "meters": 1.0, "metres": 1.0, "km": 1000.0}


def is_projected(axis: Stored) -> bool:
    """Whether a coordinate counts metres on a plane by what it says of itself."""
    named = str(axis.attrs.get("standard_name")) in CF_NAMES.values()
    return named or (axis.units or "").lower() in METRES


def places_of_pixels(
    path: Path, crs: Any, x: np.ndarray, y: np.ndarray, dims: tuple[str, str]
) -> dict[str, Stored]:
    """Latitude and longitude (row, col) of pixels at `x` and `y` of a projection."""
    from pyproj import Transformer

    back = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*np.meshgrid(x, y))
    lat, lon = (np.where(np.isfinite(values), values, np.nan) for values in (lat, lon))
    return {
        name: in_memory(path, name, dims, values, {"units": DEGREES[name]})
        for name, values in (("latitude", lat), ("longitude", lon))
    }


def hdf_eos_places(
    path: Path, structure: str, shape: tuple[int, ...], dims: tuple[str, str]
) -> dict[str, Stored]:
    """Places of a sinusoidal tile (row, col); raises UserError for another projection."""
    if "GCTP_SNSOID" not in structure:
        raise UserError(f"{path}: HDF-EOS on another grid than MODIS' sinusoidal one")
    corners = {
        m.group(1): (float(m.group(2)), float(m.group(3))) for m in CORNER.finditer(structure)
    }
    if len(corners) != 2:
        raise UserError(f"{path}: the corners of its grid are missing")
    (west, north), (east, south) = corners["UpperLeftPointMtrs"], corners["LowerRightMtrs"]
    rows, cols = shape[-2:]
    x = west + (east - west) * (np.arange(cols) + 0.5) / cols
    y = north + (south - north) * (np.arange(rows) + 0.5) / rows
    return places_of_pixels(path, SINUSOIDAL, x, y, dims)


def projected_places(file: StoredFile, stored: Stored) -> dict[str, Stored]:
    """Places of a variable by its grid mapping or HDF-EOS structure; none if it has neither.

    Raises UserError for a grid mapping that nobody knows.
    """
    if len(stored.dims) < 2:
        return {}
    structure = str(file.attrs.get(STRUCTURE, ""))
    if "GCTP_SNSOID" in structure:
        return hdf_eos_places(file.path, structure, stored.shape, stored.dims[-2:])
    mapping = _mapping(file, stored)
    if mapping is None:
        return {}
    axes = {what: _axis(file, stored, what) for what in CF_NAMES}
    if axes["x"] is None or axes["y"] is None:
        return {}
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    attrs = {k: v.item() if hasattr(v, "item") and np.ndim(v) == 0 else v
             for k, v in mapping.attrs.items()}  # fmt: skip
    try:
        text = attrs.get("crs_wkt") or attrs.get("spatial_ref")
        crs = CRS.from_user_input(text) if text else CRS.from_cf(attrs)
    except (CRSError, KeyError, ValueError, TypeError) as error:
        raise UserError(
            f"{file.path}: variable '{stored.name}': its grid mapping '{mapping.name}' is no "
            f"projection that is known ({str(error).splitlines()[0]})"
        ) from None
    x, y = (axes[what].read() * _metres(axes[what]) for what in ("x", "y"))
    return places_of_pixels(file.path, crs, x, y, (axes["y"].dims[0], axes["x"].dims[0]))


def _mapping(file: StoredFile, stored: Stored) -> Stored | None:
    """The variable that describes the projection: the one named, or the only one there is."""
    named = str(stored.attrs.get("grid_mapping", "")).split(":")[0].strip()
    if named:
        return file.variables.get(named)
    known = [v for v in file.variables.values()
             if {"grid_mapping_name", "crs_wkt", "spatial_ref"} & set(v.attrs)]  # fmt: skip
    return known[0] if len(known) == 1 else None


def _axis(file: StoredFile, stored: Stored, what: str) -> Stored | None:
    """The coordinate along one dimension of a variable that counts metres east or north."""
    for dim in stored.dims:
        found = file.variables.get(dim)
        if found is None or found.dims != (dim,):
            continue
        says = (str(found.attrs.get("standard_name")), str(found.attrs.get("axis", "")).lower())
        if CF_NAMES[what] == says[0] or what == says[1] or dim.lower() in (what, f"{what}dim"):
            return found
    return None


def _metres(axis: Stored) -> float:
    units = (axis.units or "m").lower()
    if units not in METRES:
        raise UserError(
            f"{axis.path}: '{axis.name}' of the projection is in '{axis.units}'; allowed: m, km"
        )
    return METRES[units]
