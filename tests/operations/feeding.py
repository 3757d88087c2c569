"""A small region whose input is delivered day by day: what has come lies in `in/`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import DAY

LAT, LON = np.array([43.2, 43.4, 43.6]), np.array([1.4, 1.6])
START = np.datetime64("2001-05-26T18:00:00")
UNITS = {
    "Tair": "K",
    "Qair": "kg kg-1",
    "Wind": "m s-1",
    "SWdown": "W m-2",
    "LWdown": "W m-2",
    "Rainf": "kg m-2 s-1",
    "Snowf": "kg m-2 s-1",
    "PSurf": "Pa",
}
GROUPS = """
&domain
   surface_file = 'surface.nc'
/
{forcing}
&model
   lai = 2.0
   time_step = 900
   initial_swi = 0.6
   initial_temperature = 290.0
/
&output
   frequency = 21600
   per_patch = .false.
   variables = 'wg', 'lai', 'le'
/
&assimilation
   control = 'wg2', 'wg3', 'wg4'
   allow_no_observations = .true.
/
&observation
   type = 'ssm'
   files = '{where}/ssm_*.nc'
   variable = 'ssm'
   error = 0.4
   latency = {latency}
   every = {every}
   max_distance = 3.0
/
"""
FORCING = """&forcing
   files = '{where}/met_*.nc'
   height_correction = .false.
/
"""


def stamp(day):
    """YYYYMMDD of a day counted from the start's."""
    return str(START.astype("datetime64[D]") + day).replace("-", "")


