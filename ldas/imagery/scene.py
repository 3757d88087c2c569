"""One strip of cells under radar images: its land, its NDVI, its weather, image by image."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING
from ldas.imagery.image_stack import Image
from retrieval.ndvi import filled, nearest_date, standard_dates
from retrieval.s2mp import CODE, Groups, commonest_reason, groups, land_codes, means

from .radar_inputs import RadarWork, step_of

STRIP = 8_000_000  # pixels of the radar image held at a time
CLEAR_SHARE = 0.5  # 1, of a land-cover pixel's NDVI pixels that must be clear


@dataclass(frozen=True)
class Averages:
    """Means over the pixels of each cell (cell,).

    `sigma` linear, `theta` in degrees; `pixels` made them; `code` says why a cell is not looked
    at, 0 where it is.
    """

    sigma: np.ndarray
    theta: np.ndarray
    ndvi: np.ndarray
    pixels: np.ndarray
    code: np.ndarray


class Scene:
    """The images of one strip of cells."""

    def __init__(self, work: RadarWork, strip: slice, cell_rows: slice) -> None:
        self.work, self.strip = work, strip
        self.lat, self.lon = work.lat[cell_rows], work.lon
        self.cells = self.lat.size * self.lon.size
        self.first_cell = cell_rows.start * self.lon.size
        self._land()
        self.dates, self.ndvi = self._ndvi()

    def _land(self) -> None:
        """The pixels that are inverted: those of the land cover, or the cells themselves."""
        work = self.work
        if "land_cover" not in work.land:
            self.pixel_lat, self.pixel_lon = self.lat, self.lon
            self.pixel_steps = work.steps
            self.cover, self.slope = None, None
        else:
            stack = work.land["land_cover"]
            inside = [
                np.flatnonzero(_inside(axis, cells, step))
                for axis, cells, step in zip(
                    (stack.lat, stack.lon), (self.lat, self.lon), work.steps, strict=True
                )
            ]
            self.pixel_steps = tuple(
                step_of(axis, step)
                for axis, step in zip((stack.lat, stack.lon), work.steps, strict=True)
            )
            if not (inside[0].size and inside[1].size):
                raise UserError(f"{stack.images[0].path}: does not cover the cells")
            rows, cols = (slice(int(k[0]), int(k[-1]) + 1) for k in inside)
            self.pixel_lat, self.pixel_lon = stack.lat[rows], stack.lon[cols]
            self.cover = stack.read(stack.images[0], rows, cols)
            self.slope = None
            if "slope" in work.land:
                slope = work.land["slope"]
                self.slope = slope.read(slope.images[0], rows, cols)
                if self.slope.shape != self.cover.shape:
                    raise UserError(f"{slope.images[0].path}: another grid than the land cover")
        order = _ascending(self.pixel_lat), _ascending(self.pixel_lon)
        self.pixel_lat, self.pixel_lon = self.pixel_lat[order[0]], self.pixel_lon[order[1]]
        if self.cover is not None:
            self.cover = self.cover[np.ix_(*order)]
        if self.slope is not None:
            self.slope = self.slope[np.ix_(*order)]
        to_cells = groups(self.pixel_lat, self.pixel_lon, self.lat, self.lon, work.steps)
        self.cell = to_cells.index().ravel()
        self.radar = self._groups(self.work.sigma.lat[self.strip], self.work.sigma.lon)

    def _groups(self, lat: np.ndarray, lon: np.ndarray) -> Groups:
        return groups(lat, lon, self.pixel_lat, self.pixel_lon, self.pixel_steps)

    def _ndvi(self) -> tuple[np.ndarray, np.ndarray]:
        """NDVI of the pixels, (date, pixel), gaps filled, on the 1st and 15th of the months."""
        stack = next(iter(self.work.optical.values()), None)
        number = self.pixel_lat.size * self.pixel_lon.size
        targets = standard_dates(self.work.sigma.times.min(), self.work.sigma.times.max())
        if stack is None:
            return targets[:1], np.full((1, number), np.nan)
        rows = np.flatnonzero(_inside(stack.lat, self.lat, self.work.steps[0]))
        if rows.size == 0:
            return targets, np.full((targets.size, number), np.nan)
        part = slice(int(rows[0]), int(rows[-1]) + 1)
        index = self._groups(stack.lat[part], stack.lon).index()
        finer = step_of(stack.lat, np.inf) < 0.7 * self.pixel_steps[0]
        seen = []
        for k in range(len(stack.images)):
            values = self.work.clear_ndvi(k, part)
            if finer:
                (mean,), count = means(index, number, np.isfinite(values), (values,))
                whole = np.bincount(index[index >= 0], minlength=number)
                seen.append(np.where(count >= CLEAR_SHARE * whole, mean, np.nan))
            else:
                r = np.abs(stack.lat[part][:, None] - self.pixel_lat[None]).argmin(axis=0)
                c = np.abs(stack.lon[:, None] - self.pixel_lon[None]).argmin(axis=0)
                seen.append(values[np.ix_(r, c)].ravel())
        return targets, filled(np.stack(seen), stack.times, targets, self.work.settings.ndvi_gap)

    def averages(self, image: Image) -> Averages:
        """Means over the allowed pixels of each cell, of one radar image."""
        assert image.time is not None
        sigma, theta, there = self.work.radar(image, self.strip)
        ndvi = self.ndvi[nearest_date(self.dates, image.time)]
        land, frozen = self.land_codes(image.time), self.frozen(image.time)
        index = self.radar.index()
        allowed = (land == 0)[np.maximum(index, 0)] & (index >= 0)
        of_cell = np.where(index >= 0, self.cell[np.maximum(index, 0)], -1)
        allowed &= of_cell >= 0
        seen = (sigma, theta, *self.work.crossed(image, self.strip))
        (mean, angle, *vh), count = means(of_cell, self.cells, allowed & there, seen)
        (green,), _ = means(self.cell, self.cells, (land == 0) & np.isfinite(ndvi), (ndvi,))
        possible = np.bincount(of_cell[allowed], minlength=self.cells)
        code = np.where(possible == 0, commonest_reason(self.cell, land, self.cells), 0)
        code = np.where((code == 0) & frozen, CODE["frozen"], code)
        few = (count > 0) & (count < self.work.settings.least_share * possible)
        code = np.where((code == 0) & few, CODE["few_pixels"], code)
        code = np.where((code == 0) & self.work.hidden(mean, *vh), CODE["plants_hide_soil"], code)
        return Averages(mean, angle, green, count, code)

    def frozen(self, time: np.datetime64) -> np.ndarray:
        """Where the last day before a time was below frost (cell,); nowhere without weather."""
        before = self.weather(time)
        if before is None:
            return np.zeros(self.cells, bool)
        return before[1][-1] < self.work.settings.frozen_below

    def weather(self, time: np.datetime64) -> tuple[np.ndarray, np.ndarray] | None:
        """Rain (kg m-2) and mean temperature (K) of the days before a time, (day, cell).

        As many days as the work looks back; None without the weather of all of them.
        """
        weather, days = self.work.weather, self.work.look_back
        if weather is None:
            return None
        interval = np.timedelta64(weather.atmosphere.interval, "s")
        first = weather.atmosphere.series["tair"].time[0]
        last = first + (time - first) // interval * interval
        start = last - np.timedelta64(days, "D")
        if start < first or last > weather.atmosphere.series["tair"].time[-1]:
            self.work.without_weather.add(time)
            return None
        found = self.work.weather_until(last)
        part = slice(self.first_cell, self.first_cell + self.cells)
        values = found.values[part]
        per_day = int(np.timedelta64(1, "D") / interval)
        wet = values[..., FORCING.index("rainf")] + values[..., FORCING.index("snowf")]
        rain = wet[:, 1:].reshape(self.cells, days, per_day).sum(axis=2).T * found.interval
        air = values[:, 1:, FORCING.index("tair")].reshape(self.cells, days, per_day).mean(axis=2).T
        return rain, air

    def land_codes(self, time: np.datetime64) -> np.ndarray:
        """Why each pixel is not looked at, 0 where it is (pixel,)."""
        s = self.work.settings
        if self.cover is None:
            return np.zeros(self.pixel_lat.size * self.pixel_lon.size, np.int64)
        day = int((time.astype("datetime64[D]") - time.astype("datetime64[Y]")).astype(int)) + 1
        growing = len(s.stem_days) == 2 and s.stem_days[0] <= day <= s.stem_days[1]
        stem = s.stem_classes if growing else []
        wanted = [*s.classes, *s.stem_classes]
        return land_codes(self.cover, wanted, self.slope, s.slope_max, stem).ravel()


def _inside(axis: np.ndarray, cells: np.ndarray, step: float) -> np.ndarray:
    """Which points of an axis lie in the bounds of the cells, `step` wide."""
    return (axis >= cells.min() - 0.5 * step - 1e-9) & (axis <= cells.max() + 0.5 * step + 1e-9)


def _ascending(axis: np.ndarray) -> np.ndarray:
    return np.argsort(axis, kind="stable")


def strips(work: RadarWork, most_cells: float = np.inf) -> Iterator[tuple[slice, slice]]:
    """Rows of the radar image and the rows of cells they make up, few enough for memory."""
    rows = groups(work.sigma.lat, work.sigma.lon, work.lat, work.lon, work.steps).rows
    at_once = max(1, int(STRIP // max(1, work.sigma.lon.size)))
    begin = 0
    while begin < work.lat.size:
        end = begin + 1
        inside = np.flatnonzero((rows >= begin) & (rows < end))
        while end < work.lat.size:
            more = np.flatnonzero((rows >= begin) & (rows < end + 1))
            if more.size > at_once or (end + 1 - begin) * work.lon.size > most_cells:
                break
            inside, end = more, end + 1
        if inside.size:
            yield slice(int(inside[0]), int(inside[-1]) + 1), slice(begin, end)
        begin = end
