"""One small good case of every command that reads a namelist, for the fuzz and for the soak."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import netCDF4

ROOT = Path(__file__).resolve().parents[2]
for part in ("image_chain", "", "retrieval", "evaluation", "bad_input", "operations"):
    sys.path.insert(0, str(ROOT / "tests" / part))

import known_ground  # noqa: E402
import radar_years  # noqa: E402
import radiometer_scene  # noqa: E402
import two_products  # noqa: E402
from conftest import SmallCase  # noqa: E402
from feeding import START, Feed  # noqa: E402
from scene import Scene  # noqa: E402
from synthetic import truth, write_experiment, write_station  # noqa: E402
from test_evaluate import NAMELIST as EVALUATION  # noqa: E402
from test_s2mp import NAMELIST as S2MP  # noqa: E402
from test_wrong_maps import TEXT as MAPS  # noqa: E402
from test_wrong_maps import write_maps  # noqa: E402
from test_wrong_restarts import RESCALE, product  # noqa: E402

from ldas.core.clock import DAY  # noqa: E402
from ldas.synthetic.sentinel1_product import RadarScene, write_safe  # noqa: E402
from ldas.synthetic.sentinel2_product import OpticalScene, write_level2a  # noqa: E402
from ldas.synthetic.sentinel3_product import DayScene, write_synthesis_product  # noqa: E402

NAMELIST = "case.nml"
SPINUP = "\n&spinup\n   passes = 3\n/\n"
ANALYSIS = """&assimilation
   control = 'wg2', 'wg3'
/
&observation
   type = 'ssm'
   files = 'ssm.nc'
   variable = 'ssm'
   error = 0.04
/
"""
SIGMA0 = """
&observation
   type = 'sigma0'
   files = 'sigma0.nc'
   variable = 'sigma0_vv'
   calibration_file = 'output/vv.nc'
   min_pairs = 2
   r_min = -1.0
/
&calibration
   open_loop = 'output/case'
/
"""
IMAGES = """&images
   steps = 'sentinel1', 'sentinel2', 'sentinel3', 'plots'
   output_dir = 'out'
   box = 49.995, 50.005, 4.993, 5.007
   resolution = 0.0002
   dem_files = 'dem.tif'
   figure = .false.
/
&sentinel1
   files = '2*.SAFE'
   border = 0.0
/
&sentinel2
   files = 'S2*.SAFE'
/
&sentinel3
   files = 'S3*.SEN3'
/
&plots
   smallest = 0.2
/
"""


@dataclass(frozen=True)
class Job:
    """A command on `case.nml` of a folder that holds all its input.

    `weight` is how often the fuzz takes it: less often where `ldas check` takes long.
    """

    name: str
    command: str
    prepare: Callable[[Path], None]
    more: tuple[str, ...] = ()
    ranks: int = 1
    weight: float = 1.0

    def line(self, folder: Path) -> list[str]:
        """What comes after `ldas`."""
        return [self.command, str(folder / NAMELIST), *self.more]

    def begin(self, folder: Path, **environment: str) -> subprocess.Popen:
        """The command, in a process group of its own; what it says goes to `said.log`."""
        line = [sys.executable, "-m", "ldas.cli", *self.line(folder)]
        if self.ranks > 1:
            line = ["mpirun", "-n", str(self.ranks), *line]
        with (folder / "said.log").open("a") as log:
            return subprocess.Popen(
                line,
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **environment},
            )

    def call(self, folder: Path, **environment: str) -> int:
        """The command to its end."""
        return self.begin(folder, **environment).wait(timeout=600)


def _experiment(folder: Path) -> SmallCase:
    case = SmallCase(folder)
    case.on_six_cells()
    case.forcing.time_units = "hours since 2001-05-30 00:00:00"
    case.set("start = '2001-06-01", "start = '2001-05-30")
    return case.set(
        "end = '2001-06-03T12:00'", "end = '2001-06-02T00:00'\n   checkpoint_seconds = 0.0"
    )


def open_loop(folder: Path) -> None:
    """Three days of six cells, a month ends in them."""
    _experiment(folder).write()


def analysis(folder: Path) -> None:
    """One cell with one observation."""
    case = SmallCase(folder)
    case.set("name = 'case'", "name = 'case'\n   kind = 'analysis'")
    case.set("&output", ANALYSIS + "&output").write()
    case.write_ssm()


def spinup(folder: Path) -> None:
    """One cell, three passes."""
    case = SmallCase(folder)
    case.text += SPINUP
    case.write()


def finished(folder: Path) -> None:
    """One cell that has been run: to be drawn, or made a climate of."""
    case = SmallCase(folder)
    case.write()
    assert Job("", "run", open_loop).call(folder) == 0


def rescale(folder: Path) -> None:
    """One cell that has been run, and a product."""
    finished(folder)
    with (folder / NAMELIST).open("a") as out:
        out.write(RESCALE)
    product(folder / "ssm.nc")


def calibrate(folder: Path) -> None:
    """One cell that has been run, and two radar images of it."""
    finished(folder)
    with (folder / NAMELIST).open("a") as out:
        out.write(SIGMA0)
    with netCDF4.Dataset(folder / "sigma0.nc", "w") as out:
        for name, values in (("time", [18.0, 42.0]), ("lat", [43.4]), ("lon", [1.7])):
            out.createDimension(name, len(values))
            out.createVariable(name, "f8", (name,))[:] = values
        out["time"].units = "hours since 2001-06-01"
        for name, units, value in (
            ("sigma0_vv", "dB", [-11.0, -10.0]),
            ("theta", "degree", [38.0, 38.0]),
        ):
            stored = out.createVariable(name, "f4", ("time", "lat", "lon"))
            stored.units, stored[:, 0, 0] = units, value


def irrigation(folder: Path) -> None:
    """One cell that has been analysed."""
    analysis(folder)
    assert Job("", "run", analysis).call(folder) == 0


def s2mp(folder: Path) -> None:
    """A field with radar and optical images."""
    Scene(cells=4).write(folder)
    (folder / NAMELIST).write_text(S2MP)


def change_detection(folder: Path) -> None:
    """Years of images of a few cells."""
    radar_years.RadarYears(years=2).write(folder)
    (folder / NAMELIST).write_text(radar_years.NAMELIST)


def largest_change(folder: Path) -> None:
    """The same with vegetation."""
    radar_years.RadarYears(years=2).write(folder)
    (folder / NAMELIST).write_text(radar_years.VEGETATION)


def hybrid(folder: Path) -> None:
    """The same with a network that knows the index."""
    radar_years.RadarYears(years=2).write(folder)
    (folder / NAMELIST).write_text(radar_years.HYBRID)


def water_cloud(folder: Path) -> None:
    """The same, fitted to a model's moisture."""
    years = radar_years.RadarYears(years=2)
    years.write(folder)
    years.write_model(folder)
    (folder / NAMELIST).write_text(radar_years.CLOUD)


