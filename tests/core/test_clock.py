"""Windows and stretches: they cover the period, without gap, and outputs fall due on time."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ldas.core.clock import DAY, Window, seconds, stretches, windows

HOUR = np.timedelta64(3600, "s")
START = np.datetime64("2000-02-27T00:00:00")


@given(st.integers(0, 200), st.integers(1, 300), st.integers(0, 23))
def test_windows_cover_the_period(offset, length, hour):
    start = START + offset * HOUR
    end = start + length * HOUR
    found = list(windows(start, end, hour))
    assert found[0].start == start and found[-1].end == end
    for before, after in itertools.pairwise(found):
        assert before.end == after.start
        assert int((before.end - before.end.astype("datetime64[D]")) / HOUR) == hour
    assert all(w.end - w.start <= DAY for w in found)


@given(st.sampled_from([300, 900, 3600, 10800, 86400]), st.integers(0, 23))
def test_stretches_stop_at_midnight_and_at_outputs(frequency, hour):
    window = Window(START + hour * HOUR, START + hour * HOUR + DAY)
    found = list(stretches(window, frequency, hour))
    assert found[0][0].start == window.start and found[-1][0].end == window.end
    for stretch, _ in found:
        day = stretch.start.astype("datetime64[D]")
        assert stretch.end <= day + DAY
    assert sum(due for _, due in found) == seconds(DAY) // frequency
