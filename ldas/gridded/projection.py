"""Places of fields on a projected grid: by a CF grid mapping, or by the structure of HDF-EOS."""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .stored import Stored, StoredFile

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"  # MODIS, VIIRS
CORNER = re.compile(r"(UpperLeftPointMtrs|LowerRightMtrs)=\(([-\d.]+),([-\d.]+)\)")
STRUCTURE = "StructMetadata.0"
DEGREES = {"latitude": "degrees_north", "longitude": "degrees_east"}
CF_NAMES = {"y": "projection_y_coordinate", "x": "projection_x_coordinate"}
METRES = {"m": 1.0, "metre": 1.0, "meter": 1.0, "meters": 1.0, "metres": 1.0, "km": 1000.0}


@dataclass(frozen=True)
class Plane:
    """Pixels at `x` (col) and `y` (row) of a projection, along the dimensions `dims` (row, col)."""

    crs: Any
    x: np.ndarray
    y: np.ndarray
    dims: tuple[str, str]

    @property
    def regular(self) -> bool:
        """Whether its pixels are evenly spaced."""
        steps = [np.diff(axis) for axis in (self.x, self.y)]
        return all(s.size > 0 and s[0] != 0.0 and np.allclose(s, s[0], rtol=1e-3) for s in steps)

    def spacing(self) -> float:
        """Typical distance of neighbours (m)."""
        return float(np.sqrt(abs(np.diff(self.x).mean() * np.diff(self.y).mean())))

    def index(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of the pixels of an even plane at places (degrees), -1 outside."""
        from pyproj import Transformer

        there = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        found = []
        for axis, values in zip((self.x, self.y), there.transform(lon, lat), strict=True):
            where = (np.where(np.isfinite(values), values, np.nan) - axis[0]) / (axis[1] - axis[0])
            with np.errstate(invalid="ignore"):
                inside = (where >= -0.5) & (where < axis.size - 0.5)
            found.append(np.where(inside, np.rint(np.nan_to_num(where)), -1).astype(np.int64))
        outside = (found[0] < 0) | (found[1] < 0)
        return np.where(outside, -1, found[1]), np.where(outside, -1, found[0])

    def places(self, path: Path) -> dict[str, Stored]:
        """Latitude and longitude (row, col) of all pixels, worked out when they are read."""
        known: list[dict[str, np.ndarray]] = []

        def reads(name: str, index: tuple[slice | int, ...]) -> np.ndarray:
            if not known:
                known.append(_degrees(self))
            return known[0][name][index]

        shape = (self.y.size, self.x.size)
        return {
            name: Stored(
                path, name, self.dims, shape, np.dtype(float), {"units": units},
                partial(reads, name),
            )
            for name, units in DEGREES.items()
        }  # fmt: skip


def _degrees(plane: Plane) -> dict[str, np.ndarray]:
    from pyproj import Transformer

    back = Transformer.from_crs(plane.crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*np.meshgrid(plane.x, plane.y))
    named = zip(DEGREES, (lat, lon), strict=True)
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in named}


def is_projected(axis: Stored) -> bool:
    """Whether a coordinate counts metres on a plane by what it says of itself."""
    named = str(axis.attrs.get("standard_name")) in CF_NAMES.values()
    return named or (axis.units or "").lower() in METRES


def hdf_eos_plane(
    path: Path, structure: str, shape: tuple[int, ...], dims: tuple[str, str]
) -> Plane:
    """The pixels of a sinusoidal tile; raises UserError for another projection."""
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
    return Plane(SINUSOIDAL, x, y, dims)


def plane_of(file: StoredFile, stored: Stored) -> Plane | None:
    """Pixels of a variable by its grid mapping or HDF-EOS structure; None if it has neither.

    Raises UserError for a grid mapping that nobody knows.
    """
    if len(stored.dims) < 2:
        return None
    structure = str(file.attrs.get(STRUCTURE, ""))
    if "GCTP_SNSOID" in structure:
        return hdf_eos_plane(file.path, structure, stored.shape, stored.dims[-2:])
    mapping = _mapping(file, stored)
    if mapping is None:
        return None
    axes = {what: _axis(file, stored, what) for what in CF_NAMES}
    if axes["x"] is None or axes["y"] is None:
        return None
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
    return Plane(crs, x, y, (axes["y"].dims[0], axes["x"].dims[0]))


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
