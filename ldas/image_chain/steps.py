"""The steps of `ldas images`, run and checked in the order that the namelist names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ldas.core.errors import Problems, UserError
from ldas.io.netcdf import writable_folder

from .archive_step import check_download, download
from .chain import Chain, Say, load_chain
from .land_cover import check_land_cover, make_land_cover
from .ndvi_images import Sensor, check_ndvi, make_ndvi
from .plots import check_plots, make_plots
from .sentinel1 import check_passes, make_passes
from .sentinel2 import SENTINEL2
from .sentinel3 import SENTINEL3


@dataclass(frozen=True)
class Step:
    """`make` writes what is not there yet, `check` tells what would be made."""

    make: Callable[[Chain, Say], None]
    check: Callable[[Chain], Iterator[str]]


def _optical(sensor: Sensor) -> Step:
    return Step(partial(make_ndvi, sensor), partial(check_ndvi, sensor))


STEPS = {
    "download": Step(download, check_download),
    "land_cover": Step(make_land_cover, check_land_cover),
    "sentinel1": Step(make_passes, check_passes),
    "sentinel2": _optical(SENTINEL2),
    "sentinel3": _optical(SENTINEL3),
    "plots": Step(make_plots, check_plots),
}


def run_chain(
    namelist: Path,
    line: Callable[[str], None],
    counted: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Make all that a namelist asks for; the folder. What is there already is not made again.

    Lines on what is made go to `line`, how many images of how many are done to `counted`.
    """
    chain, say = load_chain(namelist), Say(line, counted)
    writable_folder(chain.folder, "&images output_dir")
    rows, cols = chain.grid.shape
    say(f"{rows} x {cols} cells of {chain.grid.metres:.4g} m, {chain.grid.crs.name}")
    for step in chain.images.steps:
        STEPS[step].make(chain, say)
    return chain.folder


def check_chain(namelist: Path) -> Iterator[str]:
    """Lines about what would be made; raises UserError with all that is wrong."""
    chain = load_chain(namelist)
    yield f"{namelist.name}: all entries are right"
    writable_folder(chain.folder, "&images output_dir")
    rows, cols = chain.grid.shape
    yield f"{rows} x {cols} cells of {chain.grid.metres:.4g} m, {chain.grid.crs.name}"
    problems = Problems()
    for step in chain.images.steps:
        if chain.awaits_download(step):
            yield f"{step}: its files are not there yet, they are downloaded first"
            continue
        try:
            yield from STEPS[step].check(chain)
        except UserError as error:
            problems.add(error)
    problems.raise_if_any()
