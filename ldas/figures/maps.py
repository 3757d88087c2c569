"""Figures of fields: maps side by side, and how one change goes with another."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ldas.evaluation.metrics import correlation

from .tools import COLOURS, pyplot, save

CHANGES = "PuOr"  # readable without colour vision; white is no change
COLUMNS = 3


@dataclass(frozen=True)
class Beside:
    """A map of something else, drawn after the others on a scale of its own."""

    name: str
    values: xr.DataArray
    label: str


def draw_maps(
    maps: Mapping[str, xr.DataArray],
    label: str,
    title: str,
    path: Path,
    change: bool = False,
    limits: tuple[float, float] | None = None,
    beside: Beside | None = None,
) -> Path:
    """Maps (lat, lon) of one quantity on one colour scale, symmetric about zero for a `change`."""
    plot = pyplot()
    number = len(maps) + (beside is not None)
    rows, cols = -(-number // COLUMNS), min(number, COLUMNS)
    figure, axes = plot.subplots(
        rows, cols, figsize=(4.6 * cols + 1.0, 3.8 * rows), squeeze=False, layout="constrained"
    )
    low, high = limits or _limits(maps, change)
    image = None
    for axis, (name, values) in zip(axes.ravel(), maps.items(), strict=False):
        image = _map(axis, name, values, CHANGES if change else f"{COLOURS}_r", (low, high))
    if beside is not None:
        axis, own = axes.ravel()[len(maps)], _limits({beside.name: beside.values}, False)
        other = _map(axis, beside.name, beside.values, f"{COLOURS}_r", own)
        figure.colorbar(other, ax=axis, label=beside.label, shrink=0.7)
    for axis in axes.ravel()[number:]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("latitude (°N)")
    for axis in axes[-1]:
        axis.set_xlabel("longitude (°E)")
    figure.colorbar(image, ax=axes, label=label, shrink=0.9)
    figure.suptitle(title)
    return save(figure, path)


def _map(axis: Any, name: str, values: xr.DataArray, cmap: str, limits: tuple[float, float]) -> Any:
    """One map, its mean in its title."""
    image = axis.pcolormesh(
        values.lon, values.lat, values, cmap=cmap, vmin=limits[0], vmax=limits[1], shading="nearest"
    )
    axis.set_facecolor("0.85")
    axis.set_aspect(1.0 / np.cos(np.radians(float(values.lat.mean()))))
    axis.set_title(f"{name}, mean {float(values.mean()):.3g}", fontsize="medium")
    return image


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
