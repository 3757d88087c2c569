"""How NDVI is stored: as numbers, or as bytes that take a quarter of the room."""

import netCDF4
import numpy as np

from .made_of import QUICK

STEP, LOWEST, NOTHING = 0.008, -1.0, 255  # of the bytes: 0 to 250 are -1 to 1


def declare_ndvi(
    out: netCDF4.Dataset, name: str, dims: tuple[str, ...], as_bytes: bool
) -> netCDF4.Variable:
    """A variable for NDVI; what is stored in bytes is made by `packed`."""
    kind, fill = ("u1", NOTHING) if as_bytes else ("f4", np.nan)
    stored = out.createVariable(name, kind, dims, fill_value=fill, **QUICK)
    stored.setncatts({"units": "1", "long_name": "NDVI", "grid_mapping": "crs"})
    if as_bytes:
        stored.setncatts({"scale_factor": STEP, "add_offset": LOWEST})
        stored.set_auto_maskandscale(False)
    return stored


def packed(values: np.ndarray) -> np.ndarray:
    """NDVI as bytes."""
    number = np.rint((np.clip(values, -1.0, 1.0) - LOWEST) / STEP)
    return np.where(np.isfinite(values), number, NOTHING).astype(np.uint8)
