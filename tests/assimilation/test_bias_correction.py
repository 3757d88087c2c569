"""A bias correction: what is steady is learnt, noise is not."""

import numpy as np
import pytest

from ldas.assimilation.bias_correction import learnt, significant, white_variance

SD, EVERY, GAIN = 0.03, 6, 0.7  # m3 m-3, days, 1
FADE = np.exp(-EVERY / 60.0)


def applied(innovation, assumed=SD**2, threshold=2.0):
    """Correction a day after each of (time, cell) innovations, with a gain of 1 to the state."""
    mean, noise, steps, pairs = (np.zeros(innovation.shape[1]) for _ in range(4))
    correction, share, found = np.zeros((innovation.shape[1], 1)), GAIN / EVERY, []
    last = innovation[0]
    for d in innovation[1:]:
        steps, pairs = FADE * steps + 0.5 * (d - last) ** 2, FADE * pairs + 1.0
        variance = white_variance(assumed, steps, pairs)
        mean, noise = FADE * mean + share * d, FADE**2 * noise + share**2 * variance
        correction = learnt(FADE * correction, d[:, None], np.full(d.size, share))
        found.append(significant(mean, noise, threshold) * correction[:, 0])
        last = d
    return np.array(found)


def test_of_white_noise_a_small_part_is_applied_and_of_a_bias_nearly_all():
    random = np.random.default_rng(1)
    noise = SD * random.normal(size=(45, 4000))
    of_noise = applied(noise)[-1]
    of_bias = applied(noise + 1.5 * SD)[-1]
    everything = applied(noise, threshold=0.0)[-1]
    print(f"noise: {np.std(of_noise) / np.std(everything):.2f} of its correction is applied, "
          f"none in {np.mean(of_noise == 0.0):.0%} of cells")  # fmt: skip
    assert np.mean(of_noise == 0.0) > 0.8
    assert np.std(of_noise) < 0.5 * np.std(everything)
    assert np.mean(of_bias) > 0.8 * np.mean(applied(noise + 1.5 * SD, threshold=0.0)[-1])


def test_the_noise_is_what_innovations_show_whatever_was_assumed():
    random = np.random.default_rng(2)
    quiet = 0.3 * SD * random.normal(size=(45, 2000))
    bias = 0.6 * SD
    assert np.mean(applied(quiet + bias)[-1] > 0.0) > 0.95
    steps = 0.5 * ((quiet[1:] - quiet[:-1]) ** 2).sum(axis=0)
    found = white_variance(SD**2, steps, np.full(2000, 44.0))
    assert np.median(found) == pytest.approx((3.0 * SD**2 + 44.0 * (0.3 * SD) ** 2) / 47.0, rel=0.1)


def test_a_steady_part_is_none_of_the_noise():
    series = np.tile([0.5, 0.5, 0.5, 0.5], (1, 1)).T
    steps = (0.5 * np.diff(series, axis=0) ** 2).sum(axis=0)
    assert white_variance(np.array([1.0]), steps, np.array([3.0])) == pytest.approx(0.5)


def test_a_correction_is_bounded():
    found = learnt(np.array([[0.0095]]), np.array([[1.0]]), np.array([0.1]))
    assert found == pytest.approx(0.01)
