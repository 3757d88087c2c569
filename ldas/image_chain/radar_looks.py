"""The looks of a radar frame: sigma0 averaged over squares, in the radar's own geometry."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from ldas.core.errors import UserError
from retrieval.sar.border import within_border
from retrieval.sar.calibration import multilook
from retrieval.sar.resampling import bilinear, cell_means

from .gdal import open_raster, rasterio, read_window
from .safe import Band

PIXELS_AT_ONCE = 2**25  # of the measurement that are held


@dataclass(frozen=True)
class Part:
    """Lines and pixels of a frame, whole looks of `looks` lines and pixels."""

    lines: range
    pixels: range
    looks: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Looks along and across."""
        return len(self.lines) // self.looks[0], len(self.pixels) // self.looks[1]

    def places(self, line: np.ndarray, pixel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lines and pixels counted in looks, from the middle of the first."""
        row, col = (
            (where - (of.start - 0.5)) / n - 0.5
            for where, of, n in zip(
                (line, pixel), (self.lines, self.pixels), self.looks, strict=True
            )
        )
        return row, col


@dataclass(frozen=True)
class Looks:
    """Linear sigma0 (row, col) of the looks of a part of a frame."""

    part: Part
    sigma: np.ndarray

    def at(self, line: np.ndarray, pixel: np.ndarray, samples: int = 1) -> np.ndarray:
        """Values on cells whose middles lie at lines and pixels of the frame, NaN beyond.

        Means over cells of `samples` looks along a side; of one, between the looks.
        """
        places = self.part.places(line, pixel)
        if samples > 1:
            return cell_means(self.sigma, *places, samples)
        return bilinear(self.sigma, *places)


def looks_of(band: Band, metres: float) -> tuple[int, int]:
    """Lines and pixels that make a square of about `metres`."""
    spacings = (band.line_spacing, band.geometry.spacing)
    return tuple(max(1, round(metres / spacing)) for spacing in spacings)


def part_around(
    band: Band, line: np.ndarray, pixel: np.ndarray, looks: tuple[int, int], margin: float
) -> Part | None:
    """The part of a frame that shows places, and `margin` (m) around; None if it shows none.

    `line` and `pixel` (..., row, col) are those of places on a lattice; what lies between two of
    them belongs to the part if one of them does.
    """
    inside = (line >= -0.5) & (line <= band.lines - 0.5)
    inside &= (pixel >= -0.5) & (pixel <= band.pixels - 0.5)
    if not inside.any():
        return None
    near = ndimage.binary_dilation(inside, np.ones((*[1] * (inside.ndim - 2), 3, 3)))
    ranges = []
    spacings = (band.line_spacing, band.geometry.spacing)
    for where, size, n, spacing in zip(
        (line, pixel), (band.lines, band.pixels), looks, spacings, strict=True
    ):
        around = n * (2 + int(np.ceil(margin / (n * spacing))))
        first, last = np.nanmin(where[near]) - around, np.nanmax(where[near]) + around
        whole = size // n
        ranges.append(
            range(n * int(np.clip(first // n, 0, whole)), n * int(np.clip(-(-last // n), 0, whole)))
        )
    if not all(ranges):
        return None
    return Part(*ranges, looks)


def read_looks(
    band: Band, part: Part, thermal_noise: bool, border: float, ends: tuple[bool, bool]
) -> Looks:
    """Average a part of a frame, noise and margins taken off.

    `ends` tells whether the pass ends above and below the frame. Raises UserError for a raster
    that contradicts its annotation or cannot be read.
    """
    sigma, share = np.empty((2, *part.shape), np.float32)
    with open_raster(band.raster) as raster:
        _refuse_contradiction(raster, band)
        row = 0
        for first, number in _strips(raster, part):
            found = multilook(
                number, first, part.pixels.start, band.gain, band.noise, band.noise_blocks,
                part.looks, thermal_noise,
            )  # fmt: skip
            rows = slice(row, row + found[0].shape[0])
            sigma[rows], share[rows] = found
            row = rows.stop
    size = part.looks[0] * band.line_spacing
    edges = (
        part.lines.start == 0 and ends[0],
        part.lines.stop + part.looks[0] > band.lines and ends[1],
        part.pixels.start == 0,
        part.pixels.stop + part.looks[1] > band.pixels,
    )
    sigma[within_border(share, int(np.ceil(border / size)), edges)] = np.nan
    return Looks(part, sigma)


def check_raster(band: Band) -> None:
    """Raise UserError for a raster that cannot be opened or contradicts its annotation."""
    with open_raster(band.raster) as raster:
        _refuse_contradiction(raster, band)


def _refuse_contradiction(raster: Any, band: Band) -> None:
    if (raster.height, raster.width) != (band.lines, band.pixels):
        raise UserError(
            f"{band.raster}: {raster.height} lines of {raster.width} pixels; its annotation says "
            f"{band.lines} of {band.pixels}: cropped, or of another product?"
        )
    if raster.crs is not None or not raster.transform.is_identity:
        raise UserError(
            f"{band.raster}: has been brought to a map; the measurement as the agency ships it, in "
            "the radar's own lines and pixels, is needed"
        )
    if raster.count != 1 or np.dtype(raster.dtypes[0]).kind not in "ui":
        raise UserError(
            f"{band.raster}: {raster.count} bands of {raster.dtypes[0]}; needed: one of whole "
            "numbers (amplitudes)"
        )


def _strips(raster: Any, part: Part) -> Iterator[tuple[int, np.ndarray]]:
    """First line and numbers of whole looks of lines; the next are read meanwhile."""
    high = part.looks[0] * max(1, PIXELS_AT_ONCE // (len(part.pixels) * part.looks[0]))

    def read(first: int) -> np.ndarray:
        last = min(first + high, part.lines.stop)
        window = rasterio().windows.Window(part.pixels.start, first, len(part.pixels), last - first)
        return read_window(raster, window)

    firsts = list(range(part.lines.start, part.lines.stop, high))
    with ThreadPoolExecutor(1) as ahead:
        waiting = ahead.submit(read, firsts[0])
        for k, first in enumerate(firsts):
            number = waiting.result()
            if k + 1 < len(firsts):
                waiting = ahead.submit(read, firsts[k + 1])
            yield first, number
