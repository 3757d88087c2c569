"""Seasonal rescaling: the model's moments on the pairs it was made of, and nothing without them."""

import numpy as np
import pytest

from observation_ops.rescaling import (
    METHODS,
    climate_of,
    matched,
    months_around,
    rescale,
    with_departures,
)

CELLS, YEARS, A_MONTH = 4, 3, 10


@pytest.fixture
def pairs():
    random = np.random.default_rng(2)
    month = np.tile(np.repeat(np.arange(12), A_MONTH), YEARS)
    season = np.cos(2 * np.pi * (month - 1) / 12)[:, None]
    model = 0.25 + 0.05 * season + 0.03 * random.normal(size=(month.size, CELLS))
    observed = 40.0 + 25.0 * season + 150.0 * (model - 0.25) + 3.0 * random.normal(size=model.shape)
    observed[random.random(observed.shape) < 0.2] = np.nan
    return observed, model, month


@pytest.mark.parametrize("m", range(12))
def test_linear_gives_mean_and_spread_of_the_model_in_every_season(pairs, m):
    observed, model, month = pairs
    climate = climate_of(observed, model, month)
    season = np.isin(month, months_around(m))
    scaled = np.array([rescale(climate, "linear", m, row, 5) for row in observed[season]])
    there = np.isfinite(scaled)
    paired = np.where(there, model[season], np.nan)
    assert np.nanmean(scaled, axis=0) == pytest.approx(np.nanmean(paired, axis=0), abs=1e-12)
    assert np.nanstd(scaled, axis=0) == pytest.approx(np.nanstd(paired, axis=0), abs=1e-12)
    assert (climate.count[m] == there.sum(axis=0)).all()


def test_anomaly_keeps_the_spread_of_the_observation(pairs):
    observed, model, month = pairs
    climate = climate_of(observed / 500.0, model, month)
    season = np.isin(month, months_around(6))
    scaled = np.array([rescale(climate, "anomaly", 6, row / 500.0, 5) for row in observed[season]])
    assert np.nanstd(scaled, axis=0) == pytest.approx(np.nanstd(observed[season] / 500.0, axis=0))
    paired = np.where(np.isfinite(scaled), model[season], np.nan)
    assert np.nanmean(scaled, axis=0) == pytest.approx(np.nanmean(paired, axis=0))


def test_cdf_gives_the_quantiles_of_the_model(pairs):
    observed, model, month = pairs
    climate = climate_of(observed, model, month)
    season = np.isin(month, months_around(3))
    scaled = np.array([rescale(climate, "cdf", 3, row, 5) for row in observed[season]])
    paired = np.where(np.isfinite(scaled), model[season], np.nan)
    for q in (10, 30, 50, 70, 90):
        ours, theirs = np.nanpercentile(scaled, q, axis=0), np.nanpercentile(paired, q, axis=0)
        assert ours == pytest.approx(theirs, abs=0.006)


def test_matched_is_piecewise_linear_and_stays_within_the_model():
    theirs, ours = np.array([[0.0], [10.0], [20.0]]), np.array([[0.1], [0.2], [0.4]])
    for value, wanted in ((0.0, 0.1), (5.0, 0.15), (15.0, 0.3), (99.0, 0.4)):
        assert matched(np.array([value]), theirs, ours)[0] == pytest.approx(wanted)


def test_nothing_without_pairs_or_without_variation(pairs):
    observed, model, month = pairs
    observed[:, 0] = np.nan
    observed[:, 1] = 42.0
    climate = climate_of(observed, model, month)
    value = rescale(climate, "linear", 5, np.full(CELLS, 40.0), 5)
    assert np.isnan(value[:2]).all() and np.isfinite(value[2:]).all()
    assert np.isnan(rescale(climate, "linear", 5, np.full(CELLS, 40.0), 10_000)).all()


@pytest.mark.parametrize("method", METHODS)
def test_departures_are_those_of_the_rescaled_pairs(pairs, method):
    observed, model, month = pairs
    observed = observed / 500.0 if method == "anomaly" else observed
    climate = climate_of(observed, model, month)
    assert np.isnan(climate.departure).all()
    found = with_departures(climate, method, observed, model, month).departure
    scaled = np.stack(
        [rescale(climate, method, m, row, 1) for m, row in zip(month, observed, strict=True)]
    )
    for m in range(12):
        part = (scaled - model)[np.isin(month, months_around(m))]
        assert found[m] == pytest.approx(np.sqrt(np.nanmean(part**2, axis=0)), rel=1e-12)
    assert 0.01 < np.median(found) < 0.06


def test_there_is_no_departure_where_there_is_no_pair(pairs):
    observed, model, month = pairs
    observed[:, 1] = np.nan
    observed[month == 6, 2] = np.nan
    climate = climate_of(observed, model, month)
    found = with_departures(climate, "linear", observed, model, month).departure
    assert np.isnan(found[:, 1]).all() and np.isfinite(found[:, [0, 2, 3]]).all()
