"""A surface file from maps: patches, soil, altitude, leaf area, and where each came from."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.namelist import check, expand_path, parse, read
from ldas.config.surface_group import SurfaceMaps
from ldas.core.errors import Problems, UserError
from ldas.core.mosaic import PATCHES
from ldas.core.netcdf_input import find_inputs
from ldas.core.settings import Group
from ldas.gridded.stored import open_stored
from ldas.gridded.units import conversion
from ldas.io.land_cover import TABLE, UNKNOWN, URBAN, WATER, patch_fractions, read_table
from ldas.io.map_cells import CellGrid, class_counts, slope, statistics
from ldas.io.netcdf import atomic_dataset, refuse_to_overwrite, writable_folder
from ldas.io.outline import read_outline
from ldas.io.product_file import write_grid
from observation_ops import quality
from observation_ops.gridding import cells_of
from observation_ops.observation_type import observation_type
from observation_ops.preset import preset
from observation_ops.products import open_wanted, wanted_by

GROUPS: dict[str, type[Group]] = {"surface": SurfaceMaps}
TABLES = {"cgls_lc100": TABLE, "worldcover": TABLE.with_name("worldcover_patches.csv")}
MOST_TOGETHER = 1.05  # 1, of clay and sand: two maps, each with its rounding
ALTITUDES = (-500.0, 9000.0)  # m
CLAY_MIN = 1e-3  # 1, as the model's formulae need some
MOST_UNCOVERED = 0.5  # 1, of the cells may have no pixel of the land cover
CELL_BYTES = 600  # counts of classes, patches and months of a cell while they are made


@dataclass
class SurfaceFile:
    """Fields on the cells, by name, with unit and source of each."""

    cells: CellGrid
    fields: dict[str, np.ndarray] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, values: np.ndarray, units: str, source: str) -> None:
        """Take a field up."""
        self.fields[name], self.units[name], self.sources[name] = values, units, source


@dataclass(frozen=True)
class Maps:
    """The namelist of `ldas surface`, checked."""

    path: Path
    settings: SurfaceMaps

    @property
    def target(self) -> Path:
        """The surface file."""
        return expand_path(self.settings.output, self.path.parent)

    def files(self, entry: str) -> list[Path]:
        """The files of an entry; raises UserError for what names none."""
        found = [expand_path(text, self.path.parent) for text in getattr(self.settings, entry)]
        return find_inputs(found, f"&surface {entry}")


def is_surface(namelist: Path) -> bool:
    """Whether a namelist is one of `ldas surface`."""
    return "surface" in parse(read(namelist), namelist.name)


def load_maps(path: Path) -> Maps:
    """Read and check a namelist; raises UserError with every problem."""
    problems = Problems()
    settings = check(parse(read(path), path.name), GROUPS, path.name, problems)
    problems.raise_if_any()
    found = Maps(path.absolute(), settings["surface"])
    box, outline = found.settings.box, found.settings.outline
    if outline is None and (len(box) != 4 or not (box[0] < box[1] and box[2] < box[3])):
        problems.add(
            f"{path.name}: &surface box: found {box}; needed: south, north, west, east, or outline"
        )
    for entry in ("land_cover_files", "clay_files", "sand_files", "dem_files", "lai_files"):
        try:
            files = found.files(entry)
        except UserError as error:
            problems.add(error)
            continue
        try:
            refuse_to_overwrite(found.target, [path, *files], "&surface output")
        except UserError as error:
            problems.add(error)
    if len(box) == 4 and (box[0] < -90.0 or box[1] > 90.0 or min(box[2:]) < -360.0):
        problems.add(f"{path.name}: &surface box: found {box}; allowed: latitudes from -90 to 90")
    elif len(box) == 4 and min(box[1] - box[0], box[3] - box[2]) < found.settings.resolution:
        problems.add(
            f"{path.name}: &surface resolution: found {found.settings.resolution:g}; allowed: less "
            f"than the box, {min(box[1] - box[0], box[3] - box[2]):g}"
        )
    if found.settings.lai_product is not None:
        try:
            if preset(found.settings.lai_product).type != "lai":
                problems.add(
                    f"{path.name}: &surface lai_product: '{found.settings.lai_product}' is no leaf "
                    "area (`ldas products`)"
                )
        except UserError as error:
            problems.add(error)
    if (found.settings.lai_product is None) != (not found.settings.lai_files):
        problems.add(f"{path.name}: &surface lai_product and lai_files: give both or neither")
    problems.raise_if_any()
    return found


def make(maps: Maps) -> SurfaceFile:
    """All fields; raises UserError for maps that cannot be used or do not cover the cells."""
    s = maps.settings
    box, inside = _domain(maps)
    _refuse_what_has_no_room(box, s.resolution)
    out = SurfaceFile(CellGrid.of_box(box, s.resolution))
    shares = read_table(
        TABLES[s.land_cover]
        if s.patch_table is None
        else expand_path(s.patch_table, maps.path.parent)
    )
    cover = maps.files("land_cover_files")
    counts = class_counts(cover, s.land_cover_variable, out.cells, shares.code, UNKNOWN)
    number = counts.sum(axis=0)
    _refuse_uncovered(cover, out.cells, number, inside)
    with np.errstate(invalid="ignore", divide="ignore"):
        classes = np.where(number > 0, counts[:-1] / number, 0.0)
    patches = patch_fractions(classes, shares)
    if inside is not None:
        lat, lon = np.meshgrid(out.cells.lat, out.cells.lon, indexing="ij")
        patches[:, ~inside(lat, lon)] = np.nan
    source = f"{s.land_cover}: {_names(cover)}"
    out.add("patch_fraction", patches, "1", source)
    for name, codes in (("urban_fraction", URBAN), ("water_fraction", WATER)):
        out.add(name, classes[np.isin(shares.code, codes)].sum(axis=0), "1", source)
    land = np.isfinite(patches[0])
    if not land.any():
        raise UserError(f"{maps.path.name}: &surface: no cell is land")
    for name in ("clay", "sand"):
        _soil(maps, out, name, land)
    total = out.fields["clay"] + out.fields["sand"]
    both = np.where(land, total, np.nan)
    _within(out, "clay and sand together", both, (0.0, MOST_TOGETHER), maps.path)
    for name in ("clay", "sand"):  # rounding of two maps may pass 1 together
        out.fields[name] = np.where(total > 1.0, out.fields[name] / total, out.fields[name])
    if s.dem_files:
        _terrain(maps, out, land)
    if s.lai_product is not None:
        _leaf_area(maps, out, land)
    return out


def _refuse_what_has_no_room(box: list[float], size: float) -> None:
    cells = (box[1] - box[0]) / size * ((box[3] - box[2]) / size)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if CELL_BYTES * cells > memory:
        raise UserError(
            f"&surface resolution: {size:g} degrees are {cells:.3g} cells in the domain, for which "
            f"{CELL_BYTES * cells / 2**30:.3g} GiB of memory are needed; this machine has "
            f"{memory / 2**30:.0f} GiB: take a smaller box or larger cells"
        )


def _refuse_uncovered(
    cover: list[Path], cells: CellGrid, number: np.ndarray, inside: Any | None
) -> None:
    """Raise UserError where the land cover has no pixel in most cells: they would be sea."""
    wanted = np.ones(cells.shape, bool)
    if inside is not None:
        wanted = inside(*np.meshgrid(cells.lat, cells.lon, indexing="ij"))
    empty = wanted & (number == 0)
    if empty.sum() > MOST_UNCOVERED * wanted.sum():
        r, c = (int(i[0]) for i in np.nonzero(empty))
        raise UserError(
            f"{cover[0]}: land cover without a pixel in {int(empty.sum())} of {int(wanted.sum())} "
            f"cells, the first at lat {cells.lat[r]:g}, lon {cells.lon[c]:g}: box and map differ"
        )


def _names(paths: list[Path]) -> str:
    return paths[0].name + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")


def _domain(maps: Maps) -> tuple[list[float], Any]:
    """The box, and what tells whether places lie inside an outline."""
    s = maps.settings
    if s.outline is None:
        return s.box, None
    outline = read_outline(expand_path(s.outline, maps.path.parent))
    import shapely

    west, south, east, north = outline.bounds
    box = s.box or [south, north, west, east]
    return box, lambda lat, lon: shapely.contains_xy(outline, lon, lat)


def _soil(maps: Maps, out: SurfaceFile, name: str, land: np.ndarray) -> None:
    s = maps.settings
    files, variable = maps.files(f"{name}_files"), getattr(s, f"{name}_variable")
    stored = open_stored(files[0]).variable(variable)
    units = stored.units if s.soil_units == "as_stored" else s.soil_units
    if units is None:
        raise UserError(
            f"{files[0]}: variable '{variable}' has no units; say it: &surface soil_units"
        )
    try:
        scale = conversion(units, "1").scale
    except ValueError as error:
        raise UserError(f"{files[0]}: variable '{variable}': {error}") from None
    values = scale * statistics(files, variable, out.cells).mean
    largest = np.nanmax(np.where(land, values, np.nan), initial=0.0)
    if largest > 1.0 + 1e-6 or (0.0 < largest < 0.011):
        raise UserError(
            f"{files[0]}: variable '{variable}' in '{units}' is up to {largest:g} as a fraction: "
            "wrong units?"
        )
    _within(out, name, np.where(land, values, np.nan), (-1e-6, 1.0 + 1e-6), files[0])
    _whole(out, name, values, land, files)
    out.add(name, np.clip(out.fields[name], CLAY_MIN, 1.0), "1", _names(files))


def _terrain(maps: Maps, out: SurfaceFile, land: np.ndarray) -> None:
    files, variable = maps.files("dem_files"), maps.settings.dem_variable
    found = statistics(files, variable, out.cells)
    _within(out, "altitude", np.where(land, found.mean, np.nan), ALTITUDES, files[0])
    _whole(out, "altitude", found.mean, land, files)
    out.add("altitude", out.fields["altitude"], "m", _names(files))
    out.add("relief", found.sd, "m", _names(files))
    out.add("slope", slope(files, variable, out.cells), "degrees", _names(files))


def _within(
    out: SurfaceFile, name: str, values: np.ndarray, limits: tuple[float, float], path: Path
) -> None:
    """Raise UserError for the first value out of limits, naming file and place."""
    with np.errstate(invalid="ignore"):
        bad = (values < limits[0]) | (values > limits[1])
    if bad.any():
        r, c = (int(i[0]) for i in np.nonzero(bad))
        raise UserError(
            f"{path}: {name} is {values[r, c]:g} at lat {out.cells.lat[r]:g}, lon "
            f"{out.cells.lon[c]:g} (and in {int(bad.sum()) - 1} more cells), allowed "
            f"{limits[0]:.3g} to {limits[1]:.3g}"
        )


def _whole(
    out: SurfaceFile, name: str, values: np.ndarray, land: np.ndarray, files: list[Path]
) -> None:
    """Take a field up whose gaps on land are filled by the nearest value; none may be far."""
    gaps = land & ~np.isfinite(values)
    if gaps.all() or (land & np.isfinite(values)).sum() < 0.5 * land.sum():
        r, c = (int(i[0]) for i in np.nonzero(gaps))
        raise UserError(
            f"{files[0]}: no {name} in {int(gaps.sum())} of {int(land.sum())} land cells, the "
            f"first at lat {out.cells.lat[r]:g}, lon {out.cells.lon[c]:g}"
        )
    if gaps.any():
        from scipy.ndimage import distance_transform_edt

        nearest = distance_transform_edt(
            ~np.isfinite(values), return_distances=False, return_indices=True
        )
        values = np.where(gaps, values[tuple(nearest)], values)
    out.fields[name] = values


def _leaf_area(maps: Maps, out: SurfaceFile, land: np.ndarray) -> None:
    """Means by month of a product's good values; a month without any takes its neighbours'."""
    known = preset(maps.settings.lai_product or "")
    files = maps.files("lai_files")
    kind = observation_type(known.type)
    product = open_wanted(wanted_by(known, kind, tuple(files)))
    lat, lon = (v.ravel() for v in np.meshgrid(out.cells.lat, out.cells.lon, indexing="ij"))
    total, number = np.zeros((12, lat.size)), np.zeros((12, lat.size))
    steps = (out.cells.size, out.cells.size)
    cells = [cells_of(g, lat, lon, steps, known.resolution) for g in product.geometries]
    for stamp in product.stamps:
        mine = cells[stamp.place]
        if mine.pixel.size == 0:
            continue
        values, flag = product.read(stamp, mine.rows, mine.cols)
        mean, share = mine.mean(values, flag == quality.USED)
        month = int(str(stamp.time)[5:7]) - 1
        there = share > 0.0
        total[month, there] += mean[there]
        number[month, there] += 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        lai = total / number
    lai = np.stack([_months_filled(column) for column in lai.T], axis=1)
    lai = lai.reshape(12, *out.cells.shape)
    for month in range(12):
        _whole(out, "lai", lai[month], land, files)
        lai[month] = out.fields["lai"]
    out.add("lai", lai, "m2 m-2", f"{known.name}: {_names(files)}")


def _months_filled(values: np.ndarray) -> np.ndarray:
    """A year of months, gaps linear between the months that are there."""
    there = np.flatnonzero(np.isfinite(values))
    if there.size == 0:
        return values
    around = np.concatenate([there - 12, there, there + 12])
    return np.interp(np.arange(12), around, np.tile(values[there], 3))


def write(maps: Maps, made: SurfaceFile) -> Iterator[str]:
    """Write the file; lines about each field and its source."""
    writable_folder(maps.target.parent, "&surface output")
    dims = {2: ("lat", "lon"), 3: ("patch", "lat", "lon")}
    with atomic_dataset(maps.target) as out:
        out.setncatts({"Conventions": "CF-1.11", "title": "Surface file made by `ldas surface`"})
        out.namelist = maps.path.read_text()
        out.patches = ", ".join(PATCHES)
        write_grid(out, made.cells.lat, made.cells.lon)
        out.createDimension("patch", len(PATCHES))
        out.createDimension("month", 12)
        for name, values in made.fields.items():
            own = ("month", "lat", "lon") if name == "lai" else dims[values.ndim]
            stored = out.createVariable(name, "f4", own, fill_value=np.nan, compression="zlib")
            stored.units, stored.source = made.units[name], made.sources[name]
            stored[:] = values
    land = int(np.isfinite(made.fields["patch_fraction"][0]).sum())
    rows, cols = made.cells.shape
    yield f"wrote {maps.target}: {land} land cells of {rows} x {cols}"
    for name, source in made.sources.items():
        mean = float(np.nanmean(made.fields[name]))
        yield f"  {name} (mean {mean:.3g} {made.units[name]}): {source}"
