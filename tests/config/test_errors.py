"""`&assimilation errors`: which errors an analysis has that nobody has set."""

import pytest
from pydantic import ValidationError

from ldas.config.groups import ERRORS, Assimilation


def test_who_sets_nothing_has_correlated_errors_and_a_bias_correction():
    found = Assimilation()
    assert {name: getattr(found, name) for name in ERRORS} == {
        "background_wg": 0.4,
        "model_wg": 0.5,
        "model_lai": 1.0,
        "patch_correlation": 0.9,
        "layer_correlation": 0.5,
        "lai_correlation": 0.2,
        "bias_gain": 0.7,
        "error_memory": 60.0,
    }


def test_published_errors_are_one_entry_away_and_what_is_given_counts():
    found = Assimilation(errors="published", layer_correlation=0.3)
    assert (found.background_wg, found.layer_correlation) == (0.2, 0.3)
    assert found.patch_correlation == found.lai_correlation == found.bias_gain == 0.0
    assert found.error_memory == 0.0


def test_nothing_else_is_known():
    with pytest.raises(ValidationError):
        Assimilation(errors="best")
