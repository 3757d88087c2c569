"""Rasters through rasterio, which is an extra."""

from typing import Any

from ldas.core.errors import UserError
from ldas.gridded.geometry import KM_PER_DEGREE


def rasterio() -> Any:
    """The library; raises UserError saying how it is installed."""
    try:
        import rasterio
        import rasterio.vrt
        import rasterio.warp
        import rasterio.windows
    except ImportError:
        raise UserError(
            "`ldas images` needs rasterio; install it: pip install 'ldas[imagery]'"
        ) from None
    return rasterio


def open_raster(name: str) -> Any:
    """An open raster; raises UserError if it cannot be read."""
    library = rasterio()
    import warnings

    with warnings.catch_warnings():  # radar images have no place of their own
        warnings.simplefilter("ignore", library.errors.NotGeoreferencedWarning)
        try:
            return library.open(name)
        except library.errors.RasterioIOError as error:
            raise UserError(f"{name}: cannot be read ({error})") from None


FINER = 1.5  # times as many pixels as cells along a side, from which on they are averaged


def resampling(raster: Any, grid: Any) -> Any:
    """How a raster comes to cells: by means of pixels much smaller than they, else between them."""
    size = raster.transform.a
    if raster.crs.is_geographic:
        size *= 1000.0 * KM_PER_DEGREE
    methods = rasterio().warp.Resampling
    return methods.average if grid.metres > FINER * size else methods.bilinear
