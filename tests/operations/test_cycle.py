"""`ldas cycle` as an operator's cron job calls it: what comes late, twice, wrong or never."""

import json
import re
import shutil

import netCDF4
import numpy as np
import pytest
from conftest import ROOT
from feeding import FORCING, START, Feed, day_values, month_values, stamp, state_of
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.clock import DAY
from ldas.io.lock import owned

HOUR = np.timedelta64(3600, "s")


def cycle(feed, now, *more):
    return CliRunner().invoke(app, ["cycle", str(feed.oper), "--now", str(now), *more])


def rows(feed):
    """The books, one line a window."""
    return cycle(feed, START, "--status").stdout.splitlines()


def made(result):
    """The windows that a call made."""
    lines = result.stderr.splitlines()
    return [line[20:36] for line in lines if line[17:19] == "to" and " done" in line]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """One run over eight days that have all come."""
    feed = Feed(tmp_path_factory.mktemp("reference"), 8)
    return feed, month_values(feed.run_reference())


@pytest.fixture
def feed(tmp_path, reference):
    """The same eight days, of which nothing has come."""
    made, _ = reference
    shutil.copytree(made.whole, tmp_path / "all")
    feed = Feed.__new__(Feed)
    feed.__dict__.update(made.__dict__)
    feed.folder, feed.whole, feed.there = tmp_path, tmp_path / "all", tmp_path / "in"
    feed.there.mkdir()
    shutil.copyfile(made.folder / "surface.nc", tmp_path / "surface.nc")
    feed.write_namelists(cycle="   replay_days = 4\n   disk_gib = 0.001")
    return feed


def test_day_by_day_is_one_run(feed, reference):
    feed.deliver_day(0)
    for day in range(1, 9):
        feed.deliver_day(day)
        done = cycle(feed, START + day * DAY + 6 * HOUR)
        assert done.exit_code == 0, done.stderr
        assert made(done) == [str(START + day * DAY)[:16]]
    run = reference[1]
    assert day_values(feed.results) == run
    assert len(run) > 100


def test_everything_at_once_is_one_run(feed, reference):
    feed.deliver_all()
    done = cycle(feed, START + 30 * DAY)
    assert done.exit_code == 3  # far behind the clock: the delay is an alarm
    assert len(made(done)) == 8 and "alarm: delay" in done.stderr
    assert day_values(feed.results) == reference[1]
    with netCDF4.Dataset(feed.results / "days" / f"state_{stamp(1)}.nc") as file:
        assert file.status == "final"


def test_nothing_to_do_is_said_and_costs_nothing(feed, monkeypatch):
    feed.deliver_day(0)
    feed.deliver_day(1)
    first = cycle(feed, START + DAY + HOUR)
    assert len(made(first)) == 1
    monkeypatch.setattr("ldas.commands.cycle.cycle", None)  # not even asked
    again = cycle(feed, START + DAY + 2 * HOUR)
    assert again.exit_code == 0
    assert "stands at 2001-05-27T18:00; waits for the clock" in again.stderr
    monkeypatch.undo()
    feed.deliver_day(2)
    assert made(cycle(feed, START + DAY + 3 * HOUR)) == []
    assert len(made(cycle(feed, START + 2 * DAY + 3 * HOUR))) == 1


def test_a_set_is_waited_for_as_long_as_it_says(feed):
    feed.write_namelists(latency=30.0, every=2.0, cycle="   replay_days = 4\n   disk_gib = 0.001")
    for day in range(4):
        feed.deliver(f"met_{stamp(day)}.nc")
    end = START + DAY
    waiting = cycle(feed, end + 29 * HOUR)
    assert waiting.exit_code == 0 and made(waiting) == []
    assert "observations 'ssm', until 2001-05-29T00:00 at the latest" in waiting.stderr
    gone_on = cycle(feed, end + 30 * HOUR)
    assert made(gone_on) == [str(end)[:16]]
    assert "missing" in rows(feed)[0]
    feed.deliver(f"ssm_{stamp(1)}.nc")
    late = cycle(feed, end + 31 * HOUR)
    assert "goes back to 2001-05-26T18:00" in late.stderr
    # the next pass is due two days later: the second window does not wait
    assert made(late) == ["2001-05-27T18:00", "2001-05-28T18:00"]
    assert "ssm: 6 used" in rows(feed)[0] and "made 2 x" in rows(feed)[0]


