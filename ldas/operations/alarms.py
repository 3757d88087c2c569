"""What an operator must be told of: thresholds of the namelist against the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ldas.core.clock import iso

from .books import Row
from .planning import Wait
from .settings import Operations

GIB = 2.0**30
HOUR = np.timedelta64(3600, "s")


@dataclass(frozen=True)
class Alarm:
    """One thing that is out of bounds: what it is about, and a line."""

    kind: str
    text: str


def alarms(
    operations: Operations,
    rows: Sequence[Row],
    wait: Wait,
    now: np.datetime64,
    free: int,
    useless: Sequence[str] = (),
) -> list[Alarm]:
    """All alarms of a cycle as it stands.

    `free` is the disk's room (bytes), `useless` names sets of which no file can be used.
    """
    cycle = operations.cycle
    found = list(_of_input(operations, wait, now))
    for name in operations.set_names():
        found += _of_set(operations, rows, name)
    residuals = [float(np.max([row.worst_water, row.worst_energy])) for row in rows[-1:]]
    if residuals and not residuals[0] <= cycle.residual_max:
        found.append(
            Alarm(
                "balance",
                f"balance: the last window's worst residual is {residuals[0]:.1e}, allowed "
                f"{cycle.residual_max:.1e}",
            )
        )
    for name in useless:
        found.append(Alarm("unusable", f"unusable: no file of '{name}' that has come can be used"))
    if free < cycle.disk_gib * GIB or wait.full:
        found.append(
            Alarm("disk", f"disk: {free / GIB:.2f} GiB free, wanted {cycle.disk_gib:g} GiB")
        )
    return found


def overdue_allowed(operations: Operations) -> float:
    """How long (h) a window may wait after its end before that is an alarm."""
    latencies = [entry.latency for entry in operations.base.observation]
    return operations.cycle.delay_alarm + max(latencies, default=0.0)


def _of_input(operations: Operations, wait: Wait, now: np.datetime64) -> Iterator[Alarm]:
    """Input that is late or has a hole."""
    overdue = (now - wait.window.end) / HOUR
    allowed = overdue_allowed(operations)
    if overdue > allowed:
        yield Alarm(
            "delay",
            f"delay: the window to {iso(wait.window.end)} has waited for {overdue:.0f} h, allowed "
            f"{allowed:g} h; for {'; '.join(wait.reasons)}",
        )
    if wait.hole:
        yield Alarm("hole", f"hole: {'; '.join(wait.reasons)}, though later forcing is there")


def _of_set(operations: Operations, rows: Sequence[Row], name: str) -> Iterator[Alarm]:
    """A set that says nothing, or says something else than the model for long."""
    cycle = operations.cycle
    books = [row.observations.get(name, {}) for row in rows]
    silent = 0
    for entry in reversed(books):
        if entry.get("used"):
            break
        silent += 1
    if silent >= cycle.silent_alarm:
        yield Alarm(
            "silent", f"silent: '{name}' was not used in the last {silent} windows, allowed "
            f"{cycle.silent_alarm - 1}",
        )  # fmt: skip
    latest = [entry for entry in books if entry.get("used")][-cycle.statistics_windows :]
    if len(latest) < cycle.statistics_windows:
        return
    weights = np.array([entry["used"] for entry in latest], float)
    chi2 = float(np.average([entry["chi2"] for entry in latest], weights=weights))
    if not cycle.chi2_min <= chi2 <= cycle.chi2_max:
        yield Alarm(
            "chi2",
            f"chi2: that of '{name}' is {chi2:.2f} over {len(latest)} windows, allowed "
            f"{cycle.chi2_min:g} to {cycle.chi2_max:g}",
        )
    moved = [entry["innovation"] / entry["expected_sd"] for entry in latest]
    mean = float(np.average(moved, weights=weights))
    if not abs(mean) <= cycle.innovation_max:
        yield Alarm(
            "innovation",
            f"innovation: the mean of '{name}' is {mean:+.2f} of its expected standard deviation "
            f"over {len(latest)} windows, allowed {cycle.innovation_max:g}",
        )