def swi(folder: Path) -> None:
    """A fine and a coarse product."""
    two_products.TwoProducts().write(folder)
    (folder / NAMELIST).write_text(two_products.NAMELIST)


def smap_s1(folder: Path) -> None:
    """Brightness temperatures and radar images."""
    radiometer_scene.RadiometerScene().write(folder)
    (folder / NAMELIST).write_text(radiometer_scene.NAMELIST)


def evaluate(folder: Path) -> None:
    """Two experiments and a station."""
    days, lat, lon, true = truth(days=200)
    write_experiment(folder / "open_loop", days, lat, lon, true + 0.05)
    write_experiment(folder / "analysis", days, lat, lon, true + 0.02)
    write_station(folder / "north.csv", days, true[:, 2, 1])
    (folder / NAMELIST).write_text(EVALUATION)


def surface(folder: Path) -> None:
    """Four maps of one degree's hundredth."""
    write_maps(folder)
    (folder / NAMELIST).write_text(MAPS)


def images(folder: Path) -> None:
    """A radar frame, an optical product and an elevation model of two kilometres."""
    scene = RadarScene(
        known_ground.LAT, known_ground.LON, {"VV": 0.1, "VH": 0.02}, known_ground.hills,
        lines=240, pixels=240,
    )  # fmt: skip
    write_safe(folder, scene)
    clear = lambda lat, lon: 0.0 * lat > 1.0
    optical = OpticalScene("EPSG:32631", 642_000.0, 5_542_500.0, 300, known_ground.green, clear)
    write_level2a(folder, optical)
    write_synthesis_product(folder, DayScene(49, 51, 4, 6, known_ground.green, clear))
    known_ground.write_dem(folder / "dem.tif", known_ground.hills, half=0.02)
    (folder / NAMELIST).write_text(IMAGES)


def cycle(folder: Path) -> None:
    """Two days of operations whose input has come."""
    feed = Feed(folder, 2, cycle="   disk_gib = 0.0")
    feed.deliver_all()
    feed.oper.rename(folder / NAMELIST)


RUNS = tuple(Job(f"run{ranks}", "run", open_loop, ranks=ranks) for ranks in (1, 2, 3))
WRITING = (
    *RUNS,
    Job("analysis", "run", analysis),
    Job("spinup", "spinup", spinup),
    Job("rescale", "rescale", rescale, weight=0.5),
    Job("calibrate", "calibrate", calibrate, weight=0.5),
    Job("irrigation", "irrigation", irrigation, weight=0.5),
    Job("s2mp", "retrieve", s2mp),
    Job("change_detection", "retrieve", change_detection, weight=0.3),
    Job("hybrid", "retrieve", hybrid, weight=0.3),
    Job("water_cloud", "retrieve", water_cloud, weight=0.3),
    Job("swi", "retrieve", swi),
    Job("smap_s1", "retrieve", smap_s1),
    Job("evaluate", "evaluate", evaluate, weight=0.4),
    Job("surface", "surface", surface),
    Job("images", "images", images),
    Job("cycle", "cycle", cycle, ("--now", str(START + 2 * DAY))),
)
ALL = (
    RUNS[0],
    *WRITING[len(RUNS) :],
    Job("largest_change", "retrieve", largest_change, weight=0.2),
    Job("climate", "climate", finished),
    Job("plot", "plot", finished),
)
