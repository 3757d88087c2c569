"""Error variances of the size that innovations show, whatever was given."""

from types import SimpleNamespace

import numpy as np
import pytest

from ldas.assimilation.error_scale import LEAST, MOST, error_scale
from ldas.core.clock import DAY, Window
from ldas.cycling.error_scaling import ErrorScaling

EVENING = np.datetime64("2017-06-01T18:00:00")
ONE_DAY = Window(EVENING, EVENING + DAY)


def cells(memory, controls=("soil", "soil"), number=3):
    """Cells of two columns each, seen by sets of the control variables given."""
    names = {"soil": "wg2", "leaves": "lai"}
    return SimpleNamespace(
        settings=SimpleNamespace(error_memory=memory),
        mosaic=SimpleNamespace(cells=number, cell=np.repeat(np.arange(number), 2)),
        kinds=[SimpleNamespace(control=names[name]) for name in controls],
        names=("lai", "wg2", "wg3"),
        first=2 * np.arange(number + 1),
    )


def chi2(scaling, truth, given, windows, before=np.nan, seed=1):
    """Mean squared innovation over what was expected, of random innovations by set."""
    random, squares, expected = np.random.default_rng(seed), 0.0, 0.0
    given = np.broadcast_to(given, scaling.square.shape)
    for _ in range(windows):
        scale = scaling.observed(given, np.full(given.shape, before))
        d = np.sqrt(truth) * random.standard_normal(given.shape)
        found = SimpleNamespace(
            innovation=d, scale=scale, hbh=0.6 * given * scale, r=0.4 * given * scale
        )
        scaling.learn(found, ONE_DAY)
        squares = squares + (d**2).sum(axis=0)
        expected = expected + (found.hbh + found.r).sum(axis=0)
    return squares / expected


@pytest.mark.parametrize("ratio", [0.2, 0.5, 1.0, 2.0, 5.0])
def test_chi2_comes_to_one_whatever_was_given(ratio):
    given = np.array([1.0, 3.0])
    found = chi2(ErrorScaling(cells(60.0, number=300)), ratio * given, given, 120)
    as_given = chi2(ErrorScaling(cells(0.0, number=300)), ratio * given, given, 120)
    print(f"given {as_given.round(2)}, scaled {found.round(2)}")
    assert as_given == pytest.approx([ratio, ratio], rel=0.1)
    assert np.all((found > 0.8) & (found < 1.2))


def test_what_the_open_loop_shows_counts_before_anything_was_seen():
    given, truth = np.ones(2), np.full(2, 0.1)
    many = cells(60.0, number=300)
    few = {name: chi2(ErrorScaling(many), truth, given, 5, name)[0] for name in (np.nan, 0.15)}
    print(f"chi2 of the first five: {few}")
    assert few[np.nan] < 0.5
    assert few[0.15] == pytest.approx(1.0, abs=0.2)


def test_background_is_scaled_by_the_sets_that_see_it():
    scaling = ErrorScaling(cells(1e9, ("soil", "leaves", "soil"), 4))
    truth = np.array([2.0, 0.25, 0.5])
    chi2(scaling, truth, np.array([1.0, 1.0, 1.0]), 4000)
    found = scaling.observed(np.ones((4, 3)), np.full((4, 3), np.nan))
    assert found == pytest.approx(np.tile(truth, (4, 1)), rel=0.1)
    background = scaling.background(found)
    assert background == pytest.approx(np.tile([0.25, 1.25, 1.25], (8, 1)), rel=0.1)


def test_the_given_counts_where_nothing_is_known_and_bounds_are_kept():
    nothing = np.zeros(1)
    one, unknown = np.ones(1), np.full(1, np.nan)
    assert error_scale(nothing, nothing, nothing, one, unknown) == 1.0
    assert error_scale(nothing, nothing, nothing, 0.0 * one, unknown) == 1.0
    assert error_scale(nothing, nothing, nothing, one, 0.5 * one) == 0.5
    assert error_scale(1e-9 * one, 10.0 * one, 10.0 * one, one, unknown) == pytest.approx(1 / 11)
    assert error_scale(0.0 * one, 100.0 * one, 100.0 * one, one, unknown) == LEAST
    assert error_scale(1e9 * one, 10.0 * one, 10.0 * one, one, unknown) == MOST


def test_what_is_kept_goes_on_alike():
    one, other = ErrorScaling(cells(60.0)), ErrorScaling(cells(60.0))
    chi2(one, np.array([2.0, 0.5]), np.ones(2), 20)
    other.restore(one.kept())
    both = []
    for scaling in (one, other):
        chi2(scaling, np.array([2.0, 0.5]), np.ones(2), 5, seed=2)
        both.append(scaling.observed(np.ones((3, 2)), np.full((3, 2), np.nan)))
    assert np.array_equal(*both)
    off = ErrorScaling(cells(0.0))
    assert off.kept() == {} and off.table() == ()
    assert (off.observed(np.ones((3, 2)), np.full((3, 2), 9.0)) == 1.0).all()
