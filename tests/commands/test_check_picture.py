"""`ldas check --picture`: the share of the domain that observations reach, drawn."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "operations"))
from feeding import Feed, stamp

from ldas.cli import app
from ldas.figures.coverage import draw_coverage


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    return Feed(tmp_path_factory.mktemp("picture"), 3)


def check(feed, picture):
    return CliRunner().invoke(app, ["check", str(feed.reference), "--picture", str(picture)])


def test_it_is_drawn(feed):
    done = check(feed, feed.folder / "coverage.png")
    assert done.exit_code == 0, done.stderr
    assert f"wrote {feed.folder / 'coverage.png'}" in done.stdout.replace("\n", "")
    assert (feed.folder / "coverage.png").read_bytes()[1:4] == b"PNG"


def test_it_is_not_drawn_onto_what_is_read(feed):
    path = feed.whole / f"met_{stamp(0)}.nc"
    before = path.read_bytes()
    done = check(feed, path)
    assert done.exit_code == 2 and "is read by the same command" in done.stderr
    assert path.read_bytes() == before


def test_months_without_a_field_are_drawn_as_none(tmp_path):
    shares = {"ssm": {"2001-01": 1.0, "2001-04": 0.5}, "lai": {"2001-02": 0.0}}
    path = draw_coverage(shares, tmp_path / "c.png")
    assert path.stat().st_size > 3000
