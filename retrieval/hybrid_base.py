"""The base of the hybrid's network: places simulated through the years, as radar sees them.

S2MP's base knows single images. Here each place keeps its roughness, so that its driest and its
wettest sigma0 can be found as from real images; a few dates of each place train.
"""

import numpy as np

from .change_detection import references, saturation
from .training_base import HEIGHT, NDVI, NDVI_NOISE, SIGMA_NOISE, THETA, Base, forward

DATES, REVISIT = 120, 6.0  # images of a place, d from one to the next
DRIEST, WETTEST = (2.0, 15.0), (20.0, 40.0)  # vol.%, of the years of a place
DRAWN = 8  # dates of each place that train
ORBITS = 3  # at most
MEMORY = 0.7  # of moisture from one image to the next


def simulate(number: int, seed: int) -> Base:
    """That many simulations, the index of change detection (0 to 1) being the fourth input.

    Moisture of a place lies evenly between its driest and its wettest and has a season and a
    memory; NDVI has a season of its own; one to three orbits see it in turn.
    """
    random = np.random.default_rng(seed)
    places = -(-number // DRAWN)
    shape = (DATES, places)
    year = REVISIT * np.arange(DATES)[:, None] / 365.25
    height = random.uniform(*HEIGHT, places)
    wave = random.uniform(0.0, 1.5, places) * np.sin(2.0 * np.pi * (year + random.random(places)))
    weather = random.standard_normal(shape)
    for k in range(1, DATES):
        weather[k] = MEMORY * weather[k - 1] + np.sqrt(1.0 - MEMORY**2) * weather[k]
    order = (wave + weather).argsort(axis=0).argsort(axis=0) / (DATES - 1.0)
    dry, wet = random.uniform(*DRIEST, places), random.uniform(*WETTEST, places)
    moisture = dry + (wet - dry) * order
    low, high = np.sort(random.uniform(*NDVI, (2, places)), axis=0)
    green = low + (high - low) * (0.5 + 0.5 * np.sin(2.0 * np.pi * (year + random.random(places))))
    angles = random.uniform(*THETA, (ORBITS, places))
    turns = np.arange(DATES)[:, None] % random.integers(1, ORBITS + 1, places)
    theta = np.take_along_axis(angles, turns, axis=0)
    clean = forward(moisture, np.broadcast_to(height, shape), theta, green)
    sigma = clean + SIGMA_NOISE * random.standard_normal(shape)
    seen = green * (1.0 + NDVI_NOISE * random.standard_normal(shape))
    index = index_of(sigma, theta)
    date = random.random(shape).argsort(axis=0)[:DRAWN].ravel(), np.tile(np.arange(places), DRAWN)
    inputs = np.stack([v[date] for v in (sigma, theta, seen, index)], axis=1)
    kept = np.isfinite(inputs).all(axis=1)
    return Base(inputs[kept], moisture[date][kept], height[date[1]][kept], green[date][kept])


def index_of(sigma: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Relative moisture (0 to 1) of a series (time, cell) by change detection."""
    return saturation(references(sigma, theta), sigma, theta, SIGMA_NOISE, 0.0, 2, 0.0).index
