"""Rasters through rasterio, which is an extra."""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ldas.core.errors import UserError
from ldas.gridded.geometry import KM_PER_DEGREE


def rasterio() -> Any:
    """The library; raises UserError saying how it is installed."""
    try:
        import rasterio
        import rasterio.warp
        import rasterio.windows
    except ImportError:
        raise UserError(
            "`ldas images` needs rasterio; install it: pip install 'ldas[imagery]'"
        ) from None
    return rasterio


@contextlib.contextmanager
def _messages_that_are_no_text() -> Iterator[None]:
    """GDAL quotes bytes of damaged files, on which rasterio's log stumbles with a traceback."""
    before = sys.unraisablehook

    def hook(failure: Any) -> None:
        if not isinstance(failure.exc_value, UnicodeDecodeError):
            before(failure)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def open_raster(name: str) -> Any:
    """An open raster; raises UserError if it cannot be read."""
    library = rasterio()
    # radar images have no place of their own
    with warnings.catch_warnings(), _messages_that_are_no_text():
        warnings.simplefilter("ignore", library.errors.NotGeoreferencedWarning)
        try:
            return library.open(name)
        except library.errors.RasterioIOError as error:
            raise UserError(f"{name}: cannot be read ({error})") from None


def open_map(name: str) -> Any:
    """An open raster with a projection; raises UserError without one."""
    raster = open_raster(name)
    if raster.crs is None:
        raster.close()
        raise UserError(f"{name}: says of no projection (CRS)")
    return raster


def read_window(raster: Any, window: Any) -> np.ndarray:
    """A part of the first band; raises UserError where it cannot be read."""
    try:
        return raster.read(1, window=window)
    except rasterio().errors.RasterioIOError as error:
        last = window.row_off + window.height
        raise UserError(
            f"{raster.name}: lines {window.row_off} to {last} cannot be read, damaged or cut short "
            f"({error})"
        ) from None


FINER = 1.5  # times as many pixels as cells along a side, from which on they are averaged


def resampling(raster: Any, grid: Any) -> Any:
    """How a raster comes to cells: by means of pixels much smaller than they, else between them."""
    size = raster.transform.a
    return resampling_of(1000.0 * KM_PER_DEGREE * size if raster.crs.is_geographic else size, grid)


def resampling_of(size: float, grid: Any) -> Any:
    """As `resampling`, of pixels so wide (m)."""
    methods = rasterio().warp.Resampling
    return methods.average if grid.metres > FINER * size else methods.bilinear


def brought(source: Any, target: np.ndarray, grid: Any, rows: slice, name: str, **how: Any) -> None:
    """Fill `target` (row, col) with a raster brought to some rows of a grid.

    Raises UserError with the `name` of the raster where it cannot be read or brought there.
    """
    library = rasterio()
    try:
        library.warp.reproject(
            source, target, dst_transform=grid.transform(rows), dst_crs=grid.crs.to_wkt(), **how
        )
    except library.errors.RasterioError as error:
        raise UserError(
            f"{name}: cannot be read or brought to the cells, damaged or cut short ({error})"
        ) from None


def bounds_in(crs: Any, grid: Any, rows: slice) -> tuple[float, float, float, float]:
    """West, south, east and north of some rows of a grid, as another projection tells them."""
    half = 0.5 * grid.step
    return rasterio().warp.transform_bounds(
        grid.crs.to_wkt(), crs, grid.x[0] - half, grid.y[rows.stop - 1] - half,
        grid.x[-1] + half, grid.y[rows.start] + half, densify_pts=64,
    )  # fmt: skip


def clear_on_cells(
    values: np.ndarray, clear: np.ndarray, grid: Any, rows: slice, name: str,
    place: Any, crs: Any, method: Any,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Values of clear pixels, and the share that is clear, of some rows of a grid (row, col).

    `values` are NaN where not clear; `clear` is 1 or 0, -1 where nothing is told; the share is
    NaN there. The pixels lie at `place` (a transform) in `crs`.
    """
    shape = (rows.stop - rows.start, grid.shape[1])
    out, share = np.full(shape, np.nan, np.float32), np.zeros(shape, np.float32)
    for source, target, nothing in ((values, out, np.nan), (clear, share, -1.0)):
        brought(
            source.astype(np.float32), target, grid, rows, name, src_transform=place,
            src_crs=crs, src_nodata=nothing, dst_nodata=nothing, resampling=method,
            init_dest_nodata=True,
        )  # fmt: skip
    return out.astype(float), np.where(share < 0.0, np.nan, share)
