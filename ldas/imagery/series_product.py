"""A product of series of radar images over cells, as several methods make one."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from ldas.imagery.change_series import Series, series
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.retrieval_file import Layout, RetrievalFile

ValuesOf = Callable[[Series], Mapping[str, np.ndarray]]  # fields by name, (image, cell)


def sizes_of(work: RadarWork) -> str:
    """A line about the images and the cells."""
    times = work.sigma.times
    return (
        f"{times.size} radar images of {work.sigma.lat.size} x {work.sigma.lon.size} pixels, "
        f"{times.min()} to {times.max()}, to {work.lat.size} x {work.lon.size} cells"
    )


def first_value(work: RadarWork, layout: Layout, values_of: ValuesOf) -> str:
    """A line about the first value there would be; raises UserError if there is none."""
    times = work.sigma.times
    found = (
        (times[number], one) for part in series(work) for number, one in _images(values_of(part))
    )
    return f"{layout.first_value(work.path.name, found)}: a first value can be retrieved"


def write_series(
    work: RadarWork,
    layout: Layout,
    attributes: Mapping[str, str],
    values_of: ValuesOf,
    info: Callable[[str], None],
) -> Path:
    """Write what `values_of` makes of each part of the series; returns the product's path.

    Raises UserError if nothing at all is retrieved.
    """
    target, times = work.file(work.settings.output), work.sigma.times
    about = {**attributes, "namelist": work.path.read_text()}
    axes = {"lat": work.lat, "lon": work.lon}
    with RetrievalFile(target, axes, times, layout, about) as out:
        for part in series(work):
            for number, one in _images(values_of(part)):
                out.write(slice(number, number + 1), part.rows, one)
    out.refuse_nothing()
    if work.without_weather:
        info(f"{len(work.without_weather)} images have no weather before: frost not seen")
    cells, good = work.lat.size * work.lon.size, int((out.retrieved > 0).sum())
    info(
        f"{good} of {times.size} images give values, {out.retrieved.max()} of {cells} cells at most"
    )
    return target


def _images(found: Mapping[str, np.ndarray]) -> Iterator[tuple[int, Mapping[str, np.ndarray]]]:
    """The fields of each image, numbered."""
    for number in range(next(iter(found.values())).shape[0]):
        yield number, {name: values[number] for name, values in found.items()}
