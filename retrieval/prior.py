"""What the weather says of the soil before a radar pass: dry, very wet, or nothing.

The prior knowledge that chooses between the networks (El Hajj et al. 2017): a function of
precipitation and temperature, and of nothing else.
"""

import numpy as np

NONE, DRY, WET = 0, 1, 2
NAMES = ("none", "dry", "wet")
DRY_DAYS, DRY_RAIN = 10, 3.0  # d, kg m-2: no more rain than that in so many days
DRY_TEMPERATURE = 278.15  # K, mean of those days: in the cold, soil does not dry
WET_DAYS, WET_RAIN = 2, 15.0  # d, kg m-2: at least that in so many days


def prior_knowledge(
    rain: np.ndarray,
    temperature: np.ndarray,
    dry_days: int = DRY_DAYS,
    dry_rain: float = DRY_RAIN,
    wet_days: int = WET_DAYS,
    wet_rain: float = WET_RAIN,
) -> np.ndarray:
    """NONE, DRY or WET for each place.

    `rain` (day, ...) in kg m-2 and `temperature` (day, ...) in K are those of the days before
    the pass, the last one the latest. NONE where a day is missing. Raises ValueError for fewer
    days than needed.
    """
    rain, temperature = np.asarray(rain, float), np.asarray(temperature, float)
    if rain.shape[0] < max(dry_days, wet_days):
        raise ValueError(f"{rain.shape[0]} days of weather, needed {max(dry_days, wet_days)}")
    little = rain[-dry_days:].sum(axis=0) <= dry_rain
    warm = temperature[-dry_days:].mean(axis=0) >= DRY_TEMPERATURE
    much = rain[-wet_days:].sum(axis=0) >= wet_rain
    known = np.isfinite(rain).all(axis=0) & np.isfinite(temperature).all(axis=0)
    return np.where(known & much, WET, np.where(known & little & warm, DRY, NONE))
