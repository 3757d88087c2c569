"""Three years of radar over known soils and plants, from two orbits with their own angles."""

import netCDF4
import numpy as np

from ldas.io.product_file import write_product
from retrieval.iem import linear
from retrieval.training_base import forward

CELLS, FINE = 3, 4  # along one side; pixels of a cell
STEP = 0.01  # degrees, of a cell
FIRST = np.datetime64("2018-01-01T06:00:00")
YEARS, EVERY = 3, 6  # days
ORBITS = ((0, 33.0), (3, 43.0))  # days after the first, degrees


class RadarYears:
    """Series that a test may bend before they are written."""

    def __init__(self, seed=1, orbits=ORBITS, greenest=60.0, years=YEARS):
        random = np.random.default_rng(seed)
        number = CELLS * FINE
        days = np.arange(0, 365 * years, EVERY)
        self.days = np.sort(np.concatenate([days + late for late, _ in orbits]))
        angle = dict(orbits)
        theta = np.array([angle[day % EVERY] for day in self.days])
        wet, series = 20.0, []
        for day in range(self.days.max() + 1):
            season = 1.0 + 0.5 * np.cos(2.0 * np.pi * day / 365.0)
            rain = random.exponential(9.0) if random.random() < 0.22 * season else 0.0
            wet = min(5.0 + (wet - 5.0) * 0.88 + rain, 38.0)
            series.append(wet)
        own = np.repeat(np.repeat(random.uniform(0.85, 1.05, (CELLS, CELLS)), FINE, 0), FINE, 1)
        moisture = np.array(series)[self.days, None, None] * own
        self.truth = 0.01 * moisture[:, ::FINE, ::FINE]
        self.height = random.uniform(0.8, 3.0, (number, number))
        phase = random.uniform(-30.0, 30.0, (number, number))
        day = self.days[:, None, None]
        # greenest in July of dry summers by default: day 60 and a quarter of a year
        self.ndvi = 0.42 + 0.28 * np.sin(2.0 * np.pi * (day - greenest - phase) / 365.0)
        self.theta = np.broadcast_to(theta[:, None, None], moisture.shape).copy()
        grown = self.ndvi * random.lognormal(0.0, 0.2, (number, number))  # of other plants
        clean = forward(moisture, np.broadcast_to(self.height, moisture.shape), self.theta, grown)
        self.sigma = clean + random.normal(0.0, 1.0, clean.shape)
        self.sigma_units = "dB"
        axis = STEP * CELLS * (np.arange(number) + 0.5) / number
        self.pixel_lat, self.pixel_lon = 43.0 + axis, 1.0 + axis
        self.lat = 43.0 + STEP * (np.arange(CELLS) + 0.5)
        self.lon = 1.0 + STEP * (np.arange(CELLS) + 0.5)
        self.cover = np.full((number, number), 40)

    def write(self, folder, optical=True):
        values = self.sigma if self.sigma_units == "dB" else linear(self.sigma)
        radar = {"sigma0_vv": (values, self.sigma_units), "theta": (self.theta, "degree")}
        self._file(folder / "s1.nc", self.days, radar)
        if optical:
            self._file(folder / "ndvi.nc", self.days[::4], {"ndvi": (self.ndvi[::4], "1")})
        self._file(folder / "land.nc", None, {"land_cover": (self.cover, "1")})
        with netCDF4.Dataset(folder / "grid.nc", "w") as out:
            for name, axis in (("lat", self.lat), ("lon", self.lon)):
                out.createDimension(name, axis.size)
                out.createVariable(name, "f8", (name,))[:] = axis
        return folder

    def write_model(self, folder, error=0.03, seed=8):
        """`model.nc`: a coarse model that knows the region's mean, but for an error of its own."""
        random = np.random.default_rng(seed)
        mean = self.truth.mean(axis=(1, 2), keepdims=True)
        wrong = mean + error * random.standard_normal(mean.shape)
        axes = [v[0] + np.array([-0.06, 0.01, 0.08]) for v in (self.lat, self.lon)]
        time = FIRST + self.days.astype("m8[D]") + np.timedelta64(5, "h")
        values = wrong + np.zeros((1, 3, 3))
        write_product(folder / "model.nc", *axes, time, "sm", "m3 m-3", values)

    def _file(self, path, days, fields):
        with netCDF4.Dataset(path, "w") as out:
            for name, values in (("lat", self.pixel_lat), ("lon", self.pixel_lon)):
                out.createDimension(name, values.size)
                out.createVariable(name, "f8", (name,))[:] = values
            dims = ("lat", "lon")
            if days is not None:
                out.createDimension("time", days.size)
                time = out.createVariable("time", "f8", ("time",))
                time.units = f"days since {str(FIRST).replace('T', ' ')}"
                time[:] = days
                dims = ("time", *dims)
            for name, (values, units) in fields.items():
                out.createVariable(name, values.dtype, dims)[:] = values
                out[name].units = units


NAMELIST = """&retrieval
   method = 'change_detection'
   output = 'cd.nc'
   parameter_output = 'references.nc'
   sigma_files = 's1.nc'
   land_cover_file = 'land.nc'
   grid_file = 'grid.nc'
/
"""
SOURCE = "&source name = 'model', files = 'model.nc', type = 'ssm', variable = 'sm' /\n"
VEGETATION = NAMELIST.replace("detection'", "detection_vegetation'").replace(
    "   grid", "   ndvi_files = 'ndvi.nc'\n   grid"
)
HYBRID = VEGETATION.replace("change_detection_vegetation", "hybrid")
CLOUD = VEGETATION.replace("change_detection_vegetation", "water_cloud") + SOURCE
