"""Rescaling of an observation to a model's climate, season by season.

Scipal et al. (2008), Albergel et al. (2017): the first two moments, in a window of three
months; Reichle & Koster (2004): the whole distribution, piecewise linear; or the
observation's anomaly on the model's climate.
"""

from dataclasses import dataclass, replace

import numpy as np

METHODS = ("linear", "cdf", "anomaly")
MONTHS = 12
QUANTILES = np.array([0.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 100.0])
SD_MIN = 1e-6  # in the observation's unit: less variation cannot be rescaled


@dataclass(frozen=True)
class Climate:
    """Paired climates by calendar month, shape (month, cell) or (month, quantile, cell).

    `departure` is how far the model lies from what was observed in its own climate (root mean
    square), NaN where it was not asked for.
    """

    count: np.ndarray
    observed_mean: np.ndarray
    observed_sd: np.ndarray
    modelled_mean: np.ndarray
    modelled_sd: np.ndarray
    observed_quantile: np.ndarray
    modelled_quantile: np.ndarray
    departure: np.ndarray


def months_around(month: int) -> tuple[int, int, int]:
    """The three months (0-11) centred on `month`."""
    return (month - 1) % MONTHS, month, (month + 1) % MONTHS


def climate_of(observed: np.ndarray, modelled: np.ndarray, month: np.ndarray) -> Climate:
    """Statistics of pairs (time, cell), NaN where there is none; `month` (time,) from 0."""
    cells = observed.shape[1]
    pairs = np.isfinite(observed) & np.isfinite(modelled)
    shape = (MONTHS, cells)
    count = np.zeros(shape, np.int64)
    moments = {name: np.full(shape, np.nan) for name in ("om", "os", "mm", "ms")}
    quantiles = {name: np.full((MONTHS, QUANTILES.size, cells), np.nan) for name in ("o", "m")}
    for m in range(MONTHS):
        chosen = np.isin(month, months_around(m))
        there = pairs[chosen]
        count[m] = there.sum(axis=0)
        for which, values in (("o", observed), ("m", modelled)):
            part = np.where(there, values[chosen], np.nan)
            some = count[m] > 0
            if not some.any():
                continue
            moments[f"{which}m"][m, some] = np.nanmean(part[:, some], axis=0)
            moments[f"{which}s"][m, some] = np.nanstd(part[:, some], axis=0)
            quantiles[which][m][:, some] = np.nanpercentile(part[:, some], QUANTILES, axis=0)
    return Climate(
        count,
        moments["om"],
        moments["os"],
        moments["mm"],
        moments["ms"],
        quantiles["o"],
        quantiles["m"],
        np.full(shape, np.nan),
    )


def with_departures(
    climate: Climate, method: str, observed: np.ndarray, modelled: np.ndarray, month: np.ndarray
) -> Climate:
    """`climate` with the departures of its pairs (time, cell), rescaled by `method`."""
    there = np.isfinite(observed) & np.isfinite(modelled)
    square = np.full(observed.shape, np.nan)
    for m in range(MONTHS):
        chosen = month == m
        rescaled = rescale(climate, method, m, observed[chosen], 1)
        square[chosen] = np.where(there[chosen], (rescaled - modelled[chosen]) ** 2, np.nan)
    found = np.full((MONTHS, observed.shape[1]), np.nan)
    for m in range(MONTHS):
        part = square[np.isin(month, months_around(m))]
        some = np.isfinite(part).any(axis=0)
        found[m, some] = np.sqrt(np.nanmean(part[:, some], axis=0))
    return replace(climate, departure=found)


def rescale(
    climate: Climate, method: str, month: int, observed: np.ndarray, min_pairs: int
) -> np.ndarray:
    """Observations (..., cell) of a calendar month (0-11) in the model's climate.

    NaN where there were fewer than `min_pairs` pairs or the product does not vary.
    """
    usable = (climate.count[month] >= min_pairs) & (climate.observed_sd[month] > SD_MIN)
    anomaly = observed - climate.observed_mean[month]
    if method == "linear":
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = climate.modelled_sd[month] / climate.observed_sd[month]
        scaled = climate.modelled_mean[month] + ratio * anomaly
    elif method == "anomaly":
        scaled = climate.modelled_mean[month] + anomaly
    else:
        scaled = matched(
            observed, climate.observed_quantile[month], climate.modelled_quantile[month]
        )
    return np.where(usable, scaled, np.nan)


def matched(observed: np.ndarray, theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """Values (..., cell) moved from one distribution to another, quantiles (quantile, cell)."""
    out = np.full(observed.shape, np.nan)
    for k in np.flatnonzero(np.isfinite(theirs[0])):
        x, y = theirs[:, k], ours[:, k]
        keep = np.concatenate([[True], np.diff(x) > 0.0])
        out[..., k] = np.interp(observed[..., k], x[keep], y[keep])
    return out
