"""S2MP: radar and optical images into soil moisture, strip by strip (El Hajj et al. 2017)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.retrieval_groups import Retrieval as Settings
from ldas.core.errors import UserError
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import RetrievalFile
from ldas.imagery.s2mp_fields import Plots
from ldas.imagery.s2mp_inputs import Work, prepare
from ldas.imagery.s2mp_product import LAYOUT, values_of
from ldas.imagery.s2mp_scene import Scene
from ldas.io.netcdf import writable_folder
from retrieval.s2mp import FLAGS, groups

STRIP = 8_000_000  # pixels of the radar image held at a time


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the images of a namelist; raises UserError for what is wrong with them."""
    work = prepare(namelist, given["retrieval"])
    yield (
        f"{len(work.sigma.images)} radar images of {work.sigma.lat.size} x "
        f"{work.sigma.lon.size} pixels, {work.lat.size} x {work.lon.size} cells"
    )
    yield f"{_first_value(work)}: a first value could be retrieved"


def _first_value(work: Work) -> str:
    """The first image that gives a value; raises UserError, with the reasons, if none does."""
    writable_folder(work.file(work.settings.output).parent, "&retrieval output")
    reasons = np.zeros(len(FLAGS), np.int64)
    plots = Plots(work) if work.settings.form == "plots" else None
    scenes = [plots] if plots else (Scene(work, *part) for part in strips(work))
    for scene in scenes:
        for image in work.sigma.images:
            found = scene.retrieve(image)
            if np.isfinite(found.moisture).any():
                return str(image.time)
            reasons += np.bincount(np.ravel(found.flag).astype(int), minlength=len(FLAGS))
    raise UserError(f"{work.path.name}: {LAYOUT.nothing_retrieved(reasons)}")


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    work = prepare(namelist, given["retrieval"])
    target = work.file(work.settings.output)
    writable_folder(target.parent, "&retrieval output")
    images = work.sigma.images
    info(
        f"{len(images)} radar images of {work.sigma.lat.size} x {work.sigma.lon.size} pixels to "
        f"{work.lat.size} x {work.lon.size} cells, form {work.settings.form}"
    )
    if work.settings.form == "plots":
        labels = Plots(work)
        axes = {"label": labels.labels}
        with RetrievalFile(target, axes, work.sigma.times, LAYOUT, _history(work)) as out:
            for number, image in enumerate(images):
                out.write(slice(number, number + 1), slice(None), values_of(labels.retrieve(image)))
        out.refuse_nothing()
        return target
    axes = {"lat": work.lat, "lon": work.lon}
    with RetrievalFile(target, axes, work.sigma.times, LAYOUT, _history(work)) as out:
        for strip, cell_rows in strips(work):
            scene = Scene(work, strip, cell_rows)
            for number, image in enumerate(images):
                out.write(slice(number, number + 1), cell_rows, values_of(scene.retrieve(image)))
    out.refuse_nothing()
    if work.without_weather:
        info(
            f"{len(work.without_weather)} images, the first of {min(work.without_weather)}, have "
            "no weather of all the days before: no prior knowledge, frozen soil not seen"
        )
    for number, image in enumerate(images):
        info(f"{image.time}: {out.retrieved[number]} of {work.lat.size * work.lon.size} cells")
    return target


def _history(work: Work) -> dict[str, str]:
    return {
        "title": "Surface soil moisture from Sentinel-1 and NDVI (S2MP)",
        "source": f"ldas {__version__}, form {work.settings.form}",
        "references": "El Hajj et al. (2017), doi:10.3390/rs9121292",
        "namelist": work.path.read_text(),
    }


def strips(work: Work) -> Iterator[tuple[slice, slice]]:
    """Rows of the radar image and the rows of cells they make up, few enough for memory."""
    rows = groups(work.sigma.lat, work.sigma.lon, work.lat, work.lon, work.steps).rows
    at_once = max(1, int(STRIP // max(1, work.sigma.lon.size)))
    begin = 0
    while begin < work.lat.size:
        end = begin + 1
        inside = np.flatnonzero((rows >= begin) & (rows < end))
        while end < work.lat.size:
            more = np.flatnonzero((rows >= begin) & (rows < end + 1))
            if more.size > at_once:
                break
            inside, end = more, end + 1
        if inside.size:
            yield slice(int(inside[0]), int(inside[-1]) + 1), slice(begin, end)
        begin = end


RETRIEVAL = Retrieval(Settings, found_in, retrieve)
