"""`ldas images`: images as agencies ship them, brought to one grid."""

from collections.abc import Iterator
from pathlib import Path

from ldas.image_chain.steps import check_chain, run_chain
from ldas.reporting import CountBar


def make_images(namelist: Path, quiet: bool = False) -> Path:
    """Make all that a namelist asks for and is not there; the folder it is in."""
    with CountBar(quiet) as told:
        return run_chain(namelist, told.line, told.counted)


def list_images(namelist: Path) -> Iterator[str]:
    """Lines on what would be downloaded and made."""
    yield from check_chain(namelist)
