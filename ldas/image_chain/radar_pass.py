"""One pass of the radar on the cells: its frames geocoded, calibrated and put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ldas.config.images_group import Sentinel1
from ldas.core.errors import UserError
from retrieval.sar.flattening import add_areas, flattened
from retrieval.sar.geocoding import image_positions
from retrieval.sar.terrain import FARTHEST, hidden, incidence

from .chain import put_together
from .height_check import strange_heights
from .image_grid import ImageGrid, strips
from .radar_looks import Looks, looks_of, part_around, read_looks
from .safe import SECOND, Band, Frame
from .terrain_file import Terrain

TOGETHER = 5 * SECOND  # from the end of a frame to the beginning of the next of the same pass
LATTICE = 65  # places along each side by which a frame's part is found
CELL_BYTES = 400  # held of a cell while its strip is geocoded
FINER = 4  # looks along the side of a cell, so that its mean is that of its own ground
MOST_SAMPLES = 16
EDGE = 2  # cells along the sides of the grid that have no gamma0
LAYOVER, SHADOW = 1, 2  # bits of `hidden`
STEEPEST = 2.2  # 1, tangent of the largest angle of incidence (65 degrees)


@dataclass(frozen=True)
class RadarPass:
    """The frames of one pass, in the order in which they were taken."""

    frames: tuple[Frame, ...]

    @property
    def first(self) -> Frame:
        """The first frame."""
        return self.frames[0]

    @property
    def time(self) -> np.datetime64:
        """When it began, to the second."""
        return self.first.start.astype("datetime64[s]")

    @property
    def name(self) -> str:
        """Platform, direction, relative orbit and time."""
        one, stamp = self.first, str(self.time).replace("-", "").replace(":", "")
        return f"{one.platform}_{one.direction[0]}{one.relative_orbit:03d}_{stamp}"

    @property
    def sources(self) -> str:
        """Its products."""
        return ", ".join(frame.folder.name for frame in self.frames)


def passes_of(frames: Sequence[Frame]) -> list[RadarPass]:
    """Frames put together that follow each other on one orbit; of a frame given twice the last."""
    latest = {
        (f.platform, f.orbit, f.start): f for f in sorted(frames, key=lambda f: f.folder.name)
    }
    found = put_together(sorted(latest.values(), key=lambda f: (f.platform, f.start)), _same_pass)
    return sorted((RadarPass(tuple(f)) for f in found), key=lambda p: p.time)


def _same_pass(before: list[Frame], frame: Frame) -> bool:
    """Whether a frame follows the last of those before it on one orbit."""
    last = before[-1]
    same = (last.platform, last.orbit) == (frame.platform, frame.orbit)
    return same and frame.start <= last.stop + TOGETHER


def lattice(
    band: Band, grid: ImageGrid, heights: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Lines and pixels of places over a whole grid, at its lowest and highest ground (m)."""
    rows, cols = grid.shape
    r, c = (np.unique(np.linspace(0, n - 1, min(n, LATTICE)).astype(int)) for n in (rows, cols))
    coarse = ImageGrid(grid.crs, grid.x[c], grid.y[r], grid.step)
    found = [
        image_positions(
            coarse.earth_fixed(slice(0, r.size), np.full((r.size, c.size), height)), band.geometry
        )[:2]
        for height in heights
    ]
    line, pixel = (np.stack([one[k] for one in found]) for k in range(2))
    return line, pixel


def shows(band: Band, grid: ImageGrid, heights: tuple[float, float]) -> bool:
    """Whether a frame shows some of the cells."""
    return part_around(band, *lattice(band, grid, heights), (1, 1), 0.0) is not None


@dataclass(frozen=True)
class Strip:
    """Fields (row, col) of some rows of the cells."""

    rows: slice
    sigma: dict[str, np.ndarray]
    theta: np.ndarray
    local: np.ndarray
    hidden: np.ndarray


@dataclass
class _Opened:
    """A frame that shows cells: its geometry, and the looks of its bands."""

    band: Band
    looks: dict[str, Looks] = field(default_factory=dict)


