"""The surface file: where there is land, its soil, its patches, and maps of parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import netCDF4
import numpy as np

from forcing.interpolation import wrapped
from ldas.core.errors import Problems, UserError
from ldas.core.grid import Grid
from ldas.core.mosaic import FRACTION_TOLERANCE, PATCHES
from ldas.core.netcdf_input import open_input
from ldas.gridded.units import conversion

FEATURES = {
    "urban": ("urban_fraction", 1.0),
    "water": ("water_fraction", 1.0),
    "relief": ("relief", 9000.0),
}
UNITS = {"clay": "1", "sand": "1", "altitude": "m", "patch_fraction": "1", "relief": "m"}
LAT_NAMES = ("lat", "latitude")
LON_NAMES = ("lon", "longitude")


@dataclass(frozen=True)
class Surface:
    """The cells of a domain and what is known of each.

    `altitude` (m), `clay`, `sand` (1) have shape (cell,), `fractions` (cell, patch);
    `features` what observations are screened by (cell,): urban and water fraction (1), relief
    (m). `maps` holds parameters as (cell, patch) or (cell, patch, month), the bulk of it all:
    None until a part of the cells is taken that somebody computes.
    """

    grid: Grid
    altitude: np.ndarray | None
    clay: np.ndarray
    sand: np.ndarray
    fractions: np.ndarray
    features: dict[str, np.ndarray] = field(default_factory=dict)
    maps: dict[str, np.ndarray] | None = None
    file: Path | None = None
    parameters: Mapping[str, bool] = field(default_factory=dict)  # to look for; which are monthly

    def part(self, cells: slice) -> "Surface":
        """Some cells, with their maps; raises UserError if these cannot be read."""
        grid = Grid(self.grid.lat, self.grid.lon, self.grid.row[cells], self.grid.col[cells])
        return replace(
            self,
            grid=grid,
            altitude=None if self.altitude is None else self.altitude[cells],
            clay=self.clay[cells],
            sand=self.sand[cells],
            fractions=self.fractions[cells],
            features={name: values[cells] for name, values in self.features.items()},
            maps={} if self.file is None else read_maps(self.file, self.parameters, grid),
        )


def single_point(
    latitude: float,
    longitude: float,
    altitude: float | None,
    clay: float,
    sand: float,
    fractions: Sequence[float],
) -> Surface:
    """A domain of one cell."""
    grid = Grid.from_mask(np.array([latitude]), np.array([longitude]), np.ones((1, 1), bool))
    height = None if altitude is None else np.array([altitude])
    return Surface(
        grid, height, np.array([clay]), np.array([sand]), np.array([fractions], dtype=float)
    )


def read_surface(path: Path, parameters: Mapping[str, bool]) -> Surface:
    """Read and check a surface file; raises UserError with every problem found.

    `parameters` names the maps to look for and says which are monthly; they are read for a
    part of the cells only. Land is where the patch fractions are given and sum to more than
    zero. Latitudes may be stored in either order, longitudes from 0 or -180.
    """
    if not path.is_file():
        raise UserError(f"&domain surface_file: '{path}' is no file")
    with open_input(path) as dataset:
        problems = Problems()
        missing = [
            " or ".join(names)
            for names in (LAT_NAMES, LON_NAMES, ("patch_fraction",), ("clay",), ("sand",))
            if not any(name in dataset.variables for name in names)
        ]
        for name in missing:
            problems.add(f"{path}: no variable '{name}'")
        problems.raise_if_any()
        reader = _Reader(dataset, path, problems)
        fractions = reader.patches("patch_fraction")
        problems.raise_if_any()
        fractions = np.nan_to_num(fractions, nan=0.0)
        grid = Grid.from_mask(reader.lat, reader.lon, (fractions > 0.0).any(axis=0))
        share = fractions[:, grid.row, grid.col].T
        _check_fractions(share, grid, path, problems)
        clay, sand = (reader.cells(name, grid, 1e-4, 1.0) for name in ("clay", "sand"))
        over = clay + sand > 1.0 + 1e-6
        if over.any():
            k = int(np.argmax(over))
            problems.add(
                f"{path}: clay + sand is {clay[k] + sand[k]:g} at lat {grid.cell_lat[k]:g}, lon "
                f"{grid.cell_lon[k]:g}, allowed: at most 1 ({int(over.sum())} such cells)"
            )
        altitude = None
        if "altitude" in dataset.variables:
            altitude = reader.cells("altitude", grid, -500.0, 9000.0)
        for name in (name for name in parameters if name in dataset.variables):
            reader.fits(name, reader.leading(name, parameters[name]))
        features = {
            name: reader.cells(variable, grid, 0.0, upper)
            for name, (variable, upper) in FEATURES.items()
            if variable in dataset.variables
        }
        if grid.cells == 0:
            problems.add(f"{path}: no land: patch_fraction is zero or missing everywhere")
        problems.raise_if_any()
    return Surface(grid, altitude, clay, sand, share, features, file=path, parameters=parameters)


def read_maps(path: Path, parameters: Mapping[str, bool], grid: Grid) -> dict[str, np.ndarray]:
    """The parameters that a surface file has, at the cells of `grid`, a part of the file's.

    Raises UserError with every problem found.
    """
    problems = Problems()
    with open_input(path) as dataset:
        reader = _Reader(dataset, path, problems)
        maps = {
            name: reader.parameter(name, monthly, grid)
            for name, monthly in parameters.items()
            if name in dataset.variables
        }
    problems.raise_if_any()
    return maps


def _check_fractions(share: np.ndarray, grid: Grid, path: Path, problems: Problems) -> None:
    bad = (np.abs(share.sum(axis=1) - 1.0) > FRACTION_TOLERANCE) | (share < 0.0).any(axis=1)
    if bad.any():
        k = int(np.argmax(bad))
        problems.add(
            f"{path}: patch_fraction at lat {grid.cell_lat[k]:g}, lon {grid.cell_lon[k]:g} sums to "
            f"{share[k].sum():g}, allowed: 1, none negative ({int(bad.sum())} such cells)"
        )


def _twice(axis: np.ndarray) -> float:
    values, counts = np.unique(axis, return_counts=True)
    return float(values[counts > 1][0])


class _Reader:
    """Variables of an open surface file, brought to ascending latitude and longitude."""

    def __init__(self, dataset: netCDF4.Dataset, path: Path, problems: Problems) -> None:
        self.dataset, self.path, self.problems = dataset, path, problems
        self.lat_name = next(name for name in LAT_NAMES if name in dataset.variables)
        self.lon_name = next(name for name in LON_NAMES if name in dataset.variables)
        lat, lon = (
            np.atleast_1d(np.ma.filled(dataset[name][...].astype(float), np.nan))
            for name in (self.lat_name, self.lon_name)
        )
        if lat.ndim != 1 or lon.ndim != 1:
            raise UserError(f"{path}: lat and lon have {lat.ndim} dimensions, allowed: 1")
        for name, axis in ((self.lat_name, lat), (self.lon_name, lon)):
            limit = 90.0 if name == self.lat_name else 360.0
            if not (np.abs(axis) <= limit).all():
                k = int(np.argmax(~(np.abs(axis) <= limit)))
                raise UserError(f"{path}: {name} is {axis[k]:g}, allowed -{limit:g} to {limit:g}")
            if np.unique(axis).size != axis.size:
                raise UserError(f"{path}: {name} {_twice(axis):g} is given twice")
        lon = wrapped(lon)
        self.rows, self.cols = np.argsort(lat), np.argsort(lon, kind="stable")
        self.lat, self.lon = lat[self.rows], lon[self.cols]

    def fits(self, name: str, leading: tuple[int, ...]) -> bool:
        """Whether a variable is (*leading, lat, lon) and of numbers; notes a problem if not."""
        wanted = (*leading, self.lat.size, self.lon.size)
        variable = self.dataset[name]
        if variable.dtype is str or variable.dtype.kind not in "iuf":
            self.problems.add(f"{self.path}: variable '{name}' holds {variable.dtype}, no numbers")
            return False
        if variable.dimensions[:2] == ("patch", "month"):
            self.problems.add(
                f"{self.path}: variable '{name}' has dimensions {variable.dimensions}, allowed: "
                "(month, patch, lat, lon)"
            )
            return False
        if variable.shape != wanted or variable.dimensions[-2:] != (self.lat_name, self.lon_name):
            self.problems.add(
                f"{self.path}: variable '{name}' has dimensions "
                f"{dict(zip(variable.dimensions, variable.shape, strict=True))}, needed: sizes "
                f"{wanted}, the last two {self.lat_name} and {self.lon_name}"
            )
            return False
        return True

    def _read(self, name: str, leading: tuple[int, ...], rows: slice = slice(None)) -> np.ndarray:
        """Values (*leading, lat, lon) of some rows; notes a problem and returns NaN if it differs.

        `rows` counts ascending latitudes.
        """
        variable, stored = self.dataset[name], self.rows[rows]
        if not self.fits(name, leading):
            return np.full((*leading, stored.size, self.lon.size), np.nan)
        low, high = stored.min(), stored.max() + 1
        values = np.ma.filled(np.ma.asarray(variable[..., low:high, :]).astype(float), np.nan)
        return self._scale(name, variable) * values[..., stored - low, :][..., self.cols]

    def _scale(self, name: str, variable: netCDF4.Variable) -> float:
        """From the unit that the file states, if any, to ours; notes another one as a problem."""
        units, ours = getattr(variable, "units", None), UNITS.get(name)
        if units is None or ours is None:
            return 1.0
        try:
            return conversion(str(units), ours).scale
        except ValueError as error:
            self.problems.add(f"{self.path}: variable '{name}': {error}")
            return np.nan

    def patches(self, name: str) -> np.ndarray:
        """Values (patch, lat, lon)."""
        return self._read(name, (len(PATCHES),))

    def cells(self, name: str, grid: Grid, lower: float, upper: float) -> np.ndarray:
        """Values (cell,), noting cells that have none or one out of [lower, upper]."""
        values = self._read(name, ())[grid.row, grid.col]
        bad = ~((values >= lower) & (values <= upper))
        if bad.any():
            k = int(np.argmax(bad))
            self.problems.add(
                f"{self.path}: variable '{name}' is {values[k]:g} at lat {grid.cell_lat[k]:g}, "
                f"lon {grid.cell_lon[k]:g}, allowed {lower:g} to {upper:g} "
                f"({int(bad.sum())} such cells)"
            )
        return values

    def leading(self, name: str, monthly: bool) -> tuple[int, ...]:
        """The sizes of a parameter's dimensions before (lat, lon)."""
        return {
            2: (),
            3: (12,) if monthly else (len(PATCHES),),
            4: (12, len(PATCHES)),
        }.get(self.dataset[name].ndim, (len(PATCHES),))

    def parameter(self, name: str, monthly: bool, grid: Grid) -> np.ndarray:
        """A parameter as (cell, patch) or (cell, patch, month), from (lat, lon) up."""
        dims, first = self.dataset[name].ndim, int(grid.row.min())
        rows = slice(first, int(grid.row.max()) + 1)
        values = self._read(name, self.leading(name, monthly), rows)
        values = values[..., grid.row - first, grid.col]
        patches = len(PATCHES)
        if dims == 4:
            return np.moveaxis(values, (0, 1, 2), (2, 1, 0))
        if dims == 3 and monthly:
            return np.repeat(values.T[:, None, :], patches, axis=1)
        by_patch = values.T if dims == 3 else np.repeat(values[:, None], patches, axis=1)
        return np.repeat(by_patch[:, :, None], 12, axis=2) if monthly else by_patch