def test_what_comes_too_late_is_told_and_not_used(feed):
    for day in range(8):
        feed.deliver(f"met_{stamp(day)}.nc")
    now = START + 7 * DAY + HOUR
    assert len(made(cycle(feed, now))) == 7
    before = day_values(feed.results)
    feed.deliver(f"ssm_{stamp(1)}.nc")
    told = cycle(feed, now)
    assert made(told) == []
    assert "window 2001-05-26T18:00 to 2001-05-27T18:00 is final: what came" in told.stderr
    assert day_values(feed.results) == before
    feed.deliver(f"ssm_{stamp(5)}.nc")
    assert made(cycle(feed, now))[0] == "2001-05-31T18:00"


def test_corrected_weather_is_used_and_the_same_again_is_not(feed, reference):
    for day in range(5):
        feed.deliver_day(day)
    name = f"met_{stamp(3)}.nc"
    with netCDF4.Dataset(feed.there / name, "a") as file:
        file["Rainf"][:] = 2e-4
    now = START + 4 * DAY + HOUR
    assert len(made(cycle(feed, now))) == 4
    feed.deliver(name)
    again = cycle(feed, now)
    assert made(again)[0] == "2001-05-29T18:00"
    run = reference[1]
    assert all(run[key] == value for key, value in day_values(feed.results).items())
    feed.deliver(name)
    twice = cycle(feed, now)
    assert made(twice) == [] and "goes back" not in twice.stderr


