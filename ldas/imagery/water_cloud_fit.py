"""A, B and the soil of each cell, fitted to another moisture under the radar's images, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.water_cloud_group import WaterCloud
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.imagery.cells import refuse_other_cells
from ldas.imagery.change_series import Series, prepare, series
from ldas.imagery.product_source import Source, open_source
from ldas.imagery.radar_inputs import RadarWork
from ldas.io.netcdf import atomic_dataset, refuse_to_overwrite
from ldas.io.product_file import write_grid
from observation_ops.backscatter import Signature
from observation_ops.backscatter_fit import Fit, Pairs, fit_backscatter
from retrieval.training_base import CLAY

PER_NDVI = 5.5  # leaves that NDVI of 1 stands for: B of 0.55 (Baghdadi et al. 2017) is 0.1 for each
SAME_ORBIT = 1.5  # degrees, between the mean angles of images of one orbit
CELLS = ("plants", "attenuation", "soil", "error", "r")
ORBITS = ("offset", "theta", "count")
UNITS = {
    "plants": "1", "attenuation": "1", "soil": "dB (m3 m-3)-1 or cm", "error": "dB", "r": "1",
    "offset": "dB", "theta": "degree", "count": "1",
}  # fmt: skip


@dataclass
class Work:
    """The images, and the moisture that is fitted to, if it is."""

    radar: RadarWork
    settings: WaterCloud
    reference: Source | None


@dataclass(frozen=True)
class Parameters:
    """What is known of `cells` by name, (row, col) or (orbit, row, col).

    Orbits are told apart by the angle under which they see a cell.
    """

    cells: dict[str, np.ndarray]
    law: str

    @property
    def orbits(self) -> int:
        """How many there are at most."""
        return self.cells["theta"].shape[0]

    def orbit_of(self, theta: np.ndarray, rows: slice) -> np.ndarray:
        """The orbit (cell,) of an image by its angles over some rows; -1 where it is of none."""
        known = self.cells["theta"][:, rows].reshape(self.orbits, -1)
        away = np.where(np.isfinite(known), np.abs(known - theta), np.inf)
        return np.where(away.min(axis=0) <= SAME_ORBIT, away.argmin(axis=0), -1)

    def of_orbit(self, name: str, orbit: np.ndarray, rows: slice) -> np.ndarray:
        """A parameter of each cell's own orbit."""
        values = self.cells[name][:, rows].reshape(self.orbits, -1)
        return np.take_along_axis(values, np.maximum(orbit, 0)[None], axis=0)[0]

    def signature(self, orbit: np.ndarray, rows: slice) -> Signature:
        """How the cells of some rows answer, each under its own orbit."""
        one = {name: self.cells[name][rows].ravel() for name in CELLS}
        offset, theta = (self.of_orbit(name, orbit, rows) for name in ("offset", "theta"))
        clay = np.full(theta.size, CLAY)
        return Signature(one["plants"], one["attenuation"], one["soil"], offset, theta, clay)


def prepared(namelist: Path, given: Mapping[str, Any]) -> Work:
    """Look into all files that a namelist names; raises UserError with all that is wrong."""
    s: WaterCloud = given["retrieval"]
    radar, sources = prepare(namelist, s), given["source"]
    if s.parameter_file is not None:
        if sources:
            raise UserError("&source: the parameters are read from parameter_file; leave it out")
        return Work(radar, s, None)
    if len(sources) != 1:
        raise UserError(
            f"&source: found {len(sources)}; 'water_cloud' is fitted to the moisture of one, or "
            "reads a parameter_file"
        )
    reference = open_source(radar.path, sources[0], "be fitted to")
    if reference.product.factor is None:
        raise UserError(
            f"&source '{sources[0].name}': is in '{reference.units}'; 'water_cloud' is fitted to "
            "m3 m-3"
        )
    read = dict.fromkeys(stamp.path for stamp in reference.stamps)
    for text, entry in ((s.output, "output"), (s.parameter_output, "parameter_output")):
        if text is not None:
            refuse_to_overwrite(radar.file(text), read, f"&retrieval {entry}")
    return Work(radar, s, reference.over(radar.lat, radar.lon, radar.steps))


