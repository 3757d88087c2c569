"""GeoTIFF and JPEG 2000 as files of variables: one a band, placed by its projection."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .projection import Plane
from .stored import Stored, StoredFile, in_memory

# what stands where a warped raster has nothing, if it says of no number for that: ints, floats
BEYOND = ({"dtype": "int32", "nodata": -(2**31)}, {"nodata": float("nan")})
LAT_UNITS, LON_UNITS = {"units": "degrees_north"}, {"units": "degrees_east"}


def open_raster(path: Path, warped: bool = False) -> StoredFile:
    """Bands `band_1` ... (or `band_data` if there is one) with latitudes and longitudes.

    A projected raster has them for every pixel or, `warped`, is brought to rows of one latitude
    and columns of one longitude of about its pixels' size, each with the nearest pixel. Raises
    UserError if it cannot be read or says of no projection.
    """
    try:
        import rasterio
    except ImportError:
        raise UserError(
            f"{path}: GeoTIFF needs rasterio; install it: pip install 'ldas[geotiff]'"
        ) from None
    try:
        raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
    if raster.crs is None:
        raise UserError(f"{path}: says of no projection (CRS)")
    if warped and not raster.crs.is_geographic:
        from rasterio.vrt import WarpedVRT

        beyond = {} if raster.nodata is not None else BEYOND[np.dtype(raster.dtypes[0]).kind == "f"]
        raster = WarpedVRT(raster, crs="EPSG:4326", **beyond)
    variables = _places(path, raster)
    for band in range(1, raster.count + 1):
        name = "band_data" if raster.count == 1 else f"band_{band}"
        attrs: dict[str, Any] = {}
        if raster.nodata is not None:
            attrs["_FillValue"] = raster.nodata
        if raster.scales[band - 1] != 1.0:
            attrs["scale_factor"] = raster.scales[band - 1]
        if raster.offsets[band - 1] != 0.0:
            attrs["add_offset"] = raster.offsets[band - 1]
        if raster.units[band - 1]:
            attrs["units"] = raster.units[band - 1]
        shape, dtype = (raster.height, raster.width), np.dtype(raster.dtypes[band - 1])
        reads = partial(_read, raster, band)
        variables[name] = Stored(path, name, ("row", "col"), shape, dtype, attrs, reads)
    return StoredFile(path, variables, raster.tags())


def _places(path: Path, raster: Any) -> dict[str, Stored]:
    """Latitudes and longitudes: of rows and columns, or of each pixel of a projected raster."""
    turn = raster.transform
    cols = turn.c + turn.a * (np.arange(raster.width) + 0.5)
    rows = turn.f + turn.e * (np.arange(raster.height) + 0.5)
    if turn.b or turn.d:
        raise UserError(f"{path}: is turned against its projection; warp it upright first")
    if raster.crs.is_geographic:
        return {
            "lat": in_memory(path, "lat", ("row",), rows, LAT_UNITS),
            "lon": in_memory(path, "lon", ("col",), cols, LON_UNITS),
        }
    return Plane(raster.crs.to_wkt(), cols, rows, ("row", "col")).places(path)


def _read(raster: Any, band: int, index: tuple[slice | int, ...]) -> np.ndarray:
    from rasterio.windows import Window

    rows, cols = (
        range(*i.indices(n)) if isinstance(i, slice) else range(i, i + 1)
        for i, n in zip(index, (raster.height, raster.width), strict=True)
    )
    window = Window(cols.start, rows.start, len(cols), len(rows))
    found = raster.read(band, window=window)
    keep = tuple(slice(None) if isinstance(i, slice) else 0 for i in index)
    return found[keep]
