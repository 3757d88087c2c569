"""The step `land_cover`: classes of a map on the cells, no more of it than they need."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ldas.core.errors import UserError

from .chain import Chain, Say
from .gdal import brought, open_map, rasterio, resampling
from .image_grid import ImageGrid, strips
from .made_of import QUICK, files_told, image_file, is_made, key_of

ROWS_AT_ONCE = 1024
NOTHING = -1  # where no map has a class


def make_land_cover(chain: Chain, say: Say) -> None:
    """Write the classes if they are not there."""
    path, maps = chain.folder / "land_cover.nc", chain.products("land_cover")
    key = key_of(chain.grid, files_told(maps))
    if is_made(path, key):
        say(f"{path.name} is there")
        return
    title = "land cover on the cells, `ldas images`"
    with image_file(path, chain.grid, title, key) as (out, dims):
        stored = out.createVariable("land_cover", "i2", dims, fill_value=NOTHING, **QUICK)
        stored.setncatts({"long_name": "class", "grid_mapping": "crs"})
        stored.set_auto_mask(False)
        found: set[int] = set()
        for rows in strips(chain.grid, ROWS_AT_ONCE):
            classes = _classes(chain.grid, rows, maps)
            found |= set(np.unique(classes).tolist())
            stored[rows] = classes
        found -= {NOTHING}
        if not found:
            raise UserError(f"{maps[0]}: no class on the cells: box and map differ")
    say(f"wrote {path.name}: classes {', '.join(map(str, sorted(found)))}")


def check_land_cover(chain: Chain) -> Iterator[str]:
    """What the classes would be made of; raises UserError for maps that do not show the cells."""
    maps, grid = chain.products("land_cover"), chain.grid
    middle = slice(grid.shape[0] // 2, grid.shape[0] // 2 + 1)
    if (_classes(grid, middle, maps) == NOTHING).all():
        raise UserError(f"{maps[0]}: no class in the middle of the cells: box and map differ")
    yield f"land_cover: {', '.join(path.name for path in maps)}"


def _classes(grid: ImageGrid, rows: slice, maps: list[Path]) -> np.ndarray:
    """The most frequent class of each cell, or that of the nearest pixel of a coarser map."""
    shape = (rows.stop - rows.start, grid.shape[1])
    classes = np.full(shape, NOTHING, np.int16)
    methods = rasterio().warp.Resampling
    for path in maps:
        with open_map(str(path)) as raster:
            if np.dtype(raster.dtypes[0]).kind not in "ui":
                raise UserError(f"{path}: is of {raster.dtypes[0]}, no classes")
            many = resampling(raster, grid) == methods.average
            found = np.full(shape, NOTHING, np.int16)
            brought(
                rasterio().band(raster, 1), found, grid, rows, str(path), dst_nodata=NOTHING,
                resampling=methods.mode if many else methods.nearest,
            )  # fmt: skip
        classes = np.where(classes == NOTHING, found, classes)
    return classes
