"""Where the values of a field are: on latitudes and longitudes, or at places of any order."""

from dataclasses import dataclass

import numpy as np

from ldas.core.errors import UserError

from .axes import Axes
from .packing import packing_of
from .stored import Stored

EARTH_RADIUS = 6371.0  # km
KM_PER_DEGREE = EARTH_RADIUS * np.pi / 180.0


@dataclass(frozen=True)
class Rectilinear:
    """Rows of one latitude and columns of one longitude, in the order of the file (degrees)."""

    lat: np.ndarray
    lon: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.lat.size, self.lon.size


@dataclass(frozen=True)
class Places:
    """Places one after the other (degrees, NaN where there is none), about `spacing` km apart."""

    lat: np.ndarray
    lon: np.ndarray
    spacing: float

    @property
    def shape(self) -> tuple[int, int]:
        """As many rows as places, one column."""
        return self.lat.size, 1


Geometry = Rectilinear | Places


def same(one: Geometry, other: Geometry) -> bool:
    """Whether two geometries are the same places."""
    if one is other:
        return True
    return (
        type(one) is type(other)
        and np.array_equal(one.lat, other.lat, equal_nan=True)
        and np.array_equal(one.lon, other.lon, equal_nan=True)
    )


def geometry_of(axes: Axes, stored: Stored, resolution: float | None = None) -> Geometry:
    """The places of a variable; `resolution` (km) is that of places if it is known.

    Raises UserError for latitudes and longitudes that are none, missing or not in order.
    """
    path = stored.path
    if axes.lat is None or axes.lon is None:
        raise UserError(f"{path}: variable '{stored.name}' has no latitude and longitude")
    lat, lon = coordinate(axes.lat), coordinate(axes.lon)
    if axes.curvilinear or axes.lat.dims == axes.lon.dims:
        lat, lon = lat.ravel(), lon.ravel()
        gap = np.isnan(lat) | np.isnan(lon)
        lat, lon = np.where(gap, np.nan, lat), np.where(gap, np.nan, lon)
        _check_limits(path, lat, lon)
        return Places(lat, lon, resolution or typical_spacing(lat, lon))
    for name, values in (("latitude", lat), ("longitude", lon)):
        if not np.isfinite(values).all():
            raise UserError(f"{path}: {name} is not finite throughout")
        # longitudes may jump by 360 degrees once: 0 ... 180 -179 ... -1
        turned = np.unwrap(values, period=360.0) if name == "longitude" else values
        if not (_one_way(values) or _one_way(turned)):
            raise UserError(f"{path}: {name} is neither ascending nor descending")
    _check_limits(path, lat, lon)
    return Rectilinear(lat, lon)


def coordinate(stored: Stored) -> np.ndarray:
    """A coordinate in its file's order, NaN where missing."""
    values, why = packing_of(stored).values(np.atleast_1d(stored.read()))
    return np.where(why["missing"] | why["invalid"], np.nan, values)


def _one_way(values: np.ndarray) -> bool:
    step = np.diff(values)
    return bool((step > 0).all() or (step < 0).all())


def _check_limits(path: object, lat: np.ndarray, lon: np.ndarray) -> None:
    for name, values, limit in (("latitude", lat, 90.0), ("longitude", lon, 540.0)):
        most = np.nanmax(np.abs(values), initial=0.0)
        if most > limit + 1e-6:
            raise UserError(f"{path}: {name} reaches {most:g} degrees")


def typical_spacing(lat: np.ndarray, lon: np.ndarray) -> float:
    """Median distance (km) of places to their nearest neighbour, of some of them."""
    from scipy.spatial import cKDTree

    there = np.flatnonzero(np.isfinite(lat))
    if there.size < 2:
        return 0.0
    xyz = unit_vectors(lat[there], lon[there])
    some = xyz[:: max(1, there.size // 2000)]
    distance, _ = cKDTree(xyz).query(some, k=2)
    return float(np.median(distance[:, 1])) * EARTH_RADIUS


def unit_vectors(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Directions (place, 3) from the middle of the Earth."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
