"""What is judged: gridded products, at places and as maps, fine and averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from forcing.interpolation import wrapped
from ldas.gridded.geometry import KM_PER_DEGREE
from ldas.gridded.units import plain_number
from observation_ops import quality
from observation_ops.at_cells import at_cells
from observation_ops.gridding import ToCells, cells_of, covering, spacing
from observation_ops.products import Product

from .sources import EVERYTHING, Request, Weights, weights_at

EVERYWHERE = Weights(np.empty(0, int), np.empty(0, int), np.ones(0))
Values = TypeVar("Values", pd.Series, np.ndarray)
HALF = 0.5  # 1, of a square's pixels that must be good for its mean


@dataclass
class ProductSource:
    """A gridded product: soil moisture of the surface, or leaf area.

    `span` are the driest and wettest moisture to which an index of 'region' scaling is brought;
    `coarse` (km) asks for a version of it averaged over so much.
    """

    name: str
    product: Product
    layer: int
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    scaling: str = "none"
    coarse: float | None = None
    span: tuple[float, float] | None = None

    @property
    def variable(self) -> str:
        """The model's variable that it is compared with."""
        return self.product.kind.variable

    @property
    def index(self) -> bool:
        """Whether its values are not in the model's unit."""
        return self.product.factor is None

    @property
    def unitless(self) -> bool:
        """Whether only its correlations say something."""
        return self.bare and self.scaling != "in_situ"

    @property
    def bare(self) -> bool:
        """Whether its maps are those of an index, in no unit."""
        return self.index and self.span is None

    @property
    def region(self) -> bool:
        """Whether its index is brought to the range of all stations together."""
        return self.index and self.scaling == "region"

    def as_share(self, values: Values) -> Values:
        """An index from 0 to 1."""
        return values * (plain_number(self.product.units) or 1.0)

    def in_units(self, values: Values) -> Values:
        """Values as stored in the model's unit, if that is known."""
        if self.index and self.span is not None:
            low, high = self.span
            return self.as_share(values) * (high - low) + low
        return values * (self.product.factor or 1.0)

    def stamps(self) -> list:
        """The fields in the period."""
        low = np.datetime64("0001-01-01") if self.start is None else self.start
        high = np.datetime64("9999-01-01") if self.end is None else self.end
        return [stamp for stamp in self.product.stamps if low <= stamp.time <= high]

    def offers(self, variable: str, layers: tuple[int, ...], depth: float) -> bool:
        """Whether a probe of this variable and depth tells of what the product shows."""
        if variable != self.variable:
            return False
        return variable != "wg" or depth <= 0.1 + 1e-9

    def at_places(self, requests: Sequence[Request], bilinear: bool) -> list[pd.Series | str]:
        """A series for each request, or why there is none; values in the model's unit if known."""
        if not self.product.regular:
            return self._at_scattered(requests)
        lat, lon = self.product.lat, self.product.lon
        good = np.ones((lat.size, lon.size), bool)
        places = [weights_at(lat, lon, good, request, bilinear) for request in requests]
        stamps = self.stamps()
        values = np.full((len(stamps), len(requests)), np.nan)
        inside = [p for p in places if not isinstance(p, str)]
        if inside:
            rows = slice(min(p.rows.min() for p in inside), max(p.rows.max() for p in inside) + 1)
            cols = slice(min(p.cols.min() for p in inside), max(p.cols.max() for p in inside) + 1)
            for t, stamp in enumerate(stamps):
                field_values, _ = self.product.read(stamp, rows, cols)
                for k, place in enumerate(places):
                    if not isinstance(place, str):
                        part = field_values[place.rows - rows.start, place.cols - cols.start]
                        values[t, k] = part @ place.share
        return self._series(stamps, values, places)

    def around(self, requests: Sequence[Request], km: float) -> list[pd.Series | str]:
        """Series of means over squares of `km` about each place, or why there is none.

        A field counts where more than half of the square's pixels are good.
        """
        if not self.product.regular:
            return ["has no grid of its own to be averaged"] * len(requests)
        lat, lon = self.product.lat, wrapped(self.product.lon)
        half = 0.5 * km / KM_PER_DEGREE
        squares = []
        for place in requests:
            east = half / np.cos(np.radians(place.lat))
            rows = np.flatnonzero(np.abs(lat - place.lat) <= half)
            cols = np.flatnonzero(np.abs(wrapped(lon - place.lon)) <= east)
            squares.append((rows, cols) if rows.size and cols.size else "lies outside the grid")
        stamps = self.stamps()
        values = np.full((len(stamps), len(requests)), np.nan)
        for t, stamp in enumerate(stamps):
            for k, square in enumerate(squares):
                if isinstance(square, str):
                    continue
                part = [slice(int(v.min()), int(v.max()) + 1) for v in square]
                read, flag = self.product.read(stamp, *part)
                good = (flag == quality.USED) & np.isfinite(read)
                if good.mean() > HALF:
                    values[t, k] = read[good].mean()
        return self._series(
            stamps, values, [s if isinstance(s, str) else EVERYWHERE for s in squares]
        )

    def _series(
        self, stamps: list, values: np.ndarray, places: Sequence[Weights | str]
    ) -> list[pd.Series | str]:
        """A series for each place of values (stamp, place), or why there is none."""
        time = pd.DatetimeIndex([stamp.time for stamp in stamps])
        values = self.in_units(values)
        out: list[pd.Series | str] = []
        for k, place in enumerate(places):
            if isinstance(place, str):
                out.append(place)
                continue
            series = pd.Series(values[:, k], time, name=self.name).dropna()
            out.append(series[~series.index.duplicated()] if series.size else "has no good value")
        return out

    def _at_scattered(self, requests: Sequence[Request]) -> list[pd.Series | str]:
        """Series of a product of orbits or listed places: the nearest place of each field."""
        lat, lon = (np.array([getattr(r, n) for r in requests]) for n in ("lat", "lon"))
        stamps = self.stamps()
        values = self._gridded(stamps, lat, lon, (np.inf, np.inf))
        return self._series(stamps, values, [EVERYWHERE] * len(requests))

    def _gridded(
        self, stamps: list, lat: np.ndarray, lon: np.ndarray, steps: tuple[float, float]
    ) -> np.ndarray:
        """Values (stamp, cell) at cells of any geometry, NaN where not good."""
        cells: dict[int, ToCells] = {}
        out = np.full((len(stamps), lat.size), np.nan)
        for k, stamp in enumerate(stamps):
            if stamp.place not in cells:
                geometry = self.product.geometries[stamp.place]
                cells[stamp.place] = cells_of(geometry, lat, lon, steps, 0.0)
            out[k], _ = at_cells(self.product, stamp, cells[stamp.place])
        return out

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Latitudes and longitudes of a regular product."""
        return self.product.lat, self.product.lon

    def over(self, lat: np.ndarray, lon: np.ndarray) -> xr.DataArray | None:
        """All fields of the period over a domain, NaN where not good; None if none covers it.

        A regular product keeps its own grid; others are brought to the cells of the domain.
        """
        if self.product.regular:
            rows = covering(self.product.lat, lat, spacing(lat))
            cols = covering(wrapped(self.product.lon), wrapped(lon), spacing(lon))
            if rows.start == rows.stop or cols.start == cols.stop:
                return None
            return self.field(self.variable, rows, cols)
        stamps = self.stamps()
        at = [v.ravel() for v in np.meshgrid(lat, lon, indexing="ij")]
        values = self._gridded(stamps, *at, (spacing(lat), spacing(lon)))
        if not np.isfinite(values).any():
            return None
        return xr.DataArray(
            self.in_units(values).reshape(len(stamps), lat.size, lon.size),
            dims=("time", "lat", "lon"),
            coords={
                "time": np.array([stamp.time for stamp in stamps], "datetime64[ns]"),
                "lat": lat,
                "lon": wrapped(lon),
            },
            name=self.name,
        ).sortby(["lat", "lon"])

    def field(
        self, variable: str, rows: slice = EVERYTHING, cols: slice = EVERYTHING
    ) -> xr.DataArray:
        """All fields of the period, (time, lat, lon) of a part, NaN where not good."""
        stamps = self.stamps()
        values = np.stack(
            [
                np.where(flag == quality.USED, value, np.nan)
                for value, flag in (self.product.read(stamp, rows, cols) for stamp in stamps)
            ]
        )
        time = np.array([stamp.time for stamp in stamps], "datetime64[ns]")
        return xr.DataArray(
            self.in_units(values),
            dims=("time", "lat", "lon"),
            coords={
                "time": time,
                "lat": self.product.lat[rows],
                "lon": wrapped(self.product.lon[cols]),
            },
            name=self.name,
        ).sortby(["lat", "lon"])
