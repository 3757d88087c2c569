"""Opening NetCDF files that somebody else has made."""

from pathlib import Path

import netCDF4

from .errors import UserError


def open_input(path: Path, what: str = "") -> netCDF4.Dataset:
    """The open file; raises UserError saying why it cannot be read, and `what` it should be."""
    what = f"{what} " if what else ""
    if not path.exists():
        raise UserError(f"{path}: {what}cannot be read (no such file)")
    if path.is_file() and path.stat().st_size == 0:
        raise UserError(f"{path}: {what}cannot be read (the file is empty)")
    try:
        return netCDF4.Dataset(path)
    except OSError as error:
        reason = str(error).split("]")[-1].split(": '")[0].strip()
        raise UserError(
            f"{path}: {what}cannot be read as NetCDF, damaged or cut short ({reason})"
        ) from None
