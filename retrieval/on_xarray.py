"""The retrievals on xarray objects, dask-backed ones included.

from retrieval import on_xarray
product = on_xarray.soil_moisture(sigma0, theta, ndvi)
deeper = on_xarray.soil_water_index(product.ssm)
known = on_xarray.references(sigma0_of_years, theta_of_years)
index = on_xarray.change_detection(known, sigma0, theta)
wetter = on_xarray.hybrid(known, sigma0, theta, ndvi)
wet = on_xarray.single_channel(tb, clay, temperature, tau, omega, h)
"""

from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np
import xarray as xr

from . import change_detection as change
from . import hybrid as hybrid_method
from . import swi, tau_omega
from .cross_ratio import RATIO_MAX, hides
from .iem import decibels, in_decibels, linear
from .prior import NAMES
from .s2mp import CODE, FLAGS, retrieved, screened
from .training import HYBRID, SHIPPED, Trained, read_networks

NDVI_MAX = 0.75
Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # moisture, its error, quality


def soil_moisture(
    sigma0: xr.DataArray,
    theta: xr.DataArray,
    ndvi: xr.DataArray,
    prior: xr.DataArray | str = "none",
    ndvi_max: float = NDVI_MAX,
    sigma0_vh: xr.DataArray | None = None,
    ratio_max: float = RATIO_MAX,
) -> xr.Dataset:
    """Moisture `ssm`, `ssm_uncertainty` (m3 m-3) and `quality` of arrays of any shape.

    `sigma0` VV, linear or dB as its attribute `units` says; `theta` in degrees; `prior` is
    'none', 'dry' or 'wet', or 0, 1, 2 pixel by pixel. With `sigma0_vh` there is no value where
    VH over VV is above `ratio_max` (dB): plants hide the soil. Arrays are broadcast against each
    other. Raises ValueError if the units of sigma0 say nothing.
    """
    decibel = in_decibels(str(sigma0.attrs.get("units", "")))
    hidden = xr.DataArray(False)
    if sigma0_vh is not None:
        both = (_linear(sigma0), _linear(sigma0_vh))
        hidden = xr.apply_ufunc(hides, *both, ratio_max, dask="parallelized", output_dtypes=[bool])
    known = prior if isinstance(prior, xr.DataArray) else xr.DataArray(NAMES.index(prior))
    moisture, error, flag = xr.apply_ufunc(
        _retrieve,
        *xr.broadcast(sigma0, theta, ndvi, known, hidden),
        kwargs={
            "decibel": decibel,
            "ndvi_max": ndvi_max,
            "networks": read_networks(SHIPPED),
        },
        output_core_dims=[[], [], []],
        dask="parallelized",
        output_dtypes=[float, float, np.int8],
    )
    return _product(moisture, error, flag, "m3 m-3", "surface soil moisture", FLAGS)


def _linear(sigma0: xr.DataArray) -> xr.DataArray:
    """Linear, as the attribute `units` says that it is, or is not yet."""
    if not in_decibels(str(sigma0.attrs.get("units", ""))):
        return sigma0
    return xr.apply_ufunc(linear, sigma0, dask="parallelized", output_dtypes=[float])


def _product(
    value: xr.DataArray,
    error: xr.DataArray,
    flag: xr.DataArray,
    units: str,
    meaning: str,
    flags: Sequence[str],
) -> xr.Dataset:
    """What a retrieval gives, with attributes as its files have them."""
    found = xr.Dataset({"ssm": value, "ssm_uncertainty": error, "quality": flag})
    for name, text in (("ssm", meaning), ("ssm_uncertainty", "one standard error")):
        found[name].attrs = {"units": units, "long_name": text}
    found["quality"].attrs = {
        "flag_values": np.arange(len(flags), dtype=np.int8),
        "flag_meanings": " ".join(flags),
    }
    return found


