"""NDVI as the retrieval needs it: clouds out, gaps filled, on the 1st and 15th of each month."""

import numpy as np

LOWEST, HIGHEST = -0.2, 1.0  # what can be an NDVI over land


def ndvi(red: np.ndarray, near_infrared: np.ndarray) -> np.ndarray:
    """(nir - red) / (nir + red); NaN where the sum is not positive."""
    red, nir = np.asarray(red, float), np.asarray(near_infrared, float)
    total = nir + red
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0.0, (nir - red) / total, np.nan)


def clear(values: np.ndarray, cloud: np.ndarray | None, good: tuple[int, ...] = (0,)) -> np.ndarray:
    """NDVI with NaN where the cloud mask has another value than `good`, or no NDVI can be."""
    out = np.where((values >= LOWEST) & (values <= HIGHEST), values, np.nan)
    return out if cloud is None else np.where(np.isin(cloud, good), out, np.nan)


def standard_dates(first: np.datetime64, last: np.datetime64) -> np.ndarray:
    """The 1st and 15th of every month from that of `first` to that of `last`."""
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    days = months.astype("datetime64[D]")
    return np.sort(np.concatenate([days, days + 14])).astype("datetime64[s]")


def filled(
    values: np.ndarray, times: np.ndarray, targets: np.ndarray, most_days: float = 90.0
) -> np.ndarray:
    """Values (time, ...) linear in time between the clear ones, at `targets` (target, ...).

    NaN before the first and after the last clear value by more than half of `most_days`, and
    in gaps longer than `most_days`.
    """
    order = np.argsort(times)
    day = (times[order] - targets.min()) / np.timedelta64(1, "D")
    images = np.asarray(values, float)[order]
    wanted = (targets - targets.min()) / np.timedelta64(1, "D")
    return np.stack([_at(images, day, target, most_days) for target in wanted])


def _at(images: np.ndarray, day: np.ndarray, target: float, most_days: float) -> np.ndarray:
    """One date's values: between the last clear one before and the first after it."""
    value, when = (np.full((2, *images.shape[1:]), np.nan) for _ in range(2))
    for side, every in (
        (0, np.flatnonzero(day <= target)),
        (1, np.flatnonzero(day >= target)[::-1]),
    ):
        for k in every:
            clear_here = np.isfinite(images[k])
            value[side] = np.where(clear_here, images[k], value[side])
            when[side] = np.where(clear_here, day[k], when[side])
    gap = when[1] - when[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(gap > 0.0, (target - when[0]) / gap, 0.0)
        between = np.where(gap <= most_days, value[0] + share * (value[1] - value[0]), np.nan)
    out = between
    for side, other in ((0, 1), (1, 0)):
        alone = np.isfinite(when[side]) & ~np.isfinite(when[other])
        near = np.abs(target - when[side]) <= 0.5 * most_days
        out = np.where(alone, np.where(near, value[side], np.nan), out)
    return out


def nearest_date(dates: np.ndarray, time: np.datetime64) -> int:
    """Index of the date nearest to a time; of two as near the earlier."""
    return int(np.abs(dates - time).argmin())


def by_class(values: np.ndarray, classes: np.ndarray, wanted: tuple[int, ...]) -> dict[int, float]:
    """Mean NDVI of each land-cover class."""
    out = {}
    for code in wanted:
        part = values[(classes == code) & np.isfinite(values)]
        out[code] = float(part.mean()) if part.size else np.nan
    return out
