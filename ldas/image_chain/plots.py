"""The step `plots`: labels of fields on the cells, for `ldas retrieve` with form = 'plots'."""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import netCDF4
import numpy as np

from ldas.config.namelist import expand_path
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.imagery.image_stack import ImageStack
from ldas.io.netcdf import refuse_to_overwrite

from .chain import Chain, Say
from .field_shapes import rasterized, read_fields
from .image_grid import ImageGrid, strips
from .made_of import QUICK, files_told, image_file, is_made, key_of
from .segmentation import blocks, numbered, objects, owned, without_rim

ROWS_AT_ONCE = 1024


def make_plots(chain: Chain, say: Say) -> None:
    """Write the labels if they are not there."""
    s, path = chain.plots, chain.folder / chain.plots.output
    inputs = _inputs(chain)
    refuse_to_overwrite(path, inputs, "&plots output")
    key = key_of(chain.grid, s.model_dump(exclude={"output"}), files_told(inputs))
    if is_made(path, key):
        say(f"{path.name} is there")
        return
    rim = round(s.buffer / chain.grid.metres)
    if s.files:
        fields = read_fields(chain.products("plots"), chain.grid, s.buffer)
        labels = rasterized(fields, chain.grid)
    else:
        labels = without_rim(_segmented(chain), rim)
    labels[~_allowed(chain)] = 0
    smallest = int(np.ceil(s.smallest / chain.grid.hectares))
    kept = numbered(labels, smallest)
    count = int(kept.max())
    if not count:
        raise UserError(
            f"&plots smallest: no field of {s.smallest:g} ha and more is left on cells of "
            f"{chain.grid.metres:.4g} m"
        )
    how = "rasterised" if s.files else "segmented"
    _write(path, chain.grid, kept, key, how)
    chain.draw(path)
    hectares = (kept > 0).sum() * chain.grid.hectares
    say(f"wrote {path.name}: {count} fields {how}, {hectares / count:.1f} ha each on average")


def check_plots(chain: Chain) -> Iterator[str]:
    """What the labels would be made of; raises UserError for what cannot be used."""
    s = chain.plots
    if s.files:
        fields = read_fields(chain.products("plots"), chain.grid, s.buffer)
        yield f"plots: {len(fields)} fields of vector files on the cells"
    elif not chain.ndvi_stack.exists():
        if "sentinel2" not in chain.images.steps or chain.sentinel2.synthesis == "none":
            _refuse_no_stack(chain)
        yield f"plots: {chain.ndvi_stack.name}, once it is made, is segmented"
    else:
        with open_input(chain.ndvi_stack, "ndvi_file") as file:
            _check_stack(chain, file)
        yield f"plots: {chain.ndvi_stack.name} is segmented"
    if s.mask_file is not None:
        _mask(chain)


def _refuse_no_stack(chain: Chain) -> NoReturn:
    raise UserError(
        f"&plots: neither files nor a stack of NDVI: '{chain.ndvi_stack}' is not there, and no "
        "step makes it"
    )


def _inputs(chain: Chain) -> list[Path]:
    mask = chain.plots.mask_file
    masks = [] if mask is None else [expand_path(mask, chain.path.parent)]
    found = [*chain.products("plots"), *masks]
    if not chain.plots.files and not chain.ndvi_stack.exists():
        _refuse_no_stack(chain)
    for path in masks:
        if not path.exists():
            raise UserError(f"&plots mask_file: '{path}' is not there")
    return found


def _check_stack(chain: Chain, file: netCDF4.Dataset) -> None:
    if "ndvi" not in file.variables or file["ndvi"].ndim != 3:
        raise UserError(f"{chain.ndvi_stack}: no variable ndvi (time, row, col)")
    grid, dims = chain.grid, file["ndvi"].dimensions
    for name, mine in zip(dims[1:], (grid.y, grid.x), strict=True):
        axis = np.asarray(file[name][:]) if name in file.variables else np.empty(0)
        if axis.shape != mine.shape or not np.allclose(axis, mine, atol=0.01 * grid.step):
            raise UserError(f"{chain.ndvi_stack}: {name} is not that of the cells")


def _segmented(chain: Chain) -> np.ndarray:
    """Labels of the whole grid, block by block, each with what lies around it."""
    labels, most = np.zeros(chain.grid.shape, np.int32), 0
    with open_input(chain.ndvi_stack, "ndvi_file") as file:
        _check_stack(chain, file)
        for inner, outer in blocks(chain.grid.shape):
            ndvi = np.ma.filled(file["ndvi"][(slice(None), *outer)].astype(float), np.nan)
            mine = owned(objects(ndvi), inner, outer)
            room = labels[outer]
            room[:] = np.where((room == 0) & (mine > 0), mine + most, room)
            most = int(max(most, labels.max()))
    return labels


def _mask(chain: Chain) -> ImageStack:
    return ImageStack(
        [expand_path(chain.plots.mask_file or "", chain.path.parent)], chain.plots.mask_variable
    )


def _allowed(chain: Chain) -> np.ndarray:
    """Which cells may be fields: by the class of the land cover nearest to their middle."""
    grid = chain.grid
    allowed = np.ones(grid.shape, bool)
    if chain.plots.mask_file is None:
        return allowed
    stack = _mask(chain)
    for rows in strips(grid, ROWS_AT_ONCE):
        places = grid.lat_lon(rows)
        index = []
        for axis, values in zip((stack.lat, stack.lon), places, strict=True):
            step = (axis[-1] - axis[0]) / max(axis.size - 1, 1) or 1.0
            index.append(np.rint((values - axis[0]) / step).astype(int))
        inside = [
            (k >= 0) & (k < n) for k, n in zip(index, (stack.lat.size, stack.lon.size), strict=True)
        ]
        there = inside[0] & inside[1]
        if not there.any():
            allowed[rows] = False
            continue
        (top, bottom), (left, right) = (
            (int(k[there].min()), int(k[there].max()) + 1) for k in index
        )
        cover = stack.read(stack.images[0], slice(top, bottom), slice(left, right))
        row, col = (
            np.where(there, k - first, 0) for k, first in zip(index, (top, left), strict=True)
        )
        allowed[rows] = there & np.isin(cover[row, col], chain.plots.mask_classes)
    return allowed


def _write(path: Path, grid: ImageGrid, labels: np.ndarray, key: str, how: str) -> None:
    with image_file(path, grid, f"fields, {how} by `ldas images`", key) as (out, dims):
        stored = out.createVariable("label", "i4", dims, **QUICK)
        stored.setncatts({"long_name": "field; 0: none", "grid_mapping": "crs"})
        stored[:] = labels
        count = np.bincount(labels.ravel())[1:]
        out.createDimension("field", count.size)
        area = out.createVariable("area", "f4", ("field",))
        area.setncatts({"units": "ha", "long_name": "area of the fields 1, 2, 3 ... without rims"})
        area[:] = count * grid.hectares
