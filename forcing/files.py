"""Forcing files: their time axes, grids and variables, checked before anything is computed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.gridded.axes import LAT, LON, ONE, POINT, TIME, Axes, axes_of
from ldas.gridded.geometry import Geometry, Places, geometry_of
from ldas.gridded.packing import packing_of
from ldas.gridded.stored import Stored, StoredFile, open_stored
from ldas.gridded.times import decode_time
from ldas.gridded.units import conversion

from .quantities import AMOUNTS, FIXED, QUANTITIES, UNITS
from .source import Source

LONGEST_INTERVAL = 10800  # s, states are taken as linear in time up to here


@dataclass(frozen=True)
class FileVariable:
    """A quantity in a file: the variable that holds it and how it becomes SI.

    `roles` says of each dimension whether it is time, lat, lon, point or one of size 1. An
    `amount` is divided by the interval, or first by what it was accumulated over. On a
    `curvilinear` grid places are counted through its rows and columns.
    """

    stored: Stored
    roles: tuple[str, ...]
    scale: float
    offset: float
    amount: bool
    curvilinear: bool = False

    @property
    def name(self) -> str:
        """Name in the file."""
        return self.stored.name

    def read(self, first: int, last: int, rows: slice, cols: slice) -> np.ndarray:
        """SI values or amounts (stamp, row, col), NaN where missing."""
        part = {TIME: slice(first, last), LAT: rows, LON: cols, POINT: rows, ONE: 0}
        if self.curvilinear:
            part |= {LAT: slice(None), LON: slice(None)}
        raw = self.stored.read(*(part[role] for role in self.roles))
        values, why = _unpacked(self.stored, raw)
        values = np.where(why, np.nan, values)
        order = [role for role in self.roles if role != ONE]
        wanted = [role for role in (TIME, LAT, LON, POINT) if role in order]
        values = np.transpose(values, [order.index(role) for role in wanted])
        if LAT not in order or self.curvilinear:  # listed places, or one place
            values = values.reshape(values.shape[0], -1, 1)
        if self.curvilinear:
            values = values[:, rows]
        return self.scale * values + self.offset


@dataclass(frozen=True)
class ForcingFile:
    """One file: its stamps, its grid as stored, and the quantities it holds.

    `time` is empty for quantities without a time axis only; `geometry` is None where the file
    says of no place.
    """

    path: Path
    time: np.ndarray
    geometry: Geometry | None
    variables: dict[str, FileVariable]
    fixed: dict[str, np.ndarray]


def inspect(path: Path, source: Source) -> ForcingFile:
    """Read the header of a forcing file; raises UserError with all problems of this file."""
    file = _opened(path)
    problems: list[str] = []
    variables: dict[str, FileVariable] = {}
    fixed: dict[str, np.ndarray] = {}
    geometry: Geometry | None = None
    time = np.empty(0, dtype="datetime64[s]")
    for quantity, aliases in source.names.items():
        found = next((alias for alias in aliases if alias in file.variables), None)
        if found is None:
            continue
        try:
            stored = file.variables[found]
            axes = _axes(file, stored)
            variable = _describe(stored, axes, quantity)
            if TIME not in axes.roles or quantity in FIXED:
                fixed[quantity] = _ground(variable)
                continue
            variables[quantity] = variable
            if time.size == 0:
                assert axes.time is not None
                time = decode_time(axes.time)
                geometry = _geometry(axes, stored)
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(list(dict.fromkeys(problems)))
    return ForcingFile(path, time, geometry, variables, fixed)


def _opened(path: Path) -> StoredFile:
    if path.suffix.lower() in (".csv", ".txt"):
        from ldas.gridded.table import open_table

        return open_table(path)
    return open_stored(path)


def _axes(file: StoredFile, stored: Stored) -> Axes:
    """Axes of a variable; a file without any place is that of a station."""
    try:
        return axes_of(file, stored)
    except UserError:
        time = next((v for v in file.variables.values() if " since " in (v.units or "")), None)
        along = [dim for dim, n in zip(stored.dims, stored.shape, strict=True) if n > 1]
        if not set(along) <= set(time.dims if time is not None else ()):
            raise
        dims = time.dims if time is not None else ()
        return Axes(tuple(TIME if d in dims else ONE for d in stored.dims), None, None, time)


def _describe(stored: Stored, axes: Axes, quantity: str) -> FileVariable:
    place = f"{stored.path}: variable '{stored.name}'"
    if stored.dtype.kind not in "iuf":
        raise UserError(f"{place} holds {stored.dtype}, no numbers")
    if stored.units is None:
        raise UserError(f"{place} has no units attribute")
    dimension = QUANTITIES[quantity].dimension
    try:
        found, amount = conversion(stored.units, UNITS[dimension]), False
    except ValueError as error:
        if dimension not in AMOUNTS:
            raise UserError(f"{place}: {error}") from None
        try:
            found, amount = conversion(stored.units, AMOUNTS[dimension]), True
        except ValueError:
            raise UserError(f"{place}: {error} or to '{AMOUNTS[dimension]}'") from None
    return FileVariable(stored, axes.roles, found.scale, found.offset, amount, axes.curvilinear)


def _geometry(axes: Axes, stored: Stored) -> Geometry | None:
    if axes.lat is None or axes.lon is None:
        return None
    found = geometry_of(axes, stored)
    if isinstance(found, Places) and not np.isfinite(found.lat).all():
        raise UserError(f"{stored.path}: latitude or longitude is missing at some places")
    return found


def _ground(variable: FileVariable) -> np.ndarray:
    """Values of the ground: one, or (lat, lon), or (place, 1); of the first stamp."""
    shape = dict(zip(variable.roles, variable.stored.shape, strict=True))
    if TIME in shape:
        return variable.read(0, 1, slice(None), slice(None))[0]
    if not [role for role in variable.roles if role != ONE]:
        raw = variable.stored.read(*(0,) * len(variable.roles))
        values, why = _unpacked(variable.stored, np.asarray(raw))
        return variable.scale * np.where(why, np.nan, values) + variable.offset
    raw = variable.stored.read(*(0 if role == ONE else slice(None) for role in variable.roles))
    values, why = _unpacked(variable.stored, raw)
    left = [role for role in variable.roles if role != ONE]
    values = variable.scale * np.where(why, np.nan, values) + variable.offset
    if left == [LON, LAT]:
        return values.T
    return values.reshape(-1, 1) if left == [POINT] or variable.curvilinear else values


def _unpacked(stored: Stored, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers freed of packing, and where they are missing or out of the range they declare."""
    values, why = packing_of(stored, flags_are_values=False).values(raw)
    return values, why["missing"] | why["invalid"]
