"""A synthetic but plausible region: coast, relief, soils and the 12 patches."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from ldas.core.mosaic import PATCHES

SOUTH, WEST, STEP = 43.20, 0.60, 0.01  # degrees
ROWS, COLS = 56, 64
COAST = 0.18  # share of the width that is sea on average
SMALLEST_FRACTION = 0.04

# leaf area index in winter and summer by patch, and the month of its peak (1-12)
LAI_RANGE = np.array(
    [
        (0.0, 0.0, 7),
        (0.0, 0.0, 7),
        (0.0, 0.0, 7),
        (0.4, 4.5, 7),
        (3.0, 3.8, 7),
        (4.0, 4.5, 7),
        (0.3, 3.5, 5.5),
        (0.3, 3.5, 7.5),
        (0.3, 4.0, 7.5),
        (0.5, 2.5, 6),
        (0.4, 2.0, 7),
        (0.8, 3.0, 7),
    ]
)


@dataclass(frozen=True)
class Landscape:
    """Maps (lat, lon), fractions (patch, lat, lon) and LAI (month, patch); sea is NaN."""

    lat: np.ndarray
    lon: np.ndarray
    altitude: np.ndarray
    clay: np.ndarray
    sand: np.ndarray
    patch_fraction: np.ndarray
    lai: np.ndarray

    @property
    def land(self) -> np.ndarray:
        """Where there is land (lat, lon)."""
        return np.isfinite(self.clay)


def make_landscape(seed: int) -> Landscape:
    """The region of a seed; about 2,900 of its 3,584 cells are land."""
    random = np.random.default_rng([seed, 1])
    lat = SOUTH + STEP * (np.arange(ROWS) + 0.5)
    lon = WEST + STEP * (np.arange(COLS) + 0.5)
    coast, hills, soil, forest, farm = (_smooth(random, s) for s in (6, 5, 7, 4, 3))
    inland = np.linspace(0.0, 1.0, COLS)[None, :] - COAST - 0.05 * coast
    land = inland > 0.0
    altitude = np.clip(
        900.0 * np.abs(inland) ** 1.5 + 180.0 * hills * np.sqrt(np.abs(inland)), 1.0, None
    )
    clay = np.clip(0.24 + 0.08 * soil, 0.06, 0.50)
    sand = np.clip(0.42 - 0.09 * soil + 0.05 * farm, 0.10, 0.80)
    fractions = _fractions(altitude, forest, farm, inland)
    sea = ~land
    for field in (altitude, clay, sand):
        field[sea] = np.nan
    fractions[:, sea] = np.nan
    return Landscape(lat, lon, altitude, clay, sand, fractions, seasonal_lai())


def seasonal_lai() -> np.ndarray:
    """Monthly LAI (month, patch) between winter and summer values."""
    low, high, peak = LAI_RANGE.T
    month = np.arange(1, 13)[:, None]
    swing = 0.5 * (1.0 + np.cos(2.0 * np.pi * (month - peak) / 12.0))
    return low + (high - low) * swing**2


def _smooth(random: np.random.Generator, scale: float) -> np.ndarray:
    """Smooth noise (lat, lon) of zero mean and unit spread; `scale` in cells."""
    field = gaussian_filter(random.normal(size=(ROWS, COLS)), scale, mode="reflect")
    return (field - field.mean()) / field.std()


def _fractions(
    altitude: np.ndarray, forest: np.ndarray, farm: np.ndarray, inland: np.ndarray
) -> np.ndarray:
    """Patch fractions (patch, lat, lon): farms low, forests up the hills, rock on top."""
    low = np.clip(1.0 - altitude / 450.0, 0.0, 1.0)
    high = np.clip((altitude - 300.0) / 400.0, 0.0, 1.0)
    trees = np.clip(0.25 + 0.35 * high + 0.2 * forest, 0.0, 0.9)
    crops = np.clip(0.55 * low + 0.2 * farm, 0.0, 0.9)
    weight = {
        "bare soil": 0.05 + 0.08 * high,
        "rock": np.clip(0.4 * (high - 0.6), 0.0, None),
        "deciduous broadleaf": trees * (1.0 - 0.6 * high),
        "needleleaf": trees * 0.6 * high,
        "C3 crop": 0.6 * crops,
        "C4 crop": 0.2 * crops,
        "irrigated crop": np.where(farm > 0.5, 0.5 * crops, 0.0),
        "C3 grass": 0.2 + 0.25 * high,
        "wetland": np.where((inland < 0.05) & (inland > 0.0), 0.2, 0.0),
    }
    fractions = np.stack([weight.get(name, np.zeros_like(altitude)) for name in PATCHES])
    fractions /= fractions.sum(axis=0)
    fractions[fractions < SMALLEST_FRACTION] = 0.0
    return fractions / fractions.sum(axis=0)
