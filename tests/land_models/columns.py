"""Columns of a land model to try: any soil, any patch, any physical weather."""

import numpy as np

from ldas.core.meteorology import FORCING, Meteorology
from ldas.land_models.isba.model import Site

START = np.datetime64("2003-04-20T00:00:00")
HOUR = 3600


def weather(random, cells, days, mean_temperature, wet):
    """Hourly forcing of `cells` over `days`: diurnal cycle, storms, calm and gale."""
    stamps = 24 * days + 1
    hour = np.arange(stamps)
    day = np.cos(2 * np.pi * (hour - 13) / 24)[None, :]
    shape = (cells, stamps)
    values = np.zeros((*shape, len(FORCING)))
    field = {name: values[..., k] for k, name in enumerate(FORCING)}
    slow = np.cumsum(random.normal(0, 0.3, shape), axis=1)
    field["tair"][:] = np.clip(mean_temperature[:, None] + 8 * day + slow, 225.0, 325.0)
    field["psurf"][:] = random.uniform(6e4, 1.04e5, (cells, 1)) + 100 * slow
    celsius = field["tair"] - 273.15
    saturation = 0.622 * 611.2 * np.exp(17.67 * celsius / (celsius + 243.5)) / field["psurf"]
    field["qair"][:] = np.clip(random.uniform(0.05, 1.05, shape) * saturation, 1e-6, 0.05)
    field["wind_u"][:] = random.gamma(1.2, 2.5, shape) * (random.random(shape) > 0.1)
    field["swdown"][:] = np.maximum(0.0, day) * random.uniform(50, 1100, shape)
    field["lwdown"][:] = 5.67e-8 * field["tair"] ** 4 * random.uniform(0.6, 1.0, shape)
    fall = (random.random(shape) < wet) * random.gamma(0.6, 3e-3, shape)
    cold = field["tair"] < 273.15 + random.uniform(-1.5, 2.5, (cells, 1))
    field["rainf"][:] = np.where(cold, 0.0, fall)
    field["snowf"][:] = np.where(cold, fall, 0.0)
    field["co2"][:] = random.uniform(3e-4, 1.2e-3, (cells, 1))
    heights = np.tile([2.0, 10.0], (cells, 1))
    return Meteorology(values, heights, START, HOUR)


def site(clay, sand, lat=45.0, lon=5.0):
    """Cells of these soils, all at one place."""
    full = lambda value: np.full(clay.shape, value)
    return Site(clay, sand, full(lat), full(lon), full(5.5e-4))
