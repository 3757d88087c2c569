"""Irrigation: asked for when roots are dry, given as said, booked, and no matter for a Jacobian."""

import json

import netCDF4
import numpy as np
import pytest
from columns import START, site, weather
from conftest import contents
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.mosaic import Mosaic
from ldas.land_models.isba.irrigation import (
    DRIP,
    FLOOD,
    SPRINKLER,
    STAGES,
    Demand,
    Practice,
    decide,
    in_season,
)
from ldas.land_models.isba.model import InitialValues, Isba, Options

DAY = np.timedelta64(1, "D")
STEPS_A_DAY = 288
CROP = np.eye(12)[[6]]


def practice(kind=SPRINKLER, threshold=np.nan, interval=np.nan, first=74.0, last=229.0):
    values = (kind, threshold, 30.0, interval, 8 * 3600.0, first, last)
    return Practice(*(np.array([value]) for value in values))


def days_of(how, f2=0.0, days=range(1, 366)):
    """On which days of the year water is given, while the stress is `f2`."""
    kept, found = Demand(*np.zeros((3, 1))), []
    for day in days:
        begins, kept = decide(day, kept._replace(f2=np.array([f2])), how)
        found += [day] if begins[0] else []
    return found


def test_the_interval_is_kept_within_the_season():
    assert days_of(practice()) == list(range(74, 230, 7))
    assert days_of(practice(FLOOD)) == list(range(74, 230, 7))
    assert days_of(practice(DRIP)) == list(range(74, 230))
    assert days_of(practice(interval=20.0)) == list(range(74, 230, 20))
    assert days_of(practice(kind=0)) == []


def test_each_irrigation_of_a_season_asks_for_a_drier_soil():
    for stage, threshold in enumerate(STAGES):
        assert len(days_of(practice(), threshold - 1e-9)) >= stage + 1
        assert len(days_of(practice(), threshold)) == stage
    assert len(days_of(practice(threshold=0.5), 0.49)) == len(range(74, 230, 7))
    assert days_of(practice(threshold=0.5), 0.5) == []


def test_a_season_may_span_new_year():
    how = practice(first=330.0, last=20.0)
    assert [day for day in (1, 20, 21, 200, 329, 330, 366) if in_season(day, how)[0]] == [
        1,
        20,
        330,
        366,
    ]


def test_the_next_season_begins_with_the_first_stage():
    how, f2 = practice(first=10.0, last=12.0, interval=0.0), STAGES[1] - 1e-9
    assert days_of(how, f2, [10, 11, 12, 100, 10, 11, 12]) == [10, 11, 10, 11]


def model_of(kind, fraction=CROP, **given):
    mosaic = Mosaic.from_fractions(fraction)
    values = {"lai": 3.0, "irrigation_type": kind, "irrigation_first_day": 1.0, **given}
    soil = np.full(len(fraction), 0.25)
    settings = {name: np.array([value]) for name, value in values.items()}
    where, options = site(soil, soil), Options(300, irrigation="demand")
    return Isba(mosaic, where, settings, {}, InitialValues(0.2), options)


def dry_days(model, days, cells=1):
    """States and fluxes of days without rain."""
    forcing = weather(np.random.default_rng(1), cells, days, np.full(cells, 292.0), 0.0)
    state = model.initial_state(forcing.values[model.mosaic.cell, 0, 0], START)
    for day in range(days):
        done = model.advance(state, forcing, START + day * DAY, STEPS_A_DAY)
        state = done.state
        yield done


@pytest.mark.parametrize("kind", [SPRINKLER, DRIP, FLOOD])
def test_water_is_given_the_day_after_it_was_asked_for_and_booked(kind):
    model = model_of(kind, irrigation_interval=3.0, irrigation_threshold=0.6)
    given = [done.fluxes["irrigation"][0] * 86400.0 for done in dry_days(model, 6)]
    assert np.allclose(given, [0.0, 30.0, 0.0, 0.0, 30.0, 0.0])
    assert max(done.worst_water for done in dry_days(model, 6)) <= 1e-9


