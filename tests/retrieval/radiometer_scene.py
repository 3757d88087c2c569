"""A radiometer's half orbit as SMAP distributes it, and two radar images over the same soils."""

import netCDF4
import numpy as np

from ldas.gridded.ease2 import ease2
from retrieval.tau_omega import ANGLE, brightness_temperature

GROUP = "Soil_Moisture_Retrieval_Data"
J2000 = np.datetime64("2000-01-01T12:00:00")
TIMES = np.array(["2019-05-03T06:00", "2019-05-09T06:00"], "datetime64[s]")
SIDE, STEP = 30, 0.04  # cells along one side, degrees


class RadiometerScene:
    """Fields that a test may bend before they are written."""

    def __init__(self, seed=1):
        random = np.random.default_rng(seed)
        grid = ease2("M36")
        self.lat = 43.0 + STEP * (np.arange(SIDE) + 0.5)
        self.lon = 1.0 + STEP * (np.arange(SIDE) + 0.5)
        row = np.abs(grid.lat[:, None] - self.lat).argmin(axis=0)
        col = np.abs(grid.lon[:, None] - self.lon).argmin(axis=0)
        rows, cols = np.unique(row), np.unique(col)
        shape = (TIMES.size, SIDE, SIDE)
        days = np.array([0.18, 0.28])[:, None, None]
        self.truth = np.clip(days + 0.06 * random.standard_normal(shape), 0.04, 0.5)
        water = random.uniform(0.3, 2.0, shape[1:])  # kg m-2 of plants
        self.tau = 0.11 * water
        tb = brightness_temperature(self.truth, 0.25, 295.0, self.tau, 0.05, 0.11)
        soil = 10.0 ** (0.1 * (-17.0 + 28.0 * self.truth)) * np.exp(-0.1 * water)
        vh = np.broadcast_to(0.004 + 0.006 * water, shape)
        self.vh = vh * random.gamma(200.0, 0.005, shape)
        self.vv = (soil + 1.1 * vh) * random.gamma(200.0, 0.005, shape)
        self.theta = np.full(shape, 38.0)
        self.units = "1"
        at = [(r, c) for r in rows for c in cols]
        within = [np.ix_(row == r, col == c) for r, c in at]
        self.row, self.col = (np.array(v) for v in zip(*at, strict=True))
        self.tb = np.array([[tb[k][part].mean() for part in within] for k in range(TIMES.size)])
        self.opacity = np.array([self.tau[part].mean() for part in within])
        self.opacity = self.opacity / np.cos(np.radians(ANGLE))
        self.late = np.timedelta64(3, "h")

    def write(self, folder):
        with netCDF4.Dataset(folder / "s1.nc", "w") as out:
            out.createDimension("time", TIMES.size)
            time = out.createVariable("time", "f8", ("time",))
            time.units = "seconds since 1970-01-01"
            time[:] = TIMES.astype(np.int64)
            self._axes(out)
            for name, values, units in (
                ("sigma0_vv", self.vv, self.units),
                ("sigma0_vh", self.vh, self.units),
                ("theta", self.theta, "degree"),
            ):
                out.createVariable(name, "f8", ("time", "lat", "lon"))[:] = values
                out[name].units = units
        with netCDF4.Dataset(folder / "grid.nc", "w") as out:
            self._axes(out)
        for k, time in enumerate(TIMES):
            self._orbit(folder / f"smap_{k}.h5", self.tb[k], time + self.late)
        return folder

    def _axes(self, out):
        for name, axis in (("lat", self.lat), ("lon", self.lon)):
            out.createDimension(name, axis.size)
            out.createVariable(name, "f8", (name,))[:] = axis

    def _orbit(self, path, tb, time):
        with netCDF4.Dataset(path, "w") as file:
            out = file.createGroup(GROUP)
            out.createDimension("n", tb.size)
            seconds = (time - J2000) / np.timedelta64(1, "s")
            for name, values, kind in (
                ("EASE_row_index", self.row, "u2"),
                ("EASE_column_index", self.col, "u2"),
                ("tb_time_seconds", np.full(tb.size, seconds), "f8"),
                ("tb_v_corrected", tb, "f4"),
                ("surface_temperature", np.full(tb.size, 295.0), "f4"),
                ("vegetation_opacity_option2", self.opacity, "f4"),
                ("albedo", np.full(tb.size, 0.05), "f4"),
                ("roughness_coefficient", np.full(tb.size, 0.11), "f4"),
                ("clay_fraction", np.full(tb.size, 0.25), "f4"),
            ):
                fill = {"u2": 65534, "f8": -9999.0, "f4": -9999.0}[kind]
                out.createVariable(name, kind, ("n",), fill_value=fill)[:] = values


NAMELIST = """&retrieval
   method = 'smap_s1'
   output = 'fine.nc'
   sigma_files = 's1.nc'
   grid_file = 'grid.nc'
   radiometer_files = 'smap_*.h5'
/
"""
