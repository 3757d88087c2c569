"""The embedded case: a synthetic region and its weather, written to a folder with namelists."""

from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError
from ldas.core.mosaic import PATCHES
from ldas.io.netcdf import atomic_dataset, writable_folder, write_atomically
from ldas.synthetic.weather import Weather, generate

from .landscape import STEP, Landscape, make_landscape

START = np.datetime64("2017-05-15T18:00:00")
COARSE = 0.1  # degrees, step of the forcing grid
HEIGHTS = {"ZREF": 2.0, "UREF": 10.0}  # m
UNITS = {
    "Tair": ("K", "air_temperature"),
    "Qair": ("kg kg-1", "specific_humidity"),
    "Wind": ("m s-1", "wind_speed"),
    "SWdown": ("W m-2", "surface_downwelling_shortwave_flux_in_air"),
    "LWdown": ("W m-2", "surface_downwelling_longwave_flux_in_air"),
    "Rainf": ("kg m-2 s-1", "rainfall_flux"),
    "Snowf": ("kg m-2 s-1", "snowfall_flux"),
    "PSurf": ("Pa", "surface_air_pressure"),
}
NAMELIST = """! The embedded demonstration case of ldas: a synthetic region on a 1 km grid.
! Written by `ldas demo`; run it with:  mpirun -n 2 ldas run open_loop.nml
&experiment
   name = 'open_loop'
   start = '{start}'
   end = '{end}'
   kind = 'open_loop'
/
&domain
   surface_file = 'surface.nc'
/
&forcing
   files = 'forcing.nc'
/
&model
   photosynthesis = 'nit'
   time_step = 300
   initial_swi = 0.8
/
&output
   frequency = 21600
   per_patch = .false.
/
"""


def write_demo(folder: Path, days: int, seed: int) -> list[str]:
    """Write surface, forcing and namelist; returns the names of the files.

    Deterministic: the same seed and length give the same numbers. Raises UserError if the
    folder cannot be written.
    """
    writable_folder(folder, "demo folder")
    landscape = make_landscape(seed)
    if landscape.land.sum() < 2000:
        raise UserError(f"seed {seed} makes a region with little land; take another")
    write_surface(folder / "surface.nc", landscape)
    write_forcing(folder / "forcing.nc", landscape, days, seed)
    end = START + np.timedelta64(days, "D")
    text = NAMELIST.format(start=str(START)[:16], end=str(end)[:16])
    write_atomically(folder / "open_loop.nml", text)
    return ["surface.nc", "forcing.nc", "open_loop.nml"]


def write_surface(path: Path, land: Landscape) -> None:
    """The surface file of a landscape."""
    with atomic_dataset(path) as out:
        out.Conventions = "CF-1.11"
        out.title = "Synthetic region of ldas demo"
        _coordinates(out, land.lat, land.lon)
        out.createDimension("patch", len(PATCHES))
        out.createDimension("month", 12)
        out.patches = ", ".join(PATCHES)
        fields = (
            ("altitude", ("lat", "lon"), "m", land.altitude),
            ("clay", ("lat", "lon"), "1", land.clay),
            ("sand", ("lat", "lon"), "1", land.sand),
            ("patch_fraction", ("patch", "lat", "lon"), "1", land.patch_fraction),
        )
        for name, dims, units, values in fields:
            variable = out.createVariable(name, "f8", dims, fill_value=np.nan, compression="zlib")
            variable.units = units
            variable[:] = values
        lai = out.createVariable("lai", "f4", ("month", "patch", "lat", "lon"), compression="zlib")
        lai.units = "m2 m-2"
        lai[:] = np.broadcast_to(land.lai[:, :, None, None], lai.shape)


def write_forcing(path: Path, land: Landscape, days: int, seed: int) -> None:
    """Hourly weather on a coarser grid over the landscape, ALMA names."""
    lat, lon, altitude = coarse_relief(land)
    time = START + np.arange(24 * days + 1) * np.timedelta64(3600, "s")
    weather = generate(time, lat, lon, altitude, seed)
    _write_forcing(path, lat, lon, altitude, time, weather)


def write_forcing_file(path: Path, land: Landscape, time: np.ndarray, weather: Weather) -> None:
    """Hourly weather on the landscape's own grid, ALMA names."""
    _write_forcing(path, land.lat, land.lon, land.altitude, time, weather)


def _write_forcing(
    path: Path,
    lat: np.ndarray,
    lon: np.ndarray,
    altitude: np.ndarray,
    time: np.ndarray,
    weather: Weather,
) -> None:
    with atomic_dataset(path) as out:
        out.Conventions = "CF-1.11"
        out.title = "Synthetic weather of ldas demo"
        _coordinates(out, lat, lon)
        out.createDimension("time", None)
        stamps = out.createVariable("time", "i4", ("time",))
        stamps.setncatts(
            {
                "units": f"hours since {str(time[0]).replace('T', ' ')}",
                "calendar": "proleptic_gregorian",
                "standard_name": "time",
            }
        )
        stamps[:] = np.arange(time.size)
        for name, height in HEIGHTS.items():
            variable = out.createVariable(name, "f8", ())
            variable.units = "m"
            variable[...] = height
        ground = out.createVariable("ZS", "f8", ("lat", "lon"))
        ground.units = "m"
        ground[:] = altitude
        _write_weather(out, weather)


def _write_weather(out: netCDF4.Dataset, weather: Weather) -> None:
    for name, (units, standard_name) in UNITS.items():
        variable = out.createVariable(name, "f4", ("time", "lat", "lon"), compression="zlib")
        variable.setncatts({"units": units, "standard_name": standard_name})
        variable[:] = getattr(weather, name.lower())


def coarse_relief(land: Landscape) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grid of the forcing, one step wider than the region, with its mean altitude (sea 0)."""
    lat = np.arange(land.lat[0] - COARSE, land.lat[-1] + 1.5 * COARSE, COARSE).round(4)
    lon = np.arange(land.lon[0] - COARSE, land.lon[-1] + 1.5 * COARSE, COARSE).round(4)
    relief = np.nan_to_num(land.altitude, nan=0.0)
    altitude = np.zeros((lat.size, lon.size))
    half = round(0.5 * COARSE / STEP)
    for i, la in enumerate(lat):
        r = int(np.clip(round((la - land.lat[0]) / STEP), 0, land.lat.size - 1))
        for k, lo in enumerate(lon):
            c = int(np.clip(round((lo - land.lon[0]) / STEP), 0, land.lon.size - 1))
            block = relief[max(0, r - half) : r + half + 1, max(0, c - half) : c + half + 1]
            altitude[i, k] = block.mean()
    return lat, lon, altitude


def _coordinates(out: netCDF4.Dataset, lat: np.ndarray, lon: np.ndarray) -> None:
    for name, values, units, standard in (
        ("lat", lat, "degrees_north", "latitude"),
        ("lon", lon, "degrees_east", "longitude"),
    ):
        out.createDimension(name, values.size)
        variable = out.createVariable(name, "f8", (name,))
        variable.setncatts({"units": units, "standard_name": standard})
        variable[:] = values
