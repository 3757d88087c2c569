"""What a file was made of, kept in it: a batch that is started again makes only what differs."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from ldas import __version__
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.io.netcdf import atomic_dataset

from .image_grid import ImageGrid

ATTRIBUTE = "made_of"
QUICK = {"compression": "zlib", "complevel": 1}  # of what is written much


def key_of(grid: ImageGrid, *parts: Any) -> str:
    """A short text that differs where grid, settings, sources or the release of ldas do."""
    axes = hashlib.sha256(np.concatenate([grid.x, grid.y]).tobytes()).hexdigest()
    text = json.dumps([__version__, grid.crs.to_wkt(), axes, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def files_told(paths: Sequence[Path]) -> list[Any]:
    """Names, sizes and times of change of files or folders."""
    stats = [(path, path.stat()) for path in paths]
    return [[path.name, stat.st_size, stat.st_mtime_ns] for path, stat in stats]


def is_made(path: Path, key: str) -> bool:
    """Whether a whole file is there that was made of just that."""
    if not path.exists():
        return False
    with contextlib.suppress(UserError), open_input(path, unpacks=False) as file:
        return getattr(file, ATTRIBUTE, "") == key
    return False


@contextlib.contextmanager
def image_file(
    path: Path, grid: ImageGrid, title: str, key: str
) -> Iterator[tuple[netCDF4.Dataset, tuple[str, str]]]:
    """A file on the cells that keeps its key, and the names of their dimensions.

    It appears when it is complete.
    """
    with atomic_dataset(path) as out:
        out.setncatts({"Conventions": "CF-1.11", "title": title, ATTRIBUTE: key})
        yield out, grid.write_axes(out)
