"""How far sigma0 lies outside the simulated base: a table that is linear between its points."""

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from retrieval.base_range import ANGLES, GREENS, WITHIN, _beyond, _table, beyond
from retrieval.training_base import NDVI, SIGMA_NOISE, THETA, simulate


def cases(number=5000):
    random = np.random.default_rng(1)
    return [random.uniform(*span, number) for span in ((-30.0, 2.0), (15.0, 50.0), (-0.1, 0.9))]


def test_it_is_the_table_between_its_points():
    sigma, theta, ndvi = cases()
    axes = np.linspace(*THETA, ANGLES), np.linspace(*NDVI, GREENS)
    at = np.stack([np.clip(theta, *THETA), np.clip(ndvi, *NDVI)], axis=-1)
    low, high, slope = RegularGridInterpolator(axes, _table())(at).T
    margin = WITHIN * SIGMA_NOISE
    wanted = np.maximum(np.maximum(low - margin - sigma, sigma - high - margin), 0.0)
    distance, moisture = beyond(sigma, theta, ndvi)
    np.testing.assert_allclose(distance, wanted, atol=1e-12)
    np.testing.assert_allclose(moisture, wanted / slope, atol=1e-12)
    assert 0.2 < (distance > 0.0).mean() < 0.8


def test_without_the_compiler():
    parts = cases(40)
    distance, moisture = np.empty((2, 40))
    _beyond.py_func(*parts, _table(), distance, moisture)
    for found, wanted in zip((distance, moisture), beyond(*parts), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-13)


def test_what_is_in_the_base_is_not_outside():
    distance, _ = beyond(*simulate(20000, 3).inputs.T)
    assert (distance > 0.0).mean() < 0.01
