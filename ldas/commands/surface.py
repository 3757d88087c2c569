"""`ldas surface`: patch fractions of a surface file from a land cover map."""

from pathlib import Path

from ldas.io.land_cover import TABLE, make_surface


def surface(source: Path, variable: str, target: Path, pixels: int, table: Path | None) -> str:
    """Write the surface file; a line about it."""
    return make_surface(source, variable, target, pixels, table or TABLE)
