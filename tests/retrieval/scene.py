"""A scene of which everything is known: cells of 1 km, land cover of 100 m, radar of 50 m."""

import netCDF4
import numpy as np

from retrieval.iem import linear
from retrieval.training_base import forward

STEP = 0.009  # degrees, of a cell
PASSES = np.array(["2020-05-03T06", "2020-05-09T06", "2020-05-15T06"], "datetime64[s]")
OPTICAL = np.array(["2020-04-20T11", "2020-05-05T11", "2020-05-20T11"], "datetime64[s]")


class Scene:
    """Images that a test may bend before they are written."""

    def __init__(self, cells=4, fine=10, radar=2, seed=1, texture=()):
        random = np.random.default_rng(seed)
        self.cells, n, m = cells, cells * fine, cells * fine * radar
        axis = lambda number: STEP * cells * (np.arange(number) + 0.5) / number
        self.lat, self.lon = 43.0 + axis(cells), 1.0 + axis(cells)
        self.land_lat, self.land_lon = 43.0 + axis(n), 1.0 + axis(n)
        self.radar_lat, self.radar_lon = 43.0 + axis(m), 1.0 + axis(m)
        spread = lambda values, k: np.repeat(np.repeat(values, k, axis=-2), k, axis=-1)
        mean = random.uniform(8, 32, (PASSES.size, cells, cells))
        self.moisture = spread(mean, fine) * random.normal(1.0, 0.08, (n, n))
        self.truth = 0.01 * self.moisture.reshape(PASSES.size, cells, fine, cells, fine).mean(
            (2, 4)
        )
        self.height = random.uniform(0.8, 3.0, (n, n))
        self.green = random.uniform(0.1, 0.65, (n, n))
        self.cover = np.where(random.random((n, n)) < 0.8, 40, 111)
        self.theta = np.full((PASSES.size, m, m), 38.0)
        clean = np.stack(
            [
                forward(
                    np.clip(v, 2, 40), self.height, np.full(v.shape, 38.0), self.green, *texture
                )
                for v in self.moisture
            ]
        )
        speckle = random.gamma(10.0, 0.1, (PASSES.size, m, m))
        self.sigma = linear(spread(clean, radar)) * speckle
        noisy = self.green * random.normal(1.0, 0.1, (OPTICAL.size, n, n))
        self.ndvi = np.clip(noisy, 0.0, 0.95)
        self.cloud = np.zeros(self.ndvi.shape, np.int8)
        self.units = "1"
        self.vh = None

    def write(self, folder):
        land = (self.land_lat, self.land_lon)
        radar = {"sigma0_vv": (self.sigma, self.units), "theta": (self.theta, "degree")}
        if self.vh is not None:
            radar["sigma0_vh"] = (self.vh, self.units)
        optical = {"ndvi": (self.ndvi, "1"), "cloud": (self.cloud, "1")}
        self._file(folder / "s1.nc", PASSES, self.radar_lat, self.radar_lon, radar)
        self._file(folder / "s2.nc", OPTICAL, *land, optical)
        self._file(folder / "land.nc", None, *land, {"land_cover": (self.cover, "1")})
        self._file(folder / "grid.nc", None, self.lat, self.lon, {})
        return folder

    def _file(self, path, times, lat, lon, fields):
        with netCDF4.Dataset(path, "w") as out:
            for name, values in (("lat", lat), ("lon", lon)):
                out.createDimension(name, values.size)
                out.createVariable(name, "f8", (name,))[:] = values
            dims = ("lat", "lon")
            if times is not None:
                out.createDimension("time", times.size)
                time = out.createVariable("time", "f8", ("time",))
                time.units = "seconds since 1970-01-01"
                time[:] = times.astype(np.int64)
                dims = ("time", *dims)
            for name, (values, units) in fields.items():
                out.createVariable(name, values.dtype, dims)[:] = values
                out[name].units = units
