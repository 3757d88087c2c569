"""Height and slope of the cells, from the elevation models that a namelist names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input

from .gdal import brought, open_map, rasterio, resampling
from .image_grid import ImageGrid, strips
from .made_of import image_file

HEIGHTS = (-500.0, 9000.0)  # m, of ground
GEOIDS = (-120.0, 120.0)  # m, above the ellipsoid
ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Terrain:
    """Heights above the ellipsoid (m) of a grid's cells: of a file, or flat."""

    grid: ImageGrid
    path: Path | None
    flat: float

    def heights(self, rows: slice) -> np.ndarray:
        """Of some rows (row, col)."""
        shape = (len(range(*rows.indices(self.grid.shape[0]))), self.grid.shape[1])
        if self.path is None:
            return np.full(shape, self.flat)
        with open_input(self.path, "terrain") as file:
            return np.ma.filled(file["height"][rows].astype(float), np.nan)

    def relief(self) -> tuple[float, float]:
        """The lowest and the highest height (m)."""
        if self.path is None:
            return self.flat, self.flat
        with open_input(self.path, "terrain") as file:
            return tuple(float(v) for v in file["height"].actual_range)


@dataclass(frozen=True)
class Elevation:
    """What heights are made of: models, the first that has a cell counts, and their zero.

    `geoid` is the height (m) of the models' zero above the ellipsoid, or a raster of it; `sea`
    tells that cells without a height are at that zero.
    """

    models: tuple[Path, ...]
    geoid: float | Path
    sea: bool

    def zero(self, grid: ImageGrid, rows: slice) -> np.ndarray | float:
        """Height of the models' zero on some rows; raises UserError where the raster lacks it."""
        if not isinstance(self.geoid, Path):
            return self.geoid
        found = _of_model(self.geoid, grid, rows, GEOIDS, smooth=True)
        if not np.isfinite(found).all():
            r, c = (int(k[0]) for k in np.nonzero(~np.isfinite(found)))
            raise UserError(f"{self.geoid}: nothing at {grid.told(rows.start + r, c)}")
        return found


def write_terrain(path: Path, grid: ImageGrid, elevation: Elevation, key: str) -> None:
    """Write height above the ellipsoid and slope of all cells; `key` says what they are of.

    Raises UserError for models without a projection, heights that no ground has, and cells
    without a height.
    """
    lowest, highest = np.inf, -np.inf
    with image_file(path, grid, "terrain of `ldas images`", key) as (out, dims):
        for name, units, text in (
            ("height", "m", "height above the ellipsoid"),
            ("slope", "degrees", "slope of the cells"),
        ):  # fmt: skip
            stored = out.createVariable(name, "f4", dims, fill_value=np.nan, compression="zlib")
            stored.setncatts({"units": units, "long_name": text, "grid_mapping": "crs"})
        for rows, height in checked_heights(grid, elevation):
            lowest, highest = min(lowest, height.min()), max(highest, height.max())
            out["height"][rows] = height
        out["height"].actual_range = np.array([lowest, highest], "f4")
        _write_slope(out, grid)


def checked_heights(grid: ImageGrid, elevation: Elevation) -> Iterator[tuple[slice, np.ndarray]]:
    """Heights above the ellipsoid (m) of some rows after the other, none missing.

    Raises UserError as `write_terrain` does, for cells without a height at the end.
    """
    holes, first = 0, ""
    for rows in strips(grid, ROWS_AT_ONCE):
        height = _heights(grid, rows, elevation.models)
        lost = ~np.isfinite(height)
        if lost.any() and not holes:
            r, c = (int(k[0]) for k in np.nonzero(lost))
            first = grid.told(rows.start + r, c)
        holes += int(lost.sum())
        yield rows, np.where(lost, 0.0, height) + elevation.zero(grid, rows)
    if holes and not elevation.sea:
        cells = grid.shape[0] * grid.shape[1]
        raise UserError(
            f"&images dem_files: no height in {holes} of {cells} cells, the first at "
            f"{first}: a hole, or sea? (dem_missing = 'sea' takes it for sea)"
        )


def _write_slope(out: netCDF4.Dataset, grid: ImageGrid) -> None:
    last = grid.shape[0]
    if min(grid.shape) < 2:
        out["slope"][:] = 0.0
        return
    for rows in strips(grid, ROWS_AT_ONCE):
        around = slice(max(0, rows.start - 1), min(last, rows.stop + 1))
        height = np.asarray(out["height"][around], float)
        lat, _ = grid.lat_lon(rows)
        wide = np.cos(np.radians(lat)) if grid.geographic else 1.0
        down, right = np.gradient(height, grid.metres)
        inner = slice(rows.start - around.start, rows.stop - around.start)
        steep = np.hypot(down[inner], right[inner] / wide)
        out["slope"][rows] = np.degrees(np.arctan(steep))


def _heights(grid: ImageGrid, rows: slice, models: tuple[Path, ...]) -> np.ndarray:
    """Heights (row, col) of some rows, NaN where no model has one."""
    height = np.full((rows.stop - rows.start, grid.shape[1]), np.nan)
    for path in models:
        found = _of_model(path, grid, rows, HEIGHTS)
        height = np.where(np.isfinite(height), height, found)
        if np.isfinite(height).all():
            break
    return height


def _of_model(
    path: Path, grid: ImageGrid, rows: slice, limits: tuple[float, float], smooth: bool = False
) -> np.ndarray:
    """One model's heights (row, col), NaN where it has none; a `smooth` one is not averaged."""
    found = np.full((rows.stop - rows.start, grid.shape[1]), np.nan)
    with open_map(str(path)) as model:
        methods = rasterio().warp.Resampling
        brought(
            rasterio().band(model, 1), found, grid, rows, str(path), dst_nodata=np.nan,
            resampling=methods.bilinear if smooth else resampling(model, grid),
        )  # fmt: skip
    with np.errstate(invalid="ignore"):
        strange = (found < limits[0]) | (found > limits[1])
    if strange.any():
        r, c = (int(k[0]) for k in np.nonzero(strange))
        raise UserError(
            f"{path}: a height of {found[r, c]:g} m at {grid.told(rows.start + r, c)}; "
            f"allowed: {limits[0]:g} to {limits[1]:g} (a number for 'no value' that is not "
            "declared?)"
        )
    return found
