"""Where the soil is wet, and how it dries in time."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ldas.cycling.configuration import Configuration
from ldas.evaluation.opening import has_variable, layers_at, read_variable

from .figure import Figure
from .tools import COLOURS, colours, period, pyplot, save, time_axis

ROOT_ZONE = 0.3  # m, whose layer is mapped
SHOWN_DEPTHS = (0.005, 0.025, 0.07, 0.3, 0.9)  # m, whose layers are drawn


def draw_soil_moisture(folder: Path, path: Path) -> Path:
    """Map of the mean root-zone moisture and time series by layer; returns `path`.

    Raises UserError if matplotlib is not installed or there is nothing to draw.
    """
    plot = pyplot()
    wg = read_variable(folder, "state", "wg")
    mapped = wg.lat.size > 1 and wg.lon.size > 1
    figure, axes = plot.subplots(
        1,
        2 if mapped else 1,
        figsize=(13 if mapped else 9, 4.8),
        squeeze=False,
        layout="constrained",
    )
    if mapped:
        _draw_map(figure, axes[0, 0], wg)
    _draw_series(axes[0, -1], wg)
    figure.suptitle(f"Soil moisture of '{folder.name}', {period(wg.time.values)}")
    return save(figure, path)


def _draw_map(figure: Any, axis: Any, wg: xr.DataArray) -> None:
    layer = layers_at(wg.bottom.values, (ROOT_ZONE,))[0]
    with np.errstate(invalid="ignore"):
        mean = wg.values[:, layer].mean(axis=0)
    image = axis.pcolormesh(wg.lon, wg.lat, mean, cmap=f"{COLOURS}_r", shading="nearest")
    axis.set_facecolor("0.9")
    axis.set_aspect(1.0 / np.cos(np.radians(float(wg.lat.mean()))))
    axis.set(
        xlabel="longitude (°E)",
        ylabel="latitude (°N)",
        title=f"mean of {extent(wg, layer)} (WG{layer + 1})",
    )
    figure.colorbar(image, ax=axis, label="liquid water (m³ m⁻³)")


def _draw_series(axis: Any, wg: xr.DataArray) -> None:
    shown = layers_at(wg.bottom.values, SHOWN_DEPTHS)
    for layer, colour in zip(shown, colours(len(shown)), strict=True):
        series = wg.isel(layer=layer).mean(("lat", "lon"))
        axis.plot(wg.time, series, color=colour, label=extent(wg, layer), linewidth=1.3)
    time_axis(axis, "liquid water (m³ m⁻³)", "mean over the domain, by layer")
    axis.legend(frameon=False, ncols=2)


def extent(wg: xr.DataArray, layer: int) -> str:
    """From where to where a layer reaches, in words."""
    top, bottom = (100.0 * float(edge[layer]) for edge in (wg.top, wg.bottom))
    return f"{top:.0f}-{bottom:.0f} cm"


def _applies(conf: Configuration) -> bool:
    return has_variable(conf.folder, "state", "wg")


FIGURE = Figure(_applies, lambda conf, path: draw_soil_moisture(conf.folder, path))
