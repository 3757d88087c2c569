"""How sure scores and their differences are, for series whose errors go on for days.

Circular block bootstrap (Politis and Romano 1992): blocks of consecutive pairs are drawn
with replacement. All sources of a station are resampled alike, so that differences between
them are judged pair by pair. Scores follow from sums, and sums of blocks from cumulative
sums, so that nothing of the length of the series is ever resampled.
"""

import numpy as np


def resampled(
    x: np.ndarray, y: np.ndarray, block: int, number: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """R and ubRMSD of resampled series, both (source, number).

    `x` (source, n) what is judged, `y` (n,) by what; `block` pairs go together. R is NaN
    where a resampled series is constant.
    """
    n = y.size
    block = max(1, min(block, n))
    starts = random.integers(0, n, (number, -(-n // block)))
    last = n - block * (starts.shape[1] - 1)
    y = y - y.mean()
    x = x - x.mean(axis=1, keepdims=True)
    means = _means(np.concatenate([x, x * x, x * y, [y, y * y]]), starts, block, last)
    number_of = x.shape[0]
    sx, sxx, sxy = means[: 3 * number_of].reshape(3, number_of, number)
    sy, syy = means[3 * number_of :]
    vx, vy, cov = sxx - sx * sx, syy - sy * sy, sxy - sx * sy
    with np.errstate(invalid="ignore", divide="ignore"):
        r = cov / np.sqrt(vx * vy)
    small = 1e-12 * np.maximum(sxx, syy)
    r = np.where((vx > small) & (vy > small), np.clip(r, -1.0, 1.0), np.nan)
    return r, np.sqrt(np.maximum(vx + vy - 2.0 * cov, 0.0))


def _means(terms: np.ndarray, starts: np.ndarray, block: int, last: int) -> np.ndarray:
    """Means (term, number) of `terms` (term, n) over blocks put together, the last one shorter."""
    n = terms.shape[1]
    sums = np.zeros((2 * n + 1, terms.shape[0]))
    np.cumsum(np.concatenate([terms, terms], axis=1).T, axis=0, out=sums[1:])
    of_block = sums[block : block + n] - sums[:n]
    total = of_block[starts[:, :-1]].sum(axis=1)
    total += sums[starts[:, -1] + last] - sums[starts[:, -1]]
    return total.T / n


def interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Percentile interval of resampled scores; NaN if hardly any is defined."""
    good = values[np.isfinite(values)]
    if good.size < 0.5 * values.size or good.size == 0:
        return np.nan, np.nan
    tail = 50.0 * (1.0 - confidence)
    low, high = np.percentile(good, [tail, 100.0 - tail])
    return float(low), float(high)