def test_only_sprinklers_wet_the_leaves():
    caught = {}
    for kind in (SPRINKLER, DRIP, FLOOD):
        model = model_of(kind)
        done = list(dry_days(model, 2))[-1]
        caught[kind] = done.fluxes["interception_evap"][0]
        assert done.fluxes["rainf"][0] == 0.0
    assert caught[SPRINKLER] > caught[DRIP] == caught[FLOOD] >= 0.0


def test_a_frozen_soil_asks_for_nothing():
    model = model_of(SPRINKLER)
    forcing = weather(np.random.default_rng(1), 1, 2, np.full(1, 250.0), 0.0)
    state = model.initial_state(np.full(1, 250.0), START)
    state["wgi"][:] = state["wg"]
    state["wg"][:] = 1e-3
    for day in range(2):
        done = model.advance(state, forcing, START + day * DAY, STEPS_A_DAY)
        assert done.fluxes["irrigation"][0] == 0.0
        state = done.state


def test_what_changes_within_a_window_decides_nothing_in_it():
    """A Jacobian by finite differences must not see a decision of the farmer."""
    model = model_of(SPRINKLER, irrigation_threshold=0.5)
    state = list(dry_days(model, 1))[-1].state  # stress of the window's start is in it
    forcing = weather(np.random.default_rng(1), 1, 3, np.full(1, 292.0), 0.0)
    wet = state.copy()
    wet["wg"][:] = model.par.wfc[:, None] * (np.arange(14) < model.par.n_layers[:, None])
    given = [
        model.advance(s, forcing, START + DAY, STEPS_A_DAY).fluxes["irrigation"]
        for s in (state, wet)
    ]
    assert given[0] == given[1] > 0.0


def with_irrigation(case, entries):
    """A point with a crop that is irrigated, from a dry soil on."""
    case.set("lai = 2.0", f"lai = 2.0\n initial_swi = 0.1\n {entries}")
    return case


def irrigated(case):
    """Daily amounts (mm) of the cell that the run wrote."""
    with netCDF4.Dataset(case.results / "flux_200106.nc") as file:
        return np.ravel(file["irrigation"][:]) * 3600.0


DEMAND = "irrigation = 'demand'\n irrigation_type = 6*0, 1, 5*0"


def test_on_demand_by_the_command_line_and_resumed_to_the_same_bits(case):
    path = with_irrigation(case, DEMAND).write()
    assert CliRunner().invoke(app, ["run", str(path), "--quiet"]).exit_code == 0
    whole = irrigated(case)
    # asked for on the midnight of 1 June, given on 2 June from 0 to 8, on 0.4 of the cell
    assert whole[:24].sum() == 0.0 and np.allclose(whole[24:32], 0.4 * 30.0 / 8.0)
    assert whole[32:].sum() == 0.0
    summary = json.loads((case.results / "summary.json").read_text())
    assert summary["worst_water_residual"] <= 1e-9
    case.set("'case'", "'parts'").set("'2001-06-03T12:00'", "'2001-06-02T03:00'")
    assert CliRunner().invoke(app, ["run", str(case.write_namelist()), "--quiet"]).exit_code == 0
    case.set("'2001-06-02T03:00'", "'2001-06-03T12:00'")
    assert CliRunner().invoke(app, ["run", str(case.write_namelist()), "--quiet"]).exit_code == 0
    with netCDF4.Dataset(case.folder / "output" / "parts" / "flux_200106.nc") as file:
        assert np.array_equal(np.ravel(file["irrigation"][:]) * 3600.0, whole)


PLACES = ([43.0, 43.4], [1.7, 2.0])


def write_amounts(case, units="mm day-1", value=12.0, days=(1.0, 2.0), places=PLACES):
    """A file of amounts, of one pixel and day, that holds for days after 1 June."""
    lat, lon = places
    with netCDF4.Dataset(case.folder / "water.nc", "w") as out:
        for name, axis in (("time", days), ("lat", lat), ("lon", lon)):
            out.createDimension(name, len(axis))
            out.createVariable(name, "f8", (name,))[:] = axis
        out["time"].units = "days since 2001-06-01"
        stored = out.createVariable("irrigation", "f8", ("time", "lat", "lon"))
        stored.units, stored[:] = units, 0.0
        stored[0, 1, 0] = value


