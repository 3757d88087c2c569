"""HDF4 of MODIS: data sets of a sinusoidal tile, placed by the structure that HDF-EOS writes."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .projection import STRUCTURE, hdf_eos_plane
from .stored import Stored, StoredFile


def open_hdf4(path: Path) -> StoredFile:
    """Data sets with the latitude and longitude of every pixel; raises UserError if it cannot."""
    try:
        from pyhdf.error import HDF4Error
        from pyhdf.SD import SD, SDC
    except ImportError:
        raise UserError(f"{path}: HDF4 needs pyhdf; install it: pip install 'ldas[hdf4]'") from None
    try:
        file = SD(str(path), SDC.READ)
    except HDF4Error as error:
        raise UserError(f"{path}: cannot be read as HDF4 ({error})") from None
    structure = file.attributes().get(STRUCTURE, "")
    variables: dict[str, Stored] = {}
    for name in file.datasets():
        data = file.select(name)
        shape = tuple(int(n) for n in np.atleast_1d(data.info()[2]))
        dtype = np.asarray(data[(slice(0, 1),) * len(shape)]).dtype
        attrs = data.attributes()
        variables[name] = Stored(
            path, name, ("y", "x")[-len(shape) :], shape, dtype, attrs, partial(_read, data)
        )
    shape = next(iter(variables.values())).shape
    variables |= hdf_eos_plane(path, structure, shape, ("y", "x")).places(path)
    return StoredFile(path, variables, file.attributes())


def _read(data: Any, index: tuple[slice | int, ...]) -> np.ndarray:
    return np.asarray(data.get())[index]
