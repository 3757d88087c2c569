"""From means over intervals to instants that keep them: radiation of reanalyses and forecasts.

A model takes radiation as linear between stamps. Means are turned into instants at the ends and
in the middle of each interval, B and M, with (B_0 + 2 M + B_1) / 4 equal to the mean: what the
model then sees over the interval is the mean itself. The ends are the average of both sides,
lowered where M would become negative. Means over more than an hour are first shared out among
hours by the sun.
"""

import numpy as np

from ldas.core.sun import cos_zenith

HOUR = 3600  # s


def hourly_shares(lat: np.ndarray, lon: np.ndarray, time: np.ndarray, interval: int) -> np.ndarray:
    """What each hour of an interval has of its mean shortwave, (cell, stamp, hour), mean 1.

    By the mean cosine of the sun's zenith angle; `time` (stamp,) ends each interval. Without
    sun every hour has its share of 1.
    """
    hours = interval // HOUR
    quarter = np.arange(4 * hours) * (HOUR // 4) + HOUR // 8 - interval
    instants = (time[:, None] + quarter.astype("timedelta64[s]")).ravel()
    mu = cos_zenith(instants[None, :], lat[:, None], lon[:, None])
    mean = mu.reshape(lat.size, time.size, hours, 4).mean(axis=3)
    whole = mean.mean(axis=2, keepdims=True)
    return np.where(whole > 0.0, mean / np.where(whole > 0.0, whole, 1.0), 1.0)


def instants(means: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Instants (cell, 2 n - 1) at stamps and in the middle between them.

    `means` (cell, n) are of the intervals that end at the stamps, `after` (cell,) that of the
    interval behind the last. The first interval lies before the first stamp and only shapes its
    end.
    """
    following = np.concatenate([means[:, 1:], after[:, None]], axis=1)
    ends = np.minimum(0.5 * (means + following), 2.0 * np.minimum(means, following))
    out = np.empty((means.shape[0], 2 * means.shape[1] - 1))
    out[:, ::2] = ends
    out[:, 1::2] = 2.0 * means[:, 1:] - 0.5 * (ends[:, :-1] + ends[:, 1:])
    return out


def between_stamps(values: np.ndarray, parts: int) -> np.ndarray:
    """States (cell, n) at stamps as (cell, parts (n - 1) + 1), linear in time."""
    if parts == 1:
        return values
    n = values.shape[1]
    x = np.arange(parts * (n - 1) + 1) / parts
    low = np.minimum(x.astype(int), n - 2)
    share = x - low
    return values[:, low] * (1.0 - share) + values[:, low + 1] * share


def held(rates: np.ndarray, parts: int) -> np.ndarray:
    """Mean rates (cell, n) of the intervals that end at the stamps, for finer stamps."""
    return np.concatenate([rates[:, :1], np.repeat(rates[:, 1:], parts, axis=1)], axis=1)
