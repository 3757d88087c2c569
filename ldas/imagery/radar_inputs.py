"""The namelist of a retrieval from radar, and the heads of the files it names, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from forcing.atmosphere import Atmosphere, CellForcing
from forcing.interpolation import Bilinear
from ldas.config.namelist import expand_path
from ldas.config.retrieval_groups import BothPolarisations, RadarImages
from ldas.core.clock import Window
from ldas.core.errors import Problems, UserError
from ldas.core.meteorology import Meteorology
from ldas.core.netcdf_input import find_inputs
from ldas.gridded.units import conversion
from ldas.imagery.cells import cells_of_file
from ldas.imagery.image_stack import Image, ImageStack
from ldas.io.netcdf import refuse_to_overwrite
from observation_ops.preset import Preset, preset
from retrieval.cross_ratio import hides
from retrieval.iem import in_decibels, linear
from retrieval.ndvi import clear, ndvi

MOST_CELLS = 100_000  # along one side
NDVI_BEYOND = 0.01  # share of an image's NDVI that may lie outside -1 to 1, and is not used
WEATHER_HEIGHTS = (2.0, 10.0)  # m, where the files do not say; nothing here depends on them


@dataclass
class RadarWork:
    """What is read and where it goes."""

    path: Path
    settings: RadarImages
    sigma: ImageStack
    theta: ImageStack
    optical: dict[str, ImageStack]
    land: dict[str, ImageStack]  # cover, slope, labels: those that the namelist names
    lat: np.ndarray  # of the cells
    lon: np.ndarray
    decibel: bool
    degrees: float  # per unit of the incidence angle as stored
    weather: CellForcing | None = None
    cross: ImageStack | None = None  # VH, where the namelist names it
    look_back: int = 1  # days of weather before an image
    without_weather: set[np.datetime64] = field(default_factory=set)
    _weather: dict[np.datetime64, Meteorology] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[float, float]:
        """Size of the cells (degrees)."""
        return tuple(step_of(axis, self.settings.resolution) for axis in (self.lat, self.lon))

    def file(self, entry: str) -> Path:
        """A path of the namelist made absolute."""
        return expand_path(entry, self.path.parent)

    def clear_ndvi(self, number: int, rows: slice) -> np.ndarray:
        """One optical image's NDVI in some rows, NaN under clouds."""
        s, stacks = self.settings, list(self.optical.values())
        layers = [stack.read(stack.images[number], rows) for stack in stacks]
        values = layers[0] if s.ndvi_variable else ndvi(layers[0], layers[1])
        with np.errstate(invalid="ignore"):
            strange = np.abs(values) > 1.0
        if strange.sum() > NDVI_BEYOND * np.isfinite(values).sum():
            stack = stacks[0]
            raise UserError(
                f"{stack.images[number].path}: {100.0 * strange.sum() / strange.size:.0f} % of the "
                f"ndvi values of {stack.images[number].time} lie outside -1 to 1, up to "
                f"{np.nanmax(np.abs(values)):g}: scaled? (ndvi_product knows how some are packed)"
            )
        values = np.where(strange, np.nan, values)
        return clear(values, layers[-1] if s.cloud_variable else None, tuple(s.cloud_good))

    def radar(self, image: Image, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Linear sigma0 and angle (degrees) in some rows, and where both are there.

        Raises UserError if there is no angle of that time.
        """
        angle = next((a for a in self.theta.images if a.time in (None, image.time)), None)
        if angle is None:
            raise UserError(f"{image.path}: no incidence angle at {image.time}")
        sigma, theta = self.sigma.read(image, rows), self.degrees * self.theta.read(angle, rows)
        if self.decibel:
            sigma = linear(sigma)
        return sigma, theta, np.isfinite(sigma) & (sigma > 0.0) & np.isfinite(theta)

    def hidden(self, vv: np.ndarray, *vh: np.ndarray) -> np.ndarray:
        """Where VH over VV (linear means) tells that plants hide the soil; nowhere without VH."""
        if not vh or not isinstance(self.settings, BothPolarisations):
            return np.zeros(vv.shape, bool)
        return hides(vv, vh[0], self.settings.ratio_max)

    def crossed(self, image: Image, rows: slice) -> tuple[np.ndarray, ...]:
        """Linear sigma0 VH of an image in some rows, or nothing where it is not asked for.

        Raises UserError if there is none of that time.
        """
        if self.cross is None:
            return ()
        other = next((one for one in self.cross.images if one.time == image.time), None)
        if other is None:
            raise UserError(f"{image.path}: no '{self.cross.variable}' at {image.time}")
        values = self.cross.read(other, rows)
        return (linear(values) if self.decibel else values,)

    def weather_until(self, last: np.datetime64) -> Meteorology:
        """The weather of the days before `last` at all cells; read once for all strips."""
        assert self.weather is not None
        if last not in self._weather:
            first = last - np.timedelta64(self.look_back, "D")
            self._weather = {last: self.weather.window(Window(first, last))}
        return self._weather[last]


def step_of(axis: np.ndarray, otherwise: float) -> float:
    """Typical distance of an axis' points; `otherwise` for a single one."""
    return abs(float(np.median(np.diff(axis)))) if axis.size > 1 else otherwise


def prepare(
    namelist: Path,
    settings: RadarImages,
    problems: Problems,
    more_maps: Mapping[str, tuple[str | None, str]] | None = None,
) -> RadarWork:
    """Check the heads of all files that a namelist names; raises what `problems` has, too.

    `more_maps` are files and variables of further maps by their names.
    """
    path = namelist.absolute()

    known = None
    if settings.ndvi_product is not None:
        try:
            known = preset(settings.ndvi_product)
        except UserError as error:
            problems.add(f"&retrieval ndvi_product: {error}")
    if known is not None and known.type != "ndvi":
        problems.add(f"&retrieval ndvi_product: '{known.name}' is '{known.type}', needed: 'ndvi'")
        known = None

    def stack(
        entries: list[str], name: str, variable: str, product: Preset | None = None
    ) -> ImageStack | None:
        try:
            files = [expand_path(text, path.parent) for text in entries]
            if not any(p.suffix == ".zarr" for p in files):
                files = find_inputs(files, f"&retrieval {name}")
            return ImageStack(files, variable, product)
        except UserError as error:
            problems.add(error)
            return None

    s = settings
    sigma = stack(s.sigma_files, "sigma_files", s.sigma_variable)
    cross = s.vh_variable if isinstance(s, BothPolarisations) else None
    other = None if cross is None else stack(s.sigma_files, "sigma_files", cross)
    theta = stack(s.theta_files or s.sigma_files, "theta_files", s.theta_variable)
    green = known.variable if known and s.ndvi_variable == "ndvi" else s.ndvi_variable
    names = [green] if green else [s.red_variable, s.nir_variable]
    names += [s.cloud_variable] if s.cloud_variable else []
    optical = {
        name: stack(s.ndvi_files, "ndvi_files", name, known if name == green else None)
        for name in (names if s.ndvi_files else ())
    }
    land = {
        name: stack([text], f"{name}_file", variable)
        for name, (text, variable) in {
            "land_cover": (s.land_cover_file, s.land_cover_variable),
            "slope": (s.slope_file, s.slope_variable),
            **(more_maps or {}),
        }.items()
        if text is not None
    }
    if len(s.stem_days) not in (0, 2) or any(not 1.0 <= day <= 366.0 for day in s.stem_days):
        problems.add(
            f"&retrieval stem_days: found {s.stem_days}; allowed: two days of year, 1 to 366"
        )
    if s.stem_classes and not s.stem_days:
        problems.add("&retrieval stem_days: missing; stem_classes needs them")
    for name, images in (
        ("sigma_files", sigma),
        ("ndvi_files", next(iter(optical.values()), None)),
    ):
        for image in images.images if images is not None else []:
            if image.time is None:
                problems.add(
                    f"&retrieval {name}: {image.path} has no time and no date YYYYMMDD in its name"
                )
    problems.raise_if_any()
    assert sigma is not None and theta is not None
    lat, lon = _cells(settings, path, sigma)
    work = RadarWork(
        path, settings, sigma, theta, optical, land, lat, lon,
        _decibel(settings, sigma), _factor(theta, "degree"), cross=other,
    )  # fmt: skip
    if other is not None and _decibel(settings, other) != work.decibel:
        raise UserError(
            f"&retrieval vh_variable: '{other.variable}' is in '{other.units}', "
            f"'{sigma.variable}' in '{sigma.units}'; needed: both linear or both dB"
        )
    for one in optical.values():
        if one is not None and one.variable == green:
            _factor(one, "1")
    _check_images(work)
    stacks = (sigma, theta, *(s for s in (*optical.values(), *land.values()) if s is not None))
    inputs = [path, *(file for one in stacks for file in one.open)]
    inputs += [work.file(text) for text in (*s.weather_files, *filter(None, (s.grid_file,)))]
    refuse_to_overwrite(work.file(s.output), dict.fromkeys(inputs), "&retrieval output")
    if s.weather_files:
        files = find_inputs([work.file(t) for t in s.weather_files], "&retrieval weather_files")
        atmosphere = Atmosphere(files, "alma", *WEATHER_HEIGHTS)
        grid = np.meshgrid(lat, lon, indexing="ij")
        bilinear = Bilinear.to_cells(
            atmosphere.lat, atmosphere.lon, grid[0].ravel(), grid[1].ravel(), 25.0
        )
        work.weather = CellForcing(atmosphere, bilinear, None, grid[0].ravel(), grid[1].ravel())
    return work


def _cells(s: RadarImages, path: Path, sigma: ImageStack) -> tuple[np.ndarray, np.ndarray]:
    """Middles of the product's cells, ascending."""
    if s.grid_file is not None:
        return cells_of_file(expand_path(s.grid_file, path.parent))
    axes = []
    for axis in (sigma.lat, sigma.lon):
        step = step_of(axis, s.resolution)
        low, high = axis.min() - 0.5 * step, axis.max() + 0.5 * step
        number = max(1, round((high - low) / s.resolution))
        if number > MOST_CELLS:
            raise UserError(
                f"&retrieval resolution: {s.resolution:g} degrees make {number} cells along one "
                f"side; allowed: {MOST_CELLS}"
            )
        axes.append(low + s.resolution * (np.arange(number) + 0.5))
    return axes[0], axes[1]


def _factor(stack: ImageStack, wanted: str) -> float:
    """From the unit of a stack to the one wanted; 1 where files say none.

    Raises UserError for a unit that cannot be converted.
    """
    if not stack.units:
        return 1.0
    try:
        return conversion(stack.units, wanted).scale
    except ValueError as error:
        path = stack.images[0].path
        raise UserError(f"{path}: variable '{stack.variable}': {error}") from None


def _decibel(s: RadarImages, sigma: ImageStack) -> bool:
    """Whether sigma0 is in dB, by the namelist or the file; raises UserError if neither says."""
    if s.sigma_units != "as_stored":
        return s.sigma_units == "dB"
    try:
        return in_decibels(sigma.units)
    except ValueError as error:
        raise UserError(
            f"&retrieval sigma_units: '{sigma.variable}' has {error}, or say it in the namelist"
        ) from None


def _check_images(work: RadarWork) -> None:
    """Look into the middle of the first radar image: is it what its unit says?"""
    sigma = work.sigma
    image = sigma.images[len(sigma.images) // 2]
    middle = sigma.lat.size // 2
    values = sigma.read(image, slice(max(0, middle - 50), middle + 50))
    values = values[np.isfinite(values)]
    if values.size and not work.decibel and (values < 0.0).mean() > 0.5:
        raise UserError(
            f"{image.path}: '{sigma.variable}' is said to be linear, but most of its values are "
            f"negative ({np.median(values):.3g}): in dB?"
        )
    if values.size and work.decibel and ((values >= 0.0) & (values <= 2.0)).mean() > 0.9:
        raise UserError(
            f"{image.path}: '{sigma.variable}' is said to be in dB, but nearly all of its values "
            f"lie between 0 and 2 ({np.median(values):.3g}): linear?"
        )
    if work.theta.lat.shape != sigma.lat.shape or not np.allclose(work.theta.lat, sigma.lat):
        raise UserError("&retrieval theta_files: another grid than that of sigma0")
