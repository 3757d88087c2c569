"""Whatever the soil, the patches and the weather: no NaN, bounds kept, balances closed."""

import numpy as np
import pytest
from columns import START, site, weather
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldas.core.mosaic import PATCHES, Mosaic
from ldas.land_models.isba.model import InitialValues, Isba, Options

DAYS = 30
STEPS_A_DAY = 288
CELLS = 4
LEAST_LIQUID = 1.0e-3  # m3 m-3, kept liquid even where ice fills the pores, as in the reference
DAY = np.timedelta64(1, "D")


def random_model(random, mosaic, photosynthesis="prescribed", irrigation="none"):
    clay = random.uniform(0.01, 0.7, mosaic.cells)
    sand = random.uniform(0.01, 1.0 - clay)
    given = {
        "lai": random.uniform(0.0, 8.0, 12),
        "albedo": np.array([random.uniform(0.1, 0.4)]),
        "ground_depth": random.uniform(1.0, 3.0, 12),
        "root_depth": random.uniform(0.2, 3.0, 12),
        "z0": np.array([random.uniform(0.01, 1.5)]),
    }
    if irrigation == "demand":
        given["irrigation_type"] = random.integers(0, 4, 12).astype(float)
        given["irrigation_amount"] = random.uniform(1.0, 200.0, 12)
        given["irrigation_hours"] = random.uniform(0.1, 24.0, 12)
    if photosynthesis == "nit":
        del given["lai"], given["z0"]
    initial = InitialValues(random.uniform(0.05, 1.2), None, tuple(random.uniform(0.1, 6.0, 12)))
    where = site(clay, sand, random.uniform(-60, 70), random.uniform(-180, 180))
    options = Options(300, photosynthesis, irrigation=irrigation)
    return Isba(mosaic, where, given, {}, initial, options)


@settings(max_examples=16, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, len(PATCHES)),
    st.floats(250.0, 312.0),
    st.floats(0.0, 0.6),
    st.sampled_from(["prescribed", "nit"]),
    st.sampled_from(["none", "demand"]),
)
def test_thirty_days(seed, patches, temperature, wet, photosynthesis, irrigation):
    random = np.random.default_rng(seed)
    fractions = np.zeros((CELLS, len(PATCHES)))
    for cell in range(CELLS):
        present = random.choice(len(PATCHES), patches, replace=False)
        fractions[cell, present] = random.dirichlet(np.ones(patches))
    mosaic = Mosaic.from_fractions(fractions)
    model = random_model(random, mosaic, photosynthesis, irrigation)
    means = temperature + random.normal(0, 3, CELLS)
    forcing = weather(random, CELLS, DAYS, means, wet)
    state = model.initial_state(forcing.values[mosaic.cell, 0, 0], START)
    for day in range(DAYS):
        done = model.advance(state, forcing, START + day * DAY, STEPS_A_DAY)
        state = done.state
        assert state.outside_bounds() == []
        assert (state["wg"] + state["wgi"] <= model.par.wsat[:, None] + LEAST_LIQUID).all()
        assert done.worst_water <= 1e-9
        assert done.worst_energy <= 1e-6
        if photosynthesis == "nit":
            assert (state["lai"] >= np.where(model.par.living, model.par.lai_min, 0.0)).all()
        for name, flux in done.fluxes.items():
            assert np.isfinite(flux).all(), name
    assert (np.isfinite(model.diagnose(state, START)["ts"])).all()


def test_the_state_given_is_kept():
    random = np.random.default_rng(5)
    mosaic = Mosaic.from_fractions(np.eye(12)[[6]])
    model = random_model(random, mosaic)
    forcing = weather(random, 1, 1, np.array([290.0]), 0.2)
    state = model.initial_state(np.array([290.0]), START)
    before = state.copy()
    model.advance(state, forcing, START, 100)
    assert all(np.array_equal(state[name], before[name]) for name in state)


@pytest.mark.parametrize("photosynthesis", ["prescribed", "nit"])
def test_a_day_at_once_or_step_by_step(photosynthesis):
    random = np.random.default_rng(6)
    mosaic = Mosaic.from_fractions(np.full((2, 12), 1 / 12))
    model = random_model(random, mosaic, photosynthesis)
    forcing = weather(random, 2, 1, np.array([272.0, 290.0]), 0.3)
    first = model.initial_state(forcing.values[mosaic.cell, 0, 0], START)
    whole = model.advance(first, forcing, START, STEPS_A_DAY).state
    state = first
    for k in range(STEPS_A_DAY):
        state = model.advance(state, forcing, START + k * np.timedelta64(300, "s"), 1).state
    assert all(np.array_equal(state[name], whole[name]) for name in state)
