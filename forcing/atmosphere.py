"""The forcing of a set of cells: files opened and checked once, then read window by window."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ldas.core.clock import Window
from ldas.core.constants import MOLAR_MASS_AIR, MOLAR_MASS_CO2, R_D, R_V
from ldas.core.errors import Problems, UserError
from ldas.core.meteorology import Meteorology
from ldas.core.registries import FORCING_SOURCES

from . import humidity
from .elevation import correct_for_height
from .files import ForcingFile, inspect
from .interpolation import Bilinear
from .quantities import CARBON_DIOXIDE, NEEDS, QUANTITIES
from .series import Series

SCAN_STAMPS = 744  # stamps read at a time when looking for bad values


class Atmosphere:
    """Forcing files joined in time, on their own grid."""

    def __init__(
        self,
        files: Sequence[Path],
        source: str,
        z_temperature: float | None = None,
        z_wind: float | None = None,
        co2: float = 385.0,
    ) -> None:
        """Inspect all files; raises UserError with everything found wrong in any of them.

        Heights (m) and `co2` (1e-6) count where no file has them.
        """
        names = FORCING_SOURCES.load(source)
        problems = Problems()
        inspected: list[ForcingFile] = []
        for path in files:
            try:
                inspected.append(inspect(path, names))
            except UserError as error:
                problems.add(error)
        problems.raise_if_any()
        self.series: dict[str, Series] = {}
        for quantity in names:
            holders = [file for file in inspected if quantity in file.variables]
            if not holders:
                continue
            try:
                self.series[quantity] = Series(quantity, holders)
            except UserError as error:
                problems.add(error)
        self._check_complete(files, names, problems)
        problems.raise_if_any()
        self._check_one_grid(inspected)
        holder = next(file for file in inspected if file.variables)
        self.lat, self.lon = holder.lat, holder.lon
        fixed = {name: values for file in inspected for name, values in file.fixed.items()}
        self.altitude: np.ndarray | None = fixed.get("altitude")
        self.z_temperature = _height(fixed, "z_temperature", z_temperature, files)
        self.z_wind = _height(fixed, "z_wind", z_wind, files)
        self.carbon_dioxide = self._carbon_dioxide(fixed, co2, files)
        self.interval = next(iter(self.series.values())).interval

    def _check_complete(
        self, files: Sequence[Path], names: dict[str, tuple[str, ...]], problems: Problems
    ) -> None:
        self.chosen: dict[str, tuple[str, ...]] = {}
        for need, choices in NEEDS.items():
            chosen = next((c for c in choices if all(name in self.series for name in c)), None)
            if chosen:
                self.chosen[need] = chosen
                continue
            wanted = " or ".join(" with ".join(names[name][0] for name in c) for c in choices)
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

    @staticmethod
    def _check_one_grid(files: Sequence[ForcingFile]) -> None:
        first, *others = [file for file in files if file.variables]
        for file in others:
            if not (np.array_equal(file.lat, first.lat) and np.array_equal(file.lon, first.lon)):
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
        bilinear = Bilinear.to_cells(self.lat, self.lon, lat, lon, point_distance)
        rise = None
        if height_correction:
            rise = self._rise(bilinear, altitude)
        return CellForcing(self, bilinear, rise)

    def _rise(self, bilinear: Bilinear, altitude: np.ndarray | None) -> np.ndarray:
        """How much higher than the forcing's ground each cell lies (m)."""
        off = "or set &forcing height_correction = .false."
        if self.altitude is None:
            path = next(iter(self.series.values())).files[0].path
            raise UserError(f"{path}: no altitude (ZS) for the height correction; add it, {off}")
        if altitude is None:
            raise UserError(f"&domain altitude: missing; the height correction needs it ({off})")
        ground = np.broadcast_to(self.altitude, (self.lat.size, self.lon.size))
        box = ground[np.ix_(bilinear.box.rows, bilinear.box.cols)]
        return altitude - bilinear(box[None])[:, 0]


def _height(
    fixed: dict[str, np.ndarray], name: str, given: float | None, files: Sequence[Path]
) -> float:
    if name in fixed:
        return _single(fixed, name, files)
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

    def __init__(self, atmosphere: Atmosphere, bilinear: Bilinear, rise: np.ndarray | None) -> None:
        self.atmosphere = atmosphere
        self.bilinear = bilinear
        self.rise = rise
        cells = bilinear.corner.shape[0]
        self.heights = np.tile([atmosphere.z_temperature, atmosphere.z_wind], (cells, 1))

    def scan(self, window: Window, tell: Callable[[float], None] = lambda share: None) -> None:
        """Read everything once, telling the share done.

        Raises UserError with the first bad value of every variable.
        """
        problems = Problems()
        names = self.atmosphere.names()
        for k, name in enumerate(names):
            series = self.atmosphere.series[name]
            first, last = series.stamps(window.start, window.end)
            try:
                for begin in range(first, last, SCAN_STAMPS):
                    series.read(begin, min(begin + SCAN_STAMPS, last), self.bilinear.box)
            except UserError as error:
                problems.add(error)
            tell((k + 1) / len(names))
        problems.raise_if_any()

    def window(self, window: Window) -> Meteorology:
        """Forcing at the stamps that enclose the window."""
        fields = {name: self._at_cells(name, window) for name in self.atmosphere.names()}
        t, p, lw = fields["tair"], fields["psurf"], fields["lwdown"]
        q = self._specific_humidity(fields)
        if self.rise is not None and self.rise.any():
            t, q, p, lw = correct_for_height(t, q, p, lw, self.rise[:, None])
        u = fields["wind"] if "wind" in fields else fields["wind_u"]
        v = np.zeros_like(u) if "wind" in fields else fields["wind_v"]
        sw = fields["swdown"] if "swdown" in fields else fields["sw_direct"] + fields["sw_diffuse"]
        co2 = self._co2_density(fields, t, q, p)
        rain, snow = fields["rainf"], fields["snowf"]
        values = np.stack([t, q, u, v, sw, lw, p, rain, snow, co2], axis=-1)
        series = self.atmosphere.series["tair"]
        first, _ = series.stamps(window.start, window.end)
        return Meteorology(values, self.heights, series.time[first], series.interval)

    def _at_cells(self, name: str, window: Window) -> np.ndarray:
        series = self.atmosphere.series[name]
        first, last = series.stamps(window.start, window.end)
        return self.bilinear(series.read(first, last, self.bilinear.box))

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
    def _specific_humidity(fields: dict[str, np.ndarray]) -> np.ndarray:
        if "qair" in fields:
            return fields["qair"]
        if "tdew" in fields:
            return humidity.specific_from_dew_point(fields["tdew"], fields["psurf"])
        return humidity.specific_from_relative(fields["rh"], fields["tair"], fields["psurf"])
