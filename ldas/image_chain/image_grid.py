"""The cells to which images are brought: rows and columns of any projection, north up."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from ldas.config.images_group import Images
from ldas.config.namelist import expand_path
from ldas.core.errors import UserError
from ldas.gridded.geometry import KM_PER_DEGREE
from ldas.imagery.cells import cells_of_file
from ldas.io.outline import read_outline

from .gdal import open_raster, rasterio

EARTH_FIXED = "EPSG:4978"
MOST_CELLS = 2_000_000_000
BESIDE = 64  # points along each side of a box that is brought to another projection


@dataclass(frozen=True)
class ImageGrid:
    """Middles of the columns (`x`, ascending) and rows (`y`, descending) in units of `crs`."""

    crs: CRS
    x: np.ndarray
    y: np.ndarray
    step: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y.size, self.x.size

    @property
    def geographic(self) -> bool:
        """Whether rows and columns are latitudes and longitudes."""
        return self.crs.is_geographic

    @property
    def metres(self) -> float:
        """Side of a cell along a column."""
        if self.geographic:
            return 1000.0 * KM_PER_DEGREE * self.step
        return self.step * self.crs.axis_info[0].unit_conversion_factor

    @property
    def hectares(self) -> float:
        """Area of a cell in the middle of the grid."""
        narrow = np.cos(np.radians(0.5 * (self.y[0] + self.y[-1]))) if self.geographic else 1.0
        return float(self.metres**2 * narrow / 1e4)

    def transform(self, rows: slice | None = None) -> Any:
        """Where the pixels of some rows lie, as rasters tell it."""
        first = (rows.start or 0) if rows is not None else 0
        return rasterio().Affine(
            self.step, 0.0, self.x[0] - 0.5 * self.step,
            0.0, -self.step, self.y[first] + 0.5 * self.step,
        )  # fmt: skip

    def earth_fixed(self, rows: slice, height: np.ndarray) -> np.ndarray:
        """Positions (axis, row, col) of some rows at heights above the ellipsoid (m)."""
        x, y = np.meshgrid(self.x, self.y[rows])
        turn = Transformer.from_crs(self.crs.to_3d(), EARTH_FIXED, always_xy=True)
        return np.stack(turn.transform(x, y, height))

    def lat_lon(self, rows: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Latitudes and longitudes (row, col) of some rows (degrees)."""
        x, y = np.meshgrid(self.x, self.y[rows])
        if self.geographic:
            return y, x
        lon, lat = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True).transform(x, y)
        return lat, lon

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all cells (degrees)."""
        half = 0.5 * self.step
        box = (self.x[0] - half, self.y[-1] - half, self.x[-1] + half, self.y[0] + half)
        if self.geographic:
            return tuple(float(v) for v in box)
        turn = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        return turn.transform_bounds(*box, densify_pts=BESIDE)

    def index(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of the cells that hold places (degrees), -1 outside."""
        x, y = lon, lat
        if not self.geographic:
            x, y = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True).transform(lon, lat)
        row = np.floor((self.y[0] - y) / self.step + 0.5).astype(int)
        col = np.floor((x - self.x[0]) / self.step + 0.5).astype(int)
        inside = (row >= 0) & (row < self.shape[0]) & (col >= 0) & (col < self.shape[1])
        return np.where(inside, row, -1), np.where(inside, col, -1)

    def told(self, row: int, col: int) -> str:
        """A cell's place for messages."""
        lat, lon = (float(v[0, col]) for v in self.lat_lon(slice(row, row + 1)))
        return f"lat {lat:.4f}, lon {lon:.4f}"

    def write_axes(self, out: netCDF4.Dataset) -> tuple[str, str]:
        """Dimensions and coordinates of the cells in a file; the names of the dimensions."""
        if self.geographic:
            names = (("lat", self.y, "degrees_north", "latitude"),
                     ("lon", self.x, "degrees_east", "longitude"))  # fmt: skip
        else:
            units = self.crs.axis_info[0].unit_name.replace("metre", "m")
            names = (("y", self.y, units, "projection_y_coordinate"),
                     ("x", self.x, units, "projection_x_coordinate"))  # fmt: skip
        for name, values, units, standard in names:
            out.createDimension(name, values.size)
            stored = out.createVariable(name, "f8", (name,))
            stored.setncatts({"units": units, "standard_name": standard})
            stored[:] = values
        mapping = out.createVariable("crs", "i4")
        mapping.setncatts(self.crs.to_cf())
        return names[0][0], names[1][0]


