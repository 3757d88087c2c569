"""`&images`: a namelist, its cells, and the steps that bring images to them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ldas.config.images_group import Archive, Images, Plots, Sentinel1, Sentinel2, Sentinel3
from ldas.config.namelist import check, expand_path, parse, read
from ldas.core.errors import Problems, UserError
from ldas.core.patterns import matches
from ldas.core.settings import Group
from ldas.figures.image_maps import draw_images

from .image_grid import ImageGrid, grid_of
from .made_of import files_told, is_made, key_of
from .terrain_file import Elevation, Terrain, write_terrain

GROUPS: dict[str, type[Group]] = {
    "images": Images,
    "archive": Archive,
    "sentinel1": Sentinel1,
    "sentinel2": Sentinel2,
    "sentinel3": Sentinel3,
    "plots": Plots,
}
Make = Callable[[Any, Path, str], tuple[bool, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Say:
    """Where lines go, and where it is told how many of how many are done."""

    line: Callable[[str], None]
    counted: Callable[[int, int], None] = lambda done, total: None

    def __call__(self, text: str) -> None:
        """One line."""
        self.line(text)


@dataclass(frozen=True)
class Chain:
    """A namelist of `ldas images`, checked, and the cells it asks for."""

    path: Path
    images: Images
    archive: Archive
    sentinel1: Sentinel1
    sentinel2: Sentinel2
    sentinel3: Sentinel3
    plots: Plots
    grid: ImageGrid

    @property
    def folder(self) -> Path:
        """Where all is written."""
        return expand_path(self.images.output_dir, self.path.parent)

    def products(self, step: str) -> list[Path]:
        """The folders and zips of a step; raises UserError for a pattern that matches none."""
        if step == "land_cover":
            return self._all(self.images.land_cover_files, "&images land_cover_files")
        if step == "plots" and not self.plots.files:
            return [self.ndvi_stack]
        return self._all(getattr(self, step).files, f"&{step} files")

    @property
    def ndvi_stack(self) -> Path:
        """The stack of NDVI that is segmented."""
        if self.plots.ndvi_file is not None:
            return expand_path(self.plots.ndvi_file, self.path.parent)
        return self.folder / f"ndvi_{self.sentinel2.synthesis}.nc"

    @cached_property
    def models(self) -> list[Path]:
        """The elevation models."""
        return (
            self._all(self.images.dem_files, "&images dem_files") if self.images.dem_files else []
        )

    def awaits_download(self, step: str) -> bool:
        """Whether a step's products are not there yet and the namelist downloads some first."""
        if "download" not in self.images.steps or step == "download":
            return False
        try:
            return not self.products(step)
        except UserError:
            return step in ("sentinel1", "sentinel2", "sentinel3") and bool(
                getattr(self, step).files
            )

    def _all(self, patterns: list[str], entry: str) -> list[Path]:
        problems, found = Problems(), []
        for text in patterns:
            path = expand_path(text, self.path.parent)
            mine = [path] if path.exists() else matches(path)
            if not mine:
                problems.add(f"{entry}: '{text}' matches nothing")
            found += mine
        if not patterns:
            problems.add(f"{entry}: missing; the step needs some")
        problems.raise_if_any()
        return list(dict.fromkeys(found))

    def draw(self, path: Path) -> None:
        """Draw a file beside it, where figures are wanted."""
        if self.images.figure:
            draw_images(path)

    def within(self, instant: np.datetime64) -> bool:
        """Whether an instant lies in the period."""
        first, last = self.images.start, self.images.end
        return (first is None or instant >= first) and (last is None or instant <= last)

    @cached_property
    def terrain_key(self) -> str:
        """What tells one terrain from another."""
        i = self.images
        files = files_told([*self.models, *self._geoid])
        return key_of(self.grid, files, i.dem_geoid, i.dem_missing, i.height)

    @property
    def _geoid(self) -> list[Path]:
        """The raster of the geoid, if one is named."""
        name = self.images.geoid_file
        return [] if name is None else self._all([name], "&images geoid_file")

    @property
    def elevation(self) -> Elevation:
        """What the heights of the cells are made of."""
        i = self.images
        geoid = self._geoid[0] if self._geoid else i.dem_geoid
        return Elevation(tuple(self.models), geoid, i.dem_missing == "sea")


