"""`ldas images`: images as agencies ship them, brought to one grid."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ldas.image_chain.steps import check_chain, run_chain


def make_images(namelist: Path, say: Callable[[str], None]) -> Path:
    """Make all that a namelist asks for and is not there; the folder it is in."""
    return run_chain(namelist, say)


def list_images(namelist: Path) -> Iterator[str]:
    """Lines on what would be downloaded and made."""
    yield from check_chain(namelist)
