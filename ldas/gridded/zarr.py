"""Zarr stores as files of variables; nothing decoded."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ldas.core.errors import UserError

from .stored import Stored, StoredFile


def open_zarr(path: Path, group: str | None = None) -> StoredFile:
    """The arrays of a store, or of a group in it; raises UserError if it cannot be read."""
    try:
        dataset = xr.open_zarr(
            path, group=group, chunks=None, mask_and_scale=False, decode_times=False
        )
    except ImportError:
        raise UserError(
            f"{path}: Zarr needs the zarr package; install it: pip install 'ldas[zarr]'"
        ) from None
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: cannot be read ({str(error).splitlines()[0]})") from None
    variables = {}
    for key, variable in dataset.variables.items():
        name = str(key)
        dims = tuple(str(dim) for dim in variable.dims)
        variables[name] = Stored(
            path, name, dims, variable.shape, variable.dtype, dict(variable.attrs),
            partial(_read, variable),
        )  # fmt: skip
    return StoredFile(path, variables, dict(dataset.attrs))


def _read(variable: Any, index: tuple[slice | int, ...]) -> np.ndarray:
    return np.asarray(variable[index].values)