class Geocoded:
    """A pass whose looks are read; `strips` brings them to the cells."""

    def __init__(
        self,
        which: RadarPass,
        grid: ImageGrid,
        terrain: Terrain,
        settings: Sentinel1,
        memory: float,
    ) -> None:
        """Raises UserError for frames that cannot be read or want more than `memory` (GiB)."""
        self.grid, self.terrain, self.settings, self.memory = grid, terrain, settings, memory
        self.relief = terrain.relief()
        self.frames: list[_Opened] = []
        finer = 1 if settings.radiometry == "gamma0" else FINER
        metres = settings.looks or grid.metres / finer
        self.samples = int(np.clip(round(grid.metres / metres), 1, MOST_SAMPLES))
        wanted = [p for p in settings.polarisations if p in which.first.polarisations]
        held = 0.0
        for number, frame in enumerate(which.frames):
            bands = {name: frame.band(name) for name in wanted}
            main = bands[wanted[0]]
            looks = looks_of(main, metres)
            part = part_around(main, *lattice(main, grid, self.relief), looks, settings.border)
            if part is None:
                continue
            held += 16.0 * len(wanted) * part.shape[0] * part.shape[1] / 2**30
            if held > 0.6 * memory:
                raise UserError(
                    f"&images memory: {which.name} wants more than {held:.1f} GiB for its looks of "
                    f"{metres:g} m; give more than {memory:g} GiB, or larger &sentinel1 looks"
                )
            ends = (number == 0, number == len(which.frames) - 1)
            opened = _Opened(main)
            for name, band in bands.items():
                _refuse_other_geometry(main, band)
                opened.looks[name] = read_looks(
                    band, part, settings.thermal_noise, settings.border, ends
                )
            self.frames.append(opened)
        self.polarisations = tuple(wanted) if self.frames else ()
        if settings.radiometry == "gamma0":
            self._flatten()

    def _flatten(self) -> None:
        """Make gamma0 of sigma0, by the area of the terrain that each look sees."""
        areas = [np.zeros(next(iter(frame.looks.values())).part.shape) for frame in self.frames]
        for rows in strips(self.grid, self.rows_at_once()):
            wide = slice(rows.start, min(self.grid.shape[0], rows.stop + 1))
            places = self.grid.earth_fixed(wide, self.terrain.heights(wide))
            for frame, area in zip(self.frames, areas, strict=True):
                line, pixel, seen = image_positions(places, frame.band.geometry)
                part = next(iter(frame.looks.values())).part
                add_areas(
                    area, places, *part.places(line, pixel), seen, frame.band.geometry.orbit,
                    slice(0, rows.stop - rows.start),
                )  # fmt: skip
        for frame, area in zip(self.frames, areas, strict=True):
            for name, looks in frame.looks.items():
                part = looks.part
                size = part.looks[0] * frame.band.line_spacing
                size *= part.looks[1] * frame.band.geometry.spacing
                flat = flattened(looks.sigma, area, size).astype(np.float32)
                frame.looks[name] = Looks(part, flat)

    def strange_heights(self) -> list[str]:
        """A line on each frame whose tie points lie higher or lower than the ground."""
        found = [strange_heights(f.band.ties, self.grid, self.terrain) for f in self.frames]
        return [line for line in found if line]

    def rows_at_once(self) -> int:
        """Rows of cells whose strip, with what is looked at around it, the memory allows."""
        allowed = 0.3 * self.memory * 2**30 / (CELL_BYTES * self.grid.shape[1])
        return max(16, int(allowed) - 2 * self._around())

    def _around(self) -> int:
        """Rows beside a strip whose ground may hide it."""
        reach = min(STEEPEST * (self.relief[1] - self.relief[0]), FARTHEST)
        return 1 + int(np.ceil(reach / self.grid.metres))

    def strips(self) -> Iterator[Strip]:
        """Every strip of the cells, from the north."""
        for rows in strips(self.grid, self.rows_at_once()):
            yield self._strip(rows)

    def _strip(self, rows: slice) -> Strip:
        around = self._around()
        wide = slice(max(0, rows.start - around), min(self.grid.shape[0], rows.stop + around))
        inner = slice(rows.start - wide.start, rows.stop - wide.start)
        height = self.terrain.heights(wide)
        places = self.grid.earth_fixed(wide, height)
        shape = (rows.stop - rows.start, self.grid.shape[1])
        sigma = {name: np.full(shape, np.nan) for name in self.polarisations}
        theta, local = np.full((2, *shape), np.nan)
        mask = np.zeros(shape, np.uint8)
        for frame in self.frames:
            line, pixel, seen = image_positions(places, frame.band.geometry)
            angles, slopes, row_step, col_step = incidence(places, seen, frame.band.geometry.orbit)
            found = {
                name: looks.at(line[inner], pixel[inner], self.samples)
                for name, looks in frame.looks.items()
            }
            new = np.isnan(theta) & np.isfinite(next(iter(found.values())))
            if not new.any():
                continue
            over, dark = hidden(height, angles, row_step, col_step, self.grid.metres)
            bits = LAYOVER * over[inner].astype(np.uint8) + SHADOW * dark[inner].astype(np.uint8)
            for name, values in found.items():
                sigma[name][new] = values[new]
            theta[new], local[new] = angles[inner][new], slopes[inner][new]
            mask[new] = bits[new]
        if self.settings.radiometry == "gamma0":
            _cut_edges(sigma, rows, self.grid.shape)
        if self.settings.mask_hidden:
            for values in sigma.values():
                values[mask > 0] = np.nan
        return Strip(rows, sigma, theta, local, mask)


def _cut_edges(sigma: dict[str, np.ndarray], rows: slice, shape: tuple[int, int]) -> None:
    """No value where ground beyond the grid, which is not known, may lie in the same look."""
    at = np.arange(rows.start, rows.stop)
    beside = (at < EDGE) | (at >= shape[0] - EDGE)
    for values in sigma.values():
        values[beside] = np.nan
        values[:, :EDGE] = np.nan
        values[:, shape[1] - EDGE :] = np.nan


def _refuse_other_geometry(main: Band, band: Band) -> None:
    if (main.lines, main.pixels, main.first_line) != (band.lines, band.pixels, band.first_line):
        raise UserError(f"{band.name}: other lines and pixels than those of {main.name}")
