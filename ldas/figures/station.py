"""An experiment against the measurements of a station, day by day."""

from pathlib import Path

from ldas.evaluation.station import Pair

from .tools import colours, period, pyplot, save, time_axis


def draw_station(folder: Path, pairs: list[Pair], path: Path) -> Path:
    """Daily means of each pair with their scores; returns `path`."""
    plot = pyplot()
    rows = len(pairs)
    figure, axes = plot.subplots(
        rows, 1, figsize=(12, 2.7 * rows), sharex=True, squeeze=False, layout="constrained"
    )
    dark, light = colours(3)[[0, 2]]
    for axis, pair in zip(axes[:, 0], pairs, strict=True):
        axis.plot(pair.table.index, pair.table["measured"], color=light, label="measured")
        axis.plot(pair.table.index, pair.table["modelled"], color=dark, label="model", linewidth=1)
        scores = pair.scores()
        found = (
            f"R {scores.r:.2f}, bias {scores.bias:+.3g}, ubRMSD {scores.ubrmsd:.3g}, "
            f"{scores.n} days"
        )
        time_axis(axis, f"{pair.name} ({pair.units})", f"{pair.title}: {found}")
    axes[0, 0].legend(frameon=False, ncols=2)
    days = pairs[0].table.index.values
    figure.suptitle(f"'{folder.name}' and the station, daily means, {period(days)}")
    return save(figure, path)
