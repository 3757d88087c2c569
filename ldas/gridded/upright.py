"""Projected fields brought to rows of one latitude and columns of one longitude."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ldas.core.errors import UserError

from .axes import LAT, LON, TIME, Axes
from .cache import kept
from .geometry import EARTH_RADIUS, KM_PER_DEGREE, Places, geometry_of, unit_vectors
from .projection import Plane
from .stored import Stored, in_memory

MOST = 20_000_000  # pixels that are looked through for the nearest
REACH = 0.75  # pixels, how far the nearest may lie: half the diagonal of one
OUTSIDE = -(2**40)  # stored number where no pixel is near, as no product packs it


Look = Callable[[slice | int, slice | int], tuple[np.ndarray, np.ndarray]]


def upright(stored: Stored, axes: Axes) -> tuple[Stored, Axes]:
    """The nearest pixel of a curvilinear field on a regular grid of about its pixels' size.

    Where there is none the values are missing. Of a field on an even plane no more is read than a
    part needs; others are read whole. Raises UserError for a field along a track, and for one too
    large to be looked through.
    """
    if not axes.curvilinear:
        raise UserError(f"{stored.path}: '{stored.name}' lists places, it is no image")
    dims = tuple(d for d, r in zip(stored.dims, axes.roles, strict=True) if r not in (LAT, LON))
    if stored.dims[: len(dims)] != dims:
        raise UserError(
            f"{stored.path}: '{stored.name}' ({', '.join(stored.dims)}) is projected; its rows and "
            "columns must be its last dimensions"
        )
    even = axes.plane is not None and axes.plane.regular
    lat, lon, look = _on_plane(axes.plane) if even else _among_places(stored, axes)

    def reads(index: tuple[slice | int, ...]) -> np.ndarray:
        row, col = look(index[-2], index[-1])
        there = row >= 0
        if not there.any():
            part = stored.reads((*index[:-2], slice(0, 1), slice(0, 1)))
            row, col = np.zeros_like(row), np.zeros_like(col)
        else:
            top, left = int(row[there].min()), int(col[there].min())
            bottom, right = int(row[there].max()) + 1, int(col[there].max()) + 1
            part = stored.reads((*index[:-2], slice(top, bottom), slice(left, right)))
            row, col = np.where(there, row - top, 0), np.where(there, col - left, 0)
        raw = np.asarray(part)
        if stored.unsigned and raw.dtype.kind == "i":
            raw = raw.view(raw.dtype.str.replace("i", "u"))
        wide = raw.astype(np.int64) if raw.dtype.kind in "iu" else raw.astype(float)
        return np.where(there, wide[..., row, col], OUTSIDE)

    leading = stored.shape[: len(dims)]
    attrs: dict[str, Any] = {k: v for k, v in stored.attrs.items() if k != "_Unsigned"}
    attrs["missing_value"] = np.array([*stored.numbers("missing_value"), OUTSIDE])
    kind = np.dtype(np.int64 if stored.dtype.kind in "iu" else float)
    turned = Stored(
        stored.path,
        stored.name,
        (*dims, LAT, LON),
        (*leading, lat.size, lon.size),
        kind,
        attrs,
        reads,
    )
    lines = [
        in_memory(stored.path, LAT, (LAT,), lat, {"units": "degrees_north"}),
        in_memory(stored.path, LON, (LON,), lon, {"units": "degrees_east"}),
    ]
    roles = tuple(r for r in axes.roles if r not in (LAT, LON))
    assert set(roles) <= {TIME, "one"}
    return turned, Axes((*roles, LAT, LON), *lines, axes.time)


def _lines(
    south: float, north: float, west: float, east: float, spacing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes from one side to the other, about `spacing` km apart."""
    step = spacing / KM_PER_DEGREE
    lat = np.arange(north, south - 0.5 * step, -step)
    narrow = np.cos(np.radians(0.5 * (lat[0] + lat[-1])))
    return lat, np.arange(west, east + 0.5 * step / narrow, step / narrow)


def _on_plane(plane: Plane) -> tuple[np.ndarray, np.ndarray, Look]:
    """Latitudes and longitudes over an even plane, and what finds the pixels of a part of them."""
    from pyproj import Transformer

    back = Transformer.from_crs(plane.crs, "EPSG:4326", always_xy=True)
    sides = [(min(axis[0], axis[-1]), max(axis[0], axis[-1])) for axis in (plane.x, plane.y)]
    (left, right), (bottom, top) = sides
    west, south, east, north = back.transform_bounds(left, bottom, right, top, densify_pts=101)
    lat, lon = _lines(south, north, west, east, 1e-3 * plane.spacing())

    def look(rows: slice | int, cols: slice | int) -> tuple[np.ndarray, np.ndarray]:
        return plane.index(*np.meshgrid(lat[rows], lon[cols], indexing="ij"))

    return lat, lon, look


def _among_places(stored: Stored, axes: Axes) -> tuple[np.ndarray, np.ndarray, Look]:
    """The same of places in no order, the nearest of which is sought among all."""
    places = geometry_of(axes, stored)
    assert isinstance(places, Places)
    if places.lat.size > MOST:
        raise UserError(
            f"{stored.path}: is projected and too large to be turned ({places.lat.size} pixels, at "
            f"most {MOST}); warp it to latitudes and longitudes first (gdalwarp -t_srs EPSG:4326)"
        )
    lat, lon = _lines(
        np.nanmin(places.lat), np.nanmax(places.lat), np.nanmin(places.lon), np.nanmax(places.lon),
        places.spacing,
    )  # fmt: skip
    pixel = kept(("upright", places.lat, places.lon, lat, lon), lambda: _nearest(places, lat, lon))
    cols_stored = stored.shape[-1]

    def look(rows: slice | int, cols: slice | int) -> tuple[np.ndarray, np.ndarray]:
        chosen = pixel[rows, cols]
        lost = chosen < 0
        return np.where(lost, -1, chosen // cols_stored), np.where(lost, -1, chosen % cols_stored)

    return lat, lon, look


def _nearest(places: Places, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """The pixel at each place of a regular grid (lat, lon), -1 where none is near."""
    there = np.flatnonzero(np.isfinite(places.lat))
    tree = cKDTree(unit_vectors(places.lat[there], places.lon[there]))
    reach = REACH * places.spacing / EARTH_RADIUS
    pixel = np.empty((lat.size, lon.size), np.int64)
    for row, la in enumerate(lat):
        away, found = tree.query(
            unit_vectors(np.full(lon.size, la), lon), distance_upper_bound=reach
        )
        pixel[row] = np.where(np.isfinite(away), there[np.minimum(found, there.size - 1)], -1)
    return pixel
