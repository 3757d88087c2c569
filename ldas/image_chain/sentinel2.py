"""The step `sentinel2`: NDVI of every date, and of every month or decade."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.errors import Problems, UserError
from ldas.io.product_file import write_times

from .chain import Chain, Say, batch, put_together
from .image_grid import ImageGrid, strips
from .level2a import Tile, open_tile
from .made_of import image_file, key_of
from .ndvi_file import declare_ndvi, packed
from .ndvi_series import write_synthesis
from .ndvi_tile import NdviTile
from .product_folder import ProductFolder

TOGETHER = np.timedelta64(15, "m")  # tiles of one overpass
PIXEL_BYTES = 60  # held of a pixel of a tile while it is brought to the cells
FINEST = 10.0  # m, of a pixel


@dataclass(frozen=True)
class Overpass:
    """The products of one platform that were taken together."""

    products: tuple[tuple[ProductFolder, Tile], ...]

    @property
    def time(self) -> np.datetime64:
        """When it began."""
        return min(tile.time for _, tile in self.products)

    @property
    def name(self) -> str:
        """Platform and time."""
        stamp = str(self.time).replace("-", "").replace(":", "")
        return f"NDVI_{self.products[0][1].platform}_{stamp}"


def overpasses(chain: Chain) -> list[Overpass]:
    """The overpasses of a namelist's products and period; raises UserError with all problems."""
    problems, found = Problems(), []
    classes = tuple(chain.sentinel2.classes)
    for path in chain.products("sentinel2"):
        try:
            folder = ProductFolder(path)
            tile = open_tile(folder, classes)
        except UserError as error:
            problems.add(error)
            continue
        if chain.within(tile.time):
            found.append((folder, tile))
    problems.raise_if_any()
    if not found:
        raise UserError("&sentinel2: no product of the period asked for")
    ordered = sorted(found, key=lambda f: (f[1].platform, f[1].time, f[1].name))
    groups = put_together(ordered, _same_overpass)
    return sorted((Overpass(tuple(group)) for group in groups), key=lambda o: o.time)


def _same_overpass(
    before: list[tuple[ProductFolder, Tile]], one: tuple[ProductFolder, Tile]
) -> bool:
    """Whether a tile was taken with those before it."""
    first, tile = before[0][1], one[1]
    return first.platform == tile.platform and tile.time - first.time <= TOGETHER


def make_ndvi(chain: Chain, say: Say) -> None:
    """Write NDVI of every overpass that is not there yet, then the syntheses."""
    found, s = overpasses(chain), chain.sentinel2

    def make(one: Overpass, path: Path, key: str) -> tuple[bool, str]:
        clear = _write(path, chain, one, key)
        if clear is None:
            return False, f"{one.name} shows nothing of the cells"
        return True, f"wrote {path.name}, {100.0 * clear:.0f} % of the cells clear"

    files = batch(chain, say, found, lambda one: _key(chain, one), make)
    if not files:
        raise UserError(
            "&sentinel2: no product shows anything of the cells: box and products differ"
        )
    if s.synthesis != "none":
        path = chain.folder / f"ndvi_{s.synthesis}.nc"
        say(write_synthesis(path, files, chain.grid, s))
        chain.draw(path)


def check_ndvi(chain: Chain) -> Iterator[str]:
    """A line on each overpass; raises UserError for products that cannot be used."""
    problems = Problems()
    for one in overpasses(chain):
        for _, tile in one.products:
            try:
                NdviTile(tile, chain.grid, chain.sentinel2.cloud_margin).close()
            except UserError as error:
                problems.add(error)
        yield f"sentinel2: {one.name} of {', '.join(tile.name for _, tile in one.products)}"
    problems.raise_if_any()


def _key(chain: Chain, one: Overpass) -> str:
    settings = chain.sentinel2.model_dump(exclude={"files", "synthesis", "gap"})
    sources = [[folder.name, sorted(folder.sizes.items())] for folder, _ in one.products]
    return key_of(chain.grid, settings, sources)


def rows_at_once(grid: ImageGrid, memory: float) -> int:
    """Rows of cells whose pixels the memory (GiB) allows."""
    pixels = 0.5 * memory * 2**30 / PIXEL_BYTES
    pixels_of_row = max(1.0, grid.metres / FINEST) ** 2 * grid.shape[1]
    return max(1, int(pixels / pixels_of_row))


def _write(path: Path, chain: Chain, one: Overpass, key: str) -> float | None:
    """Write the NDVI of an overpass; the share of cells that are clear, None if none is shown."""
    s, grid, seen, clear = chain.sentinel2, chain.grid, False, 0
    tiles = [NdviTile(tile, grid, s.cloud_margin) for _, tile in one.products]
    try:
        title = "Sentinel-2 NDVI made by `ldas images`"
        with image_file(path, grid, title, key) as (out, cells):
            out.sources = ", ".join(tile.name for _, tile in one.products)
            write_times(out, np.array([one.time]))
            dims = ("time", *cells)
            stored = declare_ndvi(out, "ndvi", dims, s.packed)
            for rows in strips(grid, rows_at_once(grid, chain.images.memory)):
                values = np.full((rows.stop - rows.start, grid.shape[1]), np.nan)
                for tile in tiles:
                    found = tile.on(rows)
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
        for tile in tiles:
            tile.close()
    return clear / (grid.shape[0] * grid.shape[1])


class _Nothing(Exception):
    """An overpass that shows nothing of the cells; its file is not kept."""
