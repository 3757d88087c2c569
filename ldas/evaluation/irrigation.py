"""Irrigation found in the water that an analysis added to a model that knows none.

A model without irrigation dries a field that is watered, and the analysis puts the water back:
its increments and steady corrections, summed over the root zone and a month, are what the model
lacked. Elsewhere they have both signs, as the errors of rain have. How likely a cell is irrigated
follows from Bayes' rule with those two alternatives for the water of its season.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_ndtr

NOISE = 20.0  # mm a month, of water that errors of weather and model have added; see the docs
FEWEST = 20  # rainfed cells, from which on they tell the noise and its mean
NORMAL_MAD = 1.4826  # standard deviation over median absolute deviation, of a normal distribution
MOST = 250.0  # mm a month, irrigation that may be
RELATIVE = 0.25  # 1, of an amount: what the analysis makes too much or too little


class Found(NamedTuple):
    """Irrigation of each cell, and how sure it is.

    `probability` (cell,), 1; `amount` and `uncertainty` (month, cell), mm; `added` (cell,), mm
    of the season; `noise` (mm a month) and `centre` (mm a month) that rainfed cells have.
    """

    probability: np.ndarray
    amount: np.ndarray
    uncertainty: np.ndarray
    added: np.ndarray
    noise: float
    centre: float


def rainfed_noise(water: np.ndarray, rainfed: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of a month's water (mm) in cells that cannot be irrigated.

    `water` (month, cell), `rainfed` (cell,). 0 and NOISE where there are fewer than FEWEST; the
    noise is never taken for less than half of NOISE.
    """
    if int(rainfed.sum()) < FEWEST:
        return 0.0, NOISE
    season = water[:, rainfed].sum(axis=0)
    centre = float(np.median(season))
    spread = NORMAL_MAD * float(np.median(np.abs(season - centre)))
    months = water.shape[0]
    return centre / months, max(spread / np.sqrt(months), 0.5 * NOISE)


def irrigation_probability(
    season: np.ndarray, months: int, noise: float, prior: float
) -> np.ndarray:
    """How likely cells are irrigated that got `season` (cell,) mm more than rainfed ones.

    Rainfed cells get nothing but noise (normal, `noise` mm a month), irrigated ones beside it any
    amount, which lies within MOST a month; `prior` is the share of cells that are irrigated.
    """
    spread, most = noise * np.sqrt(months), MOST * months
    x = season / spread
    rainfed = -0.5 * x**2 - np.log(np.sqrt(2.0 * np.pi) * spread)
    irrigated = log_ndtr(x) - np.log(most)
    odds = np.log(prior / (1.0 - prior)) + irrigated - rainfed
    return expit(odds)


def find_irrigation(water: np.ndarray, rainfed: np.ndarray, prior: float) -> Found:
    """Where and how much was irrigated, from the water added by month: (month, cell), mm.

    `rainfed` (cell,) says which cells cannot be; they are given none.
    """
    months = water.shape[0]
    centre, noise = rainfed_noise(water, rainfed)
    beyond = water - centre
    season = beyond.sum(axis=0)
    probability = irrigation_probability(season, months, noise, prior)
    probability = np.where(rainfed, 0.0, probability)
    amount = probability * np.maximum(beyond, 0.0)
    doubt = np.sqrt(probability * (1.0 - probability)) * np.maximum(beyond, 0.0)
    uncertainty = np.sqrt(noise**2 * probability + (RELATIVE * amount) ** 2 + doubt**2)
    return Found(probability, amount, uncertainty, season, noise, centre)
