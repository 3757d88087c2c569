"""Products in files with coordinates, in listed EASE-2 cells, or with a time of each value."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError
from ldas.core.file_cache import by_file
from ldas.gridded.axes import LAT, LON, ONE, POINT, TIME, Axes, axes_of
from ldas.gridded.ease2 import ease2
from ldas.gridded.geometry import Geometry, Places, Rectilinear, geometry_of, same
from ldas.gridded.index import FileIndex
from ldas.gridded.packing import Packing, packing_of
from ldas.gridded.ragged import SPAN, ends_of_spans, is_ragged, ragged_series
from ldas.gridded.stored import Stored, StoredFile, open_stored
from ldas.gridded.times import decode_time, elapsed, epoch, time_of_name
from ldas.gridded.units import is_known
from observation_ops.preset import PixelTime
from observation_ops.products import Product, Stamp, Wanted
from observation_ops.quality import NONE, USED, reject

HOUR = 3600  # s, of what counts as seen at once: a daily map is told apart by its hours
WHOLE = slice(None)
EARLIEST, LATEST = np.datetime64("1950-01-01"), np.datetime64("2150-01-01")


@dataclass(frozen=True)
class Layout:
    """Where the values of one file are and when they were observed."""

    geometry: Geometry
    units: str
    times: np.ndarray  # of fields, or ends of spans with values where each has its own time
    span: int  # s, before each of these times; 0 where a field has one time
    fields: np.ndarray  # number of the field that each of these times belongs to
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileProduct(Product):
    """A product whose fields stand in files on a grid, on an orbit, or in a list of cells."""

    wanted: Wanted

    def read(self, stamp: Stamp, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        """Values and quality codes (row, col); the file's scale and offset are applied."""
        part = _Part(self.wanted, stamp, self.geometries[stamp.place], rows, cols)
        raw = part.of(self.wanted.variable)
        stored = part.stored(self.wanted.variable)
        values, why = _packing(self.wanted, stored).values(raw)
        flag = np.full(raw.shape, USED)
        flag[why["missing"]] = NONE
        if raw.dtype.kind == "f":
            reject(flag, ~np.isfinite(raw), "not_finite")
        reject(flag, why["flagged"], "product_flag")
        reject(flag, why["invalid"], "out_of_range")
        if self.wanted.time is not None and not is_ragged(part.file):
            flag[~_within(part, self.wanted.time, stamp)] = NONE
        for check in self.wanted.checks:
            if check.variable and check.variable not in part.file.variables and not check.needed:
                continue
            said = part.of(check.variable or self.wanted.variable)
            holds = check.holds(said) & ~_filled(part.stored(check.variable), said)
            reject(flag, ~holds, "product_flag")
        with np.errstate(invalid="ignore"):
            inside = (values >= self.kind.lower) & (values <= self.upper)
        reject(flag, ~inside, "out_of_range")
        return np.where(flag == USED, values, np.nan), flag

    def read_error(self, stamp: Stamp, rows: slice, cols: slice) -> np.ndarray | None:
        """The producer's own error (row, col) in `units`, NaN where there is none; or None."""
        name = self.wanted.error_variable
        part = _Part(self.wanted, stamp, self.geometries[stamp.place], rows, cols)
        if name is None or name not in part.file.variables:
            return None
        stored = part.stored(name)
        values, why = packing_of(stored, self.wanted.scale).values(part.of(name))
        bad = why["missing"] | why["invalid"] | ~(values > 0.0)
        return np.where(bad, np.nan, values)


