"""The outline of an area from a vector file, in degrees."""

from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

DEGREES = ("EPSG:4326", "OGC:CRS84")


def read_outline(path: Path, needs_projection: bool = False) -> Any:
    """All shapes of a vector file as one shapely geometry, longitudes and latitudes.

    Raises UserError for a file that cannot be read or has no shape, and where it
    `needs_projection` for one that says of none; else such a file is taken to be in degrees.
    """
    try:
        import pyogrio
        import shapely
    except ImportError:
        raise UserError(
            f"{path}: an outline needs pyogrio and shapely; install them: pip install "
            "'ldas[vector]'"
        ) from None
    try:
        meta, _, shapes, _ = pyogrio.raw.read(path)
    except pyogrio.errors.DataSourceError as error:
        raise UserError(f"{path}: cannot be read as a vector file ({error})") from None
    shapes = [shape for shape in shapes if shape is not None]
    outline = shapely.unary_union(shapely.from_wkb(shapes))
    if not shapes or outline.is_empty:
        raise UserError(f"{path}: has no shape")
    crs = str(meta.get("crs") or "")
    if not crs and needs_projection:
        raise UserError(f"{path}: says of no projection (a shapefile's is in its .prj)")
    if crs and crs.upper() not in DEGREES:
        outline = turned(outline, crs, "EPSG:4326")
    return outline


def turned(shapes: Any, source: Any, target: Any) -> Any:
    """A shape or an array of them brought from one projection to another."""
    import shapely
    from pyproj import Transformer

    turn = Transformer.from_crs(source, target, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1])))
