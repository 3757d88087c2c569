"""Smooth climates: an honest product is found exactly, noise is drawn together, facts are kept."""

import numpy as np
import pytest

from observation_ops.rescaling import climate_of, rescale
from observation_ops.smooth_climate import drawn_together, smoothed

DAY = np.timedelta64(1, "D")
GAIN, OFFSET, SEASON = 130.0, 10.0, 8.0  # % per m3 m-3, %, %


def times(years, every=6):
    start = np.datetime64("2014-01-01T18:00:00")
    return start + np.arange(0, 365 * years, every) * DAY


def months(time):
    return time.astype("datetime64[M]").astype(int) % 12


def bias(time):
    """Of a product that errs with the season."""
    day = (time - time.astype("datetime64[Y]")) / DAY
    return OFFSET + SEASON * np.cos(2.0 * np.pi * day / 365.25)[:, None]


def slow(random, time, cells, spread, memory):
    """Noise (time, cell) that lasts, of weather or of its errors."""
    keep = np.exp(-6.0 / memory)
    noise = spread * random.normal(size=(time.size, cells))
    for k in range(1, time.size):
        noise[k] = keep * noise[k - 1] + np.sqrt(1.0 - keep**2) * noise[k]
    return noise


def both(observed, modelled, time):
    seasons = climate_of(observed, modelled, months(time))
    return seasons, smoothed(seasons, observed, modelled, time)


def test_a_product_that_is_the_model_but_for_gain_and_season_is_found():
    random, time = np.random.default_rng(1), times(3)
    model = 0.25 + slow(random, time, 5, 0.04, 15.0)
    observed = bias(time) + GAIN * model
    _, climate = both(observed, model, time)
    ratio = climate.modelled_sd / climate.observed_sd
    assert ratio == pytest.approx(1.0 / GAIN, rel=1e-4)
    found = np.array([rescale(climate, "linear", m, row, 5)
                      for m, row in zip(months(time), observed, strict=True)])  # fmt: skip
    # statistics hold for a month, the bias of the product goes on within it
    assert np.abs(found - model).max() < SEASON / GAIN * 2.0 * np.pi / 24.0 * 1.2


def test_what_two_years_tell_of_a_region_is_surer_than_what_they_tell_of_each_cell():
    random, time, cells = np.random.default_rng(2), times(2), 40
    truth = 0.25 + slow(random, time, cells, 0.04, 15.0)
    model = truth + slow(random, time, cells, 0.02, 30.0)
    noise = 0.035 * random.normal(size=truth.shape)
    observed = bias(time) + GAIN * (truth + noise)
    seasons, smooth = both(observed, model, time)
    middle = np.arange(12) * 30.44 + 15.2
    right = (OFFSET + SEASON * np.cos(2.0 * np.pi * middle / 365.25))[:, None] + GAIN * 0.25
    errors = []
    for climate in (seasons, smooth):
        ratio = climate.modelled_sd / climate.observed_sd
        at_right = climate.modelled_mean + ratio * (right - climate.observed_mean)
        errors.append(float(np.sqrt(np.mean((at_right - 0.25) ** 2))))
    print(f"error of a rescaled value: seasons {errors[0]:.4f}, smooth {errors[1]:.4f} m3 m-3")
    assert errors[1] < 0.4 * errors[0]


def test_a_bias_that_does_differ_from_cell_to_cell_is_kept():
    random, time, cells = np.random.default_rng(3), times(3), 30
    truth = 0.25 + slow(random, time, cells, 0.04, 15.0)
    own = 20.0 * random.normal(size=cells)  # %, of the product in each cell
    observed = bias(time) + own + GAIN * (truth + 0.02 * random.normal(size=truth.shape))
    _, climate = both(observed, truth, time)
    level = (
        climate.observed_mean
        - climate.modelled_mean * climate.observed_sd[:1] / (climate.modelled_sd[:1])
    )
    assert np.corrcoef(level.mean(axis=0), own)[0, 1] > 0.99


def test_a_few_cells_keep_the_climate_of_their_seasons():
    random, time = np.random.default_rng(6), times(2)
    model = 0.25 + slow(random, time, 3, 0.04, 15.0)
    seasons, smooth = both(bias(time) + GAIN * model, model, time)
    assert smooth is seasons


def test_cells_that_differ_by_noise_alone_become_one_and_a_cell_without_pairs_stays_without():
    random = np.random.default_rng(4)
    values = 0.3 + 0.1 * random.normal(size=(200, 1))
    values[7] = np.nan
    found = drawn_together(values, np.full(values.shape, 0.1**2))
    there = np.isfinite(values[:, 0])
    assert np.nanstd(found) < 0.2 * np.nanstd(values)
    assert (np.isfinite(found[:, 0]) == there).all()


def test_a_cell_without_a_climate_gives_nothing_and_does_not_touch_the_others():
    time = times(1)
    model = 0.2 + 0.01 * np.random.default_rng(5).normal(size=(time.size, 8))
    observed = 100.0 * model
    observed[10:, 0] = np.nan
    observed[:, 1] = 42.0
    observed[:, 2] = np.nan
    model[:, 3] = 0.2
    _, climate = both(observed, model, time)
    for m in range(12):
        found = rescale(climate, "linear", m, observed[3], 2)
        assert np.isnan(found[:4]).all()
        assert found[4:] == pytest.approx(model[3, 4:], abs=1e-3)
