"""Height and slope of the cells, from the elevation models that a namelist names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.io.netcdf import atomic_dataset

from .gdal import brought, open_raster, rasterio, resampling
from .image_grid import ImageGrid
from .made_of import tell

HEIGHTS = (-500.0, 9000.0)  # m, of ground
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


def strips(grid: ImageGrid, rows: int) -> Iterator[slice]:
    """The rows of a grid, some at a time."""
    for first in range(0, grid.shape[0], rows):
        yield slice(first, min(grid.shape[0], first + rows))


def write_terrain(
    path: Path, grid: ImageGrid, models: list[Path], geoid: float, sea: bool, key: str
) -> None:
    """Write height above the ellipsoid and slope of all cells; `key` says what they are of.

    Where several models have a cell the first counts. `sea`: cells without a height are at the
    geoid. Raises UserError for models without a projection, heights that no ground has, and
    cells without a height.
    """
    lowest, highest = np.inf, -np.inf
    with atomic_dataset(path) as out:
        out.setncatts({"Conventions": "CF-1.11", "title": "terrain of `ldas images`"})
        tell(out, key)
        dims = grid.write_axes(out)
        for name, units, text in (
            ("height", "m", "height above the ellipsoid"),
            ("slope", "degrees", "slope of the cells"),
        ):  # fmt: skip
            stored = out.createVariable(name, "f4", dims, fill_value=np.nan, compression="zlib")
            stored.setncatts({"units": units, "long_name": text, "grid_mapping": "crs"})
        for rows, height in checked_heights(grid, models, sea):
            lowest, highest = min(lowest, height.min()), max(highest, height.max())
            out["height"][rows] = height + geoid
        out["height"].actual_range = np.array([lowest + geoid, highest + geoid], "f4")
        _write_slope(out, grid)


def checked_heights(
    grid: ImageGrid, models: list[Path], sea: bool
) -> Iterator[tuple[slice, np.ndarray]]:
    """Heights above the models' zero of some rows after the other, none missing.

    Raises UserError as `write_terrain` does, for cells without a height at the end.
    """
    holes, first = 0, ""
    for rows in strips(grid, ROWS_AT_ONCE):
        height = _heights(grid, rows, models)
        lost = ~np.isfinite(height)
        if lost.any() and not holes:
            r, c = (int(k[0]) for k in np.nonzero(lost))
            first = grid.told(rows.start + r, c)
        holes += int(lost.sum())
        yield rows, np.where(lost, 0.0, height)
    if holes and not sea:
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


def _heights(grid: ImageGrid, rows: slice, models: list[Path]) -> np.ndarray:
    """Heights (row, col) of some rows, NaN where no model has one."""
    shape = (rows.stop - rows.start, grid.shape[1])
    height = np.full(shape, np.nan)
    for path in models:
        with open_raster(str(path)) as model:
            if model.crs is None:
                raise UserError(f"{path}: says of no projection (CRS)")
            found = np.full(shape, np.nan)
            source = rasterio().band(model, 1)
            brought(
                source, found, grid, rows, str(path), dst_nodata=np.nan,
                resampling=resampling(model, grid),
            )  # fmt: skip
        with np.errstate(invalid="ignore"):
            strange = (found < HEIGHTS[0]) | (found > HEIGHTS[1])
        if strange.any():
            r, c = (int(k[0]) for k in np.nonzero(strange))
            raise UserError(
                f"{path}: a height of {found[r, c]:g} m at {grid.told(rows.start + r, c)}; "
                f"allowed: {HEIGHTS[0]:g} to {HEIGHTS[1]:g} (a number for 'no value' that is not "
                "declared?)"
            )
        height = np.where(np.isfinite(height), height, found)
        if np.isfinite(height).all():
            break
    return height
