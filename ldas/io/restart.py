"""Restarts: the whole prognostic state, and enough to refuse one of another run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from ldas.core.clock import compact
from ldas.core.errors import UserError
from ldas.core.state import State
from ldas.core.variable import Variable

from .netcdf import TEMPORARY, atomic_dataset

FOLDER = "restart"
FORMAT = 1


@dataclass(frozen=True)
class Restart:
    """A state at an instant: arrays (column, ...) by name, where the columns are, and notes.

    `notes` is what the run wants to remember (JSON); `settings` the fingerprint of what
    must not change between the parts of a run.
    """

    time: np.datetime64
    arrays: dict[str, np.ndarray]
    lat: np.ndarray
    lon: np.ndarray
    patch: np.ndarray
    settings: Mapping[str, str]
    notes: Mapping[str, Any]


def restart_path(folder: Path, time: np.datetime64) -> Path:
    """Where the restart of an experiment's folder and time stands."""
    return folder / FOLDER / f"restart_{compact(time)}.nc"


def write_restart(path: Path, restart: Restart, table: Sequence[Variable]) -> None:
    """Write a restart, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_dataset(path) as out:
        out.setncatts(
            {
                "title": "ldas restart",
                "format": FORMAT,
                "time": str(restart.time),
                "settings": json.dumps(dict(restart.settings), sort_keys=True),
                "notes": json.dumps(dict(restart.notes), sort_keys=True),
            }
        )
        out.createDimension("column", restart.lat.size)
        for name, values in (("lat", restart.lat), ("lon", restart.lon), ("patch", restart.patch)):
            out.createVariable(name, values.dtype, ("column",))[:] = values
        for variable in table:
            values = restart.arrays[variable.name]
            for dim, size in zip(variable.dims[1:], values.shape[1:], strict=True):
                if dim not in out.dimensions:
                    out.createDimension(dim, size)
            stored = out.createVariable(variable.name, "f8", variable.dims)
            stored.setncatts(variable.attributes())
            stored[:] = values


def read_restart(path: Path, table: Sequence[Variable]) -> Restart:
    """Read a restart; raises UserError if it is damaged or lacks a variable of the table."""
    try:
        with netCDF4.Dataset(path) as dataset:
            dataset.set_auto_mask(False)
            if getattr(dataset, "title", "") != "ldas restart":
                raise UserError(f"{path}: not a restart file")
            form = getattr(dataset, "format", None)
            if form != FORMAT:
                raise UserError(f"{path}: restart of format {form}, this version reads {FORMAT}")
            names = [variable.name for variable in table]
            missing = [name for name in names if name not in dataset.variables]
            if missing:
                raise UserError(f"{path}: restart without {', '.join(missing)}: another model's?")
            arrays = {name: np.asarray(dataset[name][:]) for name in names}
            wrong = State(table, arrays).outside_bounds()
            if wrong:
                raise UserError([f"{path}: {line}" for line in wrong])
            return Restart(
                np.datetime64(dataset.time).astype("datetime64[s]"),
                arrays,
                *(np.asarray(dataset[name][:]) for name in ("lat", "lon", "patch")),
                json.loads(dataset.settings),
                json.loads(dataset.notes),
            )
    except (OSError, RuntimeError, AttributeError, ValueError, TypeError, LookupError) as error:
        raise UserError(f"{path}: restart cannot be read ({error})") from None


def read_notes(path: Path) -> dict[str, Any]:
    """The notes of a restart alone; raises UserError if it is damaged."""
    try:
        with netCDF4.Dataset(path) as dataset:
            return json.loads(dataset.notes)
    except (OSError, RuntimeError, AttributeError, ValueError) as error:
        raise UserError(f"{path}: restart cannot be read ({error})") from None


def latest_restart(folder: Path) -> Path | None:
    """The newest complete restart of an experiment's folder."""
    return max((folder / FOLDER).glob("restart_*.nc"), default=None)


def prune_restarts(folder: Path, keep: int) -> None:
    """Keep only the latest `keep` restarts (0: all) and no temporary files."""
    found = sorted((folder / FOLDER).glob("restart_*.nc"))
    for path in found[:-keep] if keep else []:
        path.unlink()


def sweep_temporaries(folder: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for path in folder.rglob(f"*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def check_columns(
    restart: Restart, path: Path, lat: np.ndarray, lon: np.ndarray, patch: np.ndarray
) -> None:
    """Raise UserError unless the restart has just these columns."""
    if restart.lat.size != lat.size:
        raise UserError(
            f"{path}: restart has {restart.lat.size} columns, the domain has {lat.size}"
        )
    same = (restart.patch == patch) & np.isclose(restart.lat, lat) & np.isclose(restart.lon, lon)
    if not same.all():
        k = int(np.argmin(same))
        raise UserError(
            f"{path}: restart of another domain: column {k} is patch {restart.patch[k] + 1} at lat "
            f"{restart.lat[k]:g}, lon {restart.lon[k]:g}, here patch {patch[k] + 1} at lat "
            f"{lat[k]:g}, lon {lon[k]:g}"
        )
