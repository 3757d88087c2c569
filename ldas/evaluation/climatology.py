"""The climate of each place by day of the year, and where a day's value stands in it."""

import numpy as np

DAYS = 366
FEWEST = 10  # values of a day's window, below which nothing is said


def day_of_year(times: np.ndarray) -> np.ndarray:
    """Day of the year, 0 to 365, 29 February being 59 also where there is none."""
    days = times.astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    number = (days - years.astype("datetime64[D]")).astype(int)
    year = years.astype(int) + 1970
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.where(~leap & (number >= 59), number + 1, number)


def climate(
    values: np.ndarray, day: np.ndarray, window: int, percentiles: np.ndarray
) -> dict[str, np.ndarray]:
    """Mean, sd, percentiles and number of the values around each day of the year.

    `values` (time, cell) on days of the year `day` (time,); those less than half a `window`
    (days) away count, whatever their year. `mean`, `sd`, `number` are (366, cell), `percentiles`
    (366, percentile, cell); NaN where fewer than FEWEST values are there.
    """
    cells = values.shape[1]
    found = {
        "mean": np.full((DAYS, cells), np.nan),
        "sd": np.full((DAYS, cells), np.nan),
        "percentiles": np.full((DAYS, percentiles.size, cells), np.nan),
        "number": np.zeros((DAYS, cells), np.int32),
    }
    for k in range(DAYS):
        away = np.abs(day - k)
        near = values[np.minimum(away, DAYS - away) <= (window - 1) // 2]
        number = np.isfinite(near).sum(axis=0)
        found["number"][k] = number
        good = number >= FEWEST
        if good.any():
            some = near[:, good]
            found["mean"][k, good] = np.nanmean(some, axis=0)
            found["sd"][k, good] = np.nanstd(some, axis=0)
            found["percentiles"][k][:, good] = np.nanpercentile(some, percentiles, axis=0)
    return found


def percentile_of(value: np.ndarray, thresholds: np.ndarray, percentiles: np.ndarray) -> np.ndarray:
    """The percentile (%) at which each value (cell,) stands among `thresholds` (percentile, cell).

    Linear between the percentiles that are kept; beyond the first and last those themselves.
    Where thresholds are equal it is the middle of their percentiles.
    """
    with np.errstate(invalid="ignore"):
        low = _between(value, thresholds, percentiles, True)
        high = _between(value, thresholds, percentiles, False)
    good = np.isfinite(value) & np.isfinite(thresholds).all(axis=0)
    return np.where(good, 0.5 * (low + high), np.nan)


def _between(
    value: np.ndarray, thresholds: np.ndarray, percentiles: np.ndarray, first: bool
) -> np.ndarray:
    """Percentiles by the first, or the last, of thresholds that are equal to a value."""
    below = (thresholds < value if first else thresholds <= value).sum(axis=0)
    last = percentiles.size - 1
    lower, upper = np.clip(below - 1, 0, last), np.clip(below, 0, last)
    cells = np.arange(value.size)
    a, b = thresholds[lower, cells], thresholds[upper, cells]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(b > a, (value - a) / (b - a), 0.0)
    found = percentiles[lower] + share * (percentiles[upper] - percentiles[lower])
    return np.where(below == 0, percentiles[0], np.where(below > last, percentiles[-1], found))


def root_zone(wg: np.ndarray, bounds: np.ndarray, depth: float) -> np.ndarray:
    """Mean soil moisture (...) from the surface to `depth` (m) of layers (..., layer).

    `bounds` (layer, 2): top and bottom of each layer (m); a layer that reaches beyond counts by
    its part.
    """
    thickness = np.clip(np.minimum(bounds[:, 1], depth) - bounds[:, 0], 0.0, None)
    used = thickness > 0.0
    return (wg[..., used] * thickness[used]).sum(axis=-1) / thickness.sum()