def _retrieve(
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    prior: np.ndarray,
    hidden: np.ndarray,
    decibel: bool,
    ndvi_max: float,
    networks: dict[str, Trained],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    db = np.asarray(sigma, float) if decibel else decibels(sigma)
    flag = screened(db, theta, ndvi, ndvi_max)
    flag = np.where((flag == 0) & hidden, CODE["plants_hide_soil"], flag)
    return retrieved(networks, np.asarray(prior), db, theta, ndvi, flag)


def soil_water_index(
    ssm: xr.DataArray, constants: Sequence[float] = swi.CONSTANTS, error: float = 0.0
) -> xr.Dataset:
    """`swi`, `swi_uncertainty` (as `ssm`) and `filled` (1), with a dimension `constant` (days).

    `ssm` has a dimension `time` of datetimes, in order; `error` is one standard error of a
    value. A dask array must not be cut along time. Raises ValueError for times out of order.
    """
    day = (ssm.time.values - ssm.time.values[0]) / np.timedelta64(1, "D")

    def of_block(values: np.ndarray) -> tuple[np.ndarray, ...]:
        found = swi.soil_water_index(day, np.moveaxis(values, -1, 0), constants, error=error)
        return tuple(np.moveaxis(part, (0, 1), (-2, -1)) for part in found)

    index, errors, filled = xr.apply_ufunc(
        of_block,
        ssm,
        input_core_dims=[["time"]],
        output_core_dims=[["time", "constant"]] * 3,
        dask="parallelized",
        output_dtypes=[float] * 3,
        dask_gufunc_kwargs={"output_sizes": {"constant": len(constants)}},
    )
    units = {"units": ssm.attrs.get("units", "")}
    found = xr.Dataset({"swi": index, "swi_uncertainty": errors, "filled": filled})
    found = found.assign_coords(constant=("constant", list(constants), {"units": "d"}))
    for name, text in (("swi", "soil water index"), ("swi_uncertainty", "one standard error")):
        found[name].attrs = {**units, "long_name": text}
    found["filled"].attrs = {"units": "1", "long_name": "how full the memory is"}
    return found.transpose("time", "constant", *(d for d in ssm.dims if d != "time"))


def references(sigma0: xr.DataArray, theta: xr.DataArray) -> xr.Dataset:
    """References of change detection from a series with a dimension `time`; see References.

    `sigma0` VV, linear or dB as its attribute `units` says; `theta` in degrees. A dask array
    must not be cut along time. Raises ValueError if the units of sigma0 say nothing.
    """
    decibel = in_decibels(str(sigma0.attrs.get("units", "")))
    names = [field.name for field in fields(change.References)]

    def of_block(sigma: np.ndarray, angle: np.ndarray) -> tuple[np.ndarray, ...]:
        db = sigma if decibel else decibels(sigma)
        series = [np.moveaxis(v, -1, 0).reshape(v.shape[-1], -1) for v in (db, angle)]
        found = change.references(*series)
        return tuple(
            np.asarray(getattr(found, name), float).reshape(sigma.shape[:-1]) for name in names
        )

    found = xr.apply_ufunc(
        of_block,
        *xr.broadcast(sigma0, theta),
        input_core_dims=[["time"]] * 2,
        output_core_dims=[[]] * len(names),
        dask="parallelized",
        output_dtypes=[float] * len(names),
    )
    return xr.Dataset(dict(zip(names, found, strict=True)))


def change_detection(known: xr.Dataset, sigma0: xr.DataArray, theta: xr.DataArray) -> xr.Dataset:
    """Relative moisture `ssm` and `ssm_uncertainty` (percent), and `quality`.

    `known` is what `references` gave, or a file that `ldas retrieve` kept; see `references`
    for the others.
    """

    def of_block(plain: change.Saturation, *_: np.ndarray) -> Found:
        return 100.0 * plain.index, 100.0 * plain.error, plain.flag

    found = _by_references(known, (sigma0, theta), of_block)
    return _product(*found, "percent", "relative surface moisture", change.FLAGS)


def hybrid(
    known: xr.Dataset, sigma0: xr.DataArray, theta: xr.DataArray, ndvi: xr.DataArray
) -> xr.Dataset:
    """Moisture `ssm`, `ssm_uncertainty` (m3 m-3) and `quality` by retrieval.hybrid.

    `known` is what `references` gave, or a file that `ldas retrieve` kept; see `references`
    for the others.
    """
    net = read_networks()[HYBRID]

    def of_block(plain: change.Saturation, *seen: np.ndarray) -> Found:
        return hybrid_method.hybrid(net, *seen, plain.index, plain.flag, NDVI_MAX)

    found = _by_references(known, (sigma0, theta, ndvi), of_block)
    return _product(*found, "m3 m-3", "surface soil moisture", hybrid_method.FLAGS)


def _by_references(
    known: xr.Dataset, seen: Sequence[xr.DataArray], of_block: Callable[..., Found]
) -> list[xr.DataArray]:
    """Moisture, error and quality from the saturation of sigma0 (the first of `seen`, with theta).

    `of_block` makes them of a saturation and of what was seen, sigma0 in dB.
    """
    decibel = in_decibels(str(seen[0].attrs.get("units", "")))
    names = [field.name for field in fields(change.References)]

    def of_arrays(sigma: np.ndarray, theta: np.ndarray, *others: np.ndarray) -> Found:
        more, parts = others[: len(seen) - 2], others[len(seen) - 2 :]
        db = sigma if decibel else decibels(sigma)
        plain = change.saturation(change.References(*parts), db, theta)
        return of_block(plain, db, theta, *more)

    found = xr.apply_ufunc(
        of_arrays,
        *xr.broadcast(*seen, *(known[name] for name in names)),
        output_core_dims=[[]] * 3,
        dask="parallelized",
        output_dtypes=[float, float, np.int8],
    )
    return [one.transpose(*seen[0].dims) for one in found]


def single_channel(
    tb: xr.DataArray,
    clay: xr.DataArray,
    temperature: xr.DataArray,
    tau: xr.DataArray,
    omega: xr.DataArray,
    h: xr.DataArray,
) -> xr.DataArray:
    """Moisture (m3 m-3) from TB at V polarisation and 40 degrees; see retrieval.tau_omega."""
    found = xr.apply_ufunc(
        tau_omega.single_channel,
        *xr.broadcast(tb, clay, temperature, tau, omega, h),
        dask="parallelized",
        output_dtypes=[float],
    )
    found.attrs = {"units": "m3 m-3", "long_name": "surface soil moisture"}
    return found
