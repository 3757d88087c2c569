"""What is wrong with a cycle's namelist and files: `ldas check` knows what `ldas cycle` refuses."""

import pytest
from feeding import START, Feed, stamp
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.clock import DAY


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    feed = Feed(tmp_path_factory.mktemp("wrong"), 2, cycle="   disk_gib = 0.001")
    feed.deliver_all()
    return feed, feed.oper.read_text()


def both(feed, text):
    """What check and cycle say of a namelist."""
    feed.oper.write_text(text)
    seen = []
    for words in (["check"], ["cycle", "--now", str(START + DAY)]):
        command, *more = words
        done = CliRunner().invoke(app, [command, str(feed.oper), *more])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        seen.append(done)
    return seen


WRONG = [
    ("&cycle", "&cycle\n   replay_days = -1", "&cycle replay_days: found -1"),
    ("&cycle", "&cycle\n   replay_day = 3", "did you mean 'replay_days'?"),
    ("&cycle", "&cycle\n   chi2_min = 5.0", "&cycle chi2_min: found 5; allowed: below chi2_max"),
    ("&cycle", "&cycle\n   climate = 'no.nc'", "no.nc' is no file; `ldas climate` writes it"),
    ("&cycle", "&cycle\n   climate = 'surface.nc'", "surface.nc: is no climate"),
    ("&cycle", "&cycle\n   forecast_hours = 99999", "&cycle forecast_hours: found 99999"),
    ("&domain", "&cycle\n/\n&domain", "group &cycle is given 2 times"),
    ("name = 'oper'", "name = 'oper'\n   end = '2002-01-01'", "&experiment end: a cycle has none"),
    ("name = 'oper'", "name = 'oper'\n   start_ = 1", "&experiment start_: unknown entry"),
    (f"start = '{START}'", "start = 'monday'", "&experiment start: found 'monday'"),
    (f"start = '{START}'", "", "&experiment start: missing"),
    ("initial_temperature = 290.0", "", "&model restart: missing; a cycle begins from a state"),
    ("initial_temperature = 290.0", "restart = 'no.nc'", "no.nc: restart cannot be read"),
    ("surface.nc", "none.nc", "none.nc' is no file"),
    ("&model", "&forcing\n   name = 'x'\n/\n&model", "&forcing files: missing"),
    (
        "&model",
        "&forcing\n   files = 'a'\n   name = 'forcing1'\n/\n&model",
        "&forcing name: 'forcing1' stands for 2 groups",
    ),
    ("latency = 0.0", "latency = -3.0", "&observation latency: found -3.0"),
    ("every = 1.0", "every = 0.0", "&observation every: found 0.0"),
    ("variables = 'wg'", "variables = 'wgg'", "unknown variable 'wgg'"),
    ("time_step = 900", "time_step = 1000", "&model time_step: found 1000"),
    ("control = 'wg2'", "control = 'wg99'", "wg99"),
    (
        "type = 'ssm'",
        "type = 'smm'",
        "&observation type: found 'smm'; allowed: 'lai', 'sigma0' or 'ssm'",
    ),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_check_knows_what_cycle_refuses(template, old, new, words):
    feed, text = template
    assert old in text, old
    for done in both(feed, text.replace(old, new, 1)):
        assert done.exit_code == 2
        assert words in done.stderr.replace("\n", ""), done.stderr
        assert "Traceback" not in done.stderr


def test_a_variable_that_no_file_has(template):
    feed, text = template
    text = text.replace("variable = 'ssm'", "variable = 'swc'").replace("'oper'", "'other'")
    check, cycle = both(feed, text)
    assert check.exit_code == 2 and "no variable 'swc'" in check.stderr
    assert cycle.exit_code == 3 and "alarm: unusable: no file of 'ssm'" in cycle.stderr


def test_check_tells_what_has_come_and_what_is_next(template):
    feed, text = template
    feed.oper.write_text(text.replace("'oper'", "'fresh'"))
    done = CliRunner().invoke(app, ["check", str(feed.oper)])
    assert done.exit_code == 0, done.stderr
    assert "forcing 'forcing1': 3 files" in done.stdout
    assert "observations 'ssm': 1 files, 1 fields" in done.stdout
    assert f"all is there for the window {str(START)[:16]}" in done.stdout
    (feed.there / f"met_{stamp(0)}.nc").unlink()
    less = CliRunner().invoke(app, ["check", str(feed.oper)])
    feed.deliver(f"met_{stamp(0)}.nc")
    assert "the next window waits for forcing from" in less.stdout


@pytest.mark.parametrize("command", ["run", "spinup", "rescale"])
def test_other_commands_say_whose_namelist_it_is(template, command):
    feed, text = template
    feed.oper.write_text(text)
    done = CliRunner().invoke(app, [command, str(feed.oper)])
    assert done.exit_code == 2 and "has a &cycle group: it is for `ldas cycle`" in done.stderr


def test_a_run_is_no_cycle(template):
    feed, _ = template
    done = CliRunner().invoke(app, ["cycle", str(feed.reference)])
    assert done.exit_code == 2 and "there is no &cycle group" in done.stderr


def test_no_time(template):
    feed, text = template
    feed.oper.write_text(text)
    done = CliRunner().invoke(app, ["cycle", str(feed.oper), "--now", "noon"])
    assert done.exit_code == 2 and "--now: found 'noon'; expected an ISO date" in done.stderr
