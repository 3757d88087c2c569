"""Our exp and log, made so that loops over layers vectorise, against numpy's."""

import numpy as np

from ldas.core import elementary

ULPS = 2.0


def ulps(ours, exact):
    return np.max(np.abs(ours - exact) / np.spacing(np.abs(exact)))


def test_exp_is_within_two_ulps():
    x = np.random.default_rng(1).uniform(-300.0, 300.0, 5000)
    assert ulps(np.array([elementary.exp(v) for v in x]), np.exp(x)) <= ULPS


def test_log_is_within_two_ulps():
    random = np.random.default_rng(2)
    x = np.concatenate([np.exp(random.uniform(-200, 200, 4000)), random.uniform(0.9, 1.1, 2000)])
    assert ulps(np.array([elementary.log(v) for v in x]), np.log(x)) <= ULPS


def test_special_values():
    assert np.isnan(elementary.exp(np.nan))
    assert np.isnan(elementary.log(np.nan))
    assert elementary.exp(0.0) == 1.0
    assert elementary.log(1.0) == 0.0
    assert elementary.exp(-1e9) < 1e-300
