"""What a user of the results wants each morning: the latest state, and how unusual it is."""

from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.evaluation.climatology import day_of_year, percentile_of, root_zone
from ldas.figures.maps import draw_maps
from ldas.figures.tools import pyplot
from ldas.io.climate_file import NAMES, read_climate
from ldas.io.netcdf import atomic_dataset

from .books import Row
from .publishing import day_path
from .settings import Operations

NAME = "latest.nc"
LABELS = {
    "anomaly": "{} less the mean of the season",
    "standardised": "{} less the mean, over the standard deviation of the season",
    "percentile": "percentile of {} in the season",
}


def write_latest(operations: Operations, row: Row) -> list[Path]:
    """Write `latest.nc` of the last window and, with a climate, a map of each anomaly.

    Returns what was written.
    """
    source = day_path(operations.folder, "state", row.end)
    if not source.is_file():
        return []
    target = operations.folder / NAME
    with netCDF4.Dataset(source) as state:
        state.set_auto_mask(False)
        found = _unusual(operations, state, row) if operations.cycle.climate else {}
        with atomic_dataset(target) as out:
            _copy_last(state, out)
            for (name, kind), values in found.items():
                variable = out.createVariable(
                    f"{name}_{kind}", "f4", ("lat", "lon"), fill_value=np.nan, compression="zlib"
                )
                units = {"anomaly": NAMES[name][0], "percentile": "%"}.get(kind, "1")
                variable.units = units
                variable.long_name = LABELS[kind].format(NAMES[name][1])
                variable[:] = values
    return [target, *_pictures(operations, found, row)]


def _copy_last(state: netCDF4.Dataset, out: netCDF4.Dataset) -> None:
    """The last record of a day's file, without the axis of time but with the time."""
    out.setncatts({name: state.getncattr(name) for name in state.ncattrs()})
    for name, dim in state.dimensions.items():
        if name not in ("time", "bounds") or name == "bounds":
            out.createDimension(name, dim.size)
    for name, variable in state.variables.items():
        dims = variable.dimensions
        if name == "time_bounds":
            continue
        if "time" in dims:
            values, dims = variable[-1], dims[1:]
        else:
            values = variable[...]
        fill = np.array(np.nan, variable.dtype) if variable.dtype.kind == "f" and dims else None
        copied = out.createVariable(name, variable.dtype, dims, fill_value=fill)
        attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
        copied.setncatts({k: v for k, v in attributes.items() if k not in ("_FillValue", "bounds")})
        copied[...] = values


def _unusual(
    operations: Operations, state: netCDF4.Dataset, row: Row
) -> dict[tuple[str, str], np.ndarray]:
    """Anomaly, standardised anomaly and percentile (lat, lon) of root zone and leaf area."""
    lat, lon = np.asarray(state["lat"][:]), np.asarray(state["lon"][:])
    day = int(day_of_year(np.array([row.end]))[0])
    path = operations.base.file(operations.cycle.climate or "")
    climate = read_climate(path, lat, lon, day)
    found = {}
    for name, fields in climate.fields.items():
        values = _today(state, name, climate.depth)
        if values is None:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            found[name, "anomaly"] = values - fields["mean"]
            found[name, "standardised"] = np.where(
                fields["sd"] > 0.0, found[name, "anomaly"] / fields["sd"], np.nan
            )
        levels = fields["percentiles"].reshape(climate.levels.size, -1)
        flat = percentile_of(values.ravel(), levels, climate.levels)
        found[name, "percentile"] = flat.reshape(values.shape)
    return found


def _today(state: netCDF4.Dataset, name: str, depth: float) -> np.ndarray | None:
    """A variable (lat, lon) at the end of the day, None where it is not written."""
    if name == "lai":
        return np.asarray(state["lai"][-1], float) if "lai" in state.variables else None
    if "wg" not in state.variables:
        return None
    wg = np.asarray(state["wg"][-1], float)
    return root_zone(np.moveaxis(wg, 0, -1), np.asarray(state["depth_bounds"][:]), depth)


def _pictures(
    operations: Operations, found: dict[tuple[str, str], np.ndarray], row: Row
) -> list[Path]:
    """A PNG of each anomaly and percentile, where matplotlib is installed and there is a map."""
    import xarray as xr

    with netCDF4.Dataset(operations.folder / NAME) as file:
        axes = {"lat": np.asarray(file["lat"][:]), "lon": np.asarray(file["lon"][:])}
    written = []
    if min(axes["lat"].size, axes["lon"].size) < 2:
        return []
    try:
        pyplot()
    except UserError:  # without matplotlib the numbers are there
        return []
    for (name, kind), values in found.items():
        if kind == "standardised" or not np.isfinite(values).any():
            continue
        path = operations.folder / f"latest_{name}_{kind}.png"
        text = NAMES[name][1]
        label = "%" if kind == "percentile" else NAMES[name][0]
        draw_maps(
            {text: xr.DataArray(values, axes, ("lat", "lon"))},
            label,
            f"{kind} of {row.window_end[:16]}",
            path,
            change=kind == "anomaly",
            limits=(0.0, 100.0) if kind == "percentile" else None,
        )
        written.append(path)
    return written