def strips(grid: ImageGrid, rows: int) -> Iterator[slice]:
    """The rows of a grid, some at a time."""
    for first in range(0, grid.shape[0], rows):
        yield slice(first, min(grid.shape[0], first + rows))


def grid_of(settings: Images, folder: Path) -> ImageGrid:
    """The cells that a namelist in `folder` asks for; raises UserError for none or too many."""
    s = settings
    if s.grid_file is not None:
        return _of_file(expand_path(s.grid_file, folder))
    try:
        crs = CRS.from_user_input(s.crs)
    except CRSError as error:
        raise UserError(
            f"&images crs: found '{s.crs}'; no projection that is known ({error})"
        ) from None
    crs = _without_height(crs)
    if not (crs.is_geographic or crs.is_projected):
        raise UserError(f"&images crs: '{s.crs}' is neither of degrees nor a projection")
    box = s.box
    if not box and s.area_file is not None:
        west, south, east, north = read_outline(
            expand_path(s.area_file, folder), needs_projection=True
        ).bounds
        box = [south, north, west, east]
    if len(box) != 4 or not (
        -90.0 <= box[0] < box[1] <= 90.0 and -360.0 <= box[2] < box[3] <= 360.0
    ):
        raise UserError(
            f"&images box: found {box}; needed: south, north, west, east, or area_file or grid_file"
        )
    west, south, east, north = _extent(box, crs)
    step = s.resolution
    if not crs.is_geographic and step < 1.0:
        raise UserError(f"&images resolution: found {step:g}; '{s.crs}' counts metres")
    if crs.is_geographic and step > 5.0:
        raise UserError(f"&images resolution: found {step:g}; '{s.crs}' counts degrees")
    # edges are multiples of the step, so that grids of boxes beside each other fit together
    first_col, first_row = (int(np.floor(v / step + 1e-9)) for v in (west, south))
    cols, rows = (
        int(np.ceil(v / step - 1e-9)) - first
        for v, first in ((east, first_col), (north, first_row))
    )
    if rows * cols > MOST_CELLS:
        raise UserError(f"&images resolution: {step:g} makes {rows} x {cols} cells; too many")
    x = step * (first_col + np.arange(cols) + 0.5)
    y = step * (first_row + np.arange(rows) + 0.5)
    return ImageGrid(crs, x, y[::-1], step)


def _extent(box: list[float], crs: CRS) -> tuple[float, float, float, float]:
    """West, south, east and north of a box (degrees) in the units of a projection."""
    south, north, west, east = box
    if crs.is_geographic:
        return west, south, east, north
    turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    found = turn.transform_bounds(west, south, east, north, densify_pts=BESIDE)
    if not np.isfinite(found).all():
        raise UserError(f"&images crs: the box {box} cannot be told in '{crs.to_string()}'")
    return found


def _of_file(path: Path) -> ImageGrid:
    """The pixels of a GeoTIFF, or lat and lon of a NetCDF file."""
    if path.suffix.lower() in (".nc", ".nc4"):
        lat, lon = cells_of_file(path)
        if lat.size < 2 or lon.size < 2:
            raise UserError(f"{path}: a single row or column; its cells have no size")
        steps = [np.diff(axis).mean() for axis in (lat, lon)]
        if abs(steps[0] - steps[1]) > 1e-3 * steps[0]:
            raise UserError(
                f"{path}: cells of {steps[0]:g} x {steps[1]:g} degrees; needed: as high as wide"
            )
        return ImageGrid(CRS("EPSG:4326"), lon, lat[::-1], float(steps[0]))
    with open_raster(str(path)) as raster:
        turn = raster.transform
        if raster.crs is None or turn.b or turn.d or turn.e >= 0.0:
            raise UserError(f"{path}: has no projection, or is not north up; no grid for images")
        if abs(turn.a + turn.e) > 1e-3 * turn.a:
            raise UserError(f"{path}: pixels of {turn.a:g} x {-turn.e:g}; needed: squares")
        x = turn.c + turn.a * (np.arange(raster.width) + 0.5)
        y = turn.f + turn.e * (np.arange(raster.height) + 0.5)
        crs = _without_height(CRS.from_wkt(raster.crs.to_wkt()))
        return ImageGrid(crs, x, y, float(turn.a))


def _without_height(crs: CRS) -> CRS:
    """The horizontal part: heights here are above the ellipsoid, whatever a map's are."""
    return crs.sub_crs_list[0] if crs.is_compound else crs.to_2d()