PRESCRIBED = "irrigation = 'prescribed'\n irrigation_files = 'water.nc'\n"


@pytest.mark.parametrize(
    ("units", "value"), [("mm day-1", 12.0), ("kg m-2 s-1", 12.0 / 86400.0), ("mm h-1", 0.5)]
)
def test_as_prescribed_in_any_unit(case, units, value):
    write_amounts(case, units, value)
    entries = PRESCRIBED + " irrigation_type = 6*0, 2, 5*0\n irrigation_hours = 4."
    path = with_irrigation(case, entries).write()
    result = CliRunner().invoke(app, ["run", str(path), "--quiet"])
    assert result.exit_code == 0, result.stderr
    assert np.allclose(irrigated(case)[24:28], 0.4 * 12.0 / 4.0)
    assert np.isclose(irrigated(case).sum(), 0.4 * 12.0)


@pytest.mark.mpi
def test_a_rank_may_have_nothing_to_irrigate(case, ldas):
    write_amounts(case, places=([43.2, 43.4, 43.6], [1.4, 1.6]))
    path = with_irrigation(case, PRESCRIBED + " irrigation_type = 12*1").on_six_cells().write()
    found = []
    for ranks in (1, 3):
        case.set("'case'" if ranks == 1 else "'ranks1'", f"'ranks{ranks}'")
        path = case.write_namelist()
        done = ldas("run", path, "--quiet", ranks=ranks)
        assert done.returncode == 0, done.stderr
        found.append(contents(case.folder / "output" / f"ranks{ranks}"))
    assert found[0] == found[1]
    with netCDF4.Dataset(case.folder / "output" / "ranks3" / "flux_200106.nc") as file:
        given = np.ma.filled(file["irrigation"][:], 0.0).sum(axis=0) * 3600.0
    assert (given > 0.0).sum() == 1 and np.isclose(given.sum(), 12.0)


def refused(case, entries):
    """What `run` and `check` both say of a namelist."""
    path = with_irrigation(case, entries).write()
    said = []
    for command in ("run", "check"):
        result = CliRunner().invoke(app, [command, str(path)])
        assert result.exit_code == 2, (command, result.output)
        said.append(result.stderr)
    return said


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("irrigation_type = 1.", ["'none' beside irrigation_type", "demand, prescribed"]),
        ("irrigation = 'prescribed'", ["irrigation_files", "needs them"]),
        (f"{DEMAND}\n irrigation_files = 'water.nc'", ["irrigation_files", "'demand'"]),
        (f"{PRESCRIBED}\n irrigation_variable = 'water'", ["water.nc", "'water'"]),
        ("irrigation = 'prescribed'\n irrigation_files = 'no.nc'", ["irrigation_files", "no.nc"]),
        ("irrigation = 'demand'\n irrigation_type = 1.5", ["irrigation_type: 1.5", "3 flood"]),
        ("irrigation = 'demand'\n irrigation_type = 4.", ["irrigation_type", "allowed 0 to 3"]),
        ("irrigation = 'demand'\n irrigation_hours = 25.", ["irrigation_hours", "0.1 to 24"]),
        ("irrigation = 'now'", ["irrigation", "'now'"]),
    ],
)
def test_wrong_entries(case, entries, words):
    write_amounts(case)
    for said in refused(case, entries):
        assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"units": "mm"}, ["water.nc", "mm", "kg m-2 day-1"]),
        ({"units": "1"}, ["water.nc", "kg m-2 day-1"]),
        ({"value": -3.0}, ["water.nc", "0 to 500", "lat 43.4", "2001-06-02"]),
        ({"value": 1e4}, ["water.nc", "0 to 500", "lat 43.4"]),
        ({"value": 0.0}, ["water.nc", "nowhere more than 0"]),
        ({"days": (-9.0, -8.0)}, ["water.nc", "nowhere more than 0", "2001-05-23"]),
    ],
)
def test_wrong_amounts(case, how, words):
    write_amounts(case, **how)
    for said in refused(case, PRESCRIBED):
        assert all(word in said for word in words), said
