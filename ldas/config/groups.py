"""The namelist groups that are not a plug-in's own: experiment, domain, forcing, output."""

from typing import Literal, Self

from pydantic import model_validator

from ldas.core.mosaic import PATCHES
from ldas.core.registries import FILTERS, FORCING_SOURCES
from ldas.core.settings import (
    Group,
    Instant,
    Integers,
    Numbers,
    Strings,
    chosen_from,
    entry,
)

from .product_entries import ProductEntries

NAME = r"^[A-Za-z][A-Za-z0-9_]*$"


class Experiment(Group):
    """What is run, over which period, and where the results go."""

    name: str = entry(
        help="name of the experiment; results go to <output_dir>/<name>/",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
    )
    start: Instant = entry(help="first instant, ISO date (UTC)")
    end: Instant = entry(help="last instant, ISO date (UTC)")
    kind: Literal["open_loop", "analysis"] = entry(
        "open_loop", "open_loop: the model alone; analysis: with observations"
    )
    window_start_utc: int = entry(
        18, "hour at which the daily windows begin and end", "h", ge=0, le=23
    )
    output_dir: str = entry("output", "folder of the results, relative to the namelist")
    checkpoint_seconds: float = entry(
        30.0, "wall time after which a restart is written at the next window's end", "s", ge=0.0
    )
    keep_restarts: int = entry(2, "how many of the latest restarts are kept; 0: all", ge=0)
    accept_changed_inputs: bool = entry(
        False, "go on from a restart though the content of input files has changed since"
    )


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

    name: str | None = entry(
        None,
        "what outputs and books of `ldas cycle` call it, where there are several",
        pattern=NAME,
    )
    files: Strings = entry(
        help="NetCDF, GRIB or CSV files or patterns like 'met_*.nc', in any order"
    )
    source: chosen_from(FORCING_SOURCES) = entry("alma", "data set or naming convention")
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
    longwave: Literal["files", "prata", "brutsaert"] = entry(
        "files", "longwave as in the files, or by a formula for the sky, clouds by the shortwave"
    )
    lead_hours: Integers = entry(
        [1, 24],
        "of forecasts: first and last lead time that are used, of any instant the latest run's",
        "h",
        min_length=2,
        max_length=2,
    )
    run_hours: Integers = entry([], "of forecasts: hours of the runs that are used; none: all", "h")
    point_distance: float = entry(
        25.0, "how far a single-point forcing may lie from the cells", "km", gt=0.0
    )
    scan: Literal["full", "window"] = entry(
        "full", "look for bad values in the whole period before the run, or window by window"
    )


ERRORS = {
    "background_wg": {"correlated": 0.4, "published": 0.2},
    "model_wg": {"correlated": 0.5, "published": 0.125},
    "model_lai": {"correlated": 1.0, "published": 0.5},
    "patch_correlation": {"correlated": 0.9, "published": 0.0},
    "layer_correlation": {"correlated": 0.5, "published": 0.0},
    "lai_correlation": {"correlated": 0.2, "published": 0.0},
    "bias_gain": {"correlated": 0.7, "published": 0.0},
    "error_memory": {"correlated": 60.0, "published": 0.0},
}