def open_netcdf(wanted: Wanted) -> FileProduct:
    """Look into all files; raises UserError with everything that is wrong with any of them."""
    problems: list[str] = []
    stamps: list[Stamp] = []
    geometries: list[Geometry] = []
    units: str | None = None
    notes: dict[str, None] = {}
    index = FileIndex(repr(replace(wanted, files=())))
    for path in wanted.files:
        try:
            found = index.find(path)
            if found is None:
                found = layout(path, wanted)
                index.keep(path, found)
        except UserError as error:
            problems += error.problems
            continue
        if units is None:
            units = found.units
        elif found.units != units:
            problems.append(
                f"{path}: variable '{wanted.variable}' in '{found.units}', before in '{units}'"
            )
        place = next((k for k, g in enumerate(geometries) if same(g, found.geometry)), None)
        if place is None:
            first = geometries[0] if geometries else None
            if isinstance(first, Rectilinear) and isinstance(found.geometry, Rectilinear):
                problems.append(f"{path}: another grid than that of {wanted.files[0]}")
            place = len(geometries)
            geometries.append(found.geometry)
        notes |= dict.fromkeys(found.notes)
        stamps += [
            Stamp(t, path, k, place, t - np.timedelta64(found.span, "s") if found.span else None)
            for k, t in zip(found.fields.tolist(), found.times, strict=True)
        ]
    index.save()
    if units is not None:
        try:
            factor = wanted.kind.factor(units, wanted.thickness)
        except ValueError as error:
            problems.append(f"{wanted.files[0]}: variable '{wanted.variable}' has {error}")
    if problems:
        raise UserError(problems)
    if units is None:
        raise UserError(f"&observation files: no file of {wanted.kind.name}")
    stamps.sort(key=lambda stamp: (stamp.time, str(stamp.path), stamp.index))
    return FileProduct(
        wanted.kind,
        wanted.variable,
        units,
        tuple(geometries),
        tuple(stamps),
        factor,
        wanted.kind.largest(units),
        tuple(notes),
        wanted,
    )


def layout(path: Path, wanted: Wanted) -> Layout:
    """Head of a file; raises UserError for what cannot be read as the product says."""
    file = _open(path, wanted)
    stored = file.variable(wanted.variable)
    notes = _checked_names(file, wanted)
    _packing(wanted, stored)  # its attributes must be numbers
    if stored.dtype.kind not in "iuf":
        raise UserError(f"{path}: variable '{stored.name}' holds {stored.dtype}, no numbers")
    units = _units(wanted, stored)
    if units is None:
        raise UserError(f"{path}: variable '{stored.name}' has no units attribute")
    if is_ragged(file):
        series = ragged_series(file)
        times = series.spans()
        places = series.places(wanted.resolution)
        return Layout(places, units, times, SPAN, np.zeros(times.size, int), notes)
    axes, geometry = _places(file, stored, wanted)
    if wanted.time is not None:
        fields, times = _hours(file, wanted.time, axes)
        return Layout(geometry, units, times, HOUR, fields, notes)
    times = _times(file, stored, axes)
    return Layout(geometry, units, times, 0, np.arange(times.size), notes)


def _open(path: Path, wanted: Wanted) -> StoredFile:
    """The product's group of a file; all of it where somebody took the group's content out."""
    if wanted.group is None or wanted.group_given:
        return open_stored(path, wanted.group)
    whole = open_stored(path)
    return whole if wanted.variable in whole.variables else open_stored(path, wanted.group)


def _units(wanted: Wanted, stored: Stored) -> str | None:
    """As the namelist gives them, else as stored; the product's where the file's mean nothing."""
    if wanted.units is not None and (
        wanted.units_given or stored.units in (None, wanted.units) or not is_known(stored.units)
    ):
        return wanted.units
    return stored.units


def _checked_names(file: StoredFile, wanted: Wanted) -> tuple[str, ...]:
    """Whether what is looked at beside the values is there; lines about what is left out."""
    notes = []
    for check in wanted.checks:
        if check.variable and check.variable not in file.variables:
            if check.needed:
                file.variable(check.variable)
            notes.append(f"no '{check.variable}' in the files: not screened by it")
    if wanted.error_variable and wanted.error_variable not in file.variables:
        if wanted.error_needed:
            file.variable(wanted.error_variable)
        notes.append(f"no '{wanted.error_variable}' in the files: errors are those of the type")
    return tuple(notes)


def _packing(wanted: Wanted, stored: Stored) -> Packing:
    # quality that stands beside the values makes no sense of what a copy left among them
    beside = any(check.variable for check in wanted.checks)
    flags = wanted.value_flags and not (beside and stored.is_text("flag_values"))
    found = packing_of(stored, wanted.scale, wanted.offset, wanted.valid, flags)
    return replace(found, fills=(*found.fills, *wanted.fill))


