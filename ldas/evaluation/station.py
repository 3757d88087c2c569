"""Measurements of one station in a CSV table, beside what an experiment has there."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from ldas.config.evaluation_groups import Station
from ldas.core.errors import UserError
from ldas.gridded.units import conversion
from ldas.io.output_table import OUTPUT_BY_NAME, stream_of

from .metrics import Scores, scores
from .opening import layer_at, nearest_cell, read_variable


@dataclass(frozen=True)
class Pair:
    """A variable measured and modelled at the same times; `depth` (m) if it has one."""

    name: str
    depth: float | None
    units: str
    table: pd.DataFrame  # columns 'measured' and 'modelled', indexed by time

    @property
    def title(self) -> str:
        """What it is, in words."""
        variable = OUTPUT_BY_NAME[self.name]
        at = f" at {100.0 * self.depth:g} cm" if self.depth is not None else ""
        return f"{variable.long_name}{at}"

    def scores(self) -> Scores:
        """Scores of what was modelled against what was measured."""
        both = self.table.dropna()
        return scores(both["modelled"].to_numpy(), both["measured"].to_numpy())


def in_model_units(table: pd.DataFrame, station: Station) -> Iterator[tuple[str, float, pd.Series]]:
    """Variable, depth (m) and series, in the variable's unit, of each column of a station."""
    units = station.units or [OUTPUT_BY_NAME[name].units for name in station.variables]
    for column, name, depth, unit in zip(
        station.columns, station.variables, station.depths, units, strict=True
    ):
        ours = conversion(unit, OUTPUT_BY_NAME[name].units)
        yield name, depth, ours.scale * table[column] + ours.offset


def read_station(path: Path, time_column: str, columns: list[str]) -> pd.DataFrame:
    """Columns of a CSV table (compressed or not) by UTC time.

    Raises UserError if the file, a column or its times cannot be read.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: cannot be read as a CSV table ({error})") from None
    missing = [name for name in (time_column, *columns) if name not in table]
    if missing:
        raise UserError(f"{path}: no column {', '.join(missing)}; it has {', '.join(table)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that it looks at every time by itself
            time = pd.to_datetime(table[time_column], utc=True).dt.tz_localize(None)
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: times of '{time_column}' cannot be read ({error})") from None
    for name in columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise UserError(f"{path}: column '{name}' is not a number throughout")
    return table[columns].set_index(pd.DatetimeIndex(time))


def modelled(folder: Path, name: str, depth: float | None, lat: float, lon: float) -> xr.DataArray:
    """What an experiment has of a variable at a place; soil variables at a depth (m)."""
    values = nearest_cell(read_variable(folder, stream_of(name), name), lat, lon)
    if "layer" in values.dims:
        if depth is None:
            raise UserError(f"'{name}' has layers: give the depth of the measurement")
        values = layer_at(values, depth)
    return values


def pair_with(measured: pd.Series, values: xr.DataArray, name: str, depth: float | None) -> Pair:
    """Daily means of both, where more than half of a day was measured."""
    ours = values.to_series()
    interval = measured.index.to_series().diff().median()
    expected = pd.Timedelta(days=1) / interval
    days = measured.resample("1D")
    table = pd.DataFrame(
        {
            "measured": days.mean().where(days.count() > 0.5 * expected),
            "modelled": ours.resample("1D").mean(),
        }
    )
    table = table.loc[ours.index[0].normalize() : ours.index[-1]]
    return Pair(name, depth, OUTPUT_BY_NAME[name].units, table)