class Assimilation(Group):
    """How an analysis is made of model and observations."""

    filter: chosen_from(FILTERS) = entry(
        "sekf",
        "sekf: background errors fixed; ekf: carried by the model from window to window; ensrf: "
        "members of an ensemble",
    )
    errors: Literal["correlated", "published"] = entry(
        "correlated",
        "what errors below are where they are not given: correlated between layers, patches and "
        "leaves, with a bias correction; published: neither (Barbu et al. 2014)",
    )
    control: Strings = entry(
        ["lai", *(f"wg{k}" for k in range(2, 9))], "variables that the analysis changes"
    )
    background_wg2: float = entry(
        0.4, "background error of wg1 and wg2, of the soil's range (Barbu et al. 2014)", "1", gt=0.0
    )
    background_wg: float | None = entry(
        None, "background error of deeper layers, of the soil's range", "1", gt=0.0,
        shown="0.4; published: 0.2 (Albergel et al. 2017)",
    )  # fmt: skip
    background_lai: float = entry(
        0.2, "background error of leaf area, relative (Barbu et al. 2011)", "1", gt=0.0
    )
    background_lai_low: float = entry(
        0.4, "background error of leaf area below lai_low (Barbu et al. 2011)", "m2 m-2", gt=0.0
    )
    lai_low: float = entry(2.0, "leaf area below which its error is constant", "m2 m-2", ge=0.0)
    model_wg: float | None = entry(
        None,
        "ekf, ensrf: model error added a window, of the background error of soil moisture", "1",
        ge=0.0, shown="0.5; published: 0.125",
    )  # fmt: skip
    model_lai: float | None = entry(
        None,
        "ekf, ensrf: model error added a window, of the background error of leaf area", "1",
        ge=0.0, shown="1; published: 0.5",
    )  # fmt: skip
    patch_correlation: float | None = entry(
        None, "correlation of background and model errors between patches", "1", ge=0.0, le=1.0,
        shown="0.9; published: 0",
    )  # fmt: skip
    layer_correlation: float | None = entry(
        None, "length of the correlation of these errors between soil layers", "m", ge=0.0,
        shown="0.5; published: 0",
    )  # fmt: skip
    lai_correlation: float | None = entry(
        None, "correlation of these errors of leaf area with those of soil moisture", "1",
        gt=-1.0, lt=1.0, shown="0.2; published: 0",
    )  # fmt: skip
    bias_gain: float | None = entry(
        None,
        "share of the increments by soil moisture that is learnt as a bias correction a day, 0: "
        "none (Dee and da Silva 1998)",
        "1",
        ge=0.0,
        le=2.0,
        shown="0.7; published: 0",
    )
    bias_memory: float = entry(60.0, "after which what was learnt has faded", "d", gt=0.0)
    bias_threshold: float = entry(
        2.0, "square of a correction over that of its noise, below which it is not applied", "1",
        ge=0.0,
    )  # fmt: skip
    bias_observed: float = entry(
        0.005, "steady error that rescaled soil moisture may have and that is not learnt",
        "m3 m-3", ge=0.0,
    )  # fmt: skip
    error_memory: float | None = entry(
        None,
        "after which innovations no longer tell the size of errors, background and observation "
        "alike; 0: errors stay as given (Dee 1995)", "d", ge=0.0, shown="60; published: 0",
    )  # fmt: skip
    perturb_rain: float = entry(
        0.5, "ensrf: error of the members' rain and snow, relative (Reichle et al. 2007)", "1",
        ge=0.0, le=2.0,
    )  # fmt: skip
    perturb_shortwave: float = entry(
        0.3, "ensrf: error of the members' solar radiation, relative", "1", ge=0.0, le=2.0
    )
    perturb_longwave: float = entry(
        20.0, "ensrf: error of the members' thermal radiation", "W m-2", ge=0.0, le=100.0
    )
    members: int = entry(20, "ensrf: members of the ensemble (Bonan et al. 2020)", ge=2)
    seed: int = entry(1, "ensrf: of the members' random errors", ge=0)
    structural_biomass: bool = entry(
        True, "structural biomass follows the leaves, so that the next growth keeps the analysis"
    )
    frozen_share: float = entry(
        0.5, "share of a cell frozen or under snow from which on nothing is assimilated", "1",
        ge=0.0, le=1.0,
    )  # fmt: skip
    jacobians: bool = entry(False, "write the Jacobians of every window to analysis_*.nc")
    allow_no_observations: bool = entry(
        False, "let a run end well that has not used a single observation"
    )

    @model_validator(mode="after")
    def _by_errors(self) -> Self:
        """What is not given is what `errors` says."""
        for name, values in ERRORS.items():
            if getattr(self, name) is None:
                setattr(self, name, values[self.errors])
        return self


