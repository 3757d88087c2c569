"""What radar backscatter makes of a model's soil moisture and leaf area: fitted cell by cell.

Of each cell: A and B of the water cloud and the soil's slope (or roughness), one for all orbits,
and an offset for each orbit. Damped Gauss-Newton of all cells at once on logarithms of what must
be positive, which are drawn to what the literature reports as far as the data say little.
"""

from dataclasses import dataclass

import numpy as np

from .backscatter import Signature, backscatter, seen_through

NOISE = 1.0  # dB, of one observation about the fit, against which the priors are weighed
# medians and spreads of the logarithm: A of a dense canopy of -11 dB, B for leaf area at C band
# (Modanesi et al. 2022), slope of the soil's in dB per m3 m-3, rms height in cm
PRIORS = {
    "plants": (0.08, 0.7),
    "attenuation": (0.10, 0.7),
    "linear": (25.0, 0.5),
    "iem": (1.0, 0.4),
}
OFFSET_SPREAD = {"linear": 10.0, "iem": 1.0}  # dB; the roughness sets the level of the latter
ITERATIONS, CONVERGED = 40, 1.0e-4
STEP = 1.0e-4  # of the numerical derivatives
DAMPING = (1.0e-6, 1.0e6)  # least and most
ANY_ANGLE = 40.0  # degrees, where an orbit saw nothing
ANY = {"sigma": 0.0, "moisture": 0.2, "lai": 1.0}  # where nothing was seen; it does not count


@dataclass(frozen=True)
class Pairs:
    """What a radar saw and a model had at the time: (time, cell), NaN where either is missing.

    `sigma` in dB, `moisture` in m3 m-3, `lai` in m2 m-2; `orbit` (time,) counts from 0, `theta`
    (orbit, cell) in degrees, `clay` (cell,) 1.
    """

    sigma: np.ndarray
    moisture: np.ndarray
    lai: np.ndarray
    orbit: np.ndarray
    theta: np.ndarray
    clay: np.ndarray


@dataclass(frozen=True)
class Fit:
    """(cell,) but for `offset`, `theta` and `count` (orbit, cell).

    `error` is the standard deviation of what is left (dB), `r` the correlation of fit and
    observation, `sensitivity` what 1 m3 m-3 does to the fit (dB) on average, `seen` how much of
    the soil's backscatter comes through on average (1), `count` (orbit, cell) the pairs.
    """

    plants: np.ndarray
    attenuation: np.ndarray
    soil: np.ndarray
    offset: np.ndarray
    theta: np.ndarray
    error: np.ndarray
    r: np.ndarray
    sensitivity: np.ndarray
    seen: np.ndarray
    count: np.ndarray


def fit_backscatter(pairs: Pairs, law: str) -> Fit:
    """The signature of every cell; NaN for a cell without pairs.

    An orbit without pairs of its own has a NaN offset.
    """
    there = np.isfinite(pairs.sigma) & np.isfinite(pairs.moisture) & np.isfinite(pairs.lai)
    given, orbits = pairs, pairs.theta.shape[0]
    filled = (np.where(there, getattr(given, name), any_) for name, any_ in ANY.items())
    pairs = Pairs(*filled, given.orbit, given.theta, given.clay)
    count = np.stack([there[pairs.orbit == k].sum(axis=0) for k in range(orbits)])
    p = _fitted(pairs, there, law)
    signature = _signature(p, pairs)
    modelled = backscatter(pairs.moisture, pairs.lai, signature, law)
    number = np.maximum(there.sum(axis=0), 1)
    residual = np.where(there, pairs.sigma - modelled, np.nan)
    more = backscatter(pairs.moisture + STEP, pairs.lai, signature, law)
    less = backscatter(pairs.moisture - STEP, pairs.lai, signature, law)
    any_pair = there.any(axis=0)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.where(any_pair, np.where(there, values, 0.0).sum(axis=0) / number, np.nan)

    return Fit(
        *(np.where(any_pair, np.exp(p[:, k]), np.nan) for k in range(3)),
        np.where(count > 0, p[:, 3:].T, np.nan),
        pairs.theta,
        np.sqrt(mean(residual**2)),
        _correlation(pairs.sigma, modelled, there),
        mean((more - less) / (2.0 * STEP)),
        mean(seen_through(pairs.lai, signature)),
        count,
    )


