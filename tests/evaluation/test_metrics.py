"""Scores against scipy and pytesmo, and where they are undefined."""

import warnings

import numpy as np
import pandas as pd
import pytesmo.metrics as theirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytesmo.time_series.anomaly import calc_anomaly
from scipy import stats

from ldas.evaluation.anomalies import (
    first_full_year,
    monthly_means,
    relative_anomaly,
    window_anomaly,
)
from ldas.evaluation.block_bootstrap import interval, resampled
from ldas.evaluation.matching import daily, matched
from ldas.evaluation.metrics import effective_number, fisher_interval, p_value, scores
from ldas.evaluation.triple_collocation import triple_collocation


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 300), st.sampled_from([0.01, 1.0, 1e6]))
def test_scores_are_those_of_scipy_and_pytesmo(seed, n, scale):
    random = np.random.default_rng(seed)
    y = scale * random.normal(size=n)
    x = 0.5 * y + scale * random.normal(size=n) + scale * random.normal()
    if seed % 3 == 0:
        x, y = np.round(x / scale, 1), np.round(y / scale, 1)  # ties
    if np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return
    found = scores(x, y)
    assert found.r == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
    assert p_value(found.r, n) == pytest.approx(stats.pearsonr(x, y).pvalue, rel=1e-6, abs=1e-12)
    for mine, other in (
        (found.bias, theirs.bias(x, y)),
        (found.rmsd, theirs.rmsd(x, y)),
        (found.ubrmsd, theirs.ubrmsd(x, y)),
        (found.r, theirs.pearson_r(x, y)),
    ):
        assert mine == pytest.approx(float(other), rel=1e-9, abs=1e-12 * scale)
    square = found.rmsd**2
    assert abs(square - found.ubrmsd**2 - found.bias**2) <= 1e-12 * max(square, 1.0)
    assert 2.0 <= found.n_eff <= n and found.undefined == ""


def test_fisher_interval_is_scipys():
    random = np.random.default_rng(1)
    x = random.normal(size=50)
    y = x + random.normal(size=50)
    found = stats.pearsonr(x, y)
    wanted = found.confidence_interval(0.9)
    assert fisher_interval(found.statistic, 50, 0.9) == pytest.approx(tuple(wanted), rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([], [], "no pairs"),
        ([1.0], [2.0], "one pair"),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], "a constant series"),
        ([0.1 + 0.2] * 5, [0.3] * 5, "a constant series"),
    ],
)
def test_what_is_undefined_is_nan_and_says_why(x, y, why):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = scores(np.array(x), np.array(y))
    assert np.isnan(found.r) and found.undefined == why and found.n == len(x)
    assert np.isnan(found.r_low) and np.isnan(found.p)


def test_gaps_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        scores(np.array([1.0, np.nan]), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="shapes"):
        scores(np.ones(2), np.ones(3))


def test_effective_number_of_autocorrelated_series():
    random = np.random.default_rng(2)
    noise = random.normal(size=(2, 20000))
    slow = noise.copy()
    for k in range(1, slow.shape[1]):
        slow[:, k] = 0.9 * slow[:, k - 1] + noise[:, k]
    assert effective_number(*noise) == pytest.approx(20000, rel=0.05)
    assert effective_number(*slow) == pytest.approx(20000 * (1 - 0.81) / (1 + 0.81), rel=0.05)


def test_triple_collocation_is_pytesmos():
    random = np.random.default_rng(4)
    true = np.cumsum(random.normal(size=3000)) * 0.05
    seen = ((1.0, 0.2, 0.0), (0.5, 0.3, 2.0), (3.0, 0.9, -1.0))  # scale, error, offset
    x, y, z = (a * true + random.normal(0.0, sd, 3000) + b for a, sd, b in seen)
    found = triple_collocation(x, y, z)
    snr, error, _ = theirs.tcol_metrics(x, y, z)
    np.testing.assert_allclose(found.error, error, rtol=1e-10)
    ratio = 10.0 ** (snr / 10.0)
    np.testing.assert_allclose(found.r, np.sqrt(ratio / (1.0 + ratio)), rtol=1e-10)
    np.testing.assert_allclose(found.error, [0.2, 0.6, 0.3], rtol=0.05)


