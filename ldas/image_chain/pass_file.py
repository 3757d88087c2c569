"""The file of one pass of the radar: sigma0, angles and what is hidden, on the cells."""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.io.product_file import write_times
from retrieval.iem import decibels

from .made_of import QUICK, image_file
from .radar_pass import LAYOVER, SHADOW, Geocoded, RadarPass

TEXT = {"sigma0": "backscatter", "gamma0": "terrain-flattened backscatter"}
UNITS = {"dB": "dB", "linear": "1"}


@dataclass
class Written:
    """How many cells of a pass have a value, and its mean sigma0 by polarisation (linear)."""

    cells: int
    total: dict[str, float]

    def told(self) -> str:
        """For the log."""
        if not self.cells:
            return "no cell has a value"
        means = ", ".join(
            f"{name} {10.0 * np.log10(max(value / self.cells, 1e-9)):.1f} dB"
            for name, value in self.total.items()
        )
        return f"{self.cells} cells, mean {means}"


def write_pass(path: Path, which: RadarPass, made: Geocoded, key: str) -> Written:
    """Write a pass, strip by strip."""
    grid, first = made.grid, which.first
    units, kind = made.settings.units, made.settings.radiometry
    written = Written(0, dict.fromkeys(made.polarisations, 0.0))
    title = "Sentinel-1 backscatter made by `ldas images`"
    with image_file(path, grid, title, key) as (out, cells):
        out.setncatts(
            {
                "platform": first.platform,
                "pass_direction": first.direction.lower(),
                "orbit": np.int32(first.orbit),
                "sources": which.sources,
            }
        )
        write_times(out, np.array([which.time]))
        orbit = out.createVariable("relative_orbit", "i4", ("time",))
        orbit.long_name, orbit[:] = "relative orbit", first.relative_orbit
        dims = ("time", *cells)
        for name in made.polarisations:
            _declare(out, f"{kind}_{name.lower()}", dims, UNITS[units], f"{TEXT[kind]} {name}")
        _declare(out, "theta", dims, "degrees", "angle of incidence on the ellipsoid")
        _declare(out, "theta_local", dims, "degrees", "angle of incidence on the terrain")
        mask = out.createVariable("hidden", "u1", dims, **QUICK)
        mask.setncatts(
            {
                "long_name": "what terrain hides",
                "flag_masks": np.array([LAYOVER, SHADOW], "u1"),
                "flag_meanings": "layover shadow",
                "grid_mapping": "crs",
            }
        )
        for strip in made.strips():
            for name, values in strip.sigma.items():
                out[f"{kind}_{name.lower()}"][0, strip.rows] = _in_units(values, units)
                written.total[name] += float(np.nansum(values))
            there = np.isfinite(next(iter(strip.sigma.values())))
            written.cells += int(there.sum())
            out["theta"][0, strip.rows] = strip.theta
            out["theta_local"][0, strip.rows] = strip.local
            mask[0, strip.rows] = strip.hidden
    return written


def _declare(out: netCDF4.Dataset, name: str, dims: tuple[str, ...], units: str, text: str) -> None:
    stored = out.createVariable(name, "f4", dims, fill_value=np.nan, **QUICK)
    stored.setncatts({"units": units, "long_name": text, "grid_mapping": "crs"})


def _in_units(values: np.ndarray, units: str) -> np.ndarray:
    """As it is written; in dB there is none where noise is more than signal."""
    return values if units == "linear" else decibels(values)
