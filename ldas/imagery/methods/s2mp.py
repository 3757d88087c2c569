"""S2MP: radar and optical images into soil moisture, strip by strip (El Hajj et al. 2017)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ldas import __version__
from ldas.config.retrieval_groups import Retrieval as Settings
from ldas.imagery.image_stack import Image
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import RetrievalFile
from ldas.imagery.s2mp_fields import Plots
from ldas.imagery.s2mp_inputs import Work, prepare
from ldas.imagery.s2mp_product import LAYOUT, values_of
from ldas.imagery.s2mp_scene import retrieve as retrieve_cells
from ldas.imagery.scene import Scene, strips
from ldas.io.netcdf import writable_folder
from retrieval.s2mp import Cells


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
    fields = Plots(work) if work.settings.form == "plots" else None
    found = (
        (image.time, values_of(cells_of(image)))
        for _, cells_of in _parts(work, fields)
        for image in work.sigma.images
    )
    return LAYOUT.first_value(work.path.name, found)


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
    fields = Plots(work) if work.settings.form == "plots" else None
    axes = {"label": fields.labels} if fields else {"lat": work.lat, "lon": work.lon}
    with RetrievalFile(target, axes, work.sigma.times, LAYOUT, _history(work)) as out:
        for rows, cells_of in _parts(work, fields):
            for number, image in enumerate(images):
                out.write(slice(number, number + 1), rows, values_of(cells_of(image)))
    out.refuse_nothing()
    if work.without_weather:
        info(
            f"{len(work.without_weather)} images, the first of {min(work.without_weather)}, have "
            "no weather of all the days before: no prior knowledge, frozen soil not seen"
        )
    places = axes["label"].size if fields else work.lat.size * work.lon.size
    for number, image in enumerate(images):
        info(f"{image.time}: {out.retrieved[number]} of {places} {'fields' if fields else 'cells'}")
    return target


def _parts(work: Work, fields: Plots | None) -> Iterator[tuple[slice, Callable[[Image], Cells]]]:
    """Rows of cells, or all fields, and what retrieves an image there."""
    if fields:
        yield slice(None), fields.retrieve
        return
    for strip, rows in strips(work):
        yield rows, partial(retrieve_cells, work, Scene(work, strip, rows))


def _history(work: Work) -> dict[str, str]:
    return {
        "title": "Surface soil moisture from Sentinel-1 and NDVI (S2MP)",
        "source": f"ldas {__version__}, form {work.settings.form}",
        "references": "El Hajj et al. (2017), doi:10.3390/rs9121292",
        "namelist": work.path.read_text(),
    }


RETRIEVAL = Retrieval(Settings, found_in, retrieve)
