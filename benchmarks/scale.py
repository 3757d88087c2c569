"""What a window costs as the domain grows: time a cell, memory a rank, start-up, disk.

Synthetic domains with 5 patches a cell, hourly weather on a grid of 0.1 degrees, soil moisture
and leaf area seen in every cell and window. For each number of cells an open loop and a joint
analysis, and from their windows what 3 years of the study's four experiments take (observations
of soil moisture in one window of 6, of leaf area in one of 10).
   python benchmarks/scale.py FOLDER [--cells 1000 14000] [--ranks 2] [--windows 3] [--step 300]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ldas.io.product_file import write_product
from ldas.synthetic.demo import write_forcing_file, write_surface
from ldas.synthetic.landscape import LAI_RANGE, Landscape
from ldas.synthetic.weather import generate

START = np.datetime64("2018-05-01T18:00:00")
PATCHES = (3, 6, 7, 9, 11)
YEARS_WINDOWS = 3 * 365
SEEN = {"open_loop": 0.0, "ssm": 1 / 6, "lai": 1 / 10, "joint": 1 / 6 + 1 / 10 - 1 / 60}

NAMELIST = """&experiment
 name = '{name}'
 start = '{start}'
 end = '{end}'
 kind = '{kind}'
 checkpoint_seconds = 1e9
/
&domain
 surface_file = 'surface.nc'
/
&forcing
 files = 'forcing.nc'
 height_correction = .false.
/
&model
 photosynthesis = 'nit'
 time_step = {step}
/
&output
 frequency = 86400
/
"""
OBSERVED = """&observation
 type = 'ssm'
 files = 'ssm.nc'
 variable = 'ssm'
/
&observation
 type = 'lai'
 files = 'lai.nc'
 variable = 'lai'
/
"""


def make(folder, cells, windows, step):
    """Inputs and namelists of a domain of so many cells."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = round(np.sqrt(cells / 1.4))
    cols = -(-cells // rows)
    random = np.random.default_rng(cells)
    lat, lon = 43.0 + 0.01 * np.arange(rows), 1.0 + 0.01 * np.arange(cols)
    shape = (rows, cols)
    fraction = np.zeros((12, *shape))
    fraction[list(PATCHES)] = np.moveaxis(random.dirichlet(np.full(5, 3.0), shape), -1, 0)
    fraction[:, np.arange(rows * cols).reshape(shape) >= cells] = np.nan
    phase = np.cos(2.0 * np.pi * (np.arange(1, 13)[:, None] - LAI_RANGE[None, :, 2]) / 12.0)
    lai = LAI_RANGE[:, 0] + 0.5 * (LAI_RANGE[:, 1] - LAI_RANGE[:, 0]) * (1.0 + phase)
    clay, sand = (random.uniform(0.1, 0.4, shape) for _ in range(2))
    land = Landscape(lat, lon, np.full(shape, 200.0), clay, sand, fraction, lai)
    write_surface(folder / "surface.nc", land)
    time_ = START + np.arange(24 * windows + 1) * np.timedelta64(3600, "s")
    wide_lat = np.arange(lat[0] - 0.1, lat[-1] + 0.15, 0.1)
    wide_lon = np.arange(lon[0] - 0.1, lon[-1] + 0.15, 0.1)
    height = np.full((wide_lat.size, wide_lon.size), 200.0)
    weather = generate(time_, wide_lat, wide_lon, height, 1)
    coarse = Landscape(wide_lat, wide_lon, height, height, height, height, lai)
    write_forcing_file(folder / "forcing.nc", coarse, time_, weather)
    days = START + np.arange(1, windows + 1) * np.timedelta64(1, "D")
    seen = (windows, *shape)
    write_product(
        folder / "ssm.nc", lat, lon, days, "ssm", "m3 m-3", random.uniform(0.1, 0.3, seen)
    )
    write_product(
        folder / "lai.nc", lat, lon, days, "lai", "m2 m-2", random.uniform(1.0, 3.0, seen)
    )
    for name, kind, end in (
        ("open_loop", "open_loop", windows),
        ("joint", "analysis", windows),
        ("open_loop_1", "open_loop", 1),
        ("joint_1", "analysis", 1),
    ):
        text = NAMELIST.format(name=name, kind=kind, start=START, step=step,
                               end=START + end * np.timedelta64(1, "D"))  # fmt: skip
        more = OBSERVED if kind == "analysis" else ""
        (folder / f"{name}.nml").write_text(text + more)


def spent(command, folder, **environment):
    """CPU time, wall time (s) and largest memory (GiB) of a command and all that it waited for."""
    began = time.perf_counter()
    with (folder / "said.log").open("w+") as said:
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, env={**os.environ, **environment}
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        taken = time.perf_counter() - began
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{folder}: {command}\n{said.read()}")
    return usage.ru_utime + usage.ru_stime, taken, usage.ru_maxrss / 2**20


def run(folder, name, ranks):
    """Wall time (s) of a run and the largest memory of a rank (GiB)."""
    command = ["mpirun", "-n", str(ranks), sys.executable, "-m", "ldas.cli", "run", f"{name}.nml"]
    return spent(command, folder)[1:]


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--cells", type=int, nargs="+", default=(1000, 14000))
    asked.add_argument("--ranks", type=int, default=2)
    asked.add_argument("--windows", type=int, default=3)
    asked.add_argument("--step", type=int, default=300)
    asked = asked.parse_args()
    print(f"{asked.ranks} ranks, 5 patches a cell, steps of {asked.step} s")
    print("  cells   ms a cell and window: free, seen   start-up s   GiB a rank   MB a window "
          "free, seen   4 experiments of 3 years: h, GB")  # fmt: skip
    for cells in asked.cells:
        folder = asked.folder.resolve() / f"{cells}"
        make(folder, cells, asked.windows, asked.step)
        cost, most, start, disk = {}, 0.0, 0.0, {}
        for name in ("open_loop", "joint"):
            short, one = run(folder, f"{name}_1", asked.ranks)
            whole, other = run(folder, name, asked.ranks)
            cost[name] = (whole - short) / (asked.windows - 1)
            start = max(start, short - cost[name])
            most = max(most, one, other)
            files = (folder / "output" / name).glob("*.nc")
            disk[name] = sum(path.stat().st_size for path in files) / asked.windows / 1e6
        hours = (
            sum(
                YEARS_WINDOWS * (cost["open_loop"] + share * (cost["joint"] - cost["open_loop"]))
                for share in SEEN.values()
            )
            / 3600.0
        )
        space = YEARS_WINDOWS * (disk["open_loop"] + 3 * disk["joint"]) / 1e3
        each = [1e3 * cost[name] / cells for name in ("open_loop", "joint")]
        print(f"{cells:7d}   {each[0]:8.2f} {each[1]:8.2f} {start:12.1f} {most:12.2f} "
              f"{disk['open_loop']:9.1f} {disk['joint']:9.1f} {hours:12.1f} {space:8.1f}",
              flush=True)  # fmt: skip
        summary = json.loads((folder / "output" / "joint" / "summary.json").read_text())
        used = {name: books["used"] for name, books in summary["observations"].items()}
        print(f"          used: {used}", flush=True)


if __name__ == "__main__":
    main()
