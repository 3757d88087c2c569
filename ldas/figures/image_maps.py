"""What `ldas images` made of an overpass, as one would look at it first."""

from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.netcdf_input import open_input

from .tools import pyplot, save

MOST = 900  # pixels along a side of a picture
KINDS = ("sigma0_vv", "sigma0_vh", "gamma0_vv", "gamma0_vh", "theta_local", "ndvi", "label")
TITLES = {"theta_local": "angle of incidence on the terrain", "ndvi": "NDVI", "label": "fields"}


def draw_images(path: Path) -> Path:
    """Draw the fields of a file of `ldas images` as PNG beside it; of a series the middle one.

    Raises UserError if matplotlib is missing.
    """
    plot = pyplot()
    with open_input(path) as file:
        names = [name for name in KINDS if name in file.variables]
        figure, axes = plot.subplots(
            1,
            len(names),
            figsize=(0.6 + 5.0 * len(names), 4.6),
            squeeze=False,
            layout="constrained",
        )
        for axis, name in zip(axes[0], names, strict=True):
            _draw(figure, axis, file, name)
        figure.suptitle(path.stem)
    return save(figure, path.with_suffix(".png"))


def _draw(figure: Any, axis: Any, file: Any, name: str) -> None:
    stored = file[name]
    rows, cols = stored.dimensions[-2:]
    unit = 1e3 if rows == "y" else 1.0  # metres are shown as km
    x, y = np.asarray(file[cols][:]) / unit, np.asarray(file[rows][:]) / unit
    thin = max(1, -(-max(x.size, y.size) // MOST))
    part = (slice(None, None, thin), slice(None, None, thin))
    index = (stored.shape[0] // 2, *part) if stored.ndim == 3 else part
    values = np.ma.filled(stored[index].astype(float), np.nan)
    if name == "label":
        values = np.where(values > 0, values % 19, np.nan)
    units = getattr(stored, "units", "")
    there = values[np.isfinite(values)]
    low, high = np.percentile(there, (1, 99)) if there.size else (0.0, 1.0)
    colours = {"ndvi": "YlGn", "label": "tab20", "theta_local": "viridis"}.get(name, "gray")
    half = 0.5 * abs(x[-1] - x[0]) / max(x.size - 1, 1)
    image = axis.imshow(
        values, cmap=colours, vmin=low, vmax=high, interpolation="nearest",
        extent=(x[0] - half, x[-1] + half, y[-1] - half, y[0] + half),
        aspect=1.0 / np.cos(np.radians(y.mean())) if rows == "lat" else 1.0,
    )  # fmt: skip
    kind, _, band = name.partition("_")
    axis.set_title(TITLES.get(name, f"{kind} {band.upper()}"))
    axis.locator_params(nbins=4)
    axis.ticklabel_format(useOffset=False, style="plain")
    axis.tick_params(labelsize=8)
    axis.set_xlabel("km" if rows == "y" else "degrees east")
    if name != "label":
        figure.colorbar(image, ax=axis, shrink=0.8, label=units if units != "1" else "")
