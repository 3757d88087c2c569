"""Backscatter of soil and leaves, and what a calibration finds of it again."""

import numpy as np
import pytest

from observation_ops.backscatter import Signature, backscatter, seen_through, soil_backscatter
from observation_ops.backscatter_fit import Pairs, fit_backscatter
from retrieval.iem import decibels, linear

CELLS, TIMES = 6, 240
TRUE = {"plants": 0.07, "attenuation": 0.15, "linear": 30.0, "iem": 1.2}
OFFSETS = {"linear": (-17.0, -18.0, -16.0), "iem": (0.5, -0.5, 0.0)}
THETA = (33.0, 37.0, 41.0)


def signature(law, orbit=0):
    values = (
        TRUE["plants"],
        TRUE["attenuation"],
        TRUE[law],
        OFFSETS[law][orbit],
        THETA[orbit],
        0.2,
    )
    return Signature(*(np.array(value) for value in values))


def seen(law, noise, seed=1):
    """What a radar saw of cells whose moisture and leaves are known."""
    random = np.random.default_rng(seed)
    phase = np.linspace(0.0, 6.0 * np.pi, TIMES)[:, None]
    moisture = np.clip(
        0.22 + 0.08 * np.cos(phase) + random.normal(0, 0.04, (TIMES, CELLS)), 0.03, 0.5
    )
    lai = np.clip(2.0 - 1.7 * np.cos(phase - 0.8) + random.normal(0, 0.2, (TIMES, CELLS)), 0.1, 6.0)
    orbit = np.arange(TIMES) % 3
    sigma = np.stack(
        [backscatter(moisture[k], lai[k], signature(law, o), law) for k, o in enumerate(orbit)]
    )
    sigma += noise * random.normal(size=sigma.shape)
    theta = np.tile(np.array(THETA)[:, None], (1, CELLS))
    return Pairs(sigma, moisture, lai, orbit, theta, np.full(CELLS, 0.2))


def test_bare_soil_is_a_straight_line_in_decibels():
    s, wet = signature("linear"), np.array([0.1, 0.2, 0.3])
    assert np.allclose(backscatter(wet, np.zeros(3), s, "linear"), -17.0 + 30.0 * wet)
    assert np.allclose(soil_backscatter(wet, s, "linear"), -17.0 + 30.0 * wet)


def test_leaves_hide_the_soil_and_scatter_themselves():
    s, wet = signature("linear"), np.array([0.1, 0.4])
    bare, dense = (backscatter(wet, np.full(2, leaves), s, "linear") for leaves in (0.0, 6.0))
    assert np.ptp(dense) < 0.5 * np.ptp(bare)
    t2 = np.exp(-2.0 * 0.15 * 6.0 / np.cos(np.radians(33.0)))
    assert seen_through(np.array(6.0), s) == pytest.approx(t2)
    cloud = 0.07 * np.cos(np.radians(33.0)) * (1.0 - t2)
    wanted = decibels(cloud + t2 * linear(-17.0 + 30.0 * wet))
    assert np.allclose(dense, wanted)


def test_an_unknown_law_is_refused():
    with pytest.raises(ValueError, match="linear, iem"):
        soil_backscatter(np.array(0.2), signature("linear"), "square")


@pytest.mark.parametrize("law", ["linear", "iem"])
def test_the_truth_is_found_again(law):
    pairs = seen(law, 0.05)
    fit = fit_backscatter(pairs, law)
    # level and roughness of the integral equation model stand for each other
    assert np.allclose(fit.soil, TRUE[law], rtol=0.06 if law == "linear" else 0.12)
    assert np.allclose(fit.attenuation, TRUE["attenuation"], rtol=0.1)
    assert np.allclose(fit.plants, TRUE["plants"], rtol=0.1)
    assert np.allclose(
        fit.offset, np.array(OFFSETS[law])[:, None], atol=0.3 if law == "linear" else 0.7
    )
    assert (fit.r > 0.99).all() and (fit.error < 0.06).all()
    assert (fit.count == TIMES // 3).all()


def test_noise_is_told_and_the_sensitivity_is_that_of_the_fit():
    fit = fit_backscatter(seen("linear", 0.6), "linear")
    assert np.allclose(fit.error, 0.6, rtol=0.15)
    assert ((fit.sensitivity > 5.0) & (fit.sensitivity < 30.0)).all()
    assert ((fit.seen > 0.3) & (fit.seen < 0.9)).all()


def test_what_is_not_seen_is_not_calibrated():
    pairs = seen("linear", 0.3)
    pairs.sigma[:, 0] = np.nan
    pairs.sigma[pairs.orbit == 2, 1] = np.nan
    pairs.theta[2, 1] = np.nan
    fit = fit_backscatter(pairs, "linear")
    assert (
        np.isnan([fit.soil[0], fit.r[0], fit.error[0]]).all() and np.isnan(fit.offset[:, 0]).all()
    )
    assert np.isnan(fit.offset[2, 1]) and np.isfinite(fit.offset[:2, 1]).all()
    assert (fit.count[:, 0] == 0).all()
    whole = fit_backscatter(seen("linear", 0.3), "linear")
    assert np.allclose(fit.soil[2:], whole.soil[2:])  # cells are fitted each by itself


def test_few_observations_stay_near_what_is_known():
    pairs = seen("linear", 1.0)
    few = Pairs(
        *(v[:6] for v in (pairs.sigma, pairs.moisture, pairs.lai, pairs.orbit)),
        pairs.theta,
        pairs.clay,
    )
    fit = fit_backscatter(few, "linear")
    assert ((fit.soil > 8.0) & (fit.soil < 80.0)).all()
    assert ((fit.attenuation > 0.02) & (fit.attenuation < 0.5)).all()