def _places(file: StoredFile, stored: Stored, wanted: Wanted) -> tuple[Axes | None, Geometry]:
    kind, *names = wanted.places.split(":")
    if kind == "ease2":
        grid = ease2(names[0])
        if len(names) == 1 and stored.shape[-2:] != grid.shape:
            axes = axes_of(file, stored)  # a part of the grid, cut out by somebody
            return axes, geometry_of(axes, stored, wanted.resolution)
        for name in names[1:]:
            file.variable(name)
        return None, grid
    axes = axes_of(file, stored)
    if POINT in axes.roles or axes.curvilinear:
        return axes, geometry_of(axes, stored, wanted.resolution)
    if LAT not in axes.roles or LON not in axes.roles:
        raise UserError(
            f"{file.path}: variable '{stored.name}' has no latitude and longitude; its dimensions "
            f"are {', '.join(stored.dims)}"
        )
    return axes, geometry_of(axes, stored)


def _times(file: StoredFile, stored: Stored, axes: Axes | None) -> np.ndarray:
    """Stamps of the fields along the time axis; of a file without one, what its name says."""
    count = 1
    if axes is not None and TIME in axes.roles:
        count = stored.shape[axes.roles.index(TIME)]
    if axes is not None and axes.time is not None:
        times = decode_time(axes.time, ordered=False)
        if times.size != count:
            raise UserError(f"{file.path}: time has {times.size} values for {count} fields")
        return times
    named = time_of_name(file.path)
    if count > 1 or named is None:
        raise UserError(f"{file.path}: no time axis, and no date in the name of the file")
    return np.array([named])


def _hours(file: StoredFile, rule: PixelTime, axes: Axes | None) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the hours in which values were observed, and the field that each belongs to."""
    times = _pixel_times(file, rule, None)
    along = axes.time.dims if axes is not None and axes.time is not None else ()
    dims = file.variable(rule.variables[0]).dims
    by_field = times[None]
    placed = axes.lat.dims if axes is not None and axes.lat is not None else ()
    if along and along[0] in dims and along[0] not in placed:
        by_field = np.moveaxis(times, dims.index(along[0]), 0)
    ends = [ends_of_spans(part[~np.isnat(part)], HOUR) for part in by_field]
    fields = np.repeat(np.arange(len(ends)), [part.size for part in ends])
    return fields, np.concatenate([*ends, np.empty(0, "datetime64[s]")])


def _pixel_times(file: StoredFile, rule: PixelTime, part: "_Part | None") -> np.ndarray:
    """Each value's time, NaT where there is none, over the whole file or a part of it."""
    total: np.ndarray | None = None
    for name, seconds in zip(rule.variables, rule.seconds, strict=True):
        stored = file.variable(name)
        raw = stored.read() if part is None else part.of(name)
        gap = _filled(stored, raw)
        if rule.epoch is None or " since " in (stored.units or ""):
            start, step = epoch(stored)
            span = elapsed(np.where(gap, 0, raw), step)
        else:
            start, span = rule.epoch, np.rint(np.where(gap, 0, raw) * seconds).astype("m8[s]")
        span = np.where(gap, np.timedelta64("NaT"), span)
        total = span + start if total is None else total + span
    assert total is not None
    with np.errstate(invalid="ignore"):
        believed = (total > EARLIEST) & (total < LATEST)
    return np.where(believed, total, np.datetime64("NaT"))


def _within(part: "_Part", rule: PixelTime, stamp: Stamp) -> np.ndarray:
    """Where values were observed in the span of a stamp."""
    times = _pixel_times(part.file, rule, part)
    return (times > stamp.since) & (times <= stamp.time)


def _filled(stored: Stored, raw: np.ndarray) -> np.ndarray:
    """Where raw numbers say that there is nothing."""
    found = ~np.isfinite(raw) if raw.dtype.kind == "f" else np.zeros(raw.shape, bool)
    for name in ("_FillValue", "missing_value"):
        for value in stored.numbers(name):
            found |= raw == value
    return found


