"""Physical sense: what any land model must show, whatever its equations."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "land_models"))
from columns import HOUR, START, site

from ldas.core.meteorology import FORCING, Meteorology
from ldas.core.mosaic import Mosaic
from ldas.land_models.isba.model import InitialValues, Isba, Options

DAY = np.timedelta64(1, "D")
STEPS = 288


def steady_days(days, **values):
    """The same day again and again: sun and temperature with an afternoon maximum."""
    hour = np.arange(24 * days + 1)
    wave = np.cos(2 * np.pi * (hour - 14) / 24)
    fixed = {
        "tair": 288.0 + values.get("swing", 8.0) * wave,
        "qair": np.full(hour.size, values.get("vapour", 0.006)),
        "wind_u": np.full(hour.size, 3.0),
        "wind_v": np.zeros(hour.size),
        "swdown": values.get("sun", 1.0)
        * np.maximum(0.0, 700.0 * np.cos(2 * np.pi * (hour - 12) / 24)),
        "lwdown": np.full(hour.size, values.get("sky", 320.0)),
        "psurf": np.full(hour.size, 98000.0),
        "rainf": np.full(hour.size, values.get("rain", 0.0)),
        "snowf": np.full(hour.size, values.get("snow", 0.0)),
        "co2": np.full(hour.size, 6e-4),
    }
    fixed["tair"] += values.get("warmer", 0.0)
    table = np.stack([fixed[name] for name in FORCING], axis=-1)[None]
    return Meteorology(table, np.array([[2.0, 10.0]]), START, HOUR)


def one_column(patch, **settings):
    mosaic = Mosaic.from_fractions(np.eye(12)[[patch]])
    half = np.array([0.3])
    given = {"albedo": np.array([0.2])} | {k: np.array(v) for k, v in settings.items()}
    initial = InitialValues(0.9, (286.0, 286.0, 286.0), (2.0,))
    return Isba(mosaic, site(half, half), given, {}, initial, Options(300, "nit"))


def days_of(model, forcing, days):
    state = model.initial_state(np.array([286.0]), START)
    for day in range(days):
        state = model.advance(state, forcing, START + day * DAY, STEPS).state
        yield state


def test_deep_layers_lag_the_surface():
    model, forcing = one_column(0), steady_days(4, swing=10.0)
    *_, state = days_of(model, forcing, 3)
    temperature = []
    for step in range(STEPS):
        time = START + 3 * DAY + step * np.timedelta64(300, "s")
        state = model.advance(state, forcing, time, 1).state
        temperature.append(state["tg"][0, :5])
    temperature = np.array(temperature)
    warmest = temperature.argmax(axis=0)
    assert (np.diff(warmest) >= 0).all()
    assert (np.diff(warmest[1:]) > 0).all()
    assert (np.diff(np.ptp(temperature, axis=0)) < 0).all()


def test_drought_takes_leaves_in_summer():
    watered, dry = steady_days(60, rain=4e-5, warmer=6.0), steady_days(60, warmer=6.0)
    model = one_column(6, root_depth=[0.5])
    *_, wet_end = days_of(model, watered, 60)
    dry_days = list(days_of(model, dry, 60))
    lai = np.array([state["lai"][0] for state in dry_days])
    assert lai.max() > lai[-1] + 0.3
    assert wet_end["lai"][0] > lai[-1] + 0.5
    assert (lai >= 0.3).all()


def test_snow_melts_from_the_top():
    model = one_column(9)
    cold = steady_days(10, snow=4e-5, warmer=-25.0, swing=3.0, sun=0.2, sky=220.0, vapour=1e-3)
    *_, state = days_of(model, cold, 10)
    assert state["snow_swe"].sum() == pytest.approx(10 * 86400 * 4e-5, rel=0.05)
    warm = steady_days(11, warmer=-9.0)
    for step in range(STEPS):
        time = START + 10 * DAY + step * np.timedelta64(300, "s")
        state = model.advance(state, warm, time, 1).state
        capacity = 334000.0 * state["snow_swe"][0]
        melted = 1.0 + state["snow_heat"][0] / np.maximum(capacity, 1e-9)
        if (melted > 1e-3).any():
            break
    assert melted.argmax() == 0
    assert melted[0] > 1e-3 >= melted[-1]


def test_more_carbon_dioxide_more_growth():
    model, forcing = one_column(9), steady_days(30, rain=4e-5, warmer=4.0)
    rich = Meteorology(forcing.values.copy(), forcing.heights, forcing.start, forcing.interval)
    rich.values[..., FORCING.index("co2")] *= 1.6
    *_, now = days_of(model, forcing, 30)
    *_, then = days_of(model, rich, 30)
    assert then["lai"][0] > now["lai"][0]