def test_a_file_of_another_day_and_one_cut_short_stop_it_until_they_are_mended(feed, reference):
    for day in range(3):
        feed.deliver_day(day)
    whole = (feed.whole / f"met_{stamp(2)}.nc").read_bytes()
    (feed.there / f"met_{stamp(2)}.nc").write_bytes(whole[: len(whole) // 2])
    now = START + 2 * DAY + HOUR
    cut = cycle(feed, now)
    assert cut.exit_code == 2 and len(made(cut)) == 1
    assert f"met_{stamp(2)}.nc: cannot be read as NetCDF, damaged or cut short" in cut.stderr
    feed.deliver(f"met_{stamp(2)}.nc", f"met_{stamp(0)}.nc")
    wrong = cycle(feed, now)
    assert wrong.exit_code == 0 and made(wrong) == []  # it waits for the day that has not come
    feed.deliver_day(2)
    assert len(made(cycle(feed, now))) == 1
    run = reference[1]
    assert all(run[key] == value for key, value in day_values(feed.results).items())


def test_what_came_while_later_weather_was_broken_is_not_forgotten(feed, reference):
    for day in range(5):
        feed.deliver(f"met_{stamp(day)}.nc")
    feed.deliver(f"ssm_{stamp(3)}.nc")
    now = START + 4 * DAY + HOUR
    assert len(made(cycle(feed, now))) == 4
    whole = (feed.whole / f"met_{stamp(4)}.nc").read_bytes()
    (feed.there / f"met_{stamp(4)}.nc").write_bytes(whole[:2000])
    feed.deliver(f"ssm_{stamp(1)}.nc")
    blocked = cycle(feed, now)
    assert made(blocked) == [] and "cannot be made anew yet: the forcing of" in blocked.stderr
    assert made(cycle(feed, now + HOUR)) == []
    feed.deliver(f"met_{stamp(4)}.nc")
    assert len(made(cycle(feed, now + HOUR))) == 4
    run = reference[1]
    assert all(run[key] == value for key, value in day_values(feed.results).items())


def test_bad_values_stop_it_before_the_window(feed):
    for day in range(4):
        feed.deliver_day(day)
    with netCDF4.Dataset(feed.there / f"met_{stamp(2)}.nc", "a") as file:
        file["Tair"][20, 1, 1] = 20.0
    bad = cycle(feed, START + 3 * DAY)
    assert bad.exit_code == 2 and made(bad) == ["2001-05-27T18:00", "2001-05-28T18:00"]
    where = f"met_{stamp(2)}.nc: variable 'Tair' at 2001-05-28T20:00, lat 43.4, lon 1.6: 20 is no"
    assert where in bad.stderr
    feed.deliver_day(2)
    assert made(cycle(feed, START + 3 * DAY)) == ["2001-05-29T18:00"]


def test_a_hole_stops_it_with_an_alarm(feed):
    for day in (0, 1, 3, 4):
        feed.deliver_day(day)
    done = cycle(feed, START + 4 * DAY)
    assert done.exit_code == 3 and len(made(done)) == 1
    assert "alarm: hole: forcing from 2001-05-27T23:00 on" in done.stderr
    for _ in range(2):  # found out, and remembered
        quiet = cycle(feed, START + 4 * DAY + HOUR, "--quiet")
        assert quiet.exit_code == 3
        assert "ldas: alarm: hole: forcing from 2001-05-27T23:00 on" in quiet.stderr


def test_the_first_forcing_that_covers_an_interval_is_used(feed):
    fine = FORCING.replace("&forcing", "&forcing\n   name = 'analysis'")
    coarse = fine.replace("analysis", "forecast").replace("met_", "fc_")
    feed.write_namelists(cycle="   replay_days = 4\n   disk_gib = 0.001", forcing=f"{fine}{coarse}")
    for day in range(3):
        shutil.copyfile(feed.whole / f"met_{stamp(day)}.nc", feed.there / f"fc_{stamp(day)}.nc")
        with netCDF4.Dataset(feed.there / f"fc_{stamp(day)}.nc", "a") as file:
            file["Tair"][:] += 3.0
    feed.deliver_day(0)
    feed.deliver_day(1)
    now = START + 2 * DAY + HOUR
    done = cycle(feed, now)
    assert len(made(done)) == 2, done.stderr
    second = (
        "analysis: 2001-05-27T18:00 to 2001-05-27T23:00; "
        "forecast: 2001-05-27T23:00 to 2001-05-28T18:00"
    )
    assert second in rows(feed)[1]
    with netCDF4.Dataset(feed.results / "days" / f"state_{stamp(2)}.nc") as file:
        assert file.forcing_used == second and file.status == "preliminary"
    feed.deliver_day(2)
    again = cycle(feed, now)
    assert made(again) == ["2001-05-28T18:00"]
    assert "analysis: 2001-05-27T18:00 to 2001-05-28T18:00" in rows(feed)[1]


def test_a_second_call_says_who_is_at_work_and_ends_with_0(feed):
    feed.deliver_day(0)
    with owned(feed.results):
        done = cycle(feed, START + DAY)
    assert done.exit_code == 0
    assert "nothing done: another run is at work in" in done.stderr


def test_a_clock_set_back_does_no_harm(feed):
    for day in range(6):
        feed.deliver(f"met_{stamp(day)}.nc")
    assert len(made(cycle(feed, START + 5 * DAY))) == 5
    before = day_values(feed.results)
    feed.deliver(f"ssm_{stamp(3)}.nc")
    back = cycle(feed, START + 2 * DAY)
    assert back.exit_code == 0 and made(back) == []
    assert "waits for the clock, which says 2001-05-28T18:00: was it set back?" in back.stderr
    assert day_values(feed.results) == before
    assert made(cycle(feed, START + 5 * DAY))[0] == "2001-05-29T18:00"


def test_what_is_final_is_kept_as_months_and_restarts_are_few(feed, reference):
    feed.deliver_all()
    cycle(feed, START + 8 * DAY)
    stamps = sorted(path.stem for path in (feed.results / "restart").glob("*.nc"))
    assert stamps[0] == "restart_20010530T1800" and len(stamps) == 5
    assert not list(feed.results.glob("state_*.nc"))
    cycle(feed, START + 13 * DAY)
    days = sorted((feed.results / "days").glob("state_*.nc"))
    for path in days:
        with netCDF4.Dataset(path) as file:
            assert file.status == "final"
    months = month_values(feed.results)
    assert months == {key: reference[1][key] for key in months} and len(months) > 50
    assert not list(feed.results.glob("state_200106.nc"))  # not over


def test_books_that_are_lost_are_made_again_from_the_restarts(feed, reference):
    for day in range(4):
        feed.deliver_day(day)
    cycle(feed, START + 3 * DAY)
    before = rows(feed)
    (feed.results / "cycle.sqlite").unlink()
    feed.deliver_day(4)
    assert len(made(cycle(feed, START + 4 * DAY))) == 1
    assert rows(feed)[:3] == before
    run = reference[1]
    assert all(run[key] == value for key, value in day_values(feed.results).items())


def test_the_state_is_that_of_the_run(feed, reference):
    feed.deliver_all()
    cycle(feed, START + 8 * DAY)
    name = f"restart_{stamp(8)}T1800.nc"
    run = reference[0].folder / "output" / "run" / "restart" / name
    assert state_of(feed.results / "restart" / name) == state_of(run)


def test_ahead_of_the_analysis(feed, reference):
    settings = "   replay_days = 4\n   disk_gib = 0.001\n   forecast_hours = 48"
    feed.write_namelists(cycle=settings)
    for day in range(5):
        feed.deliver_day(day)
    done = cycle(feed, START + 3 * DAY)
    assert "wrote forecast_20010529.nc, ahead to 2001-05-30T23:00" in done.stderr
    with netCDF4.Dataset(feed.results / "forecast_20010529.nc") as file:
        assert file["time"][-1] == int((START + 3 * DAY + 29 * HOUR).astype(int))
        assert {"wg", "lai", "le"} <= set(file.variables)
        assert file.forcing_used == "forcing1: 2001-05-29T18:00 to 2001-05-30T23:00"
    # the cycle goes on from its own state
    feed.deliver_day(5)
    cycle(feed, START + 5 * DAY)
    run = reference[1]
    assert all(run[key] == value for key, value in day_values(feed.results).items())


def test_the_latest_and_how_unusual_it_is(feed, reference):
    results = feed.folder / "output" / "run"
    results.mkdir(parents=True)
    for path in (reference[0].folder / "output" / "run").glob("state_*.nc"):
        shutil.copyfile(path, results / path.name)
    feed.deliver_all()
    with feed.reference.open("a") as text:
        text.write("&climate\n   window = 183\n   percentiles = 0., 50., 100.\n/\n")
    few = CliRunner().invoke(app, ["climate", str(feed.reference)])
    assert few.exit_code == 0, few.stderr
    assert "warning: a climate of 1 years" in few.stdout
    with netCDF4.Dataset(feed.folder / "climate.nc", "a") as file:
        assert file["rzsm_number"][150].max() == 8 and np.isnan(file["rzsm_mean"][150]).all()
        file["rzsm_mean"][:], file["rzsm_sd"][:] = 0.2, 0.05
        for k, level in enumerate((0.1, 0.2, 0.4)):
            file["rzsm_percentiles"][:, k] = level
    settings = "   disk_gib = 0.001\n   climate = 'climate.nc'"
    feed.write_namelists(cycle=settings)
    assert cycle(feed, START + 8 * DAY).exit_code == 0
    with netCDF4.Dataset(feed.results / "latest.nc") as file:
        assert file["time"][...] == int((START + 8 * DAY).astype(int))
        thickness = np.diff(file["depth_bounds"][:], axis=1)[:, 0]
        deep = np.minimum(file["depth_bounds"][:, 1], 1.0) - file["depth_bounds"][:, 0]
        deep = np.clip(np.minimum(deep, thickness), 0.0, None)
        root = (file["wg"][:] * deep[:, None, None]).sum(axis=0) / deep.sum()
        assert np.allclose(file["rzsm_anomaly"][:], root - 0.2, atol=1e-6)
        assert np.allclose(file["rzsm_standardised"][:], (root - 0.2) / 0.05, atol=1e-4)
        expected = np.interp(root, [0.1, 0.2, 0.4], [0.0, 50.0, 100.0])
        assert np.allclose(file["rzsm_percentile"][:], expected, atol=1e-3)
    assert (feed.results / "latest_rzsm_percentile.png").stat().st_size > 5000


def test_disk_is_looked_at_before_a_window(feed):
    feed.write_namelists(cycle="   disk_gib = 1e9")
    feed.deliver_day(0)
    feed.deliver_day(1)
    done = cycle(feed, START + DAY)
    assert done.exit_code == 3 and made(done) == []
    assert "GiB needed before a window" in done.stderr and "alarm: disk" in done.stderr


def test_a_surface_that_changes_is_another_experiment(feed):
    for day in range(3):
        feed.deliver_day(day)
    cycle(feed, START + DAY)
    with netCDF4.Dataset(feed.folder / "surface.nc", "a") as file:
        file["clay"][:] = 0.3
    changed = cycle(feed, START + 2 * DAY)
    assert changed.exit_code == 2 and made(changed) == []
    assert f"made with another content of {feed.folder / 'surface.nc'}" in changed.stderr
    text = feed.oper.read_text()
    feed.oper.write_text(text.replace("time_step = 900", "time_step = 450"))
    other = cycle(feed, START + 2 * DAY)
    assert other.exit_code == 2 and "made with &model time_step = 900, now 450" in other.stderr


def test_status_says_it_all(feed):
    feed.deliver_day(0)
    feed.deliver_day(1)
    (feed.there / "ssm_broken.nc").write_bytes(b"no file at all")
    cycle(feed, START + DAY + HOUR)
    status = json.loads((feed.results / "status.json").read_text())
    assert status["stands_at"] == "2001-05-27T18:00"
    assert status["waits_for"]["reasons"] == ["the clock: the window ends at 2001-05-28T18:00"]
    assert status["waits_for"]["since"] == "2001-05-27T19:00"
    assert "ssm_broken.nc" in status["unusable_files"][0]
    window = status["latest_windows"][0]
    assert window["observations"]["ssm"]["used"] == 6
    assert window["worst_water"] < 1e-9
    cycle(feed, START + DAY + 8 * HOUR)
    later = json.loads((feed.results / "status.json").read_text())
    assert later["waits_for"]["since"] == "2001-05-27T19:00"


def test_day_by_day_with_a_model_of_others(tmp_path):
    """The bucket of the tutorial, day by day, is one run too."""
    feed = Feed(tmp_path, 4)
    page = (ROOT / "docs" / "tutorials" / "own_model.md").read_text()
    code = re.search(r"cat > bucket.py <<'EOF'\n(.*?)\nEOF", page, flags=re.S).group(1)
    (tmp_path / "bucket.py").write_text(code + "\n")
    (tmp_path / "bucket.cfg").write_text("columns = {columns}\nwetness = 0.20\n")
    group = re.search(r"&model\n.*?\n/\n", page, flags=re.S).group(0)
    for path in (feed.oper, feed.reference):
        text = re.sub(r"&model\n.*?\n/\n", group, path.read_text(), flags=re.S)
        text = text.replace("'wg', 'lai', 'le'", "'wg', 'evap'")
        path.write_text(text.replace("'wg2', 'wg3', 'wg4'", "'wg1', 'wg2'"))
    feed.deliver_day(0)
    checked = CliRunner().invoke(app, ["check", str(feed.oper)])
    assert checked.exit_code == 0, checked.output
    for day in range(1, 5):
        feed.deliver_day(day)
        done = cycle(feed, START + day * DAY + 6 * HOUR)
        assert done.exit_code == 0, done.stderr
    whole = month_values(feed.run_reference())
    assert day_values(feed.results) == whole
