"""An identical-twin experiment, in which the truth is known.

A part of the synthetic region is run with rain and, on a part of the cropland and in the
last year only, irrigation: the truth. Observations are drawn from it with stated errors;
those of soil moisture come in another unit, with a seasonal bias and another variance. The
model that is to find the truth has other rain, no irrigation, and starts from
other soil moisture and leaf area. The years before the last give the rescaling its pairs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ldas.core.clock import DAY, month_index
from ldas.core.errors import UserError
from ldas.core.mosaic import CROPS, PATCHES
from ldas.cycling.configuration import load
from ldas.cycling.experiment import open_loop
from ldas.evaluation.opening import read_variable
from ldas.io.netcdf import atomic_dataset, writable_folder, write_atomically
from ldas.io.product_file import write_grid, write_product
from ldas.land_models.control import force_restore_range
from ldas.parallel.communicator import Serial
from ldas.synthetic.weather import Weather, generate

from .coarse_twin import write_coarse
from .demo import write_forcing_file, write_surface
from .landscape import Landscape, make_landscape
from .radar_twin import write_radar
from .retrieval_namelists import retrieval_namelists

BEGIN = np.datetime64("2017-01-01T18:00:00")  # of the analyses
END = np.datetime64("2017-10-01T18:00:00")
PAIR_YEARS = 3  # before BEGIN, of truth and open loop only
SUMMER = (6, 9)  # months, dry in truth and model
SUMMER_RAIN = 0.5  # 1, of the generated rain
IRRIGATION = 5.0  # mm a day
IRRIGATED_MONTHS, IRRIGATED_HOURS = (5, 9), 4.0  # from and to; h a day
CROP_MIN = 0.35  # 1, crop fraction from which a cell may be irrigated
RAIN_SPREAD, RAIN_MEMORY = 1.0, 30.0  # of the model's rain errors: sd of ln, days
SSM_EVERY, LAI_EVERY = 6, 10  # days
SSM_ERROR, LAI_ERROR = 0.4, 0.2  # of the soil's range; relative
GAIN, OFFSET, SEASON = 130.0, 10.0, 8.0  # of the product: % per m3 m-3, %, %
ERRORS = """&assimilation
   errors = 'correlated'
/
"""
EXPERIMENTS = {
    "truth": "kind = 'open_loop'",
    "open_loop": "kind = 'open_loop'",
    "ssm": "kind = 'analysis'",
    "lai": "kind = 'analysis'",
    "joint": "kind = 'analysis'",
}
RADAR_EXPERIMENTS = {
    "sigma0": "kind = 'analysis'",
    "sigma0_joint": "kind = 'analysis'",
}

FREE = ("truth", "open_loop")  # of observations

NAMELIST = """! Identical twin: {title}
! Written by `ldas twin`.
&experiment
   name = '{name}'
   start = '{start}'
   end = '{end}'
   {kind}
   keep_restarts = 0
/
&domain
   surface_file = 'surface.nc'
/
&forcing
   files = '{forcing}'
   height_correction = .false.
/
&model
   photosynthesis = 'nit'
   initial_swi = {swi}
   initial_lai = {lai}{restart}{irrigation}
/
&output
   frequency = 86400
   per_patch = .true.
   variables = 'wg', 'lai', 'swe', 'tg', 'gpp', 'evap', 'rainf', 'runoff', 'drainage'{outputs}
/
"""
BEGINS = """
   restart = 'output/open_loop/restart/restart_20170101T1800.nc'"""
IRRIGATED = f"""
   irrigation = 'prescribed'
   irrigation_files = 'irrigation.nc'
   irrigation_type = 12*1
   irrigation_hours = {IRRIGATED_HOURS:g}"""
SSM = """&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
   rescaling = 'linear'
   rescaling_file = 'output/rescale/ssm.nc'
   min_pairs = 10
   error = 0.4
/
"""
SSM_RETRIEVED = SSM.replace("'ssm.nc'", "'s2mp.nc'").replace(
    "   rescaling = ", "   flag_variable = 'quality'\n   rescaling = ", 1
)
SIGMA0 = """&observation
   type = 'sigma0'
   files = 'sigma0.nc'
   variable = 'sigma0_vv'
   orbit_variable = 'relative_orbit'
   calibration_file = 'output/calibration/sigma0.nc'
