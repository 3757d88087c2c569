"""Two products of one truth: fine and rare like Sentinel-1, coarse and daily like ASCAT."""

import netCDF4
import numpy as np

DAYS, CELLS = 400, 4
FIRST = np.datetime64("2020-01-01T06:00:00")


class TwoProducts:
    """Series that a test may bend before they are written."""

    def __init__(self, seed=1):
        random = np.random.default_rng(seed)
        rain = np.where(random.random(DAYS) < 0.2, random.exponential(0.12, DAYS), 0.0)
        own = random.uniform(0.8, 1.2, (CELLS, CELLS))
        self.truth = np.empty((DAYS, CELLS, CELLS))
        wet = np.full((CELLS, CELLS), 0.2)
        for k in range(DAYS):
            wet = 0.05 + (wet - 0.05) * 0.85 + rain[k] * own
            wet = self.truth[k] = np.minimum(wet, 0.45)
        self.lat = 43.0 + 0.01 * np.arange(CELLS)
        self.lon = 1.0 + 0.01 * np.arange(CELLS)
        self.fine = self.truth + 0.04 * random.standard_normal(self.truth.shape)
        self.fine_every = 6
        self.fine_units, self.coarse_units = "m3 m-3", "percent"
        mean = self.truth.mean(axis=(1, 2))
        index = 100.0 * (mean - mean.min()) / np.ptp(mean)
        self.coarse = index + 8.0 * random.standard_normal(DAYS)
        self.frozen = np.zeros(DAYS, np.int8)

    def write(self, folder):
        every = np.arange(0, DAYS, self.fine_every)
        fine = {
            "ssm": (np.clip(self.fine, 0.0, 1.0)[every], self.fine_units),
            "quality": (np.zeros((every.size, CELLS, CELLS), np.int8), "1"),
        }
        self._file(folder / "fine.nc", every, self.lat, self.lon, fine)
        shape = (DAYS, 1, 1)
        coarse = {
            "sm": (np.clip(self.coarse, 0.0, 100.0).reshape(shape), self.coarse_units),
            "frozen": (self.frozen.reshape(shape), "1"),
        }
        middle = self.lat.mean(keepdims=True), self.lon.mean(keepdims=True)
        self._file(folder / "coarse.nc", np.arange(DAYS), *middle, coarse)
        return folder

    def _file(self, path, days, lat, lon, fields):
        with netCDF4.Dataset(path, "w") as out:
            for name, values in (("lat", lat), ("lon", lon)):
                out.createDimension(name, values.size)
                out.createVariable(name, "f8", (name,))[:] = values
            out.createDimension("time", days.size)
            time = out.createVariable("time", "f8", ("time",))
            time.units = f"days since {str(FIRST).replace('T', ' ')}"
            time[:] = days
            for name, (values, units) in fields.items():
                out.createVariable(name, values.dtype, ("time", "lat", "lon"))[:] = values
                out[name].units = units


NAMELIST = """&retrieval
   method = 'swi'
   output = 'swi.nc'
   constants = 2.0, 10.0
/
&source
   name = 'fine'
   type = 'ssm'
   variable = 'ssm'
   files = 'fine.nc'
   flag_variable = 'quality'
   error = 0.04
/
"""
COARSE = """&source
   name = 'coarse'
   type = 'ssm'
   variable = 'sm'
   files = 'coarse.nc'
   flag_variable = 'frozen'
   error = 8.0
   weight = 0.5
   max_distance = 5.0
/
"""
