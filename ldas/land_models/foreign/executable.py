"""An executable and the files it is driven by: written, called, read, in a folder of its own."""

import atexit
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from ldas.core.clock import Window, iso
from ldas.core.errors import UserError
from ldas.core.netcdf_input import find_inputs
from ldas.core.state import State
from ldas.gridded.units import conversion
from ldas.io.netcdf import telling_of_space
from ldas.land_models.base import Ground

from .settings import FilesSettings

FILLED = ".in"  # ending of files in which words are filled in
LAST_LINES = 5  # of what a failed command said
STRANGERS = ("OMPI_", "PMIX_", "PMI_", "PRTE_")  # of our own mpirun: not for the command


class Executable:
    """The command of the namelist in a working folder that is made when it is first called."""

    def __init__(self, settings: FilesSettings, ground: Ground) -> None:
        self.settings, self.ground = settings, ground
        self.folder: Path | None = None
        self.failed = False

    def _clean(self) -> None:
        """At the process' end: a folder that is good for nothing any more goes."""
        if self.folder is not None and not self.failed:
            shutil.rmtree(self.folder, ignore_errors=True)

    def problems(self) -> list[str]:
        """What can be seen to be wrong before a call."""
        found = []
        words = shlex.split(self.settings.command)
        if not words:
            return ["&model command: empty"]
        if self.program(words[0]) is None:
            found.append(
                f"&model command: no executable '{words[0]}' (as a path of the namelist's)"
            )
        try:
            self.files()
        except UserError as error:
            found += error.problems
        names = [self.settings.surface_file, self.settings.forcing_file, self.settings.restart_in]
        names += [self.settings.restart_out, self.settings.output_file]
        if len(set(names)) < len(names):
            found.append(f"&model: two of the files have one name ({', '.join(names)})")
        return found

    def program(self, word: str) -> str | None:
        """Where the program of the command is: a path of the namelist's, or on the PATH."""
        own = self.ground.file(word)
        if os.sep in word or own.is_file():
            return str(own) if own.is_file() and os.access(own, os.X_OK) else None
        return shutil.which(word)

    def files(self) -> list[Path]:
        """What the command needs beside."""
        patterns = [self.ground.file(name) for name in self.settings.files]
        return find_inputs(patterns, "&model files") if patterns else []

    def call(self, columns: np.ndarray, start: np.datetime64, steps: int) -> "Call":
        """A call over some of the rank's columns; the folder is ready, old results are gone."""
        if self.folder is None:
            parent = self.settings.work_dir
            where = None if parent is None else self.ground.file(parent)
            if where is not None:
                where.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix="ldas_model_", dir=where))
            atexit.register(self._clean)
        end = start + np.timedelta64(steps * self.settings.time_step, "s")
        words = {
            "{start}": iso(start),
            "{end}": iso(end),
            "{steps}": str(steps),
            "{time_step}": str(self.settings.time_step),
            "{columns}": str(columns.size),
        }
        for name in (self.settings.restart_out, self.settings.output_file):
            (self.folder / name).unlink(missing_ok=True)
        for path in self.files():
            if path.suffix == FILLED:
                text = filled(path.read_text(errors="surrogateescape"), words)
                target = self.folder / path.stem
                target.write_text(text, errors="surrogateescape")
            elif not (self.folder / path.name).exists():
                shutil.copy(path, self.folder / path.name)
        found = Call(self, self.folder, columns, Window(start, end), words)
        found.write_surface(self.ground)
        return found


@dataclass(frozen=True)
class Field:
    """A variable of a file that is written."""

    name: str
    dims: tuple[str, ...]
    values: np.ndarray
    units: str


