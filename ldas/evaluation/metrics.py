"""Scores of one series against another, and how sure they are.

x is what is judged, y what it is judged by, without gaps and of one length. An undefined
score is NaN, and `undefined` says why. Definitions as in pytesmo and scipy, with which the
tests compare. N_eff: Bayley and Hammersley (1946) with the autocorrelations at lag one.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

SD_MIN = 1e-12  # of the largest value: less is a constant series


@dataclass(frozen=True)
class Scores:
    """Scores of x against y; bias is mean(x) - mean(y), RMSD^2 = ubRMSD^2 + bias^2."""

    n: int
    n_eff: float
    r: float
    r_low: float
    r_high: float
    p: float
    bias: float
    rmsd: float
    ubrmsd: float
    undefined: str = ""


def constant(x: np.ndarray) -> bool:
    """Whether a series does not vary, but for rounding."""
    return x.size == 0 or float(x.std()) <= SD_MIN * max(float(np.abs(x).max()), 1e-300)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's R; NaN for fewer than two values or a constant series."""
    if x.size < 2 or constant(x) or constant(y):
        return np.nan
    a, b = x - x.mean(), y - y.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def effective_number(x: np.ndarray, y: np.ndarray) -> float:
    """How many independent pairs two autocorrelated series are worth, 2 to N."""
    n = float(x.size)
    if x.size < 4:
        return n
    lag = [correlation(v[1:], v[:-1]) for v in (x, y)]
    if not np.isfinite(lag).all():
        return n
    both = float(np.clip(lag[0] * lag[1], 0.0, 0.9999))
    return float(np.clip(n * (1.0 - both) / (1.0 + both), 2.0, n))


def fisher_interval(r: float, n: float, confidence: float) -> tuple[float, float]:
    """Interval of a correlation by Fisher's transform; NaN for n <= 3."""
    if not np.isfinite(r) or n <= 3.0:
        return np.nan, np.nan
    half = stats.norm.ppf(0.5 + 0.5 * confidence) / np.sqrt(n - 3.0)
    z = np.arctanh(np.clip(r, -1.0 + 1e-15, 1.0 - 1e-15))
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def p_value(r: float, n: float) -> float:
    """Two-sided probability of so large a correlation of independent normal series."""
    if not np.isfinite(r) or n <= 2.0:
        return np.nan
    if abs(r) >= 1.0:
        return 0.0
    t = abs(r) * np.sqrt((n - 2.0) / (1.0 - r * r))
    return float(2.0 * stats.t.sf(t, n - 2.0))


def scores(x: np.ndarray, y: np.ndarray, confidence: float = 0.95) -> Scores:
    """All scores of x against y.

    Interval and p-value of R are those of `effective_number` independent pairs. Raises
    ValueError if the lengths differ or a value is not finite.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"series of shapes {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a value is not finite")
    if x.size == 0:
        return Scores(0, 0.0, *(np.nan,) * 7, undefined="no pairs")
    difference = x - y
    bias = float(difference.mean())
    ubrmsd = float(np.sqrt(np.mean((difference - bias) ** 2)))
    rmsd = float(np.sqrt(np.mean(difference**2)))
    r, n_eff = correlation(x, y), effective_number(x, y)
    low, high = fisher_interval(r, n_eff, confidence)
    why = ""
    if x.size < 2:
        why = "one pair"
    elif constant(x) or constant(y):
        why = "a constant series"
    return Scores(x.size, n_eff, r, low, high, p_value(r, n_eff), bias, rmsd, ubrmsd, why)