class _Part:
    """A part of one field of a file: any of its variables, brought to (row, col)."""

    def __init__(
        self, wanted: Wanted, stamp: Stamp, geometry: Geometry, rows: slice, cols: slice
    ) -> None:
        self.wanted, self.stamp, self.geometry = wanted, stamp, geometry
        self.rows, self.cols = rows, cols
        self.file = _open(stamp.path, wanted)

    def stored(self, name: str) -> Stored:
        """A variable of the file; the product's own without a name."""
        return self.file.variable(name or self.wanted.variable)

    def of(self, name: str) -> np.ndarray:
        """Raw numbers (row, col)."""
        stored = self.stored(name)
        if isinstance(self.geometry, Places):
            return self._on_places(stored)
        kind, *names = self.wanted.places.split(":")
        if kind == "ease2" and len(names) == 3:
            return self._listed(stored, names[1], names[2])
        if kind == "ease2" and stored.shape[-2:] == self.geometry.shape:
            index = (0,) * (len(stored.dims) - 2)
            return stored.read(*index, self.rows, self.cols)
        return self._placed(stored)

    def _listed(self, stored: Stored, row: str, col: str) -> np.ndarray:
        """Values of listed cells put on their grid, the file's fill value elsewhere."""
        field = _scattered(
            self.stamp.path, self.file.group, stored.name, row, col, self.geometry.shape
        )
        return field[self.rows, self.cols]

    def _placed(self, stored: Stored) -> np.ndarray:
        own = self.file.variable(self.wanted.variable)
        axes = axes_of(self.file, own)
        role = dict(zip(own.dims, axes.roles, strict=True))
        wanted = {TIME: self.stamp.index, LAT: self.rows, LON: self.cols, ONE: 0}
        roles = [role.get(dim, ONE) for dim in stored.dims]
        values = stored.read(*(wanted[r] for r in roles))
        left = [r for r in roles if r in (LAT, LON)]
        return values.T if left == [LON, LAT] else values

    def _on_places(self, stored: Stored) -> np.ndarray:
        """Values in the order of the places; along a track only, each for its whole line."""
        if is_ragged(self.file):
            series = ragged_series(self.file)
            flat = series.field(stored, self.stamp.since, self.stamp.time, self.geometry.lat.size)
        else:
            own, index = self.wanted.variable, self.stamp.index
            flat = _along_places(self.stamp.path, self.file.group, stored.name, own, index)
        return flat[self.rows][:, None]


@by_file(8)
def _scattered(
    path: Path, group: str | None, name: str, row: str, col: str, shape: tuple[int, int]
) -> np.ndarray:
    """A listed variable on its grid; where nothing is listed its fill value."""
    file = open_stored(path, group)
    stored, rows, cols = (file.variable(n) for n in (name, row, col))
    fill = [*stored.numbers("_FillValue"), *stored.numbers("missing_value")]
    empty = fill[0] if fill else np.nan
    out = np.full(shape, empty, stored.dtype if fill else float)
    r, c = rows.read().ravel().astype(np.int64), cols.read().ravel().astype(np.int64)
    inside = (r >= 0) & (r < shape[0]) & (c >= 0) & (c < shape[1])
    out[r[inside], c[inside]] = stored.read().ravel()[inside]
    return out


@by_file(8)
def _along_places(path: Path, group: str | None, name: str, own: str, index: int) -> np.ndarray:
    """A variable's field at a stamp, one value for each place of the variable `own`."""
    file = open_stored(path, group)
    stored, like = file.variable(name), file.variable(own)
    axes = axes_of(file, like)
    assert axes.lat is not None
    dims = axes.lat.dims
    times = axes.time.dims if axes.time is not None else ()
    along = {dim: index for dim in times if dim not in dims}
    values = stored.read(*(WHOLE if dim in dims else along.get(dim, 0) for dim in stored.dims))
    there = [dim for dim in stored.dims if dim in dims]
    shape = [like.shape[like.dims.index(dim)] if dim in there else 1 for dim in dims]
    full = [like.shape[like.dims.index(dim)] for dim in dims]
    return np.broadcast_to(values.reshape(shape), full).ravel()


READER = open_netcdf
