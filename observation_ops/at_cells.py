"""One field of a product at the cells of a model: values, and why there is none."""

import numpy as np

from . import quality
from .gridding import COVERED_MIN, ToCells
from .products import Product, Stamp


def at_cells(product: Product, stamp: Stamp, cells: ToCells) -> tuple[np.ndarray, np.ndarray]:
    """Values (cell,) in the product's unit, NaN where too little is good, and quality codes."""
    if cells.pixel.size == 0:
        return np.full(cells.cells, np.nan), np.full(cells.cells, quality.NONE)
    values, flag = product.read(stamp, cells.rows, cells.cols)
    mean, share = cells.mean(values, flag == quality.USED)
    good = share >= COVERED_MIN
    why = cells.commonest(np.where(flag == quality.USED, quality.NONE, flag), quality.NONE)
    return np.where(good, mean, np.nan), np.where(good, quality.USED, why)


def error_at_cells(product: Product, stamp: Stamp, cells: ToCells) -> np.ndarray:
    """The producer's own error (cell,) in the product's unit, NaN where there is none."""
    nothing = np.full(cells.cells, np.nan)
    if cells.pixel.size == 0:
        return nothing
    errors = product.read_error(stamp, cells.rows, cells.cols)
    return nothing if errors is None else cells.mean(errors, np.isfinite(errors))[0]
