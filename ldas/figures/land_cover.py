"""Scores of cells by the land cover that dominates them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ldas.evaluation.land_cover import Covers

from .tools import distinct, pyplot, save

WIDTH = 0.35


def draw_by_cover(
    covers: Covers,
    scores: Mapping[str, np.ndarray],
    labels: Mapping[str, str],
    title: str,
    fewest: int,
    path: Path,
) -> Path:
    """Boxes of each score (lat, lon) by class: of all its cells, and of the homogeneous ones.

    Classes with fewer than `fewest` cells with a score are left out.
    """
    plot = pyplot()
    figure, axes = plot.subplots(
        1, len(scores), figsize=(4.6 * len(scores) + 1.0, 4.0), squeeze=False, layout="constrained"
    )
    first = next(iter(scores.values()))
    names = [n for n in covers.names() if np.isfinite(first[covers.of(n)]).sum() >= fewest]
    for axis, (score, values) in zip(axes[0], scores.items(), strict=True):
        for k, (kind, colour) in enumerate(zip(("all", "homogeneous"), distinct(2), strict=True)):
            for place, name in enumerate(names):
                chosen = values[covers.of(name) if kind == "all" else covers.pure(name)]
                chosen = chosen[np.isfinite(chosen)]
                if chosen.size >= fewest:
                    axis.boxplot(
                        chosen, positions=[place + (k - 0.5) * WIDTH], widths=0.8 * WIDTH,
                        manage_ticks=False, sym="", medianprops={"color": colour},
                        boxprops={"color": colour}, whiskerprops={"color": colour},
                        capprops={"color": colour},
                    )  # fmt: skip
            axis.plot([], [], "s", color=colour, label=f"{kind} cells")
        axis.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axis.set_ylabel(labels[score])
        axis.grid(axis="y", alpha=0.3)
    axes[0, 0].legend(frameon=False, fontsize="small")
    figure.suptitle(title)
    return save(figure, path)
