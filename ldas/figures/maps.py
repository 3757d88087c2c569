"""Figures of fields: maps side by side, and how one change goes with another."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ldas.evaluation.metrics import correlation

from .tools import COLOURS, pyplot, save

CHANGES = "PuOr"  # readable without colour vision; white is no change
COLUMNS = 3


def draw_maps(
    maps: Mapping[str, xr.DataArray],
    label: str,
    title: str,
    path: Path,
    change: bool = False,
    limits: tuple[float, float] | None = None,
) -> Path:
    """Maps (lat, lon) of one quantity on one colour scale, symmetric about zero for a `change`."""
    plot = pyplot()
    rows, cols = -(-len(maps) // COLUMNS), min(len(maps), COLUMNS)
    figure, axes = plot.subplots(
        rows, cols, figsize=(4.6 * cols + 1.0, 3.8 * rows), squeeze=False, layout="constrained"
    )
    low, high = limits or _limits(maps, change)
    image = None
    for axis, (name, values) in zip(axes.ravel(), maps.items(), strict=False):
        image = axis.pcolormesh(
            values.lon,
            values.lat,
            values,
            cmap=CHANGES if change else f"{COLOURS}_r",
            vmin=low,
            vmax=high,
            shading="nearest",
        )
        axis.set_facecolor("0.85")
        axis.set_aspect(1.0 / np.cos(np.radians(float(values.lat.mean()))))
        mean = float(values.mean())
        axis.set_title(f"{name}, mean {mean:.3g}", fontsize="medium")
    for axis in axes.ravel()[len(maps) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("latitude (°N)")
    for axis in axes[-1]:
        axis.set_xlabel("longitude (°E)")
    figure.colorbar(image, ax=axes, label=label, shrink=0.9)
    figure.suptitle(title)
    return save(figure, path)


def _limits(maps: Mapping[str, xr.DataArray], change: bool) -> tuple[float, float]:
    values = np.concatenate([np.asarray(v.values, float).ravel() for v in maps.values()])
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 1.0
    if change:
        most = float(np.percentile(np.abs(values), 99.0)) or 1e-6
        return -most, most
    low, high = (float(v) for v in np.percentile(values, [1.0, 99.0]))
    return (low, high) if high > low else (low - 1e-6, high + 1e-6)


def draw_scatter(
    pairs: Mapping[str, tuple[np.ndarray, np.ndarray]],
    labels: tuple[str, str],
    title: str,
    path: Path,
) -> Path:
    """One panel for each pair of arrays, with its correlation and regression line."""
    plot = pyplot()
    figure, axes = plot.subplots(
        1, len(pairs), figsize=(4.6 * len(pairs), 4.2), squeeze=False, layout="constrained"
    )
    for axis, (name, (x, y)) in zip(axes[0], pairs.items(), strict=True):
        good = np.isfinite(x) & np.isfinite(y)
        x, y = x[good], y[good]
        r = correlation(x, y)
        _points(axis, x, y)
        if np.isfinite(r):
            slope, offset = np.polyfit(x, y, 1)
            ends = np.array([x.min(), x.max()])
            axis.plot(ends, slope * ends + offset, color="black", lw=1.0)
        axis.set_title(f"{name}: R {r:.2f}, {x.size} cells", fontsize="medium")
        axis.set_xlabel(labels[0])
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel(labels[1])
    figure.suptitle(title)
    return save(figure, path)


def _points(axis: Any, x: np.ndarray, y: np.ndarray) -> None:
    if x.size > 3000:
        axis.hexbin(x, y, gridsize=60, cmap=f"{COLOURS}_r", mincnt=1)
    else:
        axis.plot(x, y, "o", ms=3, alpha=0.6, mew=0, color="#00224e")