def is_images(namelist: Path) -> bool:
    """Whether a namelist is one of `ldas images`."""
    return "images" in parse(read(namelist), namelist.name)


def load_chain(namelist: Path) -> Chain:
    """Read and check a namelist; raises UserError with every problem."""
    problems = Problems()
    found = check(parse(read(namelist), namelist.name), GROUPS, namelist.name, problems)
    problems.raise_if_any()
    images: Images = found["images"]
    if images.start is not None and images.end is not None and images.start > images.end:
        problems.add(f"&images end: {images.end} is before start, {images.start}")
    path = namelist.absolute()
    grid = None
    try:
        grid = grid_of(images, path.parent)
    except UserError as error:
        problems.add(error)
    problems.raise_if_any()
    assert grid is not None
    return Chain(
        path,
        images,
        found["archive"],
        found["sentinel1"],
        found["sentinel2"],
        found["sentinel3"],
        found["plots"],
        grid,
    )


def flat_terrain(chain: Chain) -> Terrain:
    """Flat ground at the namelist's height; raises UserError if it says of none."""
    if chain.images.height is None and not chain.models:
        raise UserError(
            "&images dem_files: missing; a radar image is misplaced by more than the height of the "
            "ground that it does not know (flat ground: &images height)"
        )
    return Terrain(chain.grid, None, chain.images.height or 0.0)


def terrain_of(chain: Chain, say: Say) -> Terrain:
    """The terrain of the cells, made if it is not there."""
    if not chain.models:
        return flat_terrain(chain)
    path, key = chain.folder / "terrain.nc", chain.terrain_key
    if not is_made(path, key):
        write_terrain(path, chain.grid, chain.elevation, key)
        say(f"wrote {path}")
    return Terrain(chain.grid, path, 0.0)


def batch(
    chain: Chain, say: Say, work: Sequence[Any], key: Callable[[Any], str], make: Make
) -> list[Path]:
    """Make the file of each overpass that is not there; the files of all that show something.

    An overpass has a `name`; `make` writes its file at a path with a key, and says whether there
    is one and what became of it.
    """
    progress, files = Progress(len(work), say), []
    for one in work:
        path, mine = chain.folder / f"{one.name}.nc", key(one)
        if is_made(path, mine):
            progress.skipped(f"{path.name} is there")
            files.append(path)
            continue
        kept, said = make(one, path, mine)
        if kept:
            files.append(path)
            chain.draw(path)
        progress.finished(said)
    return files


def put_together(items: Sequence[T], belongs: Callable[[list[T], T], bool]) -> list[list[T]]:
    """Runs of items, each of which belongs to those before it."""
    runs: list[list[T]] = []
    for item in items:
        if runs and belongs(runs[-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


class Progress:
    """What is done of many, and how long the rest will take."""

    def __init__(self, total: int, say: Say) -> None:
        self.total, self.say, self.done, self.made = total, say, 0, 0
        self.began = time.monotonic()
        say.counted(0, total)

    def skipped(self, text: str) -> None:
        """One that needed no work."""
        self.done += 1
        self._tell(text)

    def finished(self, text: str) -> None:
        """One that is made."""
        self.done, self.made = self.done + 1, self.made + 1
        each = (time.monotonic() - self.began) / self.made
        left = each * (self.total - self.done)
        rest = f", {_span(left)} left" if self.done < self.total else ""
        self._tell(f"{text} ({_span(each)} each{rest})")

    def _tell(self, text: str) -> None:
        self.say(f"{self.done} of {self.total}: {text}")
        self.say.counted(self.done, self.total)


def _span(seconds: float) -> str:
    if seconds < 100.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / 3600.0:.1f} h"
