"""Observations paired with an open loop: what `ldas rescale` and `ldas calibrate` begin with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ldas.core.clock import Window
from ldas.core.errors import UserError
from ldas.cycling.configuration import Configuration
from ldas.cycling.observation_set import ObservationSet
from ldas.evaluation.opening import has_variable, read_variable
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from ldas.io.surface import Surface
from ldas.land_models.isba.control import ICE_MIN, SNOW_MIN
from observation_ops import quality
from observation_ops.products import Stamp


@dataclass(frozen=True)
class Paired:
    """`observed` in the product's unit and `modelled` by output: (stamp, cell), NaN where either
    is missing; `stamps` and their `time` (stamp,)."""

    observed: np.ndarray
    modelled: dict[str, np.ndarray]
    stamps: list[Stamp]
    time: np.ndarray


def target_of(conf: Configuration, found: ObservationSet, folder: Path, entry: str) -> Path:
    """Where the statistics go; raises UserError for a file that the command reads."""
    target = conf.file(getattr(found.settings, entry) or "")
    inputs = [conf.path, *(stamp.path for stamp in found.product.stamps), *folder.glob("*.nc")]
    inputs += [conf.file(name) for name in conf.forcing.files]
    if conf.domain.surface_file is not None:
        inputs.append(conf.file(conf.domain.surface_file))
    refuse_to_overwrite(target, dict.fromkeys(inputs), f"&observation {entry}")
    writable_folder(target.parent, f"&observation {entry}")
    return target


def refused(
    conf: Configuration,
    sets: Sequence[ObservationSet],
    folder: Path,
    entry: str,
    paired: Callable[[ObservationSet], object],
) -> list[str]:
    """What would be refused of sets that are to be `paired` with the open loop in `folder`.

    Nothing is said of an open loop that the same namelist is about to run.
    """
    lines: list[str] = []
    for found in sets:
        try:
            target_of(conf, found, folder, entry)
            if folder.is_dir() or folder != conf.folder:
                paired(found)
        except UserError as error:
            lines += error.problems
    return lines


def pairs(
    found: ObservationSet, surface: Surface, folder: Path, period: Window, minutes: float
) -> Paired:
    """Pairs of a set with the open loop in `folder`, at most `minutes` apart.

    A frozen or snow-covered model is no pair.
    """
    stamps = found.product.between(period.start, period.end)
    if not stamps:
        raise UserError(f"&observation '{found.name}': no observation in the period {period}")
    kind = found.kind
    series = {name: _at_cells(read_variable(folder, "state", name), surface) for name in kind.needs}
    if kind.layer is not None:
        series[kind.variable] = series[kind.variable].sel(layer=kind.layer)
    frozen = _frozen(folder, surface)
    times = series[kind.variable].time.values.astype("datetime64[s]")
    limit = np.timedelta64(int(60 * minutes), "s")
    observed = np.full((len(stamps), surface.grid.cells), np.nan)
    modelled = {name: np.full_like(observed, np.nan) for name in series}
    values = {name: one.values for name, one in series.items()}
    for k, stamp in enumerate(stamps):
        near = int(np.abs(times - stamp.time).argmin())
        if abs(times[near] - stamp.time) > limit:
            continue
        raw, flag = found.field(stamp)
        good = (flag == quality.USED) & ~frozen[near]
        observed[k] = np.where(good, raw, np.nan)
        for name, one in values.items():
            modelled[name][k] = np.where(good, one[near], np.nan)
    if not np.isfinite(modelled[kind.variable]).any():
        raise UserError(
            f"open_loop: {folder} has no output within {minutes:g} min of any observation of "
            f"'{found.name}' that is good and unfrozen"
        )
    time = np.array([stamp.time for stamp in stamps], dtype="datetime64[s]")
    return Paired(observed, modelled, stamps, time)


def _at_cells(values: xr.DataArray, surface: Surface) -> xr.DataArray:
    """Values at the cells of the domain; raises UserError for another grid."""
    grid = surface.grid
    same = values.lat.size == grid.lat.size and values.lon.size == grid.lon.size
    if not same or not (np.allclose(values.lat, grid.lat) and np.allclose(values.lon, grid.lon)):
        raise UserError("open_loop: its results are on another grid than &domain")
    rows, cols = xr.DataArray(grid.row, dims="cell"), xr.DataArray(grid.col, dims="cell")
    return values.isel(lat=rows, lon=cols)


def _frozen(folder: Path, surface: Surface) -> np.ndarray:
    """Whether the model was frozen at 1-4 cm or under snow: (time, cell)."""
    found = None
    for name, limit in (("wgi", ICE_MIN), ("swe", SNOW_MIN)):
        if has_variable(folder, "state", name):
            values = _at_cells(read_variable(folder, "state", name), surface)
            if name == "wgi":
                values = values.sel(layer=2)
            here = values.values > limit
            found = here if found is None else found | here
    if found is None:
        raise UserError(f"{folder}: neither wgi nor swe among the outputs; one is needed")
    return found
