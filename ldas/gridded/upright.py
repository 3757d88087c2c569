"""Projected fields brought to rows of one latitude and columns of one longitude."""

from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ldas.core.errors import UserError

from .axes import LAT, LON, TIME, Axes
from .cache import kept
from .geometry import EARTH_RADIUS, KM_PER_DEGREE, Places, geometry_of, unit_vectors
from .stored import Stored, in_memory

MOST = 20_000_000  # pixels that are looked through for the nearest
REACH = 0.75  # pixels, how far the nearest may lie: half the diagonal of one
OUTSIDE = -(2**40)  # stored number where no pixel is near, as no product packs it


def upright(stored: Stored, axes: Axes) -> tuple[Stored, Axes]:
    """The nearest pixel of a curvilinear field on a regular grid of about its pixels' size.

    Where there is none the values are missing. Raises UserError for a field along a track, and
    for one too large.
    """
    places = geometry_of(axes, stored)
    assert isinstance(places, Places)
    if not axes.curvilinear:
        raise UserError(f"{stored.path}: '{stored.name}' lists places, it is no image")
    if places.lat.size > MOST:
        raise UserError(
            f"{stored.path}: is projected and too large to be turned ({places.lat.size} pixels, at "
            f"most {MOST}); warp it to latitudes and longitudes first (gdalwarp -t_srs EPSG:4326)"
        )
    step = places.spacing / KM_PER_DEGREE
    lat = np.arange(np.nanmax(places.lat), np.nanmin(places.lat) - 0.5 * step, -step)
    narrow = np.cos(np.radians(0.5 * (lat[0] + lat[-1])))
    lon = np.arange(
        np.nanmin(places.lon), np.nanmax(places.lon) + 0.5 * step / narrow, step / narrow
    )
    pixel = kept(("upright", places.lat, places.lon, lat, lon), lambda: _nearest(places, lat, lon))

    def reads(index: tuple[slice | int, ...]) -> np.ndarray:
        leading, rows, cols = index[:-2], index[-2], index[-1]
        raw = stored.reads((*leading, slice(None), slice(None)))
        if stored.unsigned and raw.dtype.kind == "i":
            raw = raw.view(raw.dtype.str.replace("i", "u"))
        wide = raw.astype(np.int64) if raw.dtype.kind in "iu" else raw.astype(float)
        flat = wide.reshape(*wide.shape[:-2], -1)
        chosen = pixel[rows, cols]
        return np.where(chosen >= 0, flat[..., np.maximum(chosen, 0)], OUTSIDE)

    dims = tuple(d for d, r in zip(stored.dims, axes.roles, strict=True) if r not in (LAT, LON))
    if stored.dims[: len(dims)] != dims:
        raise UserError(
            f"{stored.path}: '{stored.name}' ({', '.join(stored.dims)}) is projected; its rows and "
            "columns must be its last dimensions"
        )
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
