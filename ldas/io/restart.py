"""Restarts: the whole prognostic state, and enough to refuse one of another run.

Nobody holds the whole state: it is written rank by rank and looked through block by block, and
each rank reads its own columns.
"""

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
from ldas.parallel.communicator import Communicator

from .netcdf import TEMPORARY, atomic_dataset

FOLDER = "restart"
FORMAT = 1
BLOCK = 2**18  # columns looked through at a time


@dataclass(frozen=True)
class Restart:
    """What a restart says beside its arrays: instant, where the columns are, and notes.

    `notes` is what the run wants to remember (JSON); `settings` the fingerprint of what
    must not change between the parts of a run. One that was read knows where its arrays
    stand (`path`) and which may be taken (`names`).
    """

    time: np.datetime64
    lat: np.ndarray
    lon: np.ndarray
    patch: np.ndarray
    settings: Mapping[str, str]
    notes: Mapping[str, Any]
    path: Path = Path()
    names: tuple[str, ...] = ()


def restart_path(folder: Path, time: np.datetime64) -> Path:
    """Where the restart of an experiment's folder and time stands."""
    return folder / FOLDER / f"restart_{compact(time)}.nc"


def write_restart(
    comm: Communicator,
    path: Path,
    restart: Restart,
    table: Sequence[Variable],
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Write a restart, whole or not at all, with this rank's `arrays` (column, ...); collective."""
    if comm.rank != 0:
        for variable in table:
            for _ in comm.rows_in_turn(arrays[variable.name]):
                pass
        return
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
            position = 0
            for values in comm.rows_in_turn(arrays[variable.name]):
                if position == 0:
                    for dim, size in zip(variable.dims[1:], values.shape[1:], strict=True):
                        if dim not in out.dimensions:
                            out.createDimension(dim, size)
                    stored = out.createVariable(variable.name, "f8", variable.dims)
                    stored.setncatts(variable.attributes())
                stored[position : position + values.shape[0]] = values
                position += values.shape[0]


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
            columns = {dataset[name].shape[0] for name in names}
            if len(columns) > 1:
                raise ValueError(f"variables differ in their number of columns: {columns}")
            for first in range(0, max(columns, default=0), BLOCK):
                part = slice(first, first + BLOCK)
                arrays = {name: np.asarray(dataset[name][part]) for name in names}
                wrong = State(table, arrays).outside_bounds(first)
                if wrong:
                    raise UserError([f"{path}: {line}" for line in wrong])
            return Restart(
                np.datetime64(dataset.time).astype("datetime64[s]"),
                *(np.asarray(dataset[name][:]) for name in ("lat", "lon", "patch")),
                json.loads(dataset.settings),
                json.loads(dataset.notes),
                path,
                tuple(names),
            )
    except (OSError, RuntimeError, AttributeError, ValueError, TypeError, LookupError) as error:
        raise UserError(f"{path}: restart cannot be read ({error})") from None


def read_columns(path: Path, names: Sequence[str], columns: slice) -> dict[str, np.ndarray]:
    """Some columns of a restart's arrays; raises UserError if they cannot be read."""
    try:
        with netCDF4.Dataset(path) as dataset:
            dataset.set_auto_mask(False)
            return {name: np.asarray(dataset[name][columns]) for name in names}
    except (OSError, RuntimeError, LookupError) as error:
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
