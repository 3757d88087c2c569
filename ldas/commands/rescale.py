"""`ldas rescale`: the climates of observations and of an open loop, season by season."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from ldas.core.clock import Window, month_index
from ldas.core.errors import UserError
from ldas.cycling.build import read_domain
from ldas.cycling.configuration import Configuration, load
from ldas.cycling.observing import ObservationSet, identity, open_sets
from ldas.evaluation.opening import has_variable, read_variable
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from ldas.io.rescaling_file import write_rescaling
from ldas.io.surface import Surface
from ldas.land_models.isba.control import ICE_MIN, SNOW_MIN
from observation_ops import quality
from observation_ops.rescaling import QUANTILES, climate_of
from observation_ops.smooth_climate import smoothed


def rescale_all(path: Path) -> Iterator[str]:
    """Write the statistics of every set that is to be rescaled; a line about each.

    Raises UserError if there is none, or no open loop to pair it with.
    """
    conf = load(path)
    wanted = [entry for entry in conf.observation if entry.rescaling != "none"]
    if not wanted:
        raise UserError(f"{path.name}: &observation rescaling: no set is to be rescaled")
    if conf.rescaling.open_loop is None:
        raise UserError(f"{path.name}: &rescaling open_loop: missing; folder of an open loop")
    folder = conf.file(conf.rescaling.open_loop)
    surface = read_domain(conf)
    for found in open_sets(conf, surface, rescaled=False):
        if found.settings.rescaling != "none":
            yield _rescale_one(conf, found, surface, folder)


def target_of(conf: Configuration, found: ObservationSet, folder: Path) -> Path:
    """Where the statistics go; raises UserError for a file that the command reads."""
    target = conf.file(found.settings.rescaling_file or "")
    inputs = [conf.path, *(stamp.path for stamp in found.product.stamps), *folder.glob("*.nc")]
    inputs += [conf.file(name) for name in conf.forcing.files]
    if conf.domain.surface_file is not None:
        inputs.append(conf.file(conf.domain.surface_file))
    refuse_to_overwrite(target, dict.fromkeys(inputs), "&observation rescaling_file")
    writable_folder(target.parent, "&observation rescaling_file")
    return target


def refusals(conf: Configuration, sets: Sequence[ObservationSet]) -> list[str]:
    """What `ldas rescale` would refuse of a namelist's open sets.

    Nothing is said of an open loop that the same namelist is about to run.
    """
    assert conf.rescaling.open_loop is not None
    folder, surface = conf.file(conf.rescaling.open_loop), read_domain(conf)
    lines: list[str] = []
    for found in sets:
        if found.settings.rescaling == "none":
            continue
        try:
            target_of(conf, found, folder)
            if folder.is_dir() or folder != conf.folder:
                pairs(conf, found, surface, folder)
        except UserError as error:
            lines += error.problems
    return lines


def _rescale_one(conf: Configuration, found: ObservationSet, surface: Surface, folder: Path) -> str:
    target = target_of(conf, found, folder)
    observed, modelled, time = pairs(conf, found, surface, folder)
    climate = climate_of(observed, modelled, month_index(time))
    if conf.rescaling.climate == "smooth":
        climate = smoothed(climate, observed, modelled, time)
    write_rescaling(
        target,
        surface.grid,
        climate.__dict__,
        QUANTILES,
        {"observation": found.product.units, "model": "m3 m-3"},
        {
            **identity(conf, found),
            "period": str(conf.period),
            "open_loop": str(folder),
            "climate": conf.rescaling.climate,
        },
    )
    number = int((np.isfinite(observed) & np.isfinite(modelled)).sum())
    least, most = climate.count.min(), climate.count.max()
    short = float((climate.count < found.settings.min_pairs).mean())
    return (
        f"wrote {target}: {number} pairs in {surface.grid.cells} cells, {least} to {most} in a "
        f"season; {100.0 * short:.0f} % of months and cells have fewer than "
        f"{found.settings.min_pairs}"
    )


def pairs(
    conf: Configuration, found: ObservationSet, surface: Surface, folder: Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Observed and modelled values (stamp, cell), NaN where one is missing, and the time (stamp,).

    A frozen or snow-covered model is no pair.
    """
    period = Window(conf.period.start, conf.period.end)
    stamps = found.product.between(period.start, period.end)
    if not stamps:
        raise UserError(f"&observation '{found.name}': no observation in the period {period}")
    kind = found.kind
    model = _at_cells(read_variable(folder, "state", kind.variable), surface)
    if kind.layer is not None:
        model = model.sel(layer=kind.layer)
    frozen = _frozen(folder, surface)
    times = model.time.values.astype("datetime64[s]")
    limit = np.timedelta64(int(60 * conf.rescaling.minutes), "s")
    observed = np.full((len(stamps), surface.grid.cells), np.nan)
    modelled = np.full_like(observed, np.nan)
    time = np.array([s.time for s in stamps], dtype="datetime64[s]")
    values = model.values
    for k, stamp in enumerate(stamps):
        near = int(np.abs(times - stamp.time).argmin())
        if abs(times[near] - stamp.time) > limit:
            continue
        raw, flag = found.field(stamp)
        good = (flag == quality.USED) & ~frozen[near]
        observed[k] = np.where(good, raw, np.nan)
        modelled[k] = np.where(good, values[near], np.nan)
    if not np.isfinite(modelled).any():
        raise UserError(
            f"&rescaling open_loop: {folder} has no output within {conf.rescaling.minutes:g} min "
            f"of any observation of '{found.name}' that is good and unfrozen"
        )
    return observed, modelled, time


def _at_cells(values: xr.DataArray, surface: Surface) -> xr.DataArray:
    """Values at the cells of the domain; raises UserError for another grid."""
    grid = surface.grid
    same = values.lat.size == grid.lat.size and values.lon.size == grid.lon.size
    if not same or not (np.allclose(values.lat, grid.lat) and np.allclose(values.lon, grid.lon)):
        raise UserError("&rescaling open_loop: its results are on another grid than &domain")
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
