"""What lies outside the base, or at the edge of what networks were trained for, says so."""

import numpy as np
import pytest
import xarray as xr

from retrieval.base_range import beyond
from retrieval.on_xarray import soil_moisture
from retrieval.s2mp import CODE
from retrieval.training_base import simulate


def retrieved(sigma, theta, ndvi, prior="none"):
    sigma, theta, ndvi = (xr.DataArray(np.atleast_1d(np.asarray(v, float)), dims="p") for v in
                          (sigma, theta, ndvi))  # fmt: skip
    sigma.attrs["units"] = "dB"
    return soil_moisture(sigma, theta, ndvi, prior)


def test_a_field_too_bright_for_any_soil():
    found = retrieved([-6.0, -1.5], [40.0, 40.0], [0.2, 0.2])
    assert found.quality.values.tolist()[1] == CODE["outside_base"]
    assert found.ssm_uncertainty[1] > 2.0 * found.ssm_uncertainty[0]


def test_the_edge_of_the_training_is_told():
    found = retrieved([-16.0, -19.5], [30.0, 30.0], [0.2, 0.2], "wet")
    assert found.ssm.values == pytest.approx([0.20, 0.20], abs=1e-3)
    assert found.quality.values.tolist() == [CODE["at_edge"], CODE["outside_base"]]
    assert found.ssm_uncertainty[1] > found.ssm_uncertainty[0] > 0.01


def test_hardly_anything_of_the_base_is_outside_it():
    base = simulate(20_000, 77)
    distance, _ = beyond(*base.inputs.T)
    assert (distance > 0.0).mean() < 0.01


def test_widened_errors_hold_what_they_promise():
    base = simulate(20_000, 78)
    found = retrieved(*base.inputs.T)
    good = np.isfinite(found.ssm.values)
    miss = np.abs(found.ssm.values - 0.01 * base.moisture) / found.ssm_uncertainty.values
    edge = good & (found.quality.values == CODE["at_edge"])
    print(
        "at the edge",
        edge.mean(),
        "within one sigma",
        (miss[good] < 1).mean(),
        (miss[edge] < 1).mean(),
    )
    assert 0.6 < (miss[good] < 1.0).mean() < 0.78
