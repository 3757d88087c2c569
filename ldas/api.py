"""ldas in a notebook: run, open and evaluate what a namelist asks for.

There is no second way to configure anything: settings are a namelist, in a file or in memory.
Wrong input raises `ldas.core.errors.UserError` with the lines that the command line prints.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import f90nml
import pandas as pd
import xarray as xr

from ldas.commands.evaluate import judged
from ldas.commands.run import execute
from ldas.config.namelist import parse, read
from ldas.core.errors import UserError
from ldas.cycling.configuration import load
from ldas.evaluation.setup import load_setup
from ldas.gridded.stored import close_kept
from ldas.io.netcdf import write_atomically
from ldas.parallel.communicator import Serial
from ldas.parallel.linear_algebra import one_thread
from ldas.reporting import Reporter


@dataclass(frozen=True)
class Settings:
    """A namelist in memory; `path` is where its relative paths start from."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: str | Path) -> "Settings":
        """The namelist in a file; raises UserError if it is none."""
        settings = cls(Path(path).absolute(), read(Path(path)))
        parse(settings.text, settings.path.name)
        return settings

    def changed(self, **groups: dict[str, Any]) -> "Settings":
        """The same with other entries: `settings.changed(experiment={"name": "wet"})`.

        An entry that is None goes back to its default. Of a group that stands more than once
        the first is changed. What is wrong is told when the settings are used.
        """
        namelist = f90nml.reads(self.text)
        for group, entries in groups.items():
            there = namelist.setdefault(group, f90nml.Namelist())
            first = there[0] if isinstance(there, list) else there
            for name, value in entries.items():
                if value is None:
                    first.pop(name, None)
                else:
                    first[name] = value
        return Settings(self.path, f"{namelist}\n")

    def write(self, path: str | Path) -> Path:
        """Write it to a file in the same folder, whose relative paths mean the same."""
        target = Path(path).absolute()
        if target.parent != self.path.parent:
            raise UserError(f"{target}: not in {self.path.parent}, where its relative paths start")
        write_atomically(target, self.text)
        return target


@dataclass(frozen=True)
class Results:
    """What a run has left in its folder, as xarray datasets over all its months."""

    folder: Path

    @cached_property
    def states(self) -> xr.Dataset:
        """Instantaneous outputs."""
        return self._stream("state")

    @cached_property
    def fluxes(self) -> xr.Dataset:
        """Means over the output intervals."""
        return self._stream("flux")

    @cached_property
    def analysis(self) -> xr.Dataset:
        """Observations, innovations and increments, one time a window."""
        return self._stream("analysis")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Period, residuals, observations used and rejected."""
        path = self.folder / "summary.json"
        if not path.is_file():
            raise UserError(f"{path}: missing; the run has not ended")
        return json.loads(path.read_text())

    def _stream(self, name: str) -> xr.Dataset:
        paths = sorted(self.folder.glob(f"{name}_*.nc"))
        if not paths:
            raise UserError(f"{self.folder}: no {name}_*.nc; has the run written any?")
        months = [xr.open_dataset(path, engine="netcdf4", chunks=_chunks()) for path in paths]
        return xr.concat(
            months,
            dim="time",
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="exact",
            combine_attrs="override",
        )


@dataclass(frozen=True)
class Judgement:
    """What an evaluation found: its report, and its tables by name."""

    report: Path

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the report."""
        paths = sorted((self.report.parent / "tables").glob("*.csv"))
        return {path.stem: pd.read_csv(path) for path in paths}


def run(namelist: str | Path | Settings, quiet: bool = True) -> Results:
    """Run (or go on with) the experiment of a namelist in this process; returns its results."""
    settings = _settings(namelist)
    conf = load(settings.path, settings.text)
    with one_thread():
        execute(conf, Serial(), Reporter(0, quiet))
    close_kept()
    return Results(conf.folder)


def open(folder: str | Path) -> Results:
    """The results in a run's folder; raises UserError if there is no such folder."""
    if not Path(folder).is_dir():
        raise UserError(f"{folder}: no such folder")
    return Results(Path(folder).absolute())


def evaluate(namelist: str | Path | Settings) -> Judgement:
    """Judge the sources of a namelist of `ldas evaluate`; returns tables and report."""
    settings = _settings(namelist)
    setup = load_setup(settings.path, settings.text)
    return Judgement(judged(setup, lambda line: None, lambda line: None))


def _settings(namelist: str | Path | Settings) -> Settings:
    return namelist if isinstance(namelist, Settings) else Settings.read(namelist)


def _chunks() -> dict[str, int] | None:
    """Lazy datasets where dask is installed; without it months are read when joined."""
    try:
        import dask  # noqa: F401
    except ImportError:
        return None
    return {}