/
"""
LAI = """&observation
   type = 'lai'
   files = 'lai.nc'
   variable = 'lai'
   error = 0.2
/
"""
EVALUATION = """! Identical twin: every experiment judged by the truth and by two stations in it.
! Written by `ldas twin`; results in output/evaluation/, of which report.html shows all.
&evaluation
   reference = 'open_loop'
   truth = 'truth'
   mask_file = 'irrigated.nc'
   mask_variable = 'irrigated'
   start = '{start}'
   end = '{end}'
/
"""
SOURCE = """&source
   name = '{name}'
   folder = 'output/{name}'
/
"""
STATION = """&station
   name = '{name}'
   network = 'twin'
   land_cover = '{name}'
   file = '{name}.csv'
   latitude = {lat}
   longitude = {lon}
   columns = 'sm_5cm', 'sm_30cm'
   variables = 'wg', 'wg'
   depths = 0.05, 0.3
/
"""
PROBE_ERROR = 0.01  # m3 m-3
RESCALING = """&rescaling
   open_loop = 'output/open_loop'
/
"""
CALIBRATION = RESCALING.replace("&rescaling", "&calibration")


@dataclass(frozen=True)
class Twin:
    """The region of a twin: its landscape, weather, and where the truth is irrigated."""

    land: Landscape
    time: np.ndarray
    weather: Weather
    irrigated: np.ndarray  # (lat, lon)


def start_of(years: int) -> np.datetime64:
    """When truth and open loop begin, for so many years of pairs."""
    return np.datetime64(f"{2017 - years}-01-01T18:00:00")


def make_twin(size: int, seed: int, end: np.datetime64 = END, years: int = PAIR_YEARS) -> Twin:
    """A region of size x size cells with cropland, part of which is irrigated."""
    whole = make_landscape(seed)
    crops = sum(whole.patch_fraction[PATCHES.index(name)] for name in CROPS)
    rows, cols = _best_block(np.nan_to_num(crops), whole.land, size)
    place = (..., rows, cols)
    land = Landscape(
        whole.lat[rows],
        whole.lon[cols],
        whole.altitude[place],
        whole.clay[place],
        whole.sand[place],
        whole.patch_fraction[place],
        whole.lai,
    )
    hour, start = np.timedelta64(1, "h"), start_of(years)
    time = start + np.arange(int((end - start) / hour) + 1) * hour
    weather = generate(time, land.lat, land.lon, land.altitude, seed)
    month = month_index(time) + 1
    dry = (month >= SUMMER[0]) & (month <= SUMMER[1])
    factor = np.where(dry, SUMMER_RAIN, 1.0)[:, None, None]
    weather = replace(weather, rainf=weather.rainf * factor, snowf=weather.snowf * factor)
    part = crops[place] >= CROP_MIN
    west = np.zeros_like(part)
    west[:, : (size + 1) // 2] = True
    return Twin(land, time, weather, part & west)


def _best_block(crops: np.ndarray, land: np.ndarray, size: int) -> tuple[slice, slice]:
    """The size x size block that is all land and has most cropland."""
    best, place = -1.0, None
    for i in range(crops.shape[0] - size + 1):
        for k in range(crops.shape[1] - size + 1):
            rows, cols = slice(i, i + size), slice(k, k + size)
            if land[rows, cols].all() and crops[rows, cols].mean() > best:
                best, place = crops[rows, cols].mean(), (rows, cols)
    if place is None:
        raise UserError(f"no {size} x {size} block of land in the region; take a smaller --size")
    return place


def irrigation(twin: Twin) -> tuple[np.ndarray, np.ndarray]:
    """Days, and irrigation (mm day-1) of the truth on each: in the last year's summer."""
    days = np.arange(BEGIN.astype("datetime64[D]") + 1, twin.time[-1].astype("datetime64[D]") + 1)
    month = month_index(days) + 1
    season = (month >= IRRIGATED_MONTHS[0]) & (month <= IRRIGATED_MONTHS[1])
    return days, np.where(season[:, None, None] & twin.irrigated[None], IRRIGATION, 0.0)