def parameters(work: Work) -> Parameters:
    """Of all cells: read, or fitted to the images up to `fit_until`."""
    s = work.settings
    if s.parameter_file is not None:
        return _read(work.radar, work.radar.file(s.parameter_file))
    reference = _reference(work)
    times, shape = work.radar.sigma.times, (work.radar.lat.size, work.radar.lon.size)
    fitted = np.ones(times.size, bool) if s.fit_until is None else times <= s.fit_until
    if not fitted.any():
        raise UserError(f"&retrieval fit_until: {s.fit_until}, the first image is of {times[0]}")
    cells = {name: np.full(shape, np.nan) for name in CELLS}
    fits: list[tuple[slice, Fit]] = []
    for part in series(work.radar):
        which = _orbits(part)
        if (which >= 0).any():
            other = reference[:, part.rows].reshape(times.size, -1)
            fits.append((part.rows, _fit(part, other, fitted, which, s.soil)))
    if not fits:
        raise UserError(f"{work.radar.path.name}: no image shows anything in any cell")
    number = max(fit.theta.shape[0] for _, fit in fits)
    cells |= {name: np.full((number, *shape), np.nan) for name in ORBITS}
    for rows, fit in fits:
        for name in CELLS:
            cells[name][rows] = getattr(fit, name).reshape(-1, shape[1])
        for name in ORBITS:
            values = getattr(fit, name)
            cells[name][: values.shape[0], rows] = values.reshape(values.shape[0], -1, shape[1])
    return Parameters(cells, s.soil)


def _reference(work: Work) -> np.ndarray:
    """The moisture nearest in time to each image (image, row, col), NaN where none is near."""
    assert work.reference is not None
    shape = (work.radar.lat.size, work.radar.lon.size)
    stamps, reach = work.reference.stamps, np.timedelta64(round(3600 * work.settings.hours), "s")
    every = np.array([stamp.time for stamp in stamps], "datetime64[s]")
    out = np.full((work.radar.sigma.times.size, *shape), np.nan)
    for k, time in enumerate(work.radar.sigma.times):
        away = np.abs(every - time)
        for number in np.argsort(away, kind="stable"):
            gap = np.isnan(out[k])
            if away[number] > reach or not gap.any():
                break
            out[k][gap] = work.reference.values(stamps[number]).reshape(shape)[gap]
    if not np.isfinite(out).any():
        raise UserError(
            f"&source '{work.reference.settings.name}': no value within {work.settings.hours:g} h "
            "of any image in any cell"
        )
    return out


def _orbits(part: Series) -> np.ndarray:
    """Which orbit each image is of, by its mean angle over some rows (-1: it shows nothing)."""
    number = np.isfinite(part.theta).sum(axis=1)
    mean = np.where(number > 0, np.nansum(part.theta, axis=1) / np.maximum(number, 1), np.nan)
    firsts: list[float] = []  # the least angle of each orbit
    for angle in np.sort(mean[np.isfinite(mean)]):
        if not firsts or angle - firsts[-1] > SAME_ORBIT:
            firsts.append(float(angle))
    return np.where(np.isfinite(mean), np.searchsorted(firsts, mean, side="right") - 1, -1)


def _fit(
    part: Series, reference: np.ndarray, fitted: np.ndarray, which: np.ndarray, law: str
) -> Fit:
    used = fitted & (which >= 0)
    orbits = int(which.max()) + 1
    theta = np.full((orbits, part.theta.shape[1]), np.nan)
    for k in range(orbits):
        mine = part.theta[which == k]
        number = np.isfinite(mine).sum(axis=0)
        mean = np.nansum(mine, axis=0) / np.maximum(number, 1)
        theta[k] = np.where(number > 0, mean, np.nan)
    clay = np.full(part.theta.shape[1], CLAY)
    plants = PER_NDVI * np.maximum(part.ndvi, 0.0)
    pairs = Pairs(part.sigma[used], reference[used], plants[used], which[used], theta, clay)
    return fit_backscatter(pairs, law)


def keep(work: Work, found: Parameters) -> None:
    """Write the parameters where the namelist says."""
    if work.settings.parameter_output is None:
        return
    with atomic_dataset(work.radar.file(work.settings.parameter_output)) as out:
        out.setncatts(
            {
                "Conventions": "CF-1.11",
                "title": "Water cloud of each cell, of NDVI",
                "soil_law": found.law,
                "namelist": work.radar.path.read_text(),
            }
        )
        write_grid(out, work.radar.lat, work.radar.lon)
        out.createDimension("orbit", found.orbits)
        for name, values in found.cells.items():
            dims = ("orbit", "lat", "lon")[3 - values.ndim :]
            stored = out.createVariable(name, "f8", dims, fill_value=np.nan)
            stored.units = UNITS[name]
            stored[:] = values


def _read(work: RadarWork, path: Path) -> Parameters:
    with open_input(path, "&retrieval parameter_file") as dataset:
        names = ("lat", "lon", *CELLS, *ORBITS)
        lost = [n for n in names if n not in dataset.variables]
        if lost or not hasattr(dataset, "soil_law"):
            raise UserError(f"{path}: no {', '.join(lost) or 'soil_law'}; not 'water_cloud's own")
        refuse_other_cells(dataset, path, "parameters", work.lat, work.lon)
        values = {
            name: np.ma.filled(dataset[name][:].astype(float), np.nan) for name in (*CELLS, *ORBITS)
        }
        return Parameters(values, str(dataset.soil_law))
