"""Where a cycle stands, for machines (`status.json`) and for people (`status.html`)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ldas import __version__
from ldas.core.clock import iso
from ldas.io.netcdf import write_atomically
from ldas.report.page import Section, page

from .alarms import GIB, Alarm
from .books import FINAL, Books, Row
from .charts import bars, lines
from .planning import Wait
from .settings import Operations

SHOWN = 60  # windows
WAITING = "waiting"


def status(
    operations: Operations,
    books: Books,
    wait: Wait,
    now: np.datetime64,
    found: Sequence[Alarm],
    broken: Sequence[str],
    free: int,
) -> dict[str, Any]:
    """Everything that the page shows, as plain values."""
    rows = books.rows(SHOWN)
    return {
        "name": operations.base.experiment.name,
        "version": __version__,
        "as_of": iso(now),
        "stands_at": iso(wait.window.start),
        "windows": len(rows),
        "final_until": max(
            (row.window_end[:16] for row in rows if row.status == FINAL), default=None
        ),
        "waits_for": {
            "window_end": iso(wait.window.end),
            "reasons": wait.reasons,
            "since": _since(books, wait, now),
            "until": None if wait.until is None else iso(wait.until),
        },
        "alarms": [{"kind": alarm.kind, "text": alarm.text} for alarm in found],
        "unusable_files": list(broken),
        "disk_free_gib": round(free / GIB, 3),
        "limits": {
            "chi2": [operations.cycle.chi2_min, operations.cycle.chi2_max],
            "residual": operations.cycle.residual_max,
            "disk_gib": operations.cycle.disk_gib,
            "delay_h": operations.cycle.delay_alarm,
        },
        "latest_windows": [_window(row) for row in rows],
    }


def _since(books: Books, wait: Wait, now: np.datetime64) -> str:
    """Since when the same window has been waited for."""
    kept = json.loads(books.recall(WAITING) or "{}")
    end = iso(wait.window.end)
    if kept.get("window_end") == end and kept.get("since", "") <= iso(now):
        return str(kept["since"])
    books.remember(WAITING, json.dumps({"window_end": end, "since": iso(now)}))
    return iso(now)


def _window(row: Row) -> dict[str, Any]:
    return {
        "window_end": row.window_end[:16],
        "status": row.status,
        "replays": row.replays,
        "made_at": row.made_at[:16],
        "wall_s": row.wall_s,
        "worst_water": row.worst_water,
        "worst_energy": row.worst_energy,
        "forcing": row.forcing,
        "observations": {
            name: {key: value for key, value in books.items() if key != "digest"}
            for name, books in row.observations.items()
        },
    }


def write_status(operations: Operations, found: Mapping[str, Any]) -> None:
    """Write `status.json` and `status.html`, each whole or not at all."""
    text = json.dumps(found, indent=2) + "\n"
    write_atomically(operations.folder / "status.json", text)
    write_atomically(operations.folder / "status.html", status_page(found))


def status_page(found: Mapping[str, Any]) -> str:
    """The page, with nothing outside it."""
    head = Section("Now")
    waits = found["waits_for"]
    final = found["final_until"] or "nowhere"
    head.text(f"Stands at {found['stands_at']} UTC; final until {final}.")
    reasons = "; ".join(waits["reasons"])
    head.text(f"Since {waits['since']} the window to {waits['window_end']} waits for {reasons}.")
    head.text(f"Free disk: {found['disk_free_gib']:.1f} GiB.")
    alarms = Section("Alarms")
    if found["alarms"]:
        alarms.points([alarm["text"] for alarm in found["alarms"]], "problems")
    else:
        alarms.text("None.")
    if found["unusable_files"]:
        alarms.heading("Files that cannot be used")
        alarms.points(found["unusable_files"], "problems")
    rows = found["latest_windows"]
    sections = [head, alarms]
    if rows:
        limits = found["limits"]
        sections += [_observations(rows, limits), _machine(rows, limits), _table(rows)]
    title = f"ldas cycle '{found['name']}'"
    return page(title, f"as of {found['as_of']} UTC; ldas {found['version']}", sections)


def _observations(rows: Sequence[Mapping[str, Any]], limits: Mapping[str, Any]) -> Section:
    """What each set of observations gave."""
    section = Section("Observations")
    days = [row["window_end"][:10] for row in rows]
    names = list(rows[-1]["observations"])
    if not names:
        section.text("An open loop: none.")
    for name in names:
        books = [row["observations"].get(name, {}) for row in rows]
        section.heading(name)
        reasons = sorted({reason for entry in books for reason in entry.get("rejected", {})})
        stacks = {"used": [entry.get("used", 0) for entry in books]}
        stacks |= {
            f"rejected: {reason}": [entry.get("rejected", {}).get(reason, 0) for entry in books]
            for reason in reasons
        }
        section.pieces.append(bars(days, stacks, "observations a window, by what became of them"))
        missing = [day for day, entry in zip(days, books, strict=True) if entry.get("missing")]
        if missing:
            section.text(f"Did not come in time: {', '.join(missing)}.", meta=True)
        innovation = {"innovation": [entry.get("innovation") for entry in books]}
        section.pieces.append(lines(days, innovation, "mean innovation"))
        chi2 = {"chi2": [entry.get("chi2") for entry in books]}
        section.pieces.append(
            lines(days, chi2, "chi2: mean innovation^2 over what is expected", limits["chi2"])
        )
    return section


def _machine(rows: Sequence[Mapping[str, Any]], limits: Mapping[str, Any]) -> Section:
    """Balances and wall time."""
    section = Section("Model and machine")
    days = [row["window_end"][:10] for row in rows]
    water = {"water": [row["worst_water"] for row in rows]}
    section.pieces.append(lines(days, water, "worst residual of a step's water (kg m-2)"))
    energy = {"energy": [row["worst_energy"] for row in rows]}
    section.pieces.append(lines(days, energy, "worst residual of a step's energy (W m-2)"))
    wall = {"wall": [row["wall_s"] for row in rows]}
    section.pieces.append(lines(days, wall, "wall time of a window (s)"))
    section.text(f"A residual above {limits['residual']:g} is an alarm.", meta=True)
    return section


def _table(rows: Sequence[Mapping[str, Any]]) -> Section:
    """One line a window."""
    section = Section("Windows")
    table = pd.DataFrame(
        [
            {
                "window's end": row["window_end"],
                "status": row["status"],
                "made": row["replays"] + 1,
                "wall (s)": row["wall_s"],
                **{f"{n} used": entry["used"] for n, entry in row["observations"].items()},
                "forcing": row["forcing"],
            }
            for row in reversed(rows)
        ]
    )
    section.table(table, f"the last {len(rows)} windows")
    return section
