"""The forcing of a set of cells: files opened and checked once, then read window by window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ldas.core.clock import Window
from ldas.core.constants import GRAVITY, LAPSE_RATE, MOLAR_MASS_AIR, MOLAR_MASS_CO2, R_D, R_V
from ldas.core.errors import Problems, UserError
from ldas.core.meteorology import Meteorology
from ldas.core.registries import FORCING_SOURCES
from ldas.gridded.geometry import Places, same

from . import humidity
from .course import HOUR, between_stamps, held, hourly_shares, instants
from .elevation import correct_for_height
from .files import ForcingFile, inspect
from .grib import ANY_LEAD, Chain, inspect_grib, is_grib
from .interpolation import Bilinear
from .longwave import cloud_cover, longwave
from .plausibility import Extremes, implausible
from .precipitation_phase import snow_share
from .quantities import CARBON_DIOXIDE, FIXED, NEEDS, QUANTITIES
from .series import Series
from .source import Source

SCAN_STAMPS = 744  # stamps read at a time when looking for bad values


@dataclass(frozen=True)
class Reading:
    """How forcing is read: what files may lack, and which forecasts count.

    Heights (m) and `co2` (1e-6) count where no file has them; `longwave` names a formula for
    longwave that no file has.
    """

    z_temperature: float | None = None
    z_wind: float | None = None
    co2: float = 385.0
    longwave: str = "files"
    chain: Chain = ANY_LEAD


class Atmosphere:
    """Forcing files joined in time, on their own grid."""

    def __init__(
        self,
        files: Sequence[Path],
        source: str,
        z_temperature: float | None = None,
        z_wind: float | None = None,
        co2: float = 385.0,
        reading: Reading | None = None,
    ) -> None:
        """Inspect all files; raises UserError with everything found wrong in any of them."""
        how = reading or Reading(z_temperature, z_wind, co2)
        self.source: Source = FORCING_SOURCES.load(source)
        self.longwave = how.longwave
        problems = Problems()
        inspected: list[ForcingFile] = []
        for path in files:
            if is_grib(path):
                continue
            try:
                inspected.append(inspect(path, self.source))
            except UserError as error:
                problems.add(error)
        problems.raise_if_any()
        self.series: dict[str, Series] = {}
        fixed = _agreed(inspected, problems)
        for quantity in self.source.names:
            holders = [file for file in inspected if quantity in file.variables]
            if not holders:
                continue
            try:
                self.series[quantity] = Series(quantity, holders, self.source.accumulated)
            except UserError as error:
                problems.add(error)
        gribs = [path for path in files if is_grib(path)]
        if gribs:
            try:
                found, ground = inspect_grib(gribs, self.source, how.chain)
                self.series |= found
                fixed |= ground
            except UserError as error:
                problems.add(error)
        self._check_complete(files, problems)
        problems.raise_if_any()
        self._check_one_grid()
        self.geometry = next(iter(self.series.values())).files[0].geometry
        self.altitude: np.ndarray | None = fixed.get("altitude")
        if self.altitude is None and "geopotential" in fixed:
            self.altitude = fixed["geopotential"] / GRAVITY
        self.z_temperature = _height(
            fixed, "z_temperature", how.z_temperature, self.source.z_temperature, files
        )
        self.z_wind = _height(fixed, "z_wind", how.z_wind, self.source.z_wind, files)
        self.carbon_dioxide = self._carbon_dioxide(fixed, how.co2, files)
        self.stored_interval = next(iter(self.series.values())).interval
        self.parts = self._parts()
        self.interval = self.stored_interval // self.parts

    @property
    def lat(self) -> np.ndarray:
        """Latitudes as stored; none where the files say of no place."""
        return np.empty(0) if self.geometry is None else self.geometry.lat

    @property
    def lon(self) -> np.ndarray:
        """Longitudes as stored; none where the files say of no place."""
        return np.empty(0) if self.geometry is None else self.geometry.lon

    def is_mean(self, name: str) -> bool:
        """Whether a quantity's values are means of the interval that ends at each stamp."""
        return self.series[name].amount or name in self.source.means

    def _parts(self) -> int:
        """Into how many parts an interval is cut, so that means of radiation are kept."""
        radiation = ("swdown", "sw_direct", "sw_diffuse", "lwdown")
        if not any(name in radiation and self.is_mean(name) for name in self.names()):
            return 1
        return 2 * max(1, self.stored_interval // HOUR)

    def _check_complete(self, files: Sequence[Path], problems: Problems) -> None:
        names = self.source.names
        self.chosen: dict[str, tuple[str, ...]] = {}
        for need, choices in NEEDS.items():
            if need == "longwave" and self.longwave != "files":
                continue
            chosen = next((c for c in choices if all(name in self.series for name in c)), None)
            if chosen:
                self.chosen[need] = chosen
                continue
            known = [c for c in choices if all(name in names for name in c)]
            wanted = " or ".join(" with ".join(names[name][0] for name in c) for c in known)
            where = str(files[0]) + (f" and {len(files) - 1} more" if len(files) > 1 else "")
            if not any(line for line in problems.found if need in line):
                problems.add(f"{where}: no variable for {need}; needed: {wanted}")
        used = [self.series[name] for chosen in self.chosen.values() for name in chosen]
        for series in used[1:]:
            if series.interval != used[0].interval:
                problems.add(
                    f"{series.files[0].path}: variable '{series.name}' comes every "
                    f"{series.interval} s, '{used[0].name}' every {used[0].interval} s; allowed: "
                    "the same interval"
                )
            elif (series.time[0] - used[0].time[0]).astype(int) % series.interval:
                problems.add(
                    f"{series.files[0].path}: stamps of '{series.name}' and '{used[0].name}' do "
                    "not coincide"
                )

    def _carbon_dioxide(
        self, fixed: dict[str, np.ndarray], co2: float, files: Sequence[Path]
    ) -> tuple[str, float | None]:
        """Which quantity gives carbon dioxide, and its value if it is the same everywhere."""
        for name in CARBON_DIOXIDE:
            if name in self.series:
                self.chosen["carbon dioxide"] = (name,)
                return name, None
            if name in fixed:
                value, quantity = _single(fixed, name, files), QUANTITIES[name]
                if not quantity.lower <= value <= quantity.upper:
                    raise UserError(
                        f"{files[0]}: {quantity.meaning} is {value:g}, allowed {quantity.lower:g} "
                        f"to {quantity.upper:g}"
                    )
                return name, value
        return "co2_fraction", co2 * 1.0e-6

    def _check_one_grid(self) -> None:
        first: ForcingFile | None = None
        for series in self.series.values():
            for file in series.files:
                if first is None:
                    first = file
                elif (file.geometry is None) != (first.geometry is None) or (
                    file.geometry is not None
                    and first.geometry is not None
                    and not same(file.geometry, first.geometry)
                ):
                    raise UserError(f"{file.path}: another grid than that of {first.path}")

    def check_period(self, window: Window) -> None:
        """Raise UserError, all at once, for every variable that does not cover the window."""
        problems = Problems()
        for name in self.names():
            try:
                self.series[name].stamps(window.start, window.end)
            except UserError as error:
                problems.add(error)
        problems.raise_if_any()

    def names(self) -> list[str]:
        """The quantities that are read."""
        return [name for chosen in self.chosen.values() for name in chosen]

    def at_cells(
        self,
        lat: np.ndarray,
        lon: np.ndarray,
        altitude: np.ndarray | None,
        point_distance: float,
        height_correction: bool,
    ) -> "CellForcing":
        """The forcing of the given cells; `altitude` (m) is needed for the height correction."""
        place = (self.lat, self.lon, lat, lon, point_distance)
        if self.geometry is None:
            if lat.size != 1:
                path = next(iter(self.series.values())).files[0].path
                raise UserError(f"{path}: says of no place; allowed for a domain of one cell only")
            bilinear = Bilinear.to_cells(lat, lon, lat, lon, point_distance)
        else:
            listed = isinstance(self.geometry, Places)
            try:
                bilinear = (Bilinear.to_nearest if listed else Bilinear.to_cells)(*place)
            except UserError as error:
                path = next(iter(self.series.values())).files[0].path
                raise UserError([f"{path}: {line}" for line in error.problems]) from None
        rise = None
        if height_correction:
            rise = self._rise(bilinear, altitude)
        return CellForcing(self, bilinear, rise, lat, lon)

    def _rise(self, bilinear: Bilinear, altitude: np.ndarray | None) -> np.ndarray:
        """How much higher than the forcing's ground each cell lies (m)."""
        off = "or set &forcing height_correction = .false."
        if self.altitude is None:
            path = next(iter(self.series.values())).files[0].path
            raise UserError(f"{path}: no altitude (ZS) for the height correction; add it, {off}")
        if altitude is None:
            raise UserError(
                "&domain altitude: missing, in the surface file or here; the height correction "
                f"needs it ({off})"
            )
        shape = (1, 1) if self.geometry is None else self.geometry.shape
        ground = np.broadcast_to(self.altitude, shape)
        box = ground[np.ix_(bilinear.box.rows, bilinear.box.cols)]
        return altitude - bilinear(box[None])[:, 0]


def _agreed(files: Sequence[ForcingFile], problems: Problems) -> dict[str, np.ndarray]:
    """What files say of the ground, if they say the same and it can be."""
    found: dict[str, np.ndarray] = {}
    said: dict[str, ForcingFile] = {}
    for file in files:
        for name, values in file.fixed.items():
            quantity = QUANTITIES[name]
            bad = ~((values >= quantity.lower) & (values <= quantity.upper))
            if bad.any() and name in FIXED:
                value = np.ravel(values)[int(np.argmax(np.ravel(bad)))]
                problems.add(
                    f"{file.path}: {value:g} is no {quantity.meaning}, allowed {quantity.lower:g} "
                    f"to {quantity.upper:g}"
                )
            if name in found and not np.array_equal(found[name], values, equal_nan=True):
                problems.add(
                    f"{file.path}: another {quantity.meaning} than in {said[name].path}; allowed: "
                    "the same in all files"
                )
            found[name], said[name] = values, file
    return found


def _height(
    fixed: dict[str, np.ndarray],
    name: str,
    given: float | None,
    usual: float | None,
    files: Sequence[Path],
) -> float:
    if name in fixed:
        return _single(fixed, name, files)
    given = usual if given is None else given
    if given is None:
        variable = "ZREF" if name == "z_temperature" else "UREF"
        raise UserError(f"{files[0]}: no variable {variable}; give the height as &forcing {name}")
    return given


def _single(fixed: dict[str, np.ndarray], name: str, files: Sequence[Path]) -> float:
    values = np.unique(fixed[name])
    if values.size == 1:
        return float(values[0])
    raise UserError(f"{files[0]}: several values of {name}, allowed: one")


class CellForcing:
    """Forcing of some cells, read a window at a time."""

    def __init__(
        self,
        atmosphere: Atmosphere,
        bilinear: Bilinear,
        rise: np.ndarray | None,
        lat: np.ndarray,
        lon: np.ndarray,
    ) -> None:
        self.lat, self.lon = lat, lon
        self.atmosphere = atmosphere
        self.bilinear = bilinear
        self.rise = rise
        cells = bilinear.corner.shape[0]
        self.heights = np.tile([atmosphere.z_temperature, atmosphere.z_wind], (cells, 1))

    def scan(self, window: Window, tell: Callable[[float], None] = lambda share: None) -> list[str]:
        """Read everything once, telling the share done; lines about what is no weather.

        Raises UserError with the first bad value of every variable.
        """
        problems, strange = Problems(), []
        names = self.atmosphere.names()
        for k, name in enumerate(names):
            series = self.atmosphere.series[name]
            first, last = series.stamps(window.start, window.end)
            try:
                seen: Extremes | None = None
                for begin in range(first, last, SCAN_STAMPS):
                    part = series.read(begin, min(begin + SCAN_STAMPS, last), self.bilinear.box)
                    seen = Extremes.of(part) if seen is None else seen.and_of(part)
                if seen is not None:
                    strange += self._strange(name, seen, window)
            except UserError as error:
                problems.add(error)
            tell((k + 1) / len(names))
        problems.raise_if_any()
        return strange

    def _strange(self, name: str, seen: Extremes, window: Window) -> list[str]:
        """What a variable does over the period that no weather does, with file and place."""
        series, box = self.atmosphere.series[name], self.bilinear.box
        days = (window.end - window.start) / np.timedelta64(1, "D")
        if isinstance(self.atmosphere.geometry, Places):
            lat, lon = (v[box.rows][:, None] for v in (self.atmosphere.lat, self.atmosphere.lon))
        else:
            lat, lon = np.meshgrid(box.lat, box.lon, indexing="ij")
        return [
            f"{series.files[0].path}: variable '{series.name}' {text}, first at lat "
            f"{lat[at]:g}, lon {lon[at]:g}, from {window}"
            for text, at in implausible(name, seen, lat, days)
        ]

    def window(self, window: Window) -> Meteorology:
        """Forcing at the stamps that enclose the window."""
        fields = {name: self._at_cells(name, window) for name in self.atmosphere.names()}
        time = self._stamps(window)
        t, p = fields["tair"], self._pressure(fields)
        q = self._specific_humidity(fields, p)
        sw = fields["swdown"] if "swdown" in fields else fields["sw_direct"] + fields["sw_diffuse"]
        if "lwdown" in fields:
            lw = fields["lwdown"]
        else:
            cover = cloud_cover(sw, time, self.lat, self.lon)
            lw = longwave(self.atmosphere.longwave, t, q, p, cover)
        rain, snow = self._precipitation(fields, t)
        if self.rise is not None and self.rise.any():
            t, q, p, lw = correct_for_height(t, q, p, lw, self.rise[:, None])
        u = fields["wind"] if "wind" in fields else fields["wind_u"]
        v = np.zeros_like(u) if "wind" in fields else fields["wind_v"]
        co2 = self._co2_density(fields, t, q, p)
        values = np.stack([t, q, u, v, sw, lw, p, rain, snow, co2], axis=-1)
        return Meteorology(values, self.heights, time[0], self.atmosphere.interval)

    def _stamps(self, window: Window) -> np.ndarray:
        """Stamps of what `window` gives, those between the files' own included."""
        series = self.atmosphere.series["tair"]
        first, last = series.stamps(window.start, window.end)
        count = (last - first - 1) * self.atmosphere.parts + 1
        step = np.timedelta64(self.atmosphere.interval, "s")
        return series.time[first] + step * np.arange(count)

    def _at_cells(self, name: str, window: Window) -> np.ndarray:
        """A quantity (cell, stamp) at all stamps, its means kept."""
        series, parts = self.atmosphere.series[name], self.atmosphere.parts
        first, last = series.stamps(window.start, window.end)
        if parts == 1:
            return self.bilinear(series.read(first, last, self.bilinear.box))
        if series.quantity.dimension == "water flux":
            return held(self.bilinear(series.read(first, last, self.bilinear.box)), parts)
        if series.quantity.dimension != "radiation" or not self.atmosphere.is_mean(name):
            states = self.bilinear(series.read(first, last, self.bilinear.box))
            return between_stamps(states, parts)
        beyond = min(last + 1, series.time.size)
        means = self.bilinear(series.read(first, beyond, self.bilinear.box))
        after = means[:, -1]
        means = means[:, : last - first]
        hours = series.interval // HOUR
        if hours > 1:
            means, after = self._by_hours(name, means, after, series.time[first:last], hours)
        return instants(means, after)[:, -((last - first - 1) * parts + 1) :]

    def _by_hours(
        self, name: str, means: np.ndarray, after: np.ndarray, time: np.ndarray, hours: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Means over several hours as means of each: by the sun, longwave as it is."""
        interval = hours * HOUR
        every = np.concatenate([means, after[:, None]], axis=1)
        ends = np.append(time, time[-1] + np.timedelta64(interval, "s"))
        if name == "lwdown":
            shares = np.ones((*every.shape, hours))
        else:
            shares = hourly_shares(self.lat, self.lon, ends, interval)
        hourly = (every[:, :, None] * shares).reshape(every.shape[0], -1)
        return hourly[:, :-hours], hourly[:, -hours]

    def _pressure(self, fields: dict[str, np.ndarray]) -> np.ndarray:
        """Pressure (Pa) at the forcing's ground; of one at sea level by a standard atmosphere."""
        if "psurf" in fields:
            return fields["psurf"]
        t, sea = fields["tair"], fields["psea"]
        ground = self.atmosphere.altitude
        if ground is None:
            path = self.atmosphere.series["psea"].files[0].path
            raise UserError(f"{path}: pressure at sea level only; the ground's altitude is needed")
        height = self.bilinear(
            np.broadcast_to(ground, self.atmosphere.geometry.shape)[
                np.ix_(self.bilinear.box.rows, self.bilinear.box.cols)
            ][None]
        )
        return sea * np.exp(-GRAVITY * height / (R_D * (t + 0.5 * LAPSE_RATE * height)))

    @staticmethod
    def _precipitation(
        fields: dict[str, np.ndarray], t: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rain and snow (kg m-2 s-1) of the intervals that end at the stamps."""
        if "rainf" in fields:
            return fields["rainf"], fields["snowf"]
        total = fields["precip"]
        if "snowf" in fields:
            snow = np.minimum(fields["snowf"] + fields.get("graupel", 0.0), total)
            return total - snow, snow
        over = np.concatenate([t[:, :1], 0.5 * (t[:, :-1] + t[:, 1:])], axis=1)
        snow = snow_share(over) * total
        return total - snow, snow

    def _co2_density(
        self, fields: dict[str, np.ndarray], t: np.ndarray, q: np.ndarray, p: np.ndarray
    ) -> np.ndarray:
        """Carbon dioxide (kg m-3)."""
        name, value = self.atmosphere.carbon_dioxide
        found = fields[name] if value is None else np.full_like(t, value)
        if name == "co2_density":
            return found
        air = p / (R_D * t * (1.0 + (R_V / R_D - 1.0) * q))
        return found * air * (MOLAR_MASS_CO2 / MOLAR_MASS_AIR)

    @staticmethod
    def _specific_humidity(fields: dict[str, np.ndarray], p: np.ndarray) -> np.ndarray:
        if "qair" in fields:
            return fields["qair"]
        if "tdew" in fields:
            return humidity.specific_from_dew_point(fields["tdew"], p)
        return humidity.specific_from_relative(fields["rh"], fields["tair"], p)
