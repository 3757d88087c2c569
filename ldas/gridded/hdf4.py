"""HDF4 of MODIS: data sets of a sinusoidal tile, placed by the structure that HDF-EOS writes."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError

from .stored import Stored, StoredFile, in_memory

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
CORNER = re.compile(r"(UpperLeftPointMtrs|LowerRightMtrs)=\(([-\d.]+),([-\d.]+)\)")


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
    structure = file.attributes().get("StructMetadata.0", "")
    if "GCTP_SNSOID" not in structure:
        raise UserError(f"{path}: HDF4 on another grid than MODIS' sinusoidal one")
    variables: dict[str, Stored] = {}
    for name in file.datasets():
        data = file.select(name)
        shape = tuple(int(n) for n in np.atleast_1d(data.info()[2]))
        dtype = np.asarray(data[(slice(0, 1),) * len(shape)]).dtype
        attrs = data.attributes()
        variables[name] = Stored(
            path, name, ("y", "x")[-len(shape) :], shape, dtype, attrs, partial(_read, data)
        )
    variables |= _places(path, structure, next(iter(variables.values())).shape)
    return StoredFile(path, variables, file.attributes())


def _read(data: Any, index: tuple[slice | int, ...]) -> np.ndarray:
    return np.asarray(data.get())[index]


def _places(path: Path, structure: str, shape: tuple[int, ...]) -> dict[str, Stored]:
    corners = {m.group(1): (float(m.group(2)), float(m.group(3))) for m in
               CORNER.finditer(structure)}  # fmt: skip
    if len(corners) != 2:
        raise UserError(f"{path}: the corners of its grid are missing")
    (west, north), (east, south) = corners["UpperLeftPointMtrs"], corners["LowerRightMtrs"]
    rows, cols = shape[-2:]
    x = west + (east - west) * (np.arange(cols) + 0.5) / cols
    y = north + (south - north) * (np.arange(rows) + 0.5) / rows
    from pyproj import Transformer

    back = Transformer.from_crs(SINUSOIDAL, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*np.meshgrid(x, y))
    units = {"latitude": "degrees_north", "longitude": "degrees_east"}
    return {
        name: in_memory(path, name, ("y", "x"), values, {"units": units[name]})
        for name, values in (("latitude", lat), ("longitude", lon))
    }
