"""Climate by day of the year, beside straightforward sums and scipy's percentiles."""

import numpy as np
import pytest
from scipy.stats import percentileofscore

from ldas.evaluation.climatology import (
    DAYS,
    climate,
    day_of_year,
    percentile_of,
    root_zone,
)


def test_days_of_the_year_are_the_same_day_in_all_years():
    times = np.array(["2001-02-28", "2001-03-01", "2004-02-29", "2004-03-01", "2004-12-31"])
    assert day_of_year(times.astype("datetime64[s]")).tolist() == [58, 60, 59, 60, 365]
    assert day_of_year(np.array(["2001-12-31"], "datetime64[s]"))[0] == 365


def test_windows_reach_over_the_turn_of_the_year():
    times = np.arange("2001-01-01", "2006-01-01", dtype="datetime64[D]")
    day = day_of_year(times)
    dice = np.random.default_rng(1)
    values = dice.normal(size=(times.size, 3))
    values[dice.random(values.shape) < 0.1] = np.nan
    levels = np.array([10.0, 50.0, 90.0])
    found = climate(values, day, 31, levels)
    for k in (0, 59, 180, DAYS - 1):
        away = np.abs(day - k)
        near = values[np.minimum(away, 366 - away) <= 15]
        assert np.allclose(found["mean"][k], np.nanmean(near, axis=0))
        assert np.allclose(found["sd"][k], np.nanstd(near, axis=0))
        assert np.allclose(found["percentiles"][k], np.nanpercentile(near, levels, axis=0))
        assert (found["number"][k] == np.isfinite(near).sum(axis=0)).all()


def test_few_values_say_nothing():
    times = np.arange("2001-01-01", "2001-01-10", dtype="datetime64[D]")
    found = climate(np.ones((9, 1)), day_of_year(times), 31, np.array([50.0]))
    assert np.isnan(found["mean"]).all() and found["number"].max() == 9


def test_percentiles_as_scipy_counts_them():
    dice = np.random.default_rng(2)
    sample = np.sort(dice.normal(size=(2001, 4)), axis=0)
    levels = np.linspace(0.0, 100.0, 201)
    thresholds = np.percentile(sample, levels, axis=0)
    value = dice.normal(size=4)
    expected = [percentileofscore(sample[:, k], value[k], kind="mean") for k in range(4)]
    assert percentile_of(value, thresholds, levels) == pytest.approx(expected, abs=0.1)


def test_percentiles_beyond_between_and_where_thresholds_are_equal():
    levels = np.array([5.0, 50.0, 95.0])
    thresholds = np.array([[1.0, 2.0, 2.0, np.nan], [2.0, 2.0, 2.0, 1.0], [3.0, 3.0, 2.0, 2.0]])
    assert percentile_of(np.array([0.0, 2.0, 2.0, 1.5]), thresholds, levels) == pytest.approx(
        [5.0, 27.5, 50.0, np.nan], nan_ok=True
    )
    assert percentile_of(np.array([9.0, 2.5, np.nan, 1.0]), thresholds, levels) == pytest.approx(
        [95.0, 72.5, np.nan, np.nan], nan_ok=True
    )


def test_the_root_zone_counts_layers_by_their_part():
    bounds = np.array([[0.0, 0.1], [0.1, 0.5], [0.5, 1.5], [1.5, 3.0]])
    wg = np.array([0.1, 0.2, 0.3, 9.0])
    expected = (0.1 * 0.1 + 0.4 * 0.2 + 0.5 * 0.3) / 1.0
    assert root_zone(wg, bounds, 1.0) == pytest.approx(expected)
