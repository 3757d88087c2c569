"""Which dimension of a variable is time, latitude or longitude: by meaning, then by name."""

import functools
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .projection import Plane, is_projected, plane_of
from .stored import Stored, StoredFile

TIME, LAT, LON, POINT, ONE = "time", "lat", "lon", "point", "one"
NAMES = {
    "latitude": ("lat", "latitude", "nav_lat", "xlat"),
    "longitude": ("lon", "longitude", "long", "nav_lon", "xlong"),
    "time": ("time", "valid_time", "t"),
}
PLANE = {"latitude": "y", "longitude": "x"}  # taken for degrees where nothing else is


@dataclass(frozen=True)
class Axes:
    """What each dimension of a variable is.

    `roles` names them in the order of the file: time, lat, lon; point where places are listed
    one after the other; one for a dimension of size 1 without meaning here. On a curvilinear
    grid lat and lon are dimensions whose places stand in two-dimensional `lat` and `lon`; where
    they follow from a projection, `plane` is it.
    """

    roles: tuple[str, ...]
    lat: Stored | None
    lon: Stored | None
    time: Stored | None
    plane: Plane | None = None

    @property
    def curvilinear(self) -> bool:
        """Whether places stand in two-dimensional arrays."""
        return self.lat is not None and len(self.lat.dims) == 2


def axes_of(file: StoredFile, stored: Stored) -> Axes:
    """The axes of a variable; raises UserError naming a dimension that cannot be placed."""
    key = ("axes", stored.name)
    if key not in file.found:
        file.found[key] = _axes(file, stored)
    return file.found[key]


def _axes(file: StoredFile, stored: Stored) -> Axes:
    if "meanings" not in file.found:
        file.found["meanings"] = _meanings(file)
    found = file.found["meanings"]
    lat, lon = (_fitting(found[what], stored) for what in ("latitude", "longitude"))
    time = _fitting(found["time"], stored, scalar=True)
    plane = None
    if lat is None or lon is None:
        plane = plane_of(file, stored)
        if plane is not None:
            lat, lon = plane.places(file.path).values()
    if lat is None or lon is None:
        raise UserError(
            f"{file.path}: variable '{stored.name}' ({', '.join(stored.dims)}) has no latitudes "
            "and longitudes along its dimensions, by units, standard_name or name"
        )
    roles = [_role(dim, size, stored, lat, lon, time) for dim, size in _sizes(stored)]
    for role, (dim, size) in zip(roles, _sizes(stored), strict=True):
        if role is None:
            raise UserError(
                f"{file.path}: variable '{stored.name}' has the dimension '{dim}' ({size}), which "
                "is neither time, latitude nor longitude by its units, standard_name or name "
                "(allowed: time, lat, lon)"
            )
    return Axes(tuple(role or ONE for role in roles), lat, lon, time, plane)


def _sizes(stored: Stored) -> list[tuple[str, int]]:
    return list(zip(stored.dims, stored.shape, strict=True))


def _role(
    dim: str,
    size: int,
    stored: Stored,
    lat: Stored | None,
    lon: Stored | None,
    time: Stored | None,
) -> str | None:
    # along an orbit each place has its time: there dimensions are places
    if lat is not None and lon is not None:
        if lat.dims == lon.dims == (dim,):
            return POINT
        if len(lat.dims) == 2 and dim in lat.dims:
            return LAT if dim == lat.dims[0] else LON
        if lat.dims == (dim,):
            return LAT
        if lon.dims == (dim,):
            return LON
    if time is not None and time.dims == (dim,):
        return TIME
    return ONE if size == 1 else None


def _meanings(file: StoredFile) -> dict[str, list[Stored]]:
    """Variables that are latitudes, longitudes and times: by their attributes, else by name."""
    by_attributes = _by_attributes(file)
    found = {}
    for what, names in NAMES.items():
        seen = [file.variables[name] for name in by_attributes.get(what, ())]
        named = [v for n, v in file.variables.items() if n.lower() in names and v not in seen]
        named = [v for v in named if not is_projected(v)]
        plane = [file.variables[n] for n in (PLANE.get(what),) if n in file.variables]
        plane = [v for v in plane if not is_projected(v)]
        found[what] = [*seen, *named, *(v for v in plane if v not in seen)]
    return found


@functools.cache
def cf_criteria() -> Mapping[str, Mapping[str, Any]]:
    """cf_xarray's table of what attributes say.

    It is read without the package around it, which would bring xarray and pandas with it: half a
    second of every command.
    """
    package = importlib.util.find_spec("cf_xarray")
    assert package is not None and package.origin is not None
    table = Path(package.origin).with_name("criteria.py")
    spec = importlib.util.spec_from_file_location("cf_xarray_criteria", table)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.coordinate_criteria


def _by_attributes(file: StoredFile) -> Mapping[str, list[str]]:
    """Names by CF meaning: what cf_xarray takes units, standard_name and axis to say."""
    criteria_of = cf_criteria()
    found: dict[str, list[str]] = {what: [] for what in NAMES}
    for name in sorted(file.variables):
        attrs = file.variables[name].attrs
        said = {key: attrs.get(key) for key in ("units", "standard_name", "axis")}
        if said["axis"] in ("X", "Y") and str(said["units"]).startswith("degrees"):
            said["standard_name"] = None
        if " since " in str(said["units"]):
            said["standard_name"] = "time"
        for what, names in found.items():
            criteria = criteria_of[what]
            if any(isinstance(s, str) and s in criteria.get(key, ()) for key, s in said.items()):
                names.append(name)
    return found


def _fitting(candidates: list[Stored], stored: Stored, scalar: bool = False) -> Stored | None:
    """The candidate whose dimensions are among the variable's; of those the named like a dim."""
    fits = [c for c in candidates if c.dims and set(c.dims) <= set(stored.dims) and c != stored]
    own = [c for c in fits if c.name in stored.dims]
    if own or fits:
        return (own or fits)[0]
    if scalar:
        return next((c for c in candidates if np.prod(c.shape, dtype=int) == 1), None)
    return None