def perturbed(twin: Twin, seed: int) -> Weather:
    """The model's weather: rain right on average but wrong for weeks on end, in each cell."""
    random = np.random.default_rng([seed, 2])
    days = int(np.ceil(twin.time.size / 24))
    memory = np.exp(-1.0 / RAIN_MEMORY)
    error = RAIN_SPREAD * random.normal(size=(days, *twin.irrigated.shape))
    for day in range(1, days):
        error[day] = memory * error[day - 1] + np.sqrt(1.0 - memory**2) * error[day]
    wrong = np.exp(error - 0.5 * RAIN_SPREAD**2)
    factor = np.repeat(wrong, 24, axis=0)[: twin.time.size]
    return replace(
        twin.weather, rainf=twin.weather.rainf * factor, snowf=twin.weather.snowf * factor
    )


@dataclass(frozen=True)
class TwinOptions:
    """Which twin: cells along one side, seed of landscape, weather and errors, and its end.

    `years` is how long truth and open loop run before the analyses begin. With `radar` soil
    moisture is not drawn but to be retrieved from images of the truth.
    """

    size: int
    seed: int
    end: np.datetime64 = END
    years: int = PAIR_YEARS
    radar: bool = False


def write_twin(folder: Path, options: TwinOptions, info: Callable[[str], None]) -> list[str]:
    """Write region, weather and namelists, run the truth to its end, draw the observations.

    Returns the commands to go on with. Raises UserError if the folder cannot be written.
    """
    size, seed, end = options.size, options.seed, options.end
    years, radar = options.years, options.radar
    writable_folder(folder, "twin folder")
    twin = make_twin(size, seed, end, years)
    write_surface(folder / "surface.nc", twin.land)
    write_forcing_file(folder / "forcing_truth.nc", twin.land, twin.time, twin.weather)
    days, water = irrigation(twin)
    irrigated = bool(water.any())
    if irrigated:
        place = (twin.land.lat, twin.land.lon, days.astype("datetime64[s]"))
        write_product(folder / "irrigation.nc", *place, "irrigation", "mm day-1", water)
    write_forcing_file(folder / "forcing.nc", twin.land, twin.time, perturbed(twin, seed))
    for name in experiments(radar):
        text = namelist(name, end, years, radar, irrigated)
        write_atomically(folder / f"{name}.nml", text)
    for name in ("rescale", *(["calibrate"] if radar else [])):
        write_atomically(folder / f"{name}.nml", namelist(name, end, years, radar))
    with atomic_dataset(folder / "irrigated.nc") as out:
        write_grid(out, twin.land.lat, twin.land.lon)
        out.createVariable("irrigated", "i1", ("lat", "lon"))[:] = twin.irrigated
    info("runs the truth")
    open_loop(load(folder / "truth.nml"), Serial(), _silent, _silent)
    draw_observations(folder, twin, seed, radar)
    stations = write_evaluation(folder, twin, seed, end, experiments(radar))
    if radar:
        for name, text in retrieval_namelists(str(BEGIN)[:16], stations).items():
            write_atomically(folder / name, text)
    return [
        *(["ldas retrieve retrieve.nml"] if radar else []),
        "ldas run open_loop.nml",
        "ldas rescale rescale.nml",
        *(["ldas calibrate calibrate.nml"] if radar else []),
        *(f"ldas run {name}.nml" for name in experiments(radar) if name not in FREE),
        "ldas evaluate evaluate.nml",
    ]


def experiments(radar: bool) -> dict[str, str]:
    """What is run, and the kind of each."""
    return {**EXPERIMENTS, **(RADAR_EXPERIMENTS if radar else {})}


def _silent(_: object) -> None:
    """Say nothing."""