class Feed:
    """All files as they finally are, in `all/`, and as they have come, in `in/`."""

    def __init__(self, folder, days, seed=1, latency=0.0, every=1.0, obs_every=2, cycle=""):
        self.folder, self.days, self.seed = Path(folder), days, seed
        self.whole, self.there = self.folder / "all", self.folder / "in"
        for path in (self.whole, self.there):
            path.mkdir(parents=True, exist_ok=True)
        dice = np.random.default_rng(seed)
        self._surface()
        for day in range(days + 1):
            self.weather(self.whole / f"met_{stamp(day)}.nc", day, dice)
        for day in range(1, days + 1, obs_every):
            self.ssm(self.whole / f"ssm_{stamp(day)}.nc", day, dice)
        self.write_namelists(latency, every, cycle)

    def write_namelists(self, latency=0.0, every=1.0, cycle="", forcing=FORCING):
        end = START + self.days * DAY
        text = GROUPS.format(
            forcing=forcing.format(where="in"), where="in", latency=latency, every=every
        )
        head = f"&experiment\n   name = '{{}}'\n   kind = 'analysis'\n   start = '{START}'\n"
        self.oper = self.folder / "oper.nml"
        self.oper.write_text(f"{head.format('oper')}/\n&cycle\n{cycle}\n/\n{text}")
        self.reference = self.folder / "run.nml"
        text = text.replace("'in/", "'all/")
        self.reference.write_text(f"{head.format('run')}   end = '{end}'\n/\n{text}")

    def _surface(self):
        with netCDF4.Dataset(self.folder / "surface.nc", "w") as out:
            for name, axis in (("lat", LAT), ("lon", LON)):
                out.createDimension(name, axis.size)
                out.createVariable(name, "f8", (name,))[:] = axis
            out.createDimension("patch", 12)
            for name, value in (("altitude", 100.0), ("clay", 0.2), ("sand", 0.4)):
                variable = out.createVariable(name, "f8", ("lat", "lon"))
                variable.units = "m" if name == "altitude" else "1"
                variable[:] = value
            share = out.createVariable("patch_fraction", "f8", ("patch", "lat", "lon"))
            share.units = "1"
            share[:] = 0.0
            share[6], share[3] = 0.7, 0.3

    def weather(self, path, day, dice):
        """One day's weather, 00 to 23 UTC."""
        hours = np.arange(24) + 24 * day
        shape = (24, LAT.size, LON.size)
        wave = np.cos(2 * np.pi * (hours % 24 - 13) / 24)[:, None, None] + np.zeros(shape)
        rain = np.where(dice.random() < 0.4, dice.random(shape) * 4e-4, 0.0)
        fields = {
            "Tair": 288 + 5 * wave + dice.normal(0, 1, shape),
            "Qair": 0.007 + 0.001 * dice.random(shape),
            "Wind": 1 + 4 * dice.random(shape),
            "SWdown": np.maximum(0, 750 * wave) * dice.uniform(0.5, 1),
            "LWdown": 320 + 10 * dice.random(shape),
            "Rainf": rain,
            "Snowf": np.zeros(shape),
            "PSurf": np.full(shape, 98000.0),
        }
        with netCDF4.Dataset(path, "w") as out:
            self._axes(out, hours)
            for name, values in fields.items():
                variable = out.createVariable(name, "f4", ("time", "lat", "lon"))
                variable.units = UNITS[name]
                variable[:] = values
            for name, value in (("ZREF", 2.0), ("UREF", 10.0)):
                out.createVariable(name, "f8", ())[...] = value
                out[name].units = "m"

    def ssm(self, path, day, dice):
        """One pass at 17 UTC."""
        with netCDF4.Dataset(path, "w") as out:
            self._axes(out, np.array([17 + 24 * day]))
            variable = out.createVariable("ssm", "f4", ("time", "lat", "lon"))
            variable.units = "m3 m-3"
            variable[:] = dice.uniform(0.12, 0.3, (1, LAT.size, LON.size))

    @staticmethod
    def _axes(out, hours):
        for name, axis in (("time", hours), ("lat", LAT), ("lon", LON)):
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis
        day = START.astype("datetime64[D]")
        out["time"].units = f"hours since {day} 00:00:00"
        out["lat"].units, out["lon"].units = "degrees_north", "degrees_east"

    def deliver(self, name, source=None):
        """A file of `all/` arrives, under its name or with the content of another."""
        temporary = self.there / f".{name}.part"
        shutil.copyfile(self.whole / (source or name), temporary)
        os.replace(temporary, self.there / name)

    def deliver_day(self, day):
        """Weather and, if there is one, the pass of a day."""
        for name in (f"met_{stamp(day)}.nc", f"ssm_{stamp(day)}.nc"):
            if (self.whole / name).is_file():
                self.deliver(name)

    def deliver_all(self):
        """Everything."""
        for path in sorted(self.whole.glob("*.nc")):
            self.deliver(path.name)

    def call(self, now, *more, ranks=1, check=None):
        """`ldas cycle` at a time, in a process of its own."""
        command = [sys.executable, "-m", "ldas.cli", "cycle", str(self.oper), "--now", str(now)]
        if ranks > 1:
            command = ["mpirun", "-n", str(ranks), *command]
        return subprocess.run([*command, *more], capture_output=True, text=True, timeout=600)

    def run_reference(self):
        """One `ldas run` over everything."""
        command = [sys.executable, "-m", "ldas.cli", "run", str(self.reference), "-q"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return self.folder / "output" / "run"

    @property
    def results(self):
        return self.folder / "output" / "oper"


def day_values(folder):
    """Every value of the daily files by stream, variable and time."""
    return values_of((folder / "days").glob("*.nc"))


def month_values(folder):
    """Every value of the monthly files by stream, variable and time."""
    return values_of(folder.glob("*_??????.nc"))


def values_of(paths):
    """Every value of some result files by stream, variable and time."""
    found = {}
    for path in sorted(paths):
        stream = path.name.split("_")[0]
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            for name, variable in file.variables.items():
                if "time" in variable.dimensions and name not in ("time", "time_bounds"):
                    for k, time in enumerate(file["time"][:]):
                        found[stream, name, int(time)] = variable[k].tobytes()
    return found


def state_of(path):
    """Every variable of a restart."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        return {name: variable[...].tobytes() for name, variable in file.variables.items()}
