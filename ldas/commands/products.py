"""`ldas products`: the products and weather sources that are known by name."""

from collections.abc import Iterator

from ldas.core.registries import FORCING_SOURCES
from observation_ops.preset import good, presets

PRODUCT_HEADS = ("product", "what", "variable", "good is", "km", "m", "tried on")
SOURCE_HEADS = ("source", "what", "amounts since", "tried on")
SINCE = {"interval": "the stamp before", "day": "00 UTC", "run": "the run's start"}


def product_rows() -> list[tuple[str, ...]]:
    """A row for each product, under PRODUCT_HEADS."""
    return [
        (
            p.name,
            p.meaning,
            f"{p.group}/{p.variable}" if p.group else p.variable,
            good(p.checks),
            f"{p.resolution:g}",
            f"{p.depth:g}" if p.depth else "",
            p.tried or "no file at hand",
        )
        for p in presets().values()
    ]


def source_rows() -> list[tuple[str, ...]]:
    """A row for each weather source, under SOURCE_HEADS."""
    found = ((name, FORCING_SOURCES.load(name)) for name in FORCING_SOURCES.names())
    return [(name, s.meaning, SINCE[s.accumulated], s.tried) for name, s in found]


def products() -> Iterator[str]:
    """Lines of both tables, in columns."""
    yield "Products: &observation product, &source product"
    for name, meaning, variable, conditions, km, _, tried in product_rows():
        yield f"  {name:<18} {meaning} ({km} km)"
        yield f"  {'':<18} {variable}; good: {conditions}; tried: {tried}"
    yield "Weather: &forcing source"
    for name, meaning, since, tried in source_rows():
        yield f"  {name:<18} {meaning}"
        yield f"  {'':<18} amounts since {since}; tried: {tried}"