def test_triple_collocation_says_where_it_is_undefined():
    random = np.random.default_rng(4)
    x, y = random.normal(size=(2, 100))
    found = triple_collocation(x, y, -x)
    assert "vary together" in found.undefined and np.isnan(found.r).all()
    assert "constant" in triple_collocation(x, y, np.ones(100)).undefined
    copy = triple_collocation(x, x + 0.01 * y, x + 0.02 * y)
    assert "negative" in copy.undefined and np.isnan(copy.error).any()


def test_window_anomaly_is_pytesmos():
    time = pd.date_range("2010-01-01", periods=800, freq="1D")
    series = pd.Series(np.random.default_rng(3).normal(size=800), time)
    ours, other = window_anomaly(series, 35), calc_anomaly(series, window_size=35)
    inside = slice(20, -20)
    assert np.allclose(ours[inside], other[inside], atol=1e-12)
    spread = series.rolling("35D", center=True, closed="neither").std()
    assert np.allclose(
        window_anomaly(series, 35, standardised=True)[inside], (ours / spread)[inside]
    )


def test_window_anomaly_needs_enough_values():
    time = pd.date_range("2010-01-01", periods=400, freq="1D")
    series = pd.Series(np.arange(400.0), time)
    series.iloc[100:180] = np.nan
    found = window_anomaly(series, 35)
    assert found.iloc[100:180].isna().all() and found.iloc[:95].notna().all()
    assert window_anomaly(pd.Series([], index=pd.DatetimeIndex([]), dtype=float), 35).empty


def test_relative_anomalies_against_a_reference_year():
    time = pd.date_range("2010-01-01", "2012-12-31", freq="1D")
    series = pd.Series(1.0, time)
    series[time.year == 2011] = 1.5
    series[(time.year == 2012) & (time.month == 7)] = np.nan
    assert first_full_year(series) == 2010
    found = relative_anomaly(series, 2010)
    assert np.allclose(found[found.index.year == 2011], 0.5)
    assert found[found.index.year == 2010].isna().all()
    assert np.isnan(found["2012-07-01"]) and np.isnan(monthly_means(series)["2012-07-01"])


def test_block_bootstrap_is_that_of_resampled_indices():
    random = np.random.default_rng(4)
    n, block, number = 100, 7, 40
    y = random.normal(size=n)
    x = np.stack([y + random.normal(size=n), random.normal(size=n)])
    r, ubrmsd = resampled(x, y, block, number, np.random.default_rng(9))
    starts = np.random.default_rng(9).integers(0, n, (number, -(-n // block)))
    for k in range(number):
        index = np.concatenate([(s + np.arange(block)) % n for s in starts[k]])[:n]
        for source in range(2):
            found = scores(x[source][index], y[index])
            assert r[source, k] == pytest.approx(found.r, abs=1e-10)
            assert ubrmsd[source, k] == pytest.approx(found.ubrmsd, abs=1e-10)


def test_bootstrap_intervals_cover():
    """95 % intervals of ubRMSD hold the truth about 95 % of the time, also with memory."""
    random = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        noise = random.normal(size=600)
        for k in range(1, 600):
            noise[k] += 0.7 * noise[k - 1]
        y = random.normal(size=600)
        _, ubrmsd = resampled((y + noise)[None], y, 20, 300, random)
        low, high = interval(ubrmsd[0], 0.95)
        held += low <= np.sqrt(1.0 / (1.0 - 0.49)) <= high
    assert 0.86 <= held / 200 <= 0.99


def test_matching_takes_the_nearest_within_the_limit():
    sixth = pd.date_range("2010-01-01T18:00", periods=20, freq="6D")
    hourly = pd.date_range("2010-01-01T00:20", periods=24 * 130, freq="1h")
    measured = pd.Series(np.arange(float(hourly.size)), hourly)
    source = pd.Series(np.arange(20.0), sixth)
    table = matched(measured, {"s": source}, 60)
    assert len(table) == 20 and table["measured"].iloc[0] == 18.0
    assert matched(measured, {"s": source}, 10).empty
    assert matched(measured.iloc[:0], {"s": source}, 60).empty
    every = daily(measured)
    assert every.iloc[0] == np.arange(24).mean()
    assert len(matched(measured, {"s": daily(measured)}, 60, average=True)) == len(every)
