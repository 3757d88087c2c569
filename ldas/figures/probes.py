"""Figures of probes: series, anomalies, seasons, and all of them in one scatter."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ldas.evaluation.anomalies import (
    first_full_year,
    monthly_means,
    relative_anomaly,
    window_anomaly,
)
from ldas.evaluation.comparison import SEASONS
from ldas.evaluation.metrics import correlation, scores
from ldas.evaluation.probes import Probe

from .tools import distinct, period, pyplot, save, time_axis

PLACE = ["network", "station", "variable", "depth"]
MEASURED = "0.55"  # grey
POINT = ("o", "s", "^", "D", "v", "P", "X")


FEWEST = 10  # pairs of which a correlation is written into a figure
GAP = 10.0  # usual steps, after which a line is broken


def _r(pairs: pd.DataFrame, one: str, other: str) -> str:
    """R of two columns in words, or how few pairs there are."""
    both = pairs[[one, other]].dropna()
    if len(both) < FEWEST:
        return f"{len(both)} pairs"
    return f"R {correlation(*both.to_numpy().T):.2f}"


def broken_at_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a row of nothing within each gap, where lines break."""
    step = table.index.to_series().diff()
    after = table.index[step > GAP * step.median()]
    middle = pd.DatetimeIndex([time - 0.5 * step[time] for time in after])
    return pd.concat([table, pd.DataFrame(np.nan, middle, table.columns)]).sort_index()


def draw_series(
    probe: Probe, table: pd.DataFrame, days: int, path: Path, reference: str = ""
) -> Path:
    """Measured and modelled at one probe, their anomalies of `days`, and these over their sd.

    Where the `reference` is among several sources, the others less it, too: they may lie on top
    of each other.
    """
    plot = pyplot()
    names = [name for name in table.columns if name != "measured"]
    others = [name for name in names if name != reference] if reference in names else []
    number = 4 if others else 3
    figure, axes = plot.subplots(
        number, 1, figsize=(12, 2.7 * number), sharex=True, layout="constrained"
    )
    anomaly = table.apply(window_anomaly, days=days)
    standardised = table.apply(window_anomaly, days=days, standardised=True)
    for axis, values, label in (
        (axes[0], table, f"{probe.variable} ({probe.units})"),
        (axes[1], anomaly, f"{days}-day anomaly ({probe.units})"),
        (axes[2], standardised, f"{days}-day anomaly (sd)"),
    ):
        drawn = broken_at_gaps(values)
        axis.plot(drawn.index, drawn["measured"], color=MEASURED, lw=1.6, label="measured")
        for colour, name in zip(distinct(len(names)), names, strict=True):
            told = f"{name}, {_r(values, name, 'measured')}"
            axis.plot(drawn.index, drawn[name], color=colour, lw=0.9, label=told)
        time_axis(axis, label)
        axis.legend(frameon=False, ncols=len(names) + 1, fontsize="small")
    if others:
        drawn = broken_at_gaps(table)
        for colour, name in zip(distinct(len(names)), names, strict=True):
            if name in others:
                less = drawn[name] - drawn[reference]
                axes[3].plot(drawn.index, less, color=colour, lw=0.9, label=name)
        time_axis(axes[3], f"less {reference} ({probe.units})")
        axes[3].axhline(0.0, color="0.5", lw=0.8)
        axes[3].legend(frameon=False, ncols=len(others), fontsize="small")
    figure.suptitle(f"{probe.key}: {probe.title}, {period(table.index.values)}")
    return save(figure, path)


def draw_seasons(probe: Probe, table: pd.DataFrame, path: Path) -> Path:
    """Measured against modelled by season, a panel for each source."""
    plot = pyplot()
    names = [name for name in table.columns if name != "measured"]
    figure, axes = plot.subplots(
        1, len(names), figsize=(4.2 * len(names), 4.2), squeeze=False, sharex=True, sharey=True,
        layout="constrained",
    )  # fmt: skip
    seasons = [season for season in SEASONS if season != "all"]
    for axis, name in zip(axes[0], names, strict=True):
        for colour, mark, season in zip(distinct(4), POINT, seasons, strict=False):
            part = table[table.index.month.isin(SEASONS[season])]
            axis.plot(
                part["measured"], part[name], mark, color=colour, ms=3, alpha=0.6, mew=0,
                label=f"{season}, {_r(part, name, 'measured')}",
            )  # fmt: skip
        _one_to_one(axis)
        axis.set(xlabel=f"measured ({probe.units})", title=name)
        axis.legend(frameon=False, fontsize="small", markerscale=2)
    axes[0, 0].set_ylabel(f"modelled ({probe.units})")
    figure.suptitle(f"{probe.key}, {period(table.index.values)}")
    return save(figure, path)


