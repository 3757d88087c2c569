"""The multitemporal filter on simulated speckle: as many looks as the paper says, edges kept."""

import numpy as np
import pytest

from retrieval.sar.speckle import common_ratio, filtered, looks_after, ratio


def series(images, looks, seed=1):
    """Two fields with a sharp edge, changing from date to date, under speckle."""
    random = np.random.default_rng(seed)
    truth = np.full((images, 200, 240), 0.05)
    truth[:, :, 120:] = 0.2
    truth *= random.uniform(0.5, 2.0, images)[:, None, None]
    return truth, truth * random.gamma(looks, 1.0 / looks, truth.shape)


def through(values, window):
    ratios = np.array([ratio(image, window) for image in values])
    there = np.isfinite(ratios)
    common = common_ratio(np.where(there, ratios, 0.0).sum(axis=0), there.sum(axis=0))
    return np.array([filtered(image, common, window) for image in values])


@pytest.mark.parametrize("images, looks, window", [(8, 4.4, 7), (20, 4.4, 7), (12, 1.0, 9)])
def test_looks_and_bias_are_those_of_the_paper(images, looks, window):
    truth, seen = series(images, looks)
    out = through(seen, window)[:, 12:-12, 12:100]  # within one field
    flat = out / truth[:, 12:-12, 12:100]
    found = 1.0 / flat.var(axis=(1, 2)).mean()
    wanted = looks_after(looks, images, window)
    print(f"{found:.1f} looks, {wanted:.1f} by the paper; mean {flat.mean():.4f}")
    assert found == pytest.approx(wanted, rel=0.1)
    assert flat.mean() == pytest.approx(1.0, abs=0.02)


def test_an_edge_stays_where_a_mean_over_the_window_blurs_it():
    truth, seen = series(20, 4.4)
    filter_ = through(seen, 7)
    blurred = np.array([filtered(image, np.ones(image.shape), 7) for image in seen])
    near = (slice(None), slice(20, -20), slice(117, 123))
    off = [np.abs(v[near] / truth[near] - 1.0).mean() for v in (filter_, blurred)]
    assert off[0] < 0.5 * off[1]


def test_what_is_missing_stays_missing_and_takes_nothing_along():
    _, seen = series(5, 4.4)
    seen[2, 50:60, 50:60] = np.nan
    seen[:, 0, 0] = np.nan
    out = through(seen, 7)
    assert np.isnan(out[2, 50:60, 50:60]).all() and np.isnan(out[:, 0, 0]).all()
    assert np.isfinite(out).sum() == np.isfinite(seen).sum()
