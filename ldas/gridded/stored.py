"""Files as others make them, read as they stand: variables, attributes, raw numbers.

NetCDF and HDF5 are read by netCDF4 itself, not decoded: flags and fill values are looked at as
they are packed, and attributes that no decoder expects are told. Files stay open and the longest
unused is closed, so that a product's thousands of records open their file once.
"""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import netCDF4
import numpy as np

from ldas.core.errors import UserError, nearest
from ldas.core.file_cache import by_file
from ldas.core.netcdf_input import open_input

KEPT_OPEN = 32  # files
ANY = "*"  # in place of a group's name: the only one that there is


class Reads(Protocol):
    """What gives the raw numbers of a part of a variable."""

    def __call__(self, index: tuple[slice | int, ...]) -> np.ndarray:
        """Values at an index of ints and slices, one for each dimension."""
        ...


@dataclass(frozen=True)
class Stored:
    """A variable as it stands in a file: nothing scaled, nothing masked."""

    path: Path
    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attrs: Mapping[str, Any]
    reads: Reads

    def read(self, *index: slice | int) -> np.ndarray:
        """Raw values, the whole variable without an index; raises UserError if damaged."""
        try:
            return np.asarray(self.reads(index or (slice(None),) * len(self.dims)))
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(
                f"{self.path}: variable '{self.name}' cannot be read, the file is damaged or "
                f"cut short ({error})"
            ) from None

    def number(self, name: str, default: float | None = None) -> float | None:
        """An attribute that must be one number; raises UserError for text or a list."""
        value = self.attrs.get(name)
        if value is None:
            return default
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        try:
            found = np.asarray(value, float)
        except (TypeError, ValueError):
            found = np.empty(0)
        if isinstance(value, str) or found.size != 1:
            raise UserError(
                f"{self.path}: variable '{self.name}': attribute {name} = {value!r} is not a number"
            )
        return float(found.ravel()[0])

    def numbers(self, name: str) -> np.ndarray:
        """An attribute that must be numbers, empty without it; raises UserError for text."""
        value = self.attrs.get(name)
        if value is None:
            return np.empty(0)
        if self.is_text(name):
            raise UserError(
                f"{self.path}: variable '{self.name}': attribute {name} = {value!r} is text, "
                "numbers are needed"
            )
        return np.atleast_1d(np.asarray(value))

    def is_text(self, name: str) -> bool:
        """Whether an attribute is text, or holds any."""
        value = self.attrs.get(name)
        return value is not None and np.asarray(value).dtype.kind not in "biuf"

    @property
    def unsigned(self) -> bool:
        """Whether its signed numbers stand for unsigned ones, as NetCDF 3 has none."""
        return str(self.attrs.get("_Unsigned", "false")).lower() == "true"

    @property
    def units(self) -> str | None:
        """Its units attribute as text, None without one."""
        value = self.attrs.get("units")
        return None if value is None else str(value).strip()


def in_memory(
    path: Path, name: str, dims: tuple[str, ...], values: np.ndarray, attrs: Mapping[str, Any]
) -> Stored:
    """A variable whose values were worked out of a file already."""
    return Stored(path, name, dims, values.shape, values.dtype, attrs, values.__getitem__)


@dataclass(frozen=True)
class StoredFile:
    """A file, or one group of it: its variables and attributes.

    `found` keeps what was worked out of it, so that it is not for every record.
    """

    path: Path
    variables: Mapping[str, Stored]
    attrs: Mapping[str, Any]
    group: str | None = None
    found: dict[Any, Any] = field(default_factory=dict, compare=False)

    def variable(self, name: str) -> Stored:
        """A variable; raises UserError that says which there are."""
        if name not in self.variables:
            there = ", ".join(self.variables) or "none"
            raise UserError(
                f"{self.path}: no variable '{name}'{nearest(name, self.variables)}; it has {there}"
            )
        return self.variables[name]


def open_image(path: Path, group: str | None = None) -> StoredFile:
    """As `open_stored`, with rasters brought to latitudes and longitudes."""
    return _opened(path, group, True)


def open_stored(path: Path, group: str | None = None) -> StoredFile:
    """A file, or a group of it; raises UserError if it cannot be read."""
    return _opened(path, group, False)


def stored_within(path: Path, content: bytes) -> StoredFile:
    """A NetCDF file that lies within another, from its bytes; `path` is what messages call it."""
    try:
        return _netcdf(path, netCDF4.Dataset(path.name, memory=content), None)
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise UserError(f"{path}: cannot be read, damaged or cut short ({error})") from None


_datasets: weakref.WeakSet[netCDF4.Dataset] = weakref.WeakSet()  # variables and file form a ring


@by_file(KEPT_OPEN)
def _opened(path: Path, group: str | None, warped: bool) -> StoredFile:
    if path.suffix.lower() in (".hdf", ".hdf4") and path.is_file() and _is_hdf4(path):
        from .hdf4 import open_hdf4

        return open_hdf4(path)
    if path.suffix.lower() in (".tif", ".tiff", ".jp2"):
        from .raster import open_raster

        return open_raster(path, warped)
    if path.suffix.lower() in (".bufr", ".buf", ".bin") and path.is_file():
        from .bufr import is_bufr, open_bufr

        if is_bufr(path):
            return open_bufr(path)
    if path.suffix == ".zarr" and path.is_dir():
        from .zarr import open_zarr

        return open_zarr(path, group)
    dataset = open_input(path, unpacks=False)
    try:
        return _netcdf(path, dataset, group)
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise UserError(f"{path}: cannot be read, damaged or cut short ({error})") from None


def close_kept() -> None:
    """Close the files that are kept open, so that they can be written anew."""
    _opened.cache_clear()
    for dataset in list(_datasets):
        if dataset.isopen():
            dataset.close()
    _datasets.clear()


def _is_hdf4(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"\x0e\x03\x13\x01"


def _netcdf(path: Path, dataset: netCDF4.Dataset, group: str | None) -> StoredFile:
    _datasets.add(dataset)
    dataset.set_auto_maskandscale(False)
    place: Any = dataset
    for name in (group or "").strip("/").split("/"):
        if not name:
            continue
        if name == ANY and len(place.groups) == 1:
            name = next(iter(place.groups))
        if name not in place.groups:
            there = ", ".join(place.groups) or "none"
            known = nearest(name, place.groups)
            dataset.close()
            raise UserError(f"{path}: no group '{group}'{known}; it has {there}")
        place = place.groups[name]
    variables = {name: _stored(path, variable) for name, variable in place.variables.items()}
    # coordinates of a group's dimensions may stand in the groups above
    above = place.parent
    while above is not None:
        for name, variable in above.variables.items():
            variables.setdefault(name, _stored(path, variable))
        above = above.parent
    attrs = {name: dataset.getncattr(name) for name in dataset.ncattrs()}
    told = dataset.groups.get("HDFEOS INFORMATION")
    for name in ("StructMetadata.0", "StructMetadata_0"):
        if told is not None and name in told.variables:
            attrs["StructMetadata.0"] = str(_plain(np.asarray(told[name][...]).item()))
    return StoredFile(path, variables, attrs, group)


def _stored(path: Path, variable: netCDF4.Variable) -> Stored:
    return Stored(
        path,
        variable.name,
        variable.dimensions,
        variable.shape,
        np.dtype(variable.dtype) if variable.dtype is not str else np.dtype(object),
        {name: _plain(variable.getncattr(name)) for name in variable.ncattrs()},
        lambda index: variable[index],
    )


def _plain(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
