"""Fields of vector files on the cells."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS, Transformer

from ldas.core.errors import UserError
from ldas.io.outline import turned

from .gdal import rasterio
from .image_grid import ImageGrid

MOST_FIELDS = 10_000_000


def read_fields(files: Iterable[Path], grid: ImageGrid, buffer: float) -> list[Any]:
    """Shapes of all fields on the grid in its projection, a rim of `buffer` m cut off.

    What is left of a field may be several shapes or none. Raises UserError for files that cannot
    be read, have no projection, or no field on the grid.
    """
    try:
        import pyogrio
        import shapely
    except ImportError:
        raise UserError(
            "&plots files: vector files need pyogrio and shapely; install them: pip install "
            "'ldas[imagery]'"
        ) from None
    west, south, east, north = grid.bounds()
    flat = CRS.from_proj4(
        f"+proj=laea +lat_0={0.5 * (south + north)} +lon_0={0.5 * (west + east)} +units=m"
    )
    found: list[Any] = []
    for path in files:
        try:
            crs = pyogrio.read_info(path).get("crs")
            if not crs:
                raise UserError(f"{path}: says of no projection (a shapefile's is in its .prj)")
            turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
            box = turn.transform_bounds(west, south, east, north, densify_pts=64)
            _, _, shapes, _ = pyogrio.raw.read(path, bbox=box, columns=[])
        except pyogrio.errors.DataSourceError as error:
            raise UserError(f"{path}: cannot be read as a vector file ({error})") from None
        if len(shapes) + len(found) > MOST_FIELDS:
            raise UserError(f"{path}: more than {MOST_FIELDS} fields on the cells")
        fields = shapely.from_wkb([s for s in shapes if s is not None], on_invalid="ignore")
        fields = shapely.make_valid(fields[~shapely.is_missing(fields)])
        fields = fields[shapely.get_dimensions(fields) == 2]
        fields = shapely.buffer(turned(fields, crs, flat), -buffer)
        found += list(turned(fields, flat, grid.crs))
    if not any(not one.is_empty for one in found):
        raise UserError(f"&plots files: no field on the cells, without a rim of {buffer:g} m")
    return found


def rasterized(fields: list[Any], grid: ImageGrid) -> np.ndarray:
    """Labels (row, col): the number, from 1 on, of the first field that holds a cell's middle."""
    from rasterio.features import rasterize

    rasterio()
    numbered = [(one, k) for k, one in enumerate(fields, start=1) if not one.is_empty]
    return rasterize(
        numbered[::-1], out_shape=grid.shape, transform=grid.transform(), dtype="int32"
    )
