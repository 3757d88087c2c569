"""Our exp, log, power and sin, made so that loops over layers vectorise, against numpy's."""

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


def test_power_is_as_good_as_its_logarithm():
    random = np.random.default_rng(3)
    x, y = np.exp(random.uniform(-20, 20, 5000)), random.uniform(-8.0, 8.0, 5000)
    exact = np.power(x.astype(np.longdouble), y.astype(np.longdouble))
    ours = np.array([elementary.power(*pair) for pair in zip(x, y, strict=True)])
    allowed = ULPS + 3.0 * np.abs(y * np.log(x))
    assert np.max(np.abs(ours - exact) / np.spacing(ours) / allowed) <= 1.0


def test_sine_of_half_a_right_angle_is_within_one_ulp():
    x = np.concatenate([np.linspace(-np.pi / 4, np.pi / 4, 5001), [1e-9]])
    ours = np.array([elementary.sin(v) for v in x])
    exact = np.sin(x.astype(np.longdouble))
    assert np.max(np.abs(ours - exact) / np.spacing(np.abs(ours))) <= 1.0


def test_special_values():
    assert np.isnan(elementary.exp(np.nan))
    assert np.isnan(elementary.log(np.nan))
    assert elementary.exp(0.0) == 1.0
    assert elementary.log(1.0) == 0.0
    assert elementary.exp(-1e9) < 1e-300
