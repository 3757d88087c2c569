"""Which share of the cells each set of observations reaches, month by month."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .tools import COLOURS, pyplot, save


def draw_coverage(shares: Mapping[str, Mapping[str, float]], path: Path) -> Path:
    """A row of months (YYYY-MM) for each set, coloured by the share (1) of the cells.

    Raises UserError if matplotlib is not installed.
    """
    plot = pyplot()
    every = sorted({month for found in shares.values() for month in found})
    first, last = (np.datetime64(month, "M") for month in (every[0], every[-1]))
    months = np.arange(first, last + 1)
    values = np.array(
        [[100.0 * found.get(str(month), 0.0) for month in months] for found in shares.values()]
    )
    wide = min(14.0, 3.0 + 0.35 * months.size)
    figure, axis = plot.subplots(figsize=(wide, 1.6 + 0.5 * len(shares)), layout="constrained")
    image = axis.imshow(values, aspect="auto", cmap=f"{COLOURS}_r", vmin=0.0, vmax=100.0)
    axis.set_yticks(range(len(shares)), list(shares))
    step = max(1, months.size // 12)
    axis.set_xticks(range(0, months.size, step), [str(month) for month in months[::step]])
    axis.tick_params(axis="x", rotation=30)
    figure.colorbar(image, ax=axis, label="% of the cells")
    axis.set_title("cells within reach of a pixel, by month", fontsize="medium", loc="left")
    return save(figure, path)
