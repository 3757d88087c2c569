"""A stochastic weather generator: plausible hours from a seed.

Seasons and days follow the sun; fronts cross the region from west to east at random
intervals and bring cloud, rain, wind and a drop of temperature; slow noise makes warm
and cold spells. Meant for demonstrations and tests, not for any place on earth.
"""

from dataclasses import dataclass

import numpy as np

from forcing.humidity import saturation_pressure, specific_from_vapour_pressure
from ldas.core.constants import GRAVITY, LAPSE_RATE, P0, R_D, SOLAR_CONSTANT
from ldas.core.sun import cos_zenith

HOUR = 3600.0
ANNUAL_MEAN = 286.0  # K at sea level
ANNUAL_SWING = 8.0  # K, amplitude of the seasons
COLDEST_DAY = 20.0  # day of the year
SPELL_TIME = 72.0  # h, memory of warm and cold spells
SPELL_SPREAD = 2.0  # K
DIURNAL_SWING = 5.0  # K, clear sky
FRONT_INTERVAL = 84.0  # h, mean time between fronts
FRONT_SPEED = 36.0  # km h-1
FRONT_WIDTH = 90.0  # km, of the rain band
FRONT_RAIN = 1.6  # mm h-1, mean rate in the middle
FRONT_COOLING = 4.0  # K
ALL_SNOW, ALL_RAIN = 273.15, 275.15  # K
STEFAN = 5.67e-8  # W m-2 K-4
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Weather:
    """Hourly fields (time, lat, lon) in SI, rain as mean of the hour that ends at the stamp."""

    tair: np.ndarray
    qair: np.ndarray
    wind: np.ndarray
    swdown: np.ndarray
    lwdown: np.ndarray
    rainf: np.ndarray
    snowf: np.ndarray
    psurf: np.ndarray


def generate(
    time: np.ndarray, lat: np.ndarray, lon: np.ndarray, altitude: np.ndarray, seed: int
) -> Weather:
    """Weather at hourly `time` (UTC) on `lat` x `lon` (degrees) over `altitude` (lat, lon) (m).

    The same arguments give the same numbers. Precipitation turns from snow to rain between
    0 and 2 degrees Celsius.
    """
    random = np.random.default_rng(seed)
    hours = (time - time[0]) / np.timedelta64(3600, "s")
    spell = _slow_noise(random, hours.size)
    band = _fronts(random, hours, lat, lon)
    t, la, lo = time[:, None, None], lat[None, :, None], lon[None, None, :]
    mu = cos_zenith(t, la, lo)
    cloud = np.clip(0.25 + 0.12 * spell[:, None, None] / SPELL_SPREAD + 0.75 * band, 0.05, 1.0)

    day = (time - time.astype("datetime64[Y]")) / np.timedelta64(86400, "s")
    season = -np.cos(2.0 * np.pi * (day - COLDEST_DAY) / 365.25)
    afternoon = cos_zenith(t - np.timedelta64(3, "h"), la, lo) - 0.3
    tair = (
        ANNUAL_MEAN
        + (ANNUAL_SWING * season + spell)[:, None, None]
        - LAPSE_RATE * altitude
        + 2.0 * DIURNAL_SWING * (1.0 - 0.7 * cloud) * afternoon
        - FRONT_COOLING * band
    )
    psurf = P0 * 1.013 * np.exp(-GRAVITY * altitude / (R_D * ANNUAL_MEAN)) - 800.0 * band
    rh = np.clip(0.62 + 0.33 * band - 0.25 * (mu - 0.3) * (1.0 - cloud), 0.25, 0.98)
    vapour = rh * saturation_pressure(tair)
    rain_rate = random.gamma(2.0, FRONT_RAIN / 2.0, size=(hours.size, 1, 1))
    uplift = 1.0 + altitude / 1500.0
    fall = np.where(band > 0.25, rain_rate * (band - 0.25) / 0.75 * uplift, 0.0) / HOUR
    frozen = np.clip((ALL_RAIN - tair) / (ALL_RAIN - ALL_SNOW), 0.0, 1.0)
    clear = SOLAR_CONSTANT * mu * 0.75 ** (1.0 / np.maximum(mu, 0.05))
    emissivity = 1.24 * (vapour / 100.0 / tair) ** (1.0 / 7.0)
    return Weather(
        tair=tair,
        qair=specific_from_vapour_pressure(vapour, psurf),
        wind=np.broadcast_to(
            1.0 + 2.0 * mu + 6.0 * band + 0.5 * np.abs(spell)[:, None, None], tair.shape
        ).copy(),
        swdown=clear * (1.0 - 0.72 * cloud**3),
        lwdown=np.minimum(emissivity * (1.0 + 0.2 * cloud**2), 1.0) * STEFAN * tair**4,
        rainf=fall * (1.0 - frozen),
        snowf=fall * frozen,
        psurf=psurf,
    )


def _slow_noise(random: np.random.Generator, hours: int) -> np.ndarray:
    """First-order autoregressive temperature anomaly (K)."""
    memory = np.exp(-1.0 / SPELL_TIME)
    shocks = random.normal(0.0, SPELL_SPREAD * np.sqrt(1.0 - memory**2), hours)
    noise = np.empty(hours)
    value = 0.0
    for k in range(hours):
        value = memory * value + shocks[k]
        noise[k] = value
    return noise


def _fronts(
    random: np.random.Generator, hours: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> np.ndarray:
    """Strength (0-1) of the fronts that cross each point, shape (time, lat, lon)."""
    east = (lon - lon[0]) * KM_PER_DEGREE * np.cos(np.radians(lat.mean()))
    north = (lat - lat[0]) * KM_PER_DEGREE
    band = np.zeros((hours.size, lat.size, lon.size))
    start = random.exponential(FRONT_INTERVAL)
    while start < hours[-1]:
        tilt = random.uniform(-0.5, 0.5)
        strength = random.uniform(0.4, 1.0)
        distance = FRONT_SPEED * (hours - start)
        away = distance[:, None, None] - east[None, None, :] - tilt * north[None, :, None]
        np.maximum(band, strength * np.exp(-((away / FRONT_WIDTH) ** 2)), out=band)
        start += random.exponential(FRONT_INTERVAL)
    return band
