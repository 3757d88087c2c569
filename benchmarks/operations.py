"""A day of operations beside the same day within a long run; and a call with nothing to do.

python benchmarks/operations.py [--rows 100] [--cols 140] [--days 4]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import netCDF4
import numpy as np

START = np.datetime64("2017-05-15T18:00:00")
DAY = np.timedelta64(86400, "s")
PATCHES = (3, 4, 6, 7, 9)
UNITS = {
    "Tair": ("K", 288.0),
    "Qair": ("kg kg-1", 0.007),
    "Wind": ("m s-1", 3.0),
    "SWdown": ("W m-2", 300.0),
    "LWdown": ("W m-2", 320.0),
    "Rainf": ("kg m-2 s-1", 2e-5),
    "Snowf": ("kg m-2 s-1", 0.0),
    "PSurf": ("Pa", 98000.0),
}
TEXT = """&experiment
   name = '{name}'
   kind = '{kind}'
   start = '{start}'
{end}/
{cycle}&domain
   surface_file = 'surface.nc'
/
&forcing
   files = 'met_*.nc'
   height_correction = .false.
/
&model
   photosynthesis = 'nit'
   time_step = 300
   initial_swi = 0.7
   initial_temperature = 288.0
/
{analysis}&output
   frequency = 10800
   per_patch = .false.
/
"""
ANALYSIS = """&assimilation
   control = 'lai', 'wg2', 'wg3', 'wg4', 'wg5', 'wg6', 'wg7', 'wg8'
/
&observation
   type = 'ssm'
   files = 'ssm_*.nc'
   variable = 'ssm'
   error = 0.4
/
"""


def axes(out: netCDF4.Dataset, lat: np.ndarray, lon: np.ndarray, hours: np.ndarray | None) -> None:
    for name, axis in (("lat", lat), ("lon", lon), ("time", hours)):
        if axis is not None:
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis
    if hours is not None:
        out["time"].units = "hours since 2017-05-15 00:00:00"


def write(folder: Path, rows: int, cols: int, days: int) -> None:
    """Surface, a file a day of weather on 0.1 degrees, a pass a day."""
    lat, lon = 43.0 + 0.01 * np.arange(rows), 1.0 + 0.01 * np.arange(cols)
    dice = np.random.default_rng(1)
    with netCDF4.Dataset(folder / "surface.nc", "w") as out:
        axes(out, lat, lon, None)
        out.createDimension("patch", 12)
        for name, value, units in (("altitude", 100, "m"), ("clay", 0.2, "1"), ("sand", 0.4, "1")):
            variable = out.createVariable(name, "f8", ("lat", "lon"))
            variable.units, variable[:] = units, value
        share = out.createVariable("patch_fraction", "f8", ("patch", "lat", "lon"))
        share.units, share[:] = "1", 0.0
        for k in PATCHES:
            share[k] = 1.0 / len(PATCHES)
    coarse = (np.arange(42.8, lat[-1] + 0.3, 0.1), np.arange(0.8, lon[-1] + 0.3, 0.1))
    for day in range(days + 1):
        hours = np.arange(24.0) + 24 * day
        shape = (24, coarse[0].size, coarse[1].size)
        stamp = str(START.astype("datetime64[D]") + day).replace("-", "")
        with netCDF4.Dataset(folder / f"met_{stamp}.nc", "w") as out:
            axes(out, *coarse, hours)
            wave = np.cos(2 * np.pi * (hours % 24 - 13) / 24)[:, None, None]
            for name, (units, mean) in UNITS.items():
                values = mean * (1 + 0.02 * dice.random(shape))
                values = np.maximum(0.0, 800 * wave) + 0 * values if name == "SWdown" else values
                values = values + 5 * wave if name == "Tair" else values
                variable = out.createVariable(name, "f4", ("time", "lat", "lon"))
                variable.units, variable[:] = units, values
            for name, value in (("ZREF", 2.0), ("UREF", 10.0)):
                variable = out.createVariable(name, "f8", ())
                variable.units, variable[...] = "m", value
        with netCDF4.Dataset(folder / f"ssm_{stamp}.nc", "w") as out:
            axes(out, lat, lon, np.array([17.0 + 24 * day]))
            variable = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
            variable.units, variable[:] = "m3 m-3", 0.2 + 0.05 * dice.random((1, rows, cols))


def ldas(*words: str) -> float:
    """Wall time of a command (s)."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ldas.cli", *words], capture_output=True, text=True
    )
    assert done.returncode in (0, 3), done.stderr
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--cols", type=int, default=140)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--analysis", action="store_true", help="with a pass a day")
    entries = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, entries.rows, entries.cols, entries.days)
        end = f"   end = '{START + entries.days * DAY}'\n"
        run, oper = folder / "run.nml", folder / "oper.nml"
        kind = "analysis" if entries.analysis else "open_loop"
        more = {"kind": kind, "analysis": ANALYSIS if entries.analysis else "", "start": START}
        cycle = "&cycle\n   disk_gib = 0.0\n/\n"
        run.write_text(TEXT.format(name="run", end=end, cycle="", **more))
        oper.write_text(TEXT.format(name="oper", end="", cycle=cycle, **more))
        ldas("run", str(run))
        log = (folder / "output" / "run" / "run.log").read_text()
        stamps = re.findall(r"^(\S+)Z window .* done", log, flags=re.M)
        times = np.array(stamps, "datetime64[s]").astype(int)
        window = (times[-1] - times[0]) / (len(times) - 1)
        calls = [
            ldas("cycle", str(oper), "--now", str(START + day * DAY))
            for day in range(1, entries.days + 1)
        ]
        idle = ldas("cycle", str(oper), "--now", str(START + entries.days * DAY))
    cells = entries.rows * entries.cols
    allowed = 1.25 * window + 5.0
    told = ", ".join(f"{call:.1f}" for call in calls)
    print(f"{cells} cells, {len(PATCHES)} patches, {kind}: a window within a run {window:.1f} s")
    print(f"a day's cycle {told} s, allowed {allowed:.1f}; nothing to do {idle:.2f} s")


if __name__ == "__main__":
    main()
