"""NDVI of every overpass of an optical sensor, and of every month or decade."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ldas.config.images_group import Optical
from ldas.core.errors import Problems, UserError
from ldas.io.product_file import write_times

from .chain import Chain, Say, batch, put_together
from .image_grid import ImageGrid, strips
from .made_of import image_file, key_of
from .ndvi_file import declare_ndvi, packed
from .ndvi_series import write_synthesis
from .product_folder import ProductFolder

TOGETHER = np.timedelta64(15, "m")  # products of one overpass
PIXEL_BYTES = 60  # held of a pixel of a product while it is brought to the cells


class Scene(Protocol):
    """What is known of a product before its pixels are read.

    `place` tells products apart that are of one time: what has both in common is one image.
    """

    name: str
    platform: str
    place: str
    time: np.datetime64


class Image(Protocol):
    """An open product, whose pixels are brought to cells."""

    def on(self, rows: slice) -> tuple[np.ndarray, np.ndarray] | None:
        """NDVI and share of clear pixels (row, col) of some rows, NaN where it shows nothing.

        None if it shows none of them.
        """
        ...

    def close(self) -> None:
        """Close its files."""
        ...


@dataclass(frozen=True)
class Sensor:
    """What differs from one optical sensor to another.

    `opens` and `shows` raise UserError for products that cannot be used.
    """

    group: str  # of the namelist
    title: str
    stack: str  # beginning of the names of syntheses
    finest: float  # m, of a pixel
    opens: Callable[[ProductFolder, Any], Scene]
    shows: Callable[[Scene, ImageGrid, Any], Image]


@dataclass(frozen=True)
class Overpass:
    """The products of one platform that were taken together."""

    products: tuple[tuple[ProductFolder, Scene], ...]

    @property
    def time(self) -> np.datetime64:
        """When it began."""
        return min(scene.time for _, scene in self.products)

    @property
    def name(self) -> str:
        """Platform and time."""
        stamp = str(self.time).replace("-", "").replace(":", "")
        return f"NDVI_{self.products[0][1].platform}_{stamp}"


def overpasses(sensor: Sensor, chain: Chain) -> tuple[list[Overpass], list[str]]:
    """The overpasses of a namelist's products and period, and lines on products left out.

    Raises UserError with all problems.
    """
    problems, found = Problems(), []
    settings = _settings(sensor, chain)
    for path in chain.products(sensor.group):
        try:
            folder = ProductFolder(path)
            scene = sensor.opens(folder, settings)
        except UserError as error:
            problems.add(error)
            continue
        if chain.within(scene.time):
            found.append((folder, scene))
    problems.raise_if_any()
    if not found:
        raise UserError(f"&{sensor.group}: no product of the period asked for")
    newest, left = {}, []
    for folder, scene in sorted(found, key=lambda f: (f[1].platform, f[1].time, f[1].name)):
        same = (scene.platform, scene.time, scene.place)
        if same in newest:
            left.append(f"{newest[same][1].name} is left out: {scene.name} is the same image")
        newest[same] = (folder, scene)
    groups = put_together(list(newest.values()), _same_overpass)
    return sorted((Overpass(tuple(group)) for group in groups), key=lambda o: o.time), left


def _settings(sensor: Sensor, chain: Chain) -> Optical:
    """The namelist's group of a sensor."""
    return getattr(chain, sensor.group)


def _same_overpass(
    before: list[tuple[ProductFolder, Scene]], one: tuple[ProductFolder, Scene]
) -> bool:
    """Whether a product was taken with those before it."""
    first, scene = before[0][1], one[1]
    return first.platform == scene.platform and scene.time - first.time <= TOGETHER


def make_ndvi(sensor: Sensor, chain: Chain, say: Say) -> None:
    """Write NDVI of every overpass that is not there yet, then the syntheses."""
    found, left = overpasses(sensor, chain)
    settings = _settings(sensor, chain)
    for line in left:
        say(line)

    def make(one: Overpass, path: Path, key: str) -> tuple[bool, str]:
        clear = _write(path, sensor, chain, one, key)
        if clear is None:
            return False, f"{one.name} shows nothing of the cells"
        return True, f"wrote {path.name}, {100.0 * clear:.0f} % of the cells clear"

    files = batch(chain, say, found, lambda one: _key(sensor, chain, one), make)
    if not files:
        raise UserError(
            f"&{sensor.group}: no product shows anything of the cells: box and products differ"
        )
    if settings.synthesis != "none":
        path = chain.folder / f"{sensor.stack}_{settings.synthesis}.nc"
        say(write_synthesis(path, files, chain.grid, settings))
        chain.draw(path)


def check_ndvi(sensor: Sensor, chain: Chain) -> Iterator[str]:
    """A line on each overpass; raises UserError for products that cannot be used."""
    problems = Problems()
    found, left = overpasses(sensor, chain)
    yield from left
    for one in found:
        for _, scene in one.products:
            try:
                sensor.shows(scene, chain.grid, _settings(sensor, chain)).close()
            except UserError as error:
                problems.add(error)
        names = ", ".join(scene.name for _, scene in one.products)
        yield f"{sensor.group}: {one.name} of {names}"
    problems.raise_if_any()


def _key(sensor: Sensor, chain: Chain, one: Overpass) -> str:
    settings = _settings(sensor, chain).model_dump(exclude={"files", "synthesis", "gap"})
    sources = [[folder.name, sorted(folder.sizes.items())] for folder, _ in one.products]
    return key_of(chain.grid, settings, sources)


def rows_at_once(grid: ImageGrid, memory: float, finest: float) -> int:
    """Rows of cells whose pixels, `finest` m wide, the memory (GiB) allows."""
    pixels = 0.5 * memory * 2**30 / PIXEL_BYTES
    pixels_of_row = max(1.0, grid.metres / finest) ** 2 * grid.shape[1]
    return max(1, int(pixels / pixels_of_row))


def _write(path: Path, sensor: Sensor, chain: Chain, one: Overpass, key: str) -> float | None:
    """Write the NDVI of an overpass; the share of cells that are clear, None if none is shown."""
    s, grid, seen, clear = _settings(sensor, chain), chain.grid, False, 0
    images = [sensor.shows(scene, grid, s) for _, scene in one.products]
    try:
        title = f"{sensor.title} NDVI made by `ldas images`"
        with image_file(path, grid, title, key) as (out, cells):
            out.sources = ", ".join(scene.name for _, scene in one.products)
            write_times(out, np.array([one.time]))
            dims = ("time", *cells)
            stored = declare_ndvi(out, "ndvi", dims, s.packed)
            for rows in strips(grid, rows_at_once(grid, chain.images.memory, sensor.finest)):
                values = np.full((rows.stop - rows.start, grid.shape[1]), np.nan)
                for image in images:
                    found = image.on(rows)
                    if found is None:
                        continue
                    ndvi, share = found
                    seen = seen or bool(np.isfinite(share).any())
                    with np.errstate(invalid="ignore"):
                        new = np.isnan(values) & (share >= s.least_clear)
                    values[new] = ndvi[new]
                clear += int(np.isfinite(values).sum())
                stored[0, rows] = packed(values) if s.packed else values
            if not seen:
                raise _Nothing
    except _Nothing:
        return None
    finally:
        for image in images:
            image.close()
    return clear / (grid.shape[0] * grid.shape[1])


class _Nothing(Exception):
    """An overpass that shows nothing of the cells; its file is not kept."""