class Observation(ProductEntries):
    """One set of observations; give as many groups as there are sets."""

    name: str | None = entry(None, "name in the outputs, unique; not given: the type", pattern=NAME)
    files: Strings = entry(help="files or patterns like 'ssm_*.nc'")
    time: Literal["window_end", "own"] = entry(
        "window_end",
        "when the model is compared: at the window's end or the observation's own time",
    )
    rescaling: Literal["none", "linear", "cdf", "anomaly"] = entry(
        "none", "to the model's climate, by the statistics of rescaling_file"
    )
    rescaling_file: str | None = entry(None, "what `ldas rescale` wrote for this set")
    min_pairs: int = entry(
        10, "fewest pairs of a season's statistics, or of an orbit's calibration", ge=2
    )
    calibration_file: str | None = entry(
        None, "of sigma0: what `ldas calibrate` wrote for this set"
    )
    orbit_variable: str | None = entry(
        None,
        "of sigma0: variable or attribute with the relative orbit of each image, which says under "
        "which angle it was taken; not given: all images were taken under one",
    )
    angle_variable: str = entry(
        "theta", "of sigma0: variable with the incidence angle, read by `ldas calibrate`"
    )
    r_min: float = entry(
        0.3,
        "of sigma0: least correlation that its calibration found; a cell below it is not used",
        "1",
        ge=-1.0,
        le=1.0,
    )
    seen_min: float = entry(
        0.2,
        "of sigma0: least share of the soil's backscatter that must come through the leaves of "
        "the background",
        "1",
        ge=0.0,
        le=1.0,
    )
    error: float | None = entry(
        None,
        "observation error: ssm: of the soil's range, default 0.4 (Barbu et al. 2014); lai: "
        "relative, default 0.2 (Barbu et al. 2011); sigma0: dB, default what the calibration left",
        "1",
        gt=0.0,
        le=1000.0,
    )
    error_min: float = entry(0.05, "least error of leaf area", "m2 m-2", gt=0.0)
    gross: float = entry(
        5.0, "innovation over its expected error, from which on it is rejected", "1", gt=0.0
    )
    max_distance: float = entry(
        1.0,
        "how far the nearest pixel may lie, where pixels are not finer than cells",
        "km",
        gt=0.0,
        le=500.0,
    )
    urban_max: float = entry(0.15, "most urban_fraction of the surface file", "1", ge=0.0, le=1.0)
    water_max: float = entry(0.15, "most water_fraction of the surface file", "1", ge=0.0, le=1.0)
    relief_max: float = entry(
        1000.0, "most relief of the surface file: sd of altitude in a cell", "m", ge=0.0
    )
    mask_file: str | None = entry(None, "NetCDF on the model grid: where not to assimilate")
    mask_variable: str = entry("mask", "variable of mask_file; other than 0 is masked")
    latency: float = entry(
        0.0,
        "how long `ldas cycle` waits after a window's end for what is due in it",
        "h",
        ge=0.0,
        le=24.0 * 366.0,
    )
    every: float = entry(
        1.0, "how often the set comes: when `ldas cycle` takes it for due", "day", gt=0.0, le=366.0
    )


class _Paired(Group):
    open_loop: str | None = entry(None, "folder of the open-loop experiment's results")
    minutes: float = entry(
        60.0, "how far a model output may lie from an observation", "min", gt=0.0
    )


class Rescaling(_Paired):
    """What `ldas rescale` pairs the observations with."""

    climate: Literal["smooth", "seasons"] = entry(
        "smooth",
        "seasons: moments of three months each; smooth: means as two harmonics of the year, one "
        "ratio of standard deviations, cells (4 or more) drawn together where they differ by noise",
    )


class Calibration(_Paired):
    """What `ldas calibrate` fits the backscatter of each cell to."""

    soil: Literal["linear", "iem"] = entry(
        "linear",
        "the soil's backscatter: linear in dB with moisture, or the calibrated integral equation "
        "model (VV) for a roughness",
    )


class Irrigation(Group):
    """What `ldas irrigation` looks for in the increments of the namelist's analysis."""

    output: str | None = entry(
        None, "NetCDF to write; two pictures lie beside it", shown="irrigation.nc of the results"
    )
    first_month: int = entry(4, "first month of the year that is looked at", ge=1, le=12)
    last_month: int = entry(10, "last month of the year that is looked at", ge=1, le=12)
    crop_min: float = entry(
        0.1, "share of cropland from which on a cell can be irrigated", "1", ge=0.0, le=1.0
    )
    prior: float = entry(
        0.2,
        "share of the cells with cropland that one would guess to be irrigated",
        "1",
        gt=0.0,
        lt=1.0,
    )


class Spinup(Group):
    """How `ldas spinup` repeats the experiment's period until the state no longer drifts."""

    passes: int = entry(30, "most passes through the period", ge=1, le=10_000)
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
