"""`ldas climate`: the climate of an experiment's results, by cell and day of the year."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import netCDF4
import numpy as np

from ldas import __version__
from ldas.core.clock import iso
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.cycling.configuration import Configuration, load
from ldas.evaluation.climatology import climate, day_of_year, root_zone
from ldas.io.climate_file import ClimateFile, write_climate
from ldas.io.month_times import times_of_month
from ldas.io.netcdf import refuse_to_overwrite

BLOCK = 2**27  # bytes of values that are taken at a time
FEW_YEARS = 5


def write_climate_of(namelist: Path, info: Callable[[str], None]) -> Path:
    """Write the climate of a namelist's experiment; returns the file.

    Raises UserError where there are no results, or none of what a climate is made of.
    """
    conf = load(namelist)
    files = sorted(conf.folder.glob("state_??????.nc"))
    if not files:
        raise UserError(f"{conf.folder}: no results (state_YYYYMM.nc); `ldas run` writes them")
    levels = np.asarray(conf.climate.percentiles, float)
    if not (np.all(np.diff(levels) > 0) and levels[0] >= 0.0 and levels[-1] <= 100.0):
        raise UserError(
            f"{namelist.name}: &climate percentiles: found {conf.climate.percentiles}; allowed: "
            "ascending, 0 to 100"
        )
    target = conf.file(conf.climate.file)
    refuse_to_overwrite(target, [namelist, *files], "&climate file")
    lat, lon, days, names = _axes(files)
    years = np.unique(days.astype("datetime64[Y]")).size
    info(f"{len(files)} months, {days.size} days, {years} years; {', '.join(names)}")
    if years < FEW_YEARS:
        info(f"warning: a climate of {years} years; extremes are those of few days")
    fields = {name: _of(name, conf, files, lat, lon, days, levels) for name in names}
    attributes = {
        "source": f"ldas {__version__}, experiment '{conf.experiment.name}'",
        "time_coverage_start": iso(days[0].astype("datetime64[s]")),
        "time_coverage_end": iso(days[-1].astype("datetime64[s]")),
        "window_days": str(conf.climate.window),
    }
    made = ClimateFile(lat, lon, levels, conf.climate.depth, fields)
    write_climate(target, made, attributes)
    return target


@contextlib.contextmanager
def opened(path: Path) -> Iterator[netCDF4.Dataset]:
    """A month of results; raises UserError if it cannot be read."""
    with open_input(path, "month of results") as file:
        file.set_auto_mask(False)
        try:
            yield file
        except (OSError, RuntimeError, LookupError) as error:
            raise UserError(f"{path}: cannot be read, damaged or cut short ({error})") from None


def _axes(files: list[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Grid, the day of each record that is kept (the last of a day), and what there is."""
    days, names = [], []
    for path in files:
        with opened(path) as file:
            lat, lon = np.asarray(file["lat"][:]), np.asarray(file["lon"][:])
            days.append(np.unique(_days(file, path)))
            here = [n for n, v in (("rzsm", "wg"), ("lai", "lai")) if v in file.variables]
            names = here if not names else [name for name in names if name in here]
    if not names:
        raise UserError(f"{files[0]}: neither 'wg' nor 'lai' in it; &output variables")
    return lat, lon, np.unique(np.concatenate(days)), names


def _days(file: netCDF4.Dataset, path: Path) -> np.ndarray:
    """The day of each record."""
    return times_of_month(file, path).astype("datetime64[D]")


def _of(
    name: str,
    conf: Configuration,
    files: list[Path],
    lat: np.ndarray,
    lon: np.ndarray,
    days: np.ndarray,
    levels: np.ndarray,
) -> dict[str, np.ndarray]:
    """The climate of one variable, some rows of the grid at a time."""
    rows = max(1, BLOCK // (8 * days.size * lon.size))
    parts = []
    for first in range(0, lat.size, rows):
        part = slice(first, min(first + rows, lat.size))
        values = np.full((days.size, part.stop - first, lon.size), np.nan)
        for path in files:
            with opened(path) as file:
                mine = _days(file, path)
                last = np.flatnonzero(np.append(mine[1:] != mine[:-1], True))
                values[np.searchsorted(days, mine[last])] = _values(
                    file, name, last, part, conf.climate.depth
                )
        flat = values.reshape(days.size, -1)
        found = climate(flat, day_of_year(days), conf.climate.window, levels)
        shape = (part.stop - first, lon.size)
        parts.append({k: v.reshape(*v.shape[:-1], *shape) for k, v in found.items()})
    return {key: np.concatenate([part[key] for part in parts], axis=-2) for key in parts[0]}


def _values(
    file: netCDF4.Dataset, name: str, records: np.ndarray, rows: slice, depth: float
) -> np.ndarray:
    """Values (record, row, col) of some records."""
    if name == "lai":
        return np.asarray(file["lai"][:, rows], float)[records]
    wg = np.asarray(file["wg"][:, :, rows], float)[records]
    bounds = np.asarray(file["depth_bounds"][:])
    return root_zone(np.moveaxis(wg, 1, -1), bounds, depth)
