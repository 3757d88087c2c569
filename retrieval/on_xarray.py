"""The retrieval on xarray objects, dask-backed ones included.

from retrieval.on_xarray import soil_moisture
product = soil_moisture(sigma0, theta, ndvi)
"""

import numpy as np
import xarray as xr

from .iem import decibels, in_decibels
from .prior import NAMES
from .s2mp import FLAGS, retrieved, screened
from .training import SHIPPED, Trained, read_networks

NDVI_MAX = 0.75


def soil_moisture(
    sigma0: xr.DataArray,
    theta: xr.DataArray,
    ndvi: xr.DataArray,
    prior: xr.DataArray | str = "none",
    ndvi_max: float = NDVI_MAX,
) -> xr.Dataset:
    """Moisture `ssm`, `ssm_uncertainty` (m3 m-3) and `quality` of arrays of any shape.

    `sigma0` VV, linear or dB as its attribute `units` says; `theta` in degrees; `prior` is
    'none', 'dry' or 'wet', or 0, 1, 2 pixel by pixel. Arrays are broadcast against each other.
    Raises ValueError if the units of sigma0 say nothing.
    """
    decibel = in_decibels(str(sigma0.attrs.get("units", "")))
    known = prior if isinstance(prior, xr.DataArray) else xr.DataArray(NAMES.index(prior))
    moisture, error, flag = xr.apply_ufunc(
        _retrieve,
        *xr.broadcast(sigma0, theta, ndvi, known),
        kwargs={
            "decibel": decibel,
            "ndvi_max": ndvi_max,
            "networks": read_networks(SHIPPED),
        },
        output_core_dims=[[], [], []],
        dask="parallelized",
        output_dtypes=[float, float, np.int8],
    )
    found = xr.Dataset({"ssm": moisture, "ssm_uncertainty": error, "quality": flag})
    for name, text in (("ssm", "surface soil moisture"), ("ssm_uncertainty", "one standard error")):
        found[name].attrs = {"units": "m3 m-3", "long_name": text}
    found["quality"].attrs = {
        "flag_values": np.arange(len(FLAGS), dtype=np.int8),
        "flag_meanings": " ".join(FLAGS),
    }
    return found


def _retrieve(
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    prior: np.ndarray,
    decibel: bool,
    ndvi_max: float,
    networks: dict[str, Trained],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    db = np.asarray(sigma, float) if decibel else decibels(sigma)
    flag = screened(db, theta, ndvi, ndvi_max)
    return retrieved(networks, np.asarray(prior), db, theta, ndvi, flag)
