"""One strip of cells of a retrieval: its land, its NDVI, its weather, image by image."""

import numpy as np

from ldas.core.errors import UserError
from ldas.core.meteorology import FORCING
from ldas.imagery.image_stack import Image
from retrieval.ndvi import filled, nearest_date, standard_dates
from retrieval.prior import NONE, prior_knowledge
from retrieval.s2mp import (
    CODE,
    Cells,
    Groups,
    averaged_retrievals,
    commonest_reason,
    groups,
    land_codes,
    means,
    retrieval_of_averages,
)

from .s2mp_inputs import Work, step_of

CLEAR_SHARE = 0.5  # 1, of a land-cover pixel's NDVI pixels that must be clear


class Scene:
    """The images of one strip of cells."""

    def __init__(self, work: Work, strip: slice, cell_rows: slice) -> None:
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
        stack = next(iter(self.work.optical.values()))
        rows = np.flatnonzero(_inside(stack.lat, self.lat, self.work.steps[0]))
        number = self.pixel_lat.size * self.pixel_lon.size
        targets = standard_dates(self.work.sigma.times.min(), self.work.sigma.times.max())
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

    def retrieve(self, image: Image) -> Cells:
        """The cells of one radar image."""
        assert image.time is not None
        s = self.work.settings
        sigma, theta, there = self.work.radar(image, self.strip)
        ndvi = self.ndvi[nearest_date(self.dates, image.time)]
        prior, frozen = self._weather(image.time)
        land = self._land_codes(image.time)
        number = self.pixel_lat.size * self.pixel_lon.size
        index = self.radar.index()
        if s.form == "s1s2":
            (mean, angle), _ = means(index, number, there, (sigma, theta))
            land = np.where((land == 0) & frozen[np.maximum(self.cell, 0)], CODE["frozen"], land)
            return averaged_retrievals(
                self.work.networks, mean, angle, ndvi, land, self.cell, prior, s.least_share,
                s.ndvi_max,
            )  # fmt: skip
        allowed = (land == 0)[np.maximum(index, 0)] & (index >= 0)
        of_cell = np.where(index >= 0, self.cell[np.maximum(index, 0)], -1)
        (mean, angle), count = means(of_cell, self.cells, allowed & there, (sigma, theta))
        (green,), _ = means(self.cell, self.cells, (land == 0) & np.isfinite(ndvi), (ndvi,))
        possible = np.bincount(of_cell[allowed], minlength=self.cells)
        code = np.where(possible == 0, commonest_reason(self.cell, land, self.cells), 0)
        code = np.where((code == 0) & frozen, CODE["frozen"], code)
        few = (count > 0) & (count < s.least_share * possible)
        code = np.where((code == 0) & few, CODE["few_pixels"], code)
        return retrieval_of_averages(
            self.work.networks, mean, angle, green, count, code, prior, s.ndvi_max
        )

    def _weather(self, time: np.datetime64) -> tuple[np.ndarray, np.ndarray]:
        """Prior knowledge and whether it is frozen, (cell,)."""
        s, weather = self.work.settings, self.work.weather
        nothing = np.full(self.cells, NONE), np.zeros(self.cells, bool)
        if weather is None:
            return nothing
        days = max(s.dry_days, s.wet_days)
        interval = np.timedelta64(weather.atmosphere.interval, "s")
        first = weather.atmosphere.series["tair"].time[0]
        last = first + (time - first) // interval * interval
        start = last - np.timedelta64(days, "D")
        if start < first or last > weather.atmosphere.series["tair"].time[-1]:
            self.work.without_weather.add(time)
            return nothing
        found = self.work.weather_until(last, days)
        part = slice(self.first_cell, self.first_cell + self.cells)
        values = found.values[part]
        per_day = int(np.timedelta64(1, "D") / interval)
        wet = values[..., FORCING.index("rainf")] + values[..., FORCING.index("snowf")]
        rain = wet[:, 1:].reshape(self.cells, days, per_day).sum(axis=2).T * found.interval
        air = values[:, 1:, FORCING.index("tair")].reshape(self.cells, days, per_day).mean(axis=2).T
        prior = prior_knowledge(rain, air, s.dry_days, s.dry_rain, s.wet_days, s.wet_rain)
        return prior, air[-1] < s.frozen_below

    def _land_codes(self, time: np.datetime64) -> np.ndarray:
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
