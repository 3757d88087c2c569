"""How R is spread over the stations of each network, season by season."""

from pathlib import Path

import numpy as np
import pandas as pd

from ldas.evaluation.comparison import SEASONS

from .tools import distinct, pyplot, save

ORDER = sorted(SEASONS, key=lambda season: season == "all")
NAMES = {"all": "all year"}
FEWEST = 2  # stations of which a spread is drawn
WIDTH = 0.8  # of the boxes of one season together


def draw_score_boxes(table: pd.DataFrame, path: Path) -> Path | None:
    """Boxes of R (quartiles, median, whiskers to 1.5 of their range) and the stations as points.

    A panel for each quantity and network with several stations; None if there is no such one.
    """
    good = table[table["R"].notna()] if "R" in table else table.iloc[:0]
    panels = [
        (key, part)
        for key, part in good.groupby(["quantity", "network"], sort=False)
        if part["station"].nunique() >= FEWEST
    ]
    if not panels:
        return None
    plot = pyplot()
    figure, axes = plot.subplots(
        len(panels), 1, figsize=(9, 3.4 * len(panels)), squeeze=False, sharex=True,
        layout="constrained",
    )  # fmt: skip
    sources = list(good["source"].unique())
    for axis, ((quantity, network), part) in zip(axes[:, 0], panels, strict=True):
        for k, (colour, name) in enumerate(zip(distinct(len(sources)), sources, strict=True)):
            mine = part[part["source"] == name]
            width = WIDTH / len(sources)
            for place, season in enumerate(ORDER):
                r = mine.loc[mine["season"] == season, "R"].to_numpy(float)
                at = place + (k + 0.5) * width - 0.5 * WIDTH
                if r.size:
                    axis.boxplot(
                        r, positions=[at], widths=0.8 * width, manage_ticks=False, sym="",
                        medianprops={"color": colour}, boxprops={"color": colour},
                        whiskerprops={"color": colour}, capprops={"color": colour},
                    )  # fmt: skip
                    axis.plot(np.full(r.size, at), r, "o", ms=3, color=colour, mew=0, alpha=0.6)
            axis.plot([], [], "o", color=colour, label=name)
        axis.set_title(
            f"{network}, {quantity}: {part['station'].nunique()} stations", fontsize="medium",
            loc="left",
        )  # fmt: skip
        axis.set_ylabel("R")
        axis.grid(axis="y", alpha=0.3)
        axis.set_xticks(range(len(ORDER)), [NAMES.get(season, season) for season in ORDER])
    axes[0, 0].legend(frameon=False, fontsize="small", ncols=len(sources))
    return save(figure, path)
