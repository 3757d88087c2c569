"""Maps of scores against a loop over pixels; grids and classes."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from ldas.evaluation.maps import (
    aggregated,
    by_class,
    july_changes,
    onto,
    pixel_scores,
    same_times,
)
from ldas.evaluation.metrics import scores
from ldas.evaluation.sources import Request, Weights, weights_at


def field(values, freq="1D", start="2010-01-01", lat=None, lon=None):
    time = pd.date_range(start, periods=values.shape[0], freq=freq)
    lat = 43.0 + 0.01 * np.arange(values.shape[1]) if lat is None else lat
    lon = 1.0 + 0.01 * np.arange(values.shape[2]) if lon is None else lon
    return xr.DataArray(
        values, dims=("time", "lat", "lon"), coords={"time": time, "lat": lat, "lon": lon}
    )


def test_pixel_scores_are_the_scores_of_each_pixel():
    random = np.random.default_rng(1)
    x, y = random.normal(size=(2, 60, 4, 3))
    x[random.random(x.shape) < 0.2] = np.nan
    x[:, 0, 0], y[:, 0, 1], x[15:, 1, 1] = 1.0, np.nan, np.nan
    found = pixel_scores(field(x), field(y), 20)
    for i in range(4):
        for k in range(3):
            good = np.isfinite(x[:, i, k]) & np.isfinite(y[:, i, k])
            one = scores(x[good, i, k], y[good, i, k])
            assert int(found.N[i, k]) == one.n
            for name, value in (("R", one.r), ("bias", one.bias), ("STDD", one.ubrmsd)):
                mine = float(found[name][i, k])
                wanted = value if one.n >= 20 else np.nan
                assert mine == pytest.approx(wanted, nan_ok=True, abs=1e-12)


def test_times_are_matched_to_the_rarer_field():
    daily, rare = field(np.random.rand(100, 2, 2)), field(np.random.rand(10, 2, 2), "6D")
    a, b = same_times(daily, rare, 60)
    assert a.time.size == b.time.size == 10 and np.array_equal(a.time, rare.time)
    assert np.array_equal(a.values[1], daily.values[6])
    shifted = rare.assign_coords(time=rare.time + np.timedelta64(5, "h"))
    assert same_times(shifted, daily, 60)[0].time.size == 0


def test_finer_pixels_are_averaged_and_coarser_ones_taken():
    fine = field(np.arange(36.0).reshape(1, 6, 6))
    coarse = aggregated(
        fine, fine.lat.values.reshape(2, 3).mean(1), fine.lon.values.reshape(2, 3).mean(1)
    )
    assert coarse.values[0, 0, 0] == fine.values[0, :3, :3].mean()
    assert np.array_equal(onto(fine, coarse).values, coarse.values)
    back = onto(coarse, fine)
    assert back.shape == fine.shape and back.values[0, 0, 0] == coarse.values[0, 0, 0]


def test_july_changes_and_classes():
    values = np.zeros((3 * 366, 2, 2))
    time = pd.date_range("2010-01-01", periods=values.shape[0])
    values[time.year == 2011] = 0.1
    found = july_changes(field(values))
    assert list(found) == ["2010 to 2011", "2011 to 2012"]
    assert np.allclose(found["2010 to 2011"], 0.1) and np.allclose(found["2011 to 2012"], -0.1)
    classes = np.array([[0, 0], [1, 1]])
    one = field(np.array([[[1.0, 3.0], [5.0, np.nan]]])).isel(time=0)
    assert by_class(one, classes) == {0: 2.0, 1: 5.0}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("wrapped", [0.0, 360.0])
def test_places_on_grids_of_every_kind(turned, wrapped):
    lat, lon = np.array([43.0, 43.5, 44.0]), np.array([-1.0, -0.5, 0.0, 0.5]) + wrapped
    lat = lat[::-1] if turned else lat
    good = np.ones((3, 4), bool)
    near = weights_at(lat, lon, good, Request("wg", (2,), 43.1, -0.6), False)
    assert isinstance(near, Weights)
    assert lat[near.rows[0]] == 43.0 and lon[near.cols[0]] - wrapped == -0.5
    between = weights_at(lat, lon, good, Request("wg", (2,), 43.1, -0.6), True)
    plane = 2.0 * lat[:, None] + 3.0 * (lon - wrapped)[None]
    assert plane[between.rows, between.cols] @ between.share == pytest.approx(2 * 43.1 - 3 * 0.6)
    assert "outside" in weights_at(lat, lon, good, Request("wg", (2,), 50.0, 0.0), False)
    good[:] = False
    assert "no values" in weights_at(lat, lon, good, Request("wg", (2,), 43.1, -0.6), False)
