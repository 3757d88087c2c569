"""The ensemble's weather, and whether it spreads as far as it errs."""

import numpy as np
import pytest

from ldas.assimilation.ensrf import ensrf_analysis
from ldas.assimilation.forcing_perturbation import CORRELATION, WEATHER, weather_of
from ldas.assimilation.rank_histogram import flatness, rank
from ldas.core.meteorology import FORCING, Meteorology

CELLS = 40000


def weather(rain=0.5, shortwave=0.3, longwave=20.0):
    values = np.ones((CELLS, 3, len(FORCING)))
    values[:, :, FORCING.index("lwdown")] = 300.0
    values[:, :, FORCING.index("snowf")] = 0.0
    forcing = Meteorology(values, np.ones((CELLS, 2)), np.datetime64("2017-06-01T18:00:00"), 3600)
    noise = np.random.default_rng(3).standard_normal((CELLS, WEATHER))
    return forcing, weather_of(forcing, noise, rain, shortwave, longwave)


def test_weather_has_the_errors_that_were_asked_for_and_no_bias():
    forcing, found = weather()
    of = {name: found.values[:, 1, k] for k, name in enumerate(FORCING)}
    assert of["rainf"].mean() == pytest.approx(1.0, abs=0.02)
    assert of["rainf"].std() == pytest.approx(0.5, rel=0.05)
    assert of["swdown"].mean() == pytest.approx(1.0, abs=0.02)
    assert of["swdown"].std() == pytest.approx(0.3, rel=0.05)
    assert of["lwdown"].mean() == pytest.approx(300.0, abs=1.0)
    assert of["lwdown"].std() == pytest.approx(20.0, rel=0.05)
    logs = np.log(of["rainf"]), np.log(of["swdown"]), of["lwdown"]
    assert np.corrcoef(logs) == pytest.approx(CORRELATION, abs=0.03)
    assert (of["snowf"] == 0.0).all() and (found.values > -1e-12).all()
    untouched = [k for k, name in enumerate(FORCING) if name not in ("rainf", "swdown", "lwdown")]
    assert np.array_equal(found.values[..., untouched], forcing.values[..., untouched])
    assert (found.values[:, 0] == found.values[:, 2]).all(), "one draw for the window"


def test_no_errors_leave_the_weather_as_it_is():
    forcing, found = weather(0.0, 0.0, 0.0)
    assert np.array_equal(found.values, forcing.values)


def ranks(spread, members=20, windows=400, seed=7):
    """Ranks in a cycled scalar ensemble whose own noise is `spread` times the truth's."""
    random = np.random.default_rng(seed)
    decay, q, r, cells = 0.9, 1.0, 1.0, 8
    counts = np.zeros(members + 1, int)
    for _ in range(cells):
        truth, ensemble = random.standard_normal(), random.standard_normal((members, 1))
        for _ in range(windows):
            truth = decay * truth + np.sqrt(q) * random.standard_normal()
            ensemble = decay * ensemble + spread * np.sqrt(q) * random.standard_normal((members, 1))
            observed = np.array([truth + np.sqrt(r) * random.standard_normal()])
            seen = ensemble + np.sqrt(r) * random.standard_normal((members, 1))
            counts[rank(observed, seen)[0]] += 1
            ensemble = ensrf_analysis(ensemble, ensemble, np.array([r]), observed)
    return counts


def test_ranks_are_flat_if_the_ensemble_errs_as_it_spreads_and_only_then():
    right, narrow, wide = (ranks(spread) for spread in (1.0, 0.3, 2.5))
    print(f"flatness {flatness(right):.2f}, {flatness(narrow):.2f}, {flatness(wide):.2f}")
    assert flatness(right) < 1.9  # 99.5 % of chi squared over 20 degrees of freedom
    assert flatness(narrow) > 4.0 and flatness(wide) > 4.0
    ends = [(counts[0] + counts[-1]) / (2.0 * counts.mean()) for counts in (narrow, wide)]
    assert ends[0] > 1.5 and ends[1] < 0.7, "a U, a hump"


def test_too_few_ranks_say_nothing():
    assert flatness(np.array([4, 4, 4])) is None
    assert flatness(np.full(3, 50)) == 0.0


def test_weather_stays_possible():
    values = np.full((1, 2, len(FORCING)), 1000.0)
    values[..., FORCING.index("lwdown")] = 30.0
    forcing = Meteorology(values, np.ones((1, 2)), np.datetime64("2017-06-01T18:00:00"), 3600)
    for noise in (-9.0, 9.0):
        found = weather_of(forcing, np.full((1, WEATHER), noise), 0.5, 0.3, 20.0).values
        of = {name: found[0, 0, k] for k, name in enumerate(FORCING)}
        assert of["swdown"] <= 1361.0 and of["lwdown"] >= 15.0
        assert 0.0 < of["rainf"] < 1000.0 * np.exp(2.5 * np.sqrt(np.log(1.25)))
