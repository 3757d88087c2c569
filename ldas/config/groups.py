"""The namelist groups that are not a plug-in's own: experiment, domain, forcing, output."""

from typing import Literal

from ldas.core.mosaic import PATCHES
from ldas.core.settings import Group, Instant, Numbers, Strings, entry


class Experiment(Group):
    """What is run, over which period, and where the results go."""

    name: str = entry(
        help="name of the experiment; results go to <output_dir>/<name>/",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    )
    start: Instant = entry(help="first instant, ISO date (UTC)")
    end: Instant = entry(help="last instant, ISO date (UTC)")
    kind: Literal["open_loop"] = entry("open_loop", "model alone")
    window_start_utc: int = entry(
        18, "hour at which the daily windows begin and end", "h", ge=0, le=23
    )
    output_dir: str = entry("output", "folder of the results, relative to the namelist")
    checkpoint_seconds: float = entry(
        30.0, "wall time after which a restart is written at the next window's end", "s", ge=0.0
    )
    keep_restarts: int = entry(2, "how many of the latest restarts are kept; 0: all", ge=0)


class Domain(Group):
    """The cells: a surface file, or uniform values for one point."""

    surface_file: str | None = entry(
        None, "NetCDF with lat, lon, patch_fraction, clay, sand, altitude and optional maps"
    )
    latitude: float | None = entry(None, "of the point", "degrees_north", ge=-90.0, le=90.0)
    longitude: float | None = entry(None, "of the point", "degrees_east", ge=-180.0, le=360.0)
    altitude: float | None = entry(None, "of the point", "m", ge=-500.0, le=9000.0)
    clay: float | None = entry(None, "clay fraction of the soil", "1", gt=0.0, lt=1.0)
    sand: float | None = entry(None, "sand fraction of the soil", "1", gt=0.0, lt=1.0)
    patch_fraction: Numbers | None = entry(
        None, "fractions of the 12 patches: " + ", ".join(PATCHES), "1"
    )


class Forcing(Group):
    """The atmosphere that drives the model."""

    files: Strings = entry(help="NetCDF files or patterns like 'met_*.nc', in any order")
    source: Literal["alma"] = entry("alma", "naming convention of the files")
    height_correction: bool = entry(
        True, "correct temperature, pressure, humidity and longwave for the altitude difference"
    )
    z_temperature: float | None = entry(
        None, "height of temperature and humidity, if no file has ZREF", "m", gt=0.5, le=200.0
    )
    z_wind: float | None = entry(
        None, "height of the wind, if no file has UREF", "m", gt=0.5, le=200.0
    )
    co2: float = entry(
        385.0, "carbon dioxide of the air, if no file has it", "1e-6", ge=100.0, le=3000.0
    )
    point_distance: float = entry(
        25.0, "how far a single-point forcing may lie from the cells", "km", gt=0.0
    )
    scan: Literal["full", "window"] = entry(
        "full", "look for bad values in the whole period before the run, or window by window"
    )


class Evaluation(Group):
    """Measurements to compare with."""

    station_file: str | None = entry(None, "CSV table of one station, one row a time (UTC)")
    station_time: str = entry("time_utc", "column of the times")
    station_columns: Strings = entry([], "columns to compare")
    station_variables: Strings = entry([], "for each column, the name of the output variable")
    station_depths: Numbers = entry(
        [], "for each column, its depth in the soil; 0 where it has none", "m"
    )


class Spinup(Group):
    """How `ldas spinup` repeats the experiment's period until the state no longer drifts."""

    passes: int = entry(30, "most passes through the period", ge=1)
    moisture: float = entry(
        1e-3, "drift of soil water in a pass that counts as none, any layer", "m3 m-3", ge=0.0
    )
    temperature: float = entry(
        0.02, "drift of soil temperature that counts as none, any layer", "K", ge=0.0
    )
    biomass: float = entry(
        1e-2, "drift of structural biomass that counts as none", "kg m-2", ge=0.0
    )
    accelerate: bool = entry(
        True, "extrapolate slow soil temperature and water to where they are heading"
    )


class Output(Group):
    """What is written."""

    frequency: int = entry(
        3600, "interval of the outputs, a divisor of a day and multiple of the time step", "s", ge=1
    )
    variables: Strings = entry(["all"], "names of the variables to write, or 'all'")
    per_patch: bool = entry(False, "also write each variable for each patch")
    compression: int = entry(1, "zlib level, 0 for none", ge=0, le=9)
    precision: Literal["single", "double"] = entry("single", "floating point type of the outputs")
