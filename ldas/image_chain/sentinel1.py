"""The step `sentinel1`: every pass over the cells, and the speckle filter over all of them."""

from collections.abc import Iterator
from pathlib import Path

from ldas.core.errors import Problems, UserError

from .chain import Chain, Say, batch, flat_terrain, terrain_of
from .made_of import key_of
from .pass_file import write_pass
from .product_folder import ProductFolder
from .radar_looks import check_raster
from .radar_pass import Geocoded, RadarPass, passes_of, shows
from .safe import POLARISATIONS, Frame
from .speckle_series import filter_series
from .terrain_file import checked_heights

NOTHING = "&sentinel1: no pass shows anything of the cells: box and products differ"
BESIDE_THE_PASS = {"files", "orbits", "speckle_window"}  # entries that do not change one pass


def passes(chain: Chain) -> list[RadarPass]:
    """The passes of a namelist's products, period and orbits; UserError with all problems."""
    s, problems, frames = chain.sentinel1, Problems(), []
    for name in s.polarisations:
        if name not in POLARISATIONS:
            problems.add(
                f"&sentinel1 polarisations: found '{name}'; allowed: {', '.join(POLARISATIONS)}"
            )
    problems.raise_if_any()
    for path in chain.products("sentinel1"):
        try:
            frame = Frame(ProductFolder(path))
            if s.orbits and frame.relative_orbit not in s.orbits:
                continue
            if not chain.within(frame.start):
                continue
            if s.polarisations[0] not in frame.polarisations:
                problems.add(
                    f"{path}: has {', '.join(frame.polarisations) or 'no polarisation'}, not "
                    f"{s.polarisations[0]}, the first of &sentinel1 polarisations"
                )
                continue
            frames.append(frame)
        except UserError as error:
            problems.add(error)
    problems.raise_if_any()
    if not frames:
        raise UserError("&sentinel1: no product of the period and the orbits asked for")
    return passes_of(frames)


def make_passes(chain: Chain, say: Say) -> None:
    """Write a file for each pass that is not there yet."""
    found, s = passes(chain), chain.sentinel1
    terrain = terrain_of(chain, say)

    def make(one: RadarPass, path: Path, key: str) -> tuple[bool, str]:
        made = Geocoded(one, chain.grid, terrain, s, chain.images.memory)
        for line in made.strange_heights():
            say(f"{one.name}: {line}")
        if not made.frames:
            return False, f"{one.name} shows nothing of the cells"
        written = write_pass(path, one, made, key)
        if not written.cells:
            path.unlink()
            return False, f"{one.name} has no value on the cells"
        return True, f"wrote {path.name}, {written.told()}"

    files = batch(chain, say, found, lambda one: _key(chain, one), make)
    if not files:
        raise UserError(NOTHING)
    if s.speckle_window:
        for line in filter_series(files, chain.grid, s.speckle_window):
            say(line)


def check_passes(chain: Chain) -> Iterator[str]:
    """A line on each pass; raises UserError for annotation, rasters or heights that are wrong."""
    problems, shown = Problems(), False
    found, flat = passes(chain), flat_terrain(chain)
    for one in found:
        for frame in one.frames:
            for name in chain.sentinel1.polarisations:
                try:
                    if name in frame.polarisations:
                        band = frame.band(name)
                        check_raster(band)
                        shown = shown or shows(band, chain.grid, flat.relief())
                except UserError as error:
                    problems.add(error)
        yield f"sentinel1: {one.name} of {len(one.frames)} frames: {one.sources}"
    if not shown and not problems.found:
        problems.add(NOTHING)
    try:
        if chain.models:
            for _ in checked_heights(chain.grid, chain.elevation):
                pass
    except UserError as error:
        problems.add(error)
    problems.raise_if_any()


def _key(chain: Chain, one: RadarPass) -> str:
    settings = chain.sentinel1.model_dump(exclude=BESIDE_THE_PASS)
    sources = [[f.folder.name, sorted(f.folder.sizes.items())] for f in one.frames]
    return key_of(chain.grid, chain.terrain_key, settings, sources)
