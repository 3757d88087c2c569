"""Each alarm at its threshold."""

from dataclasses import replace

import numpy as np
import pytest
from feeding import START, Feed

from ldas.core.clock import DAY, Window
from ldas.operations.alarms import alarms
from ldas.operations.books import Row
from ldas.operations.planning import Wait
from ldas.operations.settings import load_operations

GIB = 2**30
CLOCK = ["the clock"]


@pytest.fixture(scope="module")
def operations(tmp_path_factory):
    cycle = "   silent_alarm = 3\n   statistics_windows = 2\n   delay_alarm = 10.0"
    return load_operations(Feed(tmp_path_factory.mktemp("alarms"), 1, cycle=cycle).oper)


def row(day, **books):
    ssm = {"used": 10, "rejected": {}, "innovation": 0.0, "chi2": 1.0, "expected_sd": 0.05} | books
    end = str(START + day * DAY)
    return Row(end, end, end, 1.0, 1e-12, 1e-10, "", "", {"ssm": ssm}, [])


def kinds(operations, rows, now=START, wait=None, free=10 * GIB):
    wait = wait or Wait(Window(START, START + DAY), CLOCK)
    return [alarm.kind for alarm in alarms(operations, rows, wait, now, free)]


def test_all_is_well(operations):
    assert kinds(operations, [row(k) for k in range(5)]) == []


@pytest.mark.parametrize(("hours", "found"), [(9, []), (11, ["delay"])])
def test_delay(operations, hours, found):
    now = START + DAY + np.timedelta64(hours, "h")
    assert kinds(operations, [row(1)], now) == found


@pytest.mark.parametrize(("windows", "found"), [(2, []), (3, ["silent"])])
def test_silence(operations, windows, found):
    quiet = [row(k, used=0) for k in range(windows)]
    assert kinds(operations, [row(0), *quiet]) == found


@pytest.mark.parametrize(
    ("chi2", "found"), [(0.05, ["chi2"]), (0.2, []), (3.9, []), (4.1, ["chi2"])]
)
def test_chi2(operations, chi2, found):
    assert kinds(operations, [row(k, chi2=chi2) for k in range(2)]) == found
    assert kinds(operations, [row(0, chi2=chi2)]) == []  # too few windows to tell


def test_innovation(operations):
    assert kinds(operations, [row(k, innovation=-0.06) for k in range(2)]) == ["innovation"]
    assert kinds(operations, [row(k, innovation=0.06 * (-1) ** k) for k in range(2)]) == []


def test_balance_disk_and_hole(operations):
    assert kinds(operations, [replace(row(1), worst_water=1e-5)]) == ["balance"]
    assert kinds(operations, [replace(row(1), worst_energy=float("nan"))]) == ["balance"]
    assert kinds(operations, [row(1)], free=GIB // 2) == ["disk"]
    hole = Wait(Window(START, START + DAY), ["forcing"], hole=True)
    assert kinds(operations, [row(1)], wait=hole) == ["hole"]
