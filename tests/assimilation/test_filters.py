"""The algebra of the filters against dense solutions and known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldas.assimilation.ekf import LARGEST, bounded, ekf_analysis, forecast_covariance
from ldas.assimilation.ensrf import ensrf_analysis
from ldas.assimilation.errors import error_correlation
from ldas.assimilation.sekf import sekf_cells

NAMES = ("lai", *(f"wg{k}" for k in range(2, 9)))
DEPTHS = (None, 0.025, 0.07, 0.15, 0.3, 0.5, 0.7, 0.9)  # m
CONTROLS = len(NAMES)


def random_cells(random, cells, patches, observations):
    first = np.concatenate([[0], np.cumsum(random.integers(1, patches + 1, cells))])
    columns = first[-1]
    fraction = np.concatenate([random.dirichlet(np.ones(n)) for n in np.diff(first)])
    jacobian = random.normal(size=(columns, observations, CONTROLS))
    b = random.uniform(1e-4, 2.0, (columns, CONTROLS))
    r = random.uniform(1e-3, 1.0, (cells, observations))
    innovation = random.normal(size=(cells, observations))
    innovation[random.random(innovation.shape) < 0.4] = np.nan
    return first, fraction, jacobian, b, r, innovation


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 4), st.sampled_from([0, 0.5, 1])
)
def test_sekf_is_the_dense_solution(seed, patches, observations, rho):
    random = np.random.default_rng(seed)
    mixed = error_correlation(DEPTHS, random.uniform(0.0, 1.0), random.uniform(-0.3, 0.3))
    first, fraction, jacobian, b, r, innovation = random_cells(random, 5, patches, observations)
    increment, gain, hbh, analysed = sekf_cells(
        first, fraction, jacobian, b, r, innovation, float(rho), mixed
    )
    assert analysed == np.isfinite(innovation).any(axis=1).sum()
    for c in range(5):
        part = slice(first[c], first[c + 1])
        there = np.isfinite(innovation[c])
        h = (fraction[part, None, None] * jacobian[part][:, there]).transpose(1, 0, 2)
        h = h.reshape(there.sum(), h.shape[1] * CONTROLS)
        sigma, size = np.sqrt(b[part].ravel()), first[c + 1] - first[c]
        between = np.full((size, size), float(rho))
        np.fill_diagonal(between, 1.0)
        dense = np.outer(sigma, sigma) * np.kron(between, mixed)
        wanted = dense @ h.T @ np.linalg.inv(h @ dense @ h.T + np.diag(r[c][there]))
        scale = np.abs(wanted).max(initial=1e-300)
        seen = np.diag(h @ dense @ h.T)
        assert np.allclose(hbh[c][there], seen, rtol=1e-12)
        ours = gain[part][..., there].reshape(h.shape[1], there.sum())
        assert np.abs(ours - wanted).max(initial=0.0) <= 1e-12 * scale
        dx = wanted @ innovation[c][there]
        limit = 1e-12 * np.abs(wanted).sum() * 10.0
        assert np.abs(increment[part].ravel() - dx).max() <= limit
    assert not gain[..., ~np.isfinite(innovation).any(axis=0)].any()


def linear_case(random, n, obs):
    m = np.eye(n) + 0.2 * random.normal(size=(n, n))
    h = random.normal(size=(obs, n))
    b = np.diag(random.uniform(0.5, 1.5, n))
    return m, h, b, random.uniform(0.1, 0.5, n), random.uniform(0.1, 1.0, obs)


def test_ekf_is_the_kalman_filter_on_a_linear_model():
    random = np.random.default_rng(3)
    m, h, b, q, r = linear_case(random, 6, 3)
    kalman, ours = b.copy(), b.copy()
    x, y = np.zeros(6), np.zeros(6)
    for _ in range(10):
        observed = random.normal(size=3)
        kalman, ours = m @ kalman @ m.T + np.diag(q), forecast_covariance(ours, m, np.diag(q))
        x, y = m @ x, m @ y
        k = kalman @ h.T @ np.linalg.inv(h @ kalman @ h.T + np.diag(r))
        x = x + k @ (observed - h @ x)
        kalman = (np.eye(6) - k @ h) @ kalman
        dx, gain, ours = ekf_analysis(ours, h, r, observed - h @ y)
        y = y + dx
        assert np.allclose(gain, k, rtol=1e-9, atol=1e-12)
        assert np.allclose(y, x, rtol=1e-9)
        assert np.allclose(ours, kalman, rtol=1e-9, atol=1e-12)
        assert np.array_equal(ours, ours.T)


def test_sekf_is_one_kalman_update_with_fixed_errors():
    random = np.random.default_rng(4)
    _, h, b, _, r = linear_case(random, CONTROLS, 2)
    innovation = random.normal(size=(1, 2))
    increment, gain, _, _ = sekf_cells(
        np.array([0, 1]), np.ones(1), h[None], np.diag(b)[None], r[None], innovation
    )
    dx, k, _ = ekf_analysis(b, h, r, innovation[0])
    assert np.allclose(increment[0], dx, rtol=1e-12)
    assert np.allclose(gain[0], k, rtol=1e-12)


@pytest.mark.parametrize(("members", "tolerance"), [(100, 0.3), (10000, 0.03)])
def test_ensrf_converges_to_the_kalman_filter(members, tolerance):
    random = np.random.default_rng(5)
    _, h, b, _, r = linear_case(random, 4, 2)
    observed = random.normal(size=2)
    ensemble = random.multivariate_normal(np.zeros(4), b, members)
    after = ensrf_analysis(ensemble, ensemble @ h.T, r, observed)
    dx, _, analysed = ekf_analysis(b, h, r, observed)
    assert np.abs(after.mean(axis=0) - dx).max() < tolerance
    assert np.abs(np.cov(after.T) - analysed).max() < tolerance


def test_ensrf_has_exactly_the_kalman_moments_of_its_ensemble():
    random = np.random.default_rng(6)
    _, h, b, _, r = linear_case(random, 4, 2)
    ensemble = random.multivariate_normal(np.zeros(4), b, 30)
    observed = random.normal(size=2)
    sample, mean = np.cov(ensemble.T), ensemble.mean(axis=0)
    after = ensrf_analysis(ensemble, ensemble @ h.T, r, observed)
    dx, _, analysed = ekf_analysis(sample, h, r, observed - h @ mean)
    assert np.allclose(after.mean(axis=0), mean + dx, rtol=1e-10)
    assert np.allclose(np.cov(after.T), analysed, rtol=1e-10)


def test_no_carried_error_grows_beyond_belief_and_correlations_stay():
    random = np.random.default_rng(8)
    root = random.normal(size=(4, 4))
    b, given = root @ root.T, np.ones(4)
    jump = np.diag([1.0, 1e3, 1.0, 1.0])
    wild = jump @ b @ jump
    found = bounded(wild, given)
    assert np.diagonal(found).max() <= LARGEST * (1.0 + 1e-12)
    correlation = [x / np.sqrt(np.outer(np.diagonal(x), np.diagonal(x))) for x in (wild, found)]
    assert np.allclose(*correlation, atol=1e-12)
    small = 0.1 * b / np.diagonal(b).max()
    assert np.array_equal(bounded(small, given), small)
    assert np.array_equal(bounded(np.zeros((4, 4)), 0.0 * given), np.zeros((4, 4)))