def namelist(
    name: str,
    last: np.datetime64 = END,
    years: int = PAIR_YEARS,
    radar: bool = False,
    irrigated: bool = False,
) -> str:
    """The namelist of one of the experiments, or of the rescaling."""
    free, pairing = name in FREE, name in ("rescale", "calibrate")
    start, end = (start_of(years), last) if free else (BEGIN, last)
    if pairing:
        start, end = start_of(years), BEGIN
    restart = "" if free or pairing else BEGINS
    text = NAMELIST.format(
        title=name,
        name=name,
        start=str(start)[:16],
        end=str(end)[:16],
        kind=experiments(radar).get(name, "kind = 'open_loop'"),
        forcing="forcing_truth.nc" if name == "truth" else "forcing.nc",
        swi=0.9 if name == "truth" else 0.5,
        lai=1.0 if name == "truth" else 0.5,
        restart=restart,
        irrigation=IRRIGATED if name == "truth" and irrigated else "",
        outputs=", 'irrigation'" if name == "truth" and irrigated else "",
    )
    if not free and not pairing:
        text += ERRORS
    if name in ("ssm", "joint", "rescale"):
        text += SSM_RETRIEVED if radar else SSM
    if name in ("calibrate", "sigma0", "sigma0_joint"):
        text += SIGMA0
    if name in ("lai", "joint", "sigma0_joint"):
        text += LAI
    return text + {"rescale": RESCALING, "calibrate": CALIBRATION}.get(name, "")


def write_evaluation(
    folder: Path, twin: Twin, seed: int, end: np.datetime64, names: Iterable[str]
) -> str:
    """Two stations of the truth, and the namelist that judges all experiments.

    Returns the `&station` groups.
    """
    random = np.random.default_rng([seed, 4])
    wg = read_variable(folder / "output" / "truth", "state", "wg")
    text = EVALUATION.format(start=str(BEGIN + DAY)[:16], end=str(end)[:16])
    text += "".join(SOURCE.format(name=name) for name in names if name != "truth")
    text += SOURCE.format(name="truth")
    stations = ""
    for name, where in (("irrigated", twin.irrigated), ("rainfed", ~twin.irrigated)):
        if not where.any():
            continue
        row, col = np.argwhere(where)[0]
        true = wg.isel(lat=row, lon=col)
        table = pd.DataFrame({"time_utc": wg.time.values})
        for column, layers in (("sm_5cm", [3]), ("sm_30cm", [5])):
            error = PROBE_ERROR * random.normal(size=wg.time.size)
            table[column] = true.sel(layer=layers).mean("layer").values + error
        write_atomically(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.4f"))
        stations += STATION.format(name=name, lat=twin.land.lat[row], lon=twin.land.lon[col])
    write_atomically(folder / "evaluate.nml", text + stations)
    return stations


def draw_observations(folder: Path, twin: Twin, seed: int, radar: bool = False) -> None:
    """Soil moisture and leaf area of the truth at 18 UTC, with errors, as products.

    With `radar` images of it instead of soil moisture.
    """
    random = np.random.default_rng([seed, 3])
    wg = read_variable(folder / "output" / "truth", "state", "wg").sel(layer=2)
    lai = read_variable(folder / "output" / "truth", "state", "lai")
    scale = force_restore_range(twin.land.clay)
    every = wg.time.values.astype("datetime64[s]")
    chosen = every[::SSM_EVERY]
    month = month_index(chosen) + 1
    true = wg.values[::SSM_EVERY]
    seen = true + SSM_ERROR * scale * random.normal(size=true.shape)
    bias = SEASON * np.cos(2.0 * np.pi * (month - 4) / 12.0)[:, None, None]
    place = (twin.land.lat, twin.land.lon)
    if radar:
        write_radar(folder, twin.land, wg, lai, seed, SSM_EVERY)
        deep = read_variable(folder / "output" / "truth", "state", "tg").sel(layer=4)
        write_coarse(folder, twin.land, wg, deep, lai, seed)
    else:
        write_product(folder / "ssm.nc", *place, chosen, "ssm", "%", GAIN * seen + OFFSET + bias)
    true = lai.values[::LAI_EVERY]
    seen = np.clip(true * (1.0 + LAI_ERROR * random.normal(size=true.shape)), 0.05, None)
    write_product(folder / "lai.nc", *place, every[::LAI_EVERY], "lai", "m2 m-2", seen)