def _signature(p: np.ndarray, pairs: Pairs) -> Signature:
    """Parameters (cell, parameter) as signatures of every time and cell."""
    plants, attenuation, soil = np.exp(p[:, :3]).T
    theta = np.where(np.isfinite(pairs.theta), pairs.theta, ANY_ANGLE)[pairs.orbit]
    return Signature(plants, attenuation, soil, p[:, 3:].T[pairs.orbit], theta, pairs.clay)


def _fitted(pairs: Pairs, there: np.ndarray, law: str) -> np.ndarray:
    """Parameters (cell, parameter): logarithms of A, B and the soil's, then the offsets.

    `pairs` hold any numbers where `there` (time, cell) is false.
    """
    orbits, cells = pairs.theta.shape
    medians, spreads = zip(*(PRIORS[name] for name in ("plants", "attenuation", law)), strict=True)
    number = 3 + orbits
    prior = np.tile([*np.log(medians), *np.zeros(orbits)], (cells, 1))
    if law == "linear":  # whose level nothing tells beforehand
        prior[:, 3:] = _first_offsets(pairs, there, prior, law)
    weight = NOISE**2 / np.array([*spreads, *([OFFSET_SPREAD[law]] * orbits)]) ** 2

    def residual(p: np.ndarray) -> np.ndarray:
        modelled = backscatter(pairs.moisture, pairs.lai, _signature(p, pairs), law)
        return np.where(there, pairs.sigma - modelled, 0.0)

    def cost(p: np.ndarray, left: np.ndarray) -> np.ndarray:
        return (left**2).sum(axis=0) + (weight * (p - prior) ** 2).sum(axis=1)

    p, damping = prior.copy(), np.full(cells, 1.0e-2)
    left = residual(p)
    best = cost(p, left)
    for _ in range(ITERATIONS):
        slopes = np.stack(
            [(left - residual(p + STEP * np.eye(number)[k])) / STEP for k in range(number)], axis=-1
        )
        normal = np.einsum("tci,tcj->cij", slopes, slopes) + np.diag(weight)
        right = np.einsum("tci,tc->ci", slopes, left) - weight * (p - prior)
        damped = normal + damping[:, None, None] * np.einsum("cii->ci", normal)[:, None] * np.eye(
            number
        )
        step = np.linalg.solve(damped, right[..., None])[..., 0]
        trial = p + np.clip(step, -1.0, 1.0)
        moved = residual(trial)
        reached = cost(trial, moved)
        better = reached < best
        p = np.where(better[:, None], trial, p)
        left, best = np.where(better, moved, left), np.where(better, reached, best)
        damping = np.clip(np.where(better, 0.2 * damping, 10.0 * damping), *DAMPING)
        if (np.abs(step) < CONVERGED).all():
            break
    return p


def _first_offsets(pairs: Pairs, there: np.ndarray, p: np.ndarray, law: str) -> np.ndarray:
    """Offsets (cell, orbit) with which the mean of each orbit is right for the priors."""
    signature = _signature(p, pairs)
    left = np.where(there, pairs.sigma - backscatter(pairs.moisture, pairs.lai, signature, law), 0)
    whole = left.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    out = np.tile(whole[:, None], (1, pairs.theta.shape[0]))
    for k in range(pairs.theta.shape[0]):
        mine = pairs.orbit == k
        number = there[mine].sum(axis=0)
        out[:, k] = np.where(number > 0, left[mine].sum(axis=0) / np.maximum(number, 1), whole)
    return out


def _correlation(one: np.ndarray, other: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Correlation (cell,) over the times that are there; NaN without any spread."""
    number = np.maximum(there.sum(axis=0), 1)
    one, other = (
        np.where(there, v - np.where(there, v, 0.0).sum(axis=0) / number, 0.0) for v in (one, other)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return (one * other).sum(axis=0) / np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0))
