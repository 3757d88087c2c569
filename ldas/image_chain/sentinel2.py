"""Sentinel-2 Level-2A to NDVI of clear pixels, brought to the cells."""

from typing import Any

import numpy as np

from ldas.core.errors import UserError
from retrieval.ndvi import ndvi

from .gdal import bounds_in, clear_on_cells, open_raster, rasterio, read_window, resampling
from .image_grid import ImageGrid
from .level2a import Tile, open_tile, within_margin
from .ndvi_images import Sensor

BRIGHTEST = 2.0  # reflectance, above which numbers are no reflectances
AROUND = 4  # pixels beside those that a strip needs


class NdviTile:
    """An open product, whose pixels are brought to cells."""

    def __init__(self, tile: Tile, grid: ImageGrid, margin: float) -> None:
        """Raises UserError for bands and masks that do not lie on each other."""
        self.tile, self.grid, self.margin = tile, grid, margin
        self.red, self.infrared = (open_raster(b.raster) for b in (tile.red, tile.infrared))
        self.masks = [open_raster(name) for name in tile.masks]
        main = self.red
        if main.crs is None or main.transform.b or main.transform.d:
            raise UserError(f"{main.name}: says of no projection, or is turned against it")
        same = (main.shape, main.transform, main.crs)
        if (self.infrared.shape, self.infrared.transform, self.infrared.crs) != same:
            raise UserError(f"{self.infrared.name}: other pixels than those of {main.name}")
        for mask in self.masks:
            self.times(mask)

    def times(self, mask: Any) -> int:
        """How many pixels of the bands are one of a mask along a side."""
        number = round(mask.transform.a / self.red.transform.a)
        whole = number >= 1 and (mask.height * number, mask.width * number) == self.red.shape
        corner = np.hypot(mask.transform.c - self.red.transform.c,
                          mask.transform.f - self.red.transform.f)  # fmt: skip
        if mask.crs != self.red.crs or not whole or corner > self.red.transform.a:
            raise UserError(f"{mask.name}: does not lie on the pixels of {self.red.name}")
        return number

    def close(self) -> None:
        """Close all rasters."""
        for raster in (self.red, self.infrared, *self.masks):
            raster.close()

    def on(self, rows: slice) -> tuple[np.ndarray, np.ndarray] | None:
        """NDVI and share of clear pixels (row, col) of some rows, NaN where it shows nothing.

        None if it shows none of them.
        """
        library, grid = rasterio(), self.grid
        window = self._window(rows)
        if window is None:
            return None
        values, clear = self._read(window)
        place = library.windows.transform(window, self.red.transform)
        return clear_on_cells(
            values, clear, grid, rows, self.red.name, place, self.red.crs,
            resampling(self.red, grid),
        )  # fmt: skip

    def _window(self, rows: slice) -> Any:
        """The pixels, in whole pixels of all masks, that rows of the cells need."""
        west, south, east, north = bounds_in(self.red.crs, self.grid, rows)
        turn = self.red.transform
        found = []
        most = max(self.times(mask) for mask in self.masks)
        for low, high, size in (
            ((north - turn.f) / turn.e, (south - turn.f) / turn.e, self.red.height),
            ((west - turn.c) / turn.a, (east - turn.c) / turn.a, self.red.width),
        ):
            first = int(np.clip(np.floor(low) - AROUND, 0, size)) // most * most
            last = int(np.clip(np.ceil(high) + AROUND, 0, size))
            last = min(size, -(-last // most) * most)
            if last <= first:
                return None
            found.append((first, last))
        (top, bottom), (left, right) = found
        return rasterio().windows.Window(left, top, right - left, bottom - top)

    def _read(self, window: Any) -> tuple[np.ndarray, np.ndarray]:
        """NDVI of the pixels, NaN where not clear, and what is clear (1 or 0; -1 beyond it)."""
        red = self.tile.red.of(read_window(self.red, window))
        infrared = self.tile.infrared.of(read_window(self.infrared, window))
        largest = np.nanmax(red, initial=0.0)
        if largest > BRIGHTEST:
            typical = np.nanmedian(red)
            if typical > BRIGHTEST:
                raise UserError(
                    f"{self.red.name}: reflectances about {typical:.3g}; scaled otherwise than its "
                    "metadata says?"
                )
        clear = self._clear(window)
        there = np.isfinite(red) & np.isfinite(infrared)
        # a negative reflectance of dark ground would make an NDVI beyond 1
        values = ndvi(np.maximum(red, 0.0), np.maximum(infrared, 0.0))
        clear &= there & np.isfinite(values)
        return np.where(clear, values, np.nan), np.where(there, clear, -1.0)

    def _clear(self, window: Any) -> np.ndarray:
        """Which pixels of the bands are clear, and far enough from what is not."""
        library = rasterio()
        number = self.times(self.masks[0])
        if any(self.times(mask) != number for mask in self.masks):
            raise UserError(f"{self.masks[-1].name}: other pixels than those of the other mask")
        size = self.masks[0].transform.a
        around = int(np.ceil(self.margin / size))
        top, left = window.row_off // number, window.col_off // number
        bottom = -(-(window.row_off + window.height) // number)
        right = -(-(window.col_off + window.width) // number)
        wide = library.windows.Window.from_slices(
            (max(0, top - around), min(self.masks[0].height, bottom + around)),
            (max(0, left - around), min(self.masks[0].width, right + around)),
        )
        layers = [read_window(mask, wide) for mask in self.masks]
        clear, cloudy = self.tile.judge(*layers)
        clear = clear & ~within_margin(cloudy, around)
        inner = clear[
            top - wide.row_off : bottom - wide.row_off, left - wide.col_off : right - wide.col_off
        ]
        fine = inner.repeat(number, axis=0).repeat(number, axis=1)
        return fine[: window.height, : window.width]


SENTINEL2 = Sensor(
    group="sentinel2",
    title="Sentinel-2",
    stack="ndvi",
    finest=10.0,
    opens=lambda folder, settings: open_tile(folder, tuple(settings.classes)),
    shows=lambda tile, grid, settings: NdviTile(tile, grid, settings.cloud_margin),
)