def _one_to_one(axis: Any) -> None:
    low, high = (f(*axis.get_xlim(), *axis.get_ylim()) for f in (min, max))
    axis.plot([low, high], [low, high], color="0.7", lw=0.8, zorder=0)
    axis.grid(alpha=0.3)


def draw_years(probe: Probe, table: pd.DataFrame, year: int | None, path: Path) -> Path | None:
    """Monthly anomalies relative to a reference year, and July means year by year.

    None if there is no reference year (with a mean of every month, unless given).
    """
    year = first_full_year(table["measured"]) if year is None else year
    if year is None:
        return None
    relative = {name: 100.0 * relative_anomaly(table[name], year) for name in table.columns}
    if relative["measured"].dropna().empty:
        return None
    plot = pyplot()
    figure, axes = plot.subplots(
        1, 2, figsize=(13, 4.4), width_ratios=(2.4, 1), layout="constrained"
    )
    names = [name for name in table.columns if name != "measured"]
    measured = relative["measured"]
    axes[0].bar(measured.index, measured, width=25, color="0.8", label="measured")
    for colour, mark, name in zip(distinct(len(names)), POINT * 3, names, strict=False):
        both = pd.concat([relative[name], measured], axis=1, keys=(name, "measured"))
        label = f"{name}, {_r(both, name, 'measured')}"
        axes[0].plot(relative[name].index, relative[name], color=colour, label=label)
        months = pd.concat([monthly_means(table[n]) for n in (name, "measured")], axis=1)
        july = months[months.index.month == 7].dropna().to_numpy()
        found = scores(july[:, 0], july[:, 1])
        r = f"R {found.r:.2f}" if len(july) >= FEWEST else f"{len(july)} years"
        label = f"{name}, {r}, RMSD {found.rmsd:.2g}, bias {found.bias:+.2g}"
        axes[1].plot(july[:, 1], july[:, 0], mark, color=colour, label=label)
    for number in sorted(set(measured.dropna().index.year)):
        seen = monthly_means(table["measured"])
        july = seen[(seen.index.year == number) & (seen.index.month == 7)].dropna()
        if july.size:
            axes[1].axvline(float(july.iloc[0]), color="0.92", zorder=0)
    time_axis(axes[0], f"anomaly relative to {year} (%)")
    axes[0].axhline(0.0, color="0.5", lw=0.8)
    _one_to_one(axes[1])
    axes[1].set(
        xlabel=f"measured ({probe.units})", ylabel=f"modelled ({probe.units})", title="July means"
    )
    for axis in axes:
        axis.legend(frameon=False, fontsize="small")
    figure.suptitle(f"{probe.key}: monthly means, {period(table.index.values)}")
    return save(figure, path)


def draw_scores(table: pd.DataFrame, reference: str, path: Path) -> Path | None:
    """R and ubRMSD of every probe against those of the reference, a row for each quantity.

    Quantities of one station only are left out. None if nothing is left or no source differs
    from the reference.
    """
    part = table[table["season"] == "all"]
    several = part.groupby("quantity")["station"].transform("nunique") > 1
    part = part[several]
    others = [name for name in part["source"].unique() if name != reference]
    shown = [name for name in ("R", "anomaly_R", "ubRMSD") if name in part]
    if not others or not shown or not (part["source"] == reference).any():
        return None
    plot = pyplot()
    quantities = list(part["quantity"].unique())
    rows, cols = len(quantities), len(shown)
    figure, axes = plot.subplots(
        rows, cols, figsize=(4.2 * cols, 3.8 * rows), squeeze=False, layout="constrained"
    )
    for row, quantity in zip(axes, quantities, strict=True):
        here = part[part["quantity"] == quantity].set_index(PLACE)
        base = here[here["source"] == reference]
        for axis, score in zip(row, shown, strict=True):
            for colour, mark, name in zip(distinct(len(others)), POINT * 3, others, strict=False):
                mine = here[here["source"] == name]
                x, y = (v[score].reindex(mine.index).astype(float) for v in (base, mine))
                verdict = mine.get(f"{score}_verdict", pd.Series("", mine.index))
                sure = verdict.isin(["better", "worse"]).to_numpy()
                axis.plot(x[sure], y[sure], mark, color=colour, label=f"{name}, significant")
                axis.plot(x[~sure], y[~sure], mark, color=colour, mfc="none", label=f"{name}, not")
            _one_to_one(axis)
            axis.set(xlabel=f"{score} of {reference}", ylabel=f"{score} of the others")
            axis.set_title(quantity, fontsize="medium", loc="left")
    axes[0, 0].legend(frameon=False, fontsize="small")
    figure.suptitle(f"{part.set_index(PLACE).index.nunique()} probes, all seasons")
    return save(figure, path)
