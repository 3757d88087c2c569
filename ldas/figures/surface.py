"""The maps of a surface file, side by side: is it upside down, are coasts where they belong?"""

from pathlib import Path

import numpy as np

from ldas.core.mosaic import PATCHES

from .tools import COLOURS, pyplot, save

SHOWN = ("clay", "sand", "altitude", "relief", "slope", "urban_fraction", "water_fraction")


def draw_surface(
    lat: np.ndarray, lon: np.ndarray, fields: dict[str, np.ndarray], path: Path
) -> Path:
    """Patch with the largest fraction, then what there is of SHOWN and leaf area in July."""
    plot = pyplot()
    maps = {"largest patch": np.where(
        np.isfinite(fields["patch_fraction"][0]),
        np.nan_to_num(fields["patch_fraction"]).argmax(axis=0) + 1.0,
        np.nan,
    )}  # fmt: skip
    maps |= {name: fields[name] for name in SHOWN if name in fields}
    if "lai" in fields:
        maps["lai, July"] = fields["lai"][6]
    rows = -(-len(maps) // 3)
    figure, axes = plot.subplots(
        rows, 3, figsize=(13, 3.6 * rows), squeeze=False, layout="constrained"
    )
    for axis in axes.ravel()[len(maps) :]:
        axis.set_axis_off()
    for axis, (name, values) in zip(axes.ravel(), maps.items(), strict=False):
        discrete = name == "largest patch"
        image = axis.pcolormesh(
            lon, lat, values, cmap="tab20" if discrete else COLOURS, shading="nearest",
            **({"vmin": 0.5, "vmax": len(PATCHES) + 0.5} if discrete else {}),
        )  # fmt: skip
        figure.colorbar(image, ax=axis)
        axis.set_title(name)
    figure.suptitle("Surface file")
    return save(figure, path)
