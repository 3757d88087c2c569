"""The namelist groups of `ldas retrieve` with method 'swi': products in, a soil water index out."""

from typing import Literal

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Group, Instant, Numbers, chosen_from, entry

from .source_group import ProductSource


class Swi(Group):
    """The soil water index: the memory of the soil below, filled by products of its surface."""

    method: chosen_from(RETRIEVALS) = entry("swi", "how moisture is retrieved")
    output: str = entry("swi.nc", "product to write")
    constants: Numbers = entry(
        [2.0, 5.0, 10.0, 15.0, 20.0, 40.0, 60.0, 100.0], "characteristic times T", "d"
    )
    hour: float = entry(18.0, "of the day, UTC, at which the index is given", "h", ge=0.0, lt=24.0)
    start: Instant | None = entry(None, "first value taken up", shown="the first there is")
    end: Instant | None = entry(None, "last value taken up", shown="the last there is")
    revisit: float = entry(
        1.0, "the memory is full where a value of weight 1 comes as often as that", "d", gt=0.0
    )
    least_filled: float = entry(
        0.0, "how full the memory must be for an index to be given", "1", ge=0.0, le=1.0
    )
    matching: Literal["moments", "none"] = entry(
        "moments",
        "of further sources to the first, cell by cell over the whole period; moments: mean and "
        "standard deviation",
    )
    min_values: int = entry(30, "fewest values of both sources for matching", ge=2)
    grid_file: str | None = entry(
        None, "NetCDF whose lat and lon are the cells of the index", shown="those of the first"
    )
    memory_file: str | None = entry(
        None,
        "memory of an earlier run, its memory_output; what is later is taken up",
        shown="an empty memory",
    )
    memory_output: str | None = entry(
        None, "file in which the memory is kept for a run that goes on", shown="none"
    )


class SwiSource(ProductSource):
    """A product of surface soil moisture that fills the memory; one group for each."""

    weight: float = entry(1.0, "of its values in the memory", "1", gt=0.0)
    error: float | None = entry(
        None,
        "one standard error of a value, in its unit",
        shown="the product's own",
        gt=0.0,
        le=1000.0,
    )
