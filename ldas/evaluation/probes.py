"""Measurements in the ground: what, where, how deep, and the series itself."""

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ldas.config.evaluation_groups import Station
from ldas.core.errors import UserError
from ldas.io.output_table import OUTPUT_BY_NAME

from .station import in_model_units, read_station

DEPTHS = (0.0, 0.1, 0.25, 0.5, 1.0)  # m, bounds of what is summed up together
RANGES = {  # of measurements, in the variable's unit: wide, as others are of other units
    "wg": (0.0, 1.0),
    "wgi": (0.0, 1.0),
    "tg": (200.0, 350.0),
    "ts": (200.0, 360.0),
    "lai": (0.0, 15.0),
    "snow_depth": (0.0, 20.0),
    **dict.fromkeys(("rn", "h", "le", "g"), (-1000.0, 1600.0)),
    **dict.fromkeys(("evap", "transpiration", "rainf", "snowf", "runoff"), (-0.01, 0.1)),
    **dict.fromkeys(("gpp", "reco"), (-1e-5, 1e-4)),
}


@dataclass(frozen=True)
class Probe:
    """One sensor: `depth` (m) NaN where it has none, `series` in the unit by UTC time."""

    network: str
    station: str
    lat: float
    lon: float
    land_cover: str
    variable: str
    depth: float
    series: pd.Series = field(repr=False)

    @property
    def key(self) -> str:
        """A short name, unique among the probes of an evaluation."""
        at = f" {100.0 * self.depth:g} cm" if np.isfinite(self.depth) else ""
        return f"{self.network}/{self.station} {self.variable}{at}"

    @property
    def quantity(self) -> str:
        """What may be summed up together: the variable, and roughly how deep."""
        if not np.isfinite(self.depth):
            return self.variable
        for low, high in itertools.pairwise(DEPTHS):
            if self.depth <= high:
                return f"{self.variable} {100 * low:g}-{100 * high:g} cm"
        return f"{self.variable} below {100 * DEPTHS[-1]:g} cm"

    @property
    def units(self) -> str:
        """Unit of the series."""
        return OUTPUT_BY_NAME[self.variable].units

    @property
    def title(self) -> str:
        """What is measured, in words."""
        at = f" at {100.0 * self.depth:g} cm" if np.isfinite(self.depth) else ""
        return f"{OUTPUT_BY_NAME[self.variable].long_name}{at}"

    def between(self, start: np.datetime64 | None, end: np.datetime64 | None) -> "Probe":
        """The part of the series in [start, end]."""
        return replace(self, series=self.series.loc[start:end])


def cleaned(series: pd.Series, variable: str, place: str) -> pd.Series:
    """Sorted by time, gaps dropped, of several values at one time the first.

    Raises UserError if nothing is left or the values cannot be of this variable.
    """
    good = series.dropna().sort_index()
    good = good[~good.index.duplicated()]
    if good.empty:
        raise UserError(f"{place}: no value that can be used")
    if variable in RANGES:
        lower, upper = RANGES[variable]
        outside = (good < lower) | (good > upper)
        if outside.mean() > 0.01:
            raise UserError(
                f"{place}: {outside.sum()} of {good.size} values lie outside {lower:g} to "
                f"{upper:g} {OUTPUT_BY_NAME[variable].units}, from {good.min():g} to "
                f"{good.max():g}: wrong units? (&station units)"
            )
        good = good[~outside]
    return good


def csv_probes(path: Path, station: Station) -> tuple[list[Probe], list[str]]:
    """Every column of a station's table as a probe, and what is wrong with those that are not.

    `station` is its `&station` group, place included. Raises UserError if the table cannot be
    read.
    """
    assert station.latitude is not None and station.longitude is not None
    place = (station.latitude, station.longitude)
    table = read_station(path, station.time, list(dict.fromkeys(station.columns)))
    probes, problems = [], []
    entries = zip(station.columns, in_model_units(table, station), strict=True)
    for column, (variable, depth, values) in entries:
        try:
            series = cleaned(values, variable, f"{path} column '{column}'")
        except UserError as error:
            problems += error.problems
            continue
        at = depth if depth > 0.0 else np.nan
        cover = station.land_cover
        probes.append(Probe(station.network, station.name, *place, cover, variable, at, series))
    return probes, problems