@dataclass(frozen=True)
class Call:
    """One call of the command: its files are those of some columns and a window."""

    executable: Executable
    folder: Path
    columns: np.ndarray
    window: Window
    words: Mapping[str, str]

    def write_surface(self, ground: Ground) -> None:
        """Who the columns are: place, patch (from 1), its fraction of the cell, height, soil."""
        surface, mosaic = ground.surface, ground.mosaic
        cell = mosaic.cell[self.columns]
        values = {
            "lat": (surface.grid.cell_lat[cell], "degrees_north"),
            "lon": (surface.grid.cell_lon[cell], "degrees_east"),
            "patch": (mosaic.patch[self.columns] + 1.0, "1"),
            "fraction": (mosaic.fraction[self.columns], "1"),
            "clay": (surface.clay[cell], "1"),
            "sand": (surface.sand[cell], "1"),
        }
        if surface.altitude is not None:
            values["altitude"] = (surface.altitude[cell], "m")
        fields = [Field(name, ("column",), *value) for name, value in values.items()]
        self._write(self.executable.settings.surface_file, fields)

    def write_inputs(self, weather: Mapping[str, tuple[np.ndarray, str]]) -> None:
        """Inputs (step, column) and their units."""
        settings = self.executable.settings
        times = settings.time_step * np.arange(int(self.words["{steps}"]), dtype=float)
        since = f"seconds since {str(self.window.start).replace('T', ' ')}"
        fields = [Field(name, ("time", "column"), *value) for name, value in weather.items()]
        self._write(settings.forcing_file, [Field("time", ("time",), times, since), *fields])

    def write_state(self, state: State) -> None:
        """The state to begin with."""
        fields = [
            Field(
                variable.name,
                ("column", f"{variable.name}_layer")[: state[variable.name].ndim],
                state[variable.name],
                variable.units,
            )
            for variable in state.table
        ]
        self._write(self.executable.settings.restart_in, fields)

    def _write(self, name: str, fields: Sequence[Field]) -> None:
        path = self.folder / name
        with telling_of_space(path), netCDF4.Dataset(path, "w") as out:
            out.start, out.end = iso(self.window.start), iso(self.window.end)
            out.time_step = self.executable.settings.time_step
            for field in fields:
                for dimension, length in zip(field.dims, field.values.shape, strict=True):
                    if dimension not in out.dimensions:
                        out.createDimension(dimension, length)
                made = out.createVariable(field.name, "f8", field.dims)
                made.units = field.units
                made[...] = field.values

    def run(self) -> None:
        """Run the command; raises UserError with its last words if it fails or takes too long."""
        settings = self.executable.settings
        words = [filled(word, self.words) for word in shlex.split(settings.command)]
        words[0] = self.executable.program(words[0]) or words[0]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(STRANGERS)}
        said = self.folder / "said.txt"
        with said.open("wb") as out:
            try:
                process = subprocess.Popen(
                    words,
                    cwd=self.folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise self.wrong(f"cannot be started ({error.strerror})") from None
            try:
                status = process.wait(settings.time_limit)
            except subprocess.TimeoutExpired:
                raise self.wrong(f"has not ended after {settings.time_limit:g} s", said) from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if status != 0:
            how = f"ended with status {status}"
            if status < 0:
                how = f"was ended by {signal.Signals(-status).name}"
            raise self.wrong(how, said)

    def read_state(self, layers: Mapping[str, int]) -> dict[str, np.ndarray]:
        """The state that the command left, by name: (column,) or (column, layer)."""
        found = {}
        with self._open(self.executable.settings.restart_out) as file:
            for name, number in layers.items():
                shape = (self.columns.size,) if number == 1 else (self.columns.size, number)
                values = self._values(file, name)
                if values.shape != shape and values.size == np.prod(shape):
                    values = values.reshape(shape)
                if values.shape != shape:
                    raise self.wrong(
                        f"left '{name}' with shape {values.shape} in {file.filepath()}; allowed: "
                        f"{shape}"
                    )
                found[name] = values
        return found

    def read_flux(self, name: str, told: str | None, wanted: str) -> np.ndarray:
        """The mean of a flux (column,), in unit `wanted`; `told` is its unit by the namelist."""
        with self._open(self.executable.settings.output_file) as file:
            values = self._values(file, name)
            units = told or getattr(file[name], "units", None)
        if values.ndim == 2 and values.shape[1] == self.columns.size:
            values = values.mean(axis=0)
        if values.shape != (self.columns.size,):
            raise self.wrong(
                f"left '{name}' with shape {values.shape}; allowed: ({self.columns.size},), or "
                "(step, column)"
            )
        if units is None:
            raise self.wrong(f"gives '{name}' without unit; say &model units = '{name}: UNIT'")
        if units == wanted:
            return values
        try:
            into = conversion(units, wanted)
        except ValueError as error:
            raise self.wrong(f"gives '{name}' in another unit: {error}") from None
        return values * into.scale + into.offset

    def largest(self, name: str) -> float:
        """The largest of the values of a variable of the output file; NaN if there is one."""
        with self._open(self.executable.settings.output_file) as file:
            return float(np.max(self._values(file, name)))

    def _open(self, name: str) -> netCDF4.Dataset:
        path = self.folder / name
        if not path.is_file():
            raise self.wrong(f"wrote no '{name}'", self.folder / "said.txt")
        try:
            return netCDF4.Dataset(path)
        except OSError as error:
            raise self.wrong(f"left a '{name}' that cannot be read ({error})") from None

    def _values(self, file: Any, name: str) -> np.ndarray:
        if name not in file.variables:
            has = ", ".join(file.variables)
            raise self.wrong(f"left no '{name}' in '{Path(file.filepath()).name}' (it has {has})")
        return np.ma.filled(np.ma.asarray(file[name][...], float), np.nan)

    def wrong(self, what: str, said: Path | None = None) -> UserError:
        """The error of this call, with the last lines of what the command said."""
        self.executable.failed = True
        command = self.executable.settings.command
        lines = [f"'{command}' {what}; window {self.window}; its files are in {self.folder}"]
        if said is not None and said.is_file():
            text = said.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
            lines += [f"   {line}" for line in text] or ["   (it said nothing)"]
        return UserError(["\n".join(lines)])


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with the words of a call filled in."""
    for word, value in words.items():
        text = text.replace(word, value)
    return text
