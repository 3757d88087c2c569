"""Deep soil is not dried below the wilting point by an analysis: nothing else could have."""

import numpy as np
import pytest
from columns import START, site

from ldas.core.mosaic import PATCHES, Mosaic
from ldas.land_models.isba.model import InitialValues, Isba, Options

NAMES = ("wg2", "wg3", "wg4", "wg5", "wg8")
GRASS = np.eye(len(PATCHES))[[PATCHES.index("C3 grass")]]


@pytest.fixture
def grass():
    initial = InitialValues(0.05)
    where = site(np.array([0.3]), np.array([0.3]))
    return Isba(Mosaic.from_fractions(GRASS), where, {}, {}, initial, Options(300, "nit"))


@pytest.fixture
def soil(grass):
    state = grass.initial_state(np.array([285.0]), START)
    wilting = float(grass.par.wwilt[0])
    state["wg"][:, :14] = wilting + 0.01
    return state, wilting


def moved(grass, state, by):
    control = grass.control(NAMES, True)
    after, applied = control.add(state, np.full((1, len(NAMES)), by))
    return control.values(after)[0], applied[0]


def test_an_analysis_takes_deep_water_down_to_the_wilting_point_and_no_further(grass, soil):
    state, wilting = soil
    after, applied = moved(grass, state, -0.03)
    assert after[:2] == pytest.approx(wilting - 0.02)  # the sun dries what lies above 10 cm
    assert after[2:] == pytest.approx(wilting)
    assert applied == pytest.approx([-0.03, -0.03, -0.01, -0.01, -0.01])


def test_soil_below_it_already_is_neither_dried_nor_wetted_unasked(grass, soil):
    state, wilting = soil
    state["wg"][:, 3:14] = wilting - 0.02
    after, applied = moved(grass, state, -0.01)
    assert after[2:] == pytest.approx(wilting - 0.02)
    assert (applied[2:] == 0.0).all()
    assert moved(grass, state, 0.01)[0][2:] == pytest.approx(wilting - 0.01)
