"""Paired climates that vary smoothly through the year, cells of a region drawn together.

Three months of two or three years hold few independent pairs: their moments are themselves
uncertain by half of a soil moisture anomaly, and what a season lacked in the years of the pairs
is then taken for the model's climate. Here means are two harmonics of the year, one ratio of
standard deviations holds for all of it, and each of these numbers is drawn to the mean of all
cells as far as the cells differ no more than their sampling errors let expect (the positive-part
estimator of James and Stein 1961; sampling errors by a jackknife over blocks of the period,
Künsch 1989). A product whose bias does vary from cell to cell keeps it; where there are too few
cells to know, the climate of the seasons stays.
"""

from dataclasses import replace

import numpy as np

from .rescaling import MONTHS, SD_MIN, Climate

HARMONICS = 2
COEFFICIENTS = 2 * HARMONICS + 1
BLOCK = 90.0  # days, of the jackknife: longer than errors of model and product last
BLOCKS = (4, 40)  # fewest and most
FEW_PAIRS = 3 * COEFFICIENTS  # a cell with no more of them has no climate
FEW_CELLS = 4  # fewer tell nothing of how much of their differences is noise
RIDGE = 1e-6  # of the normal equations' trace, where a part of the year is never seen


def harmonics(phase: np.ndarray) -> np.ndarray:
    """1, cos, sin, ... (..., COEFFICIENTS) of a `phase` of the year (1, from 0 to 1)."""
    angle = 2.0 * np.pi * phase[..., None] * np.arange(1, HARMONICS + 1)
    both = np.stack([np.cos(angle), np.sin(angle)], axis=-1).reshape(*phase.shape, -1)
    return np.concatenate([np.ones((*phase.shape, 1)), both], axis=-1)


def smoothed(
    climate: Climate, observed: np.ndarray, modelled: np.ndarray, time: np.ndarray
) -> Climate:
    """`climate` with smooth means and one ratio of standard deviations for each cell.

    `observed` and `modelled` (time, cell) are the pairs it was made of, NaN where there is
    none, `time` (time,) theirs. Counts and quantiles stay those of the seasons, and all of
    them do where there are fewer than FEW_CELLS cells.
    """
    pairs = np.isfinite(observed) & np.isfinite(modelled)
    if np.count_nonzero(pairs.any(axis=0)) < FEW_CELLS:
        return climate
    day = (time - time.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    basis = harmonics(day / 365.25)
    block = _blocks(time)
    centre = observed[pairs].mean()  # so that an error of the ratio is none of the offset
    sums = np.stack(
        [_sums(observed - centre, modelled, pairs, basis, block == b) for b in np.unique(block)]
    )
    whole = sums.sum(axis=0)
    ratio, offset, of_observed, sd = _fit(whole)
    for seasonal in (climate.observed_sd, climate.modelled_sd):
        ratio[~(np.nanmax(seasonal, axis=0, initial=0.0) > SD_MIN)] = np.nan
    left_out = [_fit(whole - part)[:2] for part in sums]
    spread = np.stack([_parameters(*fit) for fit in left_out])
    sampling = (len(sums) - 1.0) * spread.var(axis=0)
    parameters = drawn_together(_parameters(ratio, offset), sampling)
    ratio, offset = np.exp(parameters[:, 0]), parameters[:, 1:]
    middle = harmonics((np.arange(MONTHS) + 0.5) / MONTHS)
    departure = middle @ of_observed.T
    modelled_sd = np.tile(sd, (MONTHS, 1))
    return replace(
        climate,
        observed_mean=centre + departure,
        observed_sd=modelled_sd / ratio,
        modelled_mean=middle @ offset.T + ratio * departure,
        modelled_sd=modelled_sd,
    )


def _parameters(ratio: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """What is drawn together of a fit: (cell, 1 + coefficient)."""
    return np.concatenate([np.log(ratio)[:, None], offset], axis=1)


def drawn_together(values: np.ndarray, sampling: np.ndarray) -> np.ndarray:
    """Values (cell, parameter) drawn to their mean by the share of noise in their differences.

    `sampling` (cell, parameter) are their error variances; cells without one keep to
    themselves. Fewer than FEW_CELLS with one are left alone.
    """
    good = np.isfinite(values).all(axis=1) & np.isfinite(sampling).all(axis=1)
    number = int(good.sum())
    if number < FEW_CELLS:
        return values
    mean = values[good].mean(axis=0)
    between = np.maximum(values[good].var(axis=0, ddof=1), np.finfo(float).tiny)
    noise = sampling[good].mean(axis=0) * (number - 3.0) / (number - 1.0)
    kept = np.maximum(0.0, 1.0 - noise / between)
    return np.where(good[:, None], mean + kept * (values - mean), values)


def _blocks(time: np.ndarray) -> np.ndarray:
    """Number of the block of the period that each time lies in."""
    age = (time - time.min()) / np.timedelta64(1, "D")
    number = int(np.clip(round(float(age.max()) / BLOCK), *BLOCKS))
    return np.minimum((age / max(float(age.max()), 1.0) * number).astype(int), number - 1)


def _sums(
    observed: np.ndarray,
    modelled: np.ndarray,
    pairs: np.ndarray,
    basis: np.ndarray,
    chosen: np.ndarray,
) -> np.ndarray:
    """Sums of products of basis, observed and modelled over the chosen times: (cell, n, n)."""
    there = pairs[chosen]
    both = np.stack([np.where(there, v[chosen], 0.0) for v in (observed, modelled)], axis=-1)
    on = np.broadcast_to(basis[chosen][:, None], (*there.shape, COEFFICIENTS)) * there[..., None]
    whole = np.concatenate([on, both], axis=-1)
    return np.einsum("tci,tcj->cij", whole, whole)


def _fit(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ratio of standard deviations (cell,), harmonics (cell, coefficient) of modelled less
    ratio times observed and of observed, and the modelled standard deviation (cell,).

    Standard deviations are those about the harmonics. NaN for a cell with too few pairs.
    """
    k = COEFFICIENTS
    normal, right = sums[:, :k, :k], sums[:, :k, k:]
    number = sums[:, 0, 0]
    ridge = RIDGE * np.maximum(number, 1.0)[:, None, None] * np.eye(k)
    fitted = np.linalg.solve(normal + ridge, right)
    left = np.einsum("cii->ci", sums[:, k:, k:]) - np.einsum("cki,cki->ci", right, fitted)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.maximum(left, 0.0) / (number - k)[:, None])
        sd[number <= FEW_PAIRS] = np.nan
        ratio = sd[:, 1] / sd[:, 0]
    return ratio, fitted[..., 1] - ratio[:, None] * fitted[..., 0], fitted[..., 0], sd[:, 1]
