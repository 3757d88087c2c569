"""How leaves grow, what they take up, and the root zone they dry, patch by patch."""

from pathlib import Path

import numpy as np
import xarray as xr

from ldas.cycling.configuration import Configuration
from ldas.evaluation.opening import has_variable, layers_at, read_variable

from .figure import Figure
from .soil_moisture import ROOT_ZONE, extent
from .tools import LINES, colours, period, pyplot, save, time_axis

GRAMS_A_DAY = 1000.0 * 86400.0
PANELS = (
    ("state", "lai", 1.0, "LAI (m² m⁻²)", "leaf area index"),
    ("flux", "gpp", GRAMS_A_DAY, "GPP (g CO₂ m⁻² d⁻¹)", "gross primary production, daily mean"),
    ("state", "wg", 1.0, "WG (m³ m⁻³)", "liquid water"),
)


def draw_plants(folder: Path, path: Path) -> Path:
    """Time series of LAI, GPP and root-zone moisture, of patches where they were written.

    Raises UserError if the experiment has none of them or matplotlib is not installed.
    """
    plot = pyplot()
    figure, axes = plot.subplots(3, 1, figsize=(10, 9), sharex=True, layout="constrained")
    for axis, (stream, name, factor, label, title) in zip(axes, PANELS, strict=True):
        by_patch = has_variable(folder, stream, f"{name}_patch")
        values = read_variable(folder, stream, f"{name}_patch" if by_patch else name) * factor
        if "layer" in values.dims:
            layer = layers_at(values.bottom.values, (ROOT_ZONE,))[0]
            label = label.replace("WG", f"WG{layer + 1}")
            title = f"{title} at {extent(values, layer)}"
            values = values.isel(layer=layer)
        if stream == "flux":
            values = values.resample(time="1D").mean()
        values = values.mean(("lat", "lon"))
        series = patches(values) if by_patch else {"all patches": values}
        for k, (patch, line) in enumerate(series.items()):
            style = {"color": colours(len(series))[k], "linestyle": LINES[k % len(LINES)]}
            axis.plot(line.time, line, label=patch, linewidth=1.4, **style)
        time_axis(axis, label, title)
    axes[0].legend(frameon=False, ncols=4)
    figure.suptitle(f"Vegetation of '{folder.name}', {period(values.time.values)}")
    return save(figure, path)


def patches(values: xr.DataArray) -> dict[str, xr.DataArray]:
    """Series of the patches that are there, by name."""
    there = np.isfinite(values).any("time")
    found = {}
    for k in np.flatnonzero(there.values):
        found[str(values.patch_name.values[k])] = values.isel(patch=k)
    return found


def _applies(conf: Configuration) -> bool:
    folder = conf.folder
    return has_variable(folder, "flux", "gpp") and has_variable(folder, "state", "wg")


FIGURE = Figure(_applies, lambda conf, path: draw_plants(conf.folder, path))
