"""`ldas surface`: a surface file from maps, or patch fractions from a land cover map alone."""

from collections.abc import Iterator
from pathlib import Path

from ldas.figures.surface import draw_surface
from ldas.imagery.surface_file import load_maps, make, write
from ldas.io.land_cover import TABLE, make_surface


def surface(source: Path, variable: str, target: Path, pixels: int, table: Path | None) -> str:
    """Write patch fractions of a land cover map; a line about it."""
    return make_surface(source, variable, target, pixels, table or TABLE)


def surface_from_maps(namelist: Path) -> Iterator[str]:
    """Write the surface file of a namelist and draw it; lines about what came from where."""
    maps = load_maps(namelist)
    made = make(maps)
    yield from write(maps, made)
    if maps.settings.figure:
        path = maps.target.with_suffix(".png")
        yield f"drew {draw_surface(made.cells.lat, made.cells.lon, made.fields, path)}"
