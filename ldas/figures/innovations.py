"""What observations said of the model, month by month, and what became of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.product_entries import type_of
from ldas.core.errors import UserError
from ldas.cycling.configuration import Configuration, name_of
from observation_ops.observation_type import observation_type

from .figure import Figure
from .tools import colours, pyplot, save, superscripts


def read_statistics(folder: Path) -> dict[str, dict[str, Any]]:
    """Innovation statistics by observation set; raises UserError if there are none."""
    path = folder / "summary.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get("observations")
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); has the analysis ended?") from None
    if not found:
        raise UserError(f"{path}: no observations; &experiment kind = 'analysis' writes them")
    return dict(found)


def draw_innovations(folder: Path, kinds: dict[str, str], path: Path) -> Path:
    """A row for each observation set: departures and errors by month, used and rejected.

    And where observations fell among the members, of an ensemble. `kinds` gives the type ('ssm',
    'lai') of each set by name. Raises UserError if the experiment has no statistics or
    matplotlib is not installed.
    """
    statistics = read_statistics(folder)
    plot = pyplot()
    columns = 4 if any(found.get("rank_histogram") for found in statistics.values()) else 3
    size = (4 * columns, 3.2 * len(statistics))
    figure, axes = plot.subplots(
        len(statistics), columns, figsize=size, squeeze=False, layout="constrained"
    )
    for row, (name, found) in zip(axes, statistics.items(), strict=True):
        units = superscripts(observation_type(kinds.get(name, name)).model_units)
        _departures(row[0], found["months"], f"{name} ({units})")
        _errors(row[1], found["months"], f"error, {name} ({units})")
        _fates(row[2], found["used"], found["rejected"], name)
        if columns == 4:
            _ranks(row[3], np.array(found["rank_histogram"]), found["rank_flatness"])
    figure.suptitle(f"Observations of '{folder.name}', by calendar month")
    return save(figure, path)


def _series(months: dict[str, dict[str, float]], key: str) -> tuple[np.ndarray, np.ndarray]:
    numbers = sorted(int(month) for month in months)
    values = [months[str(month)].get(key) for month in numbers]
    return np.array(numbers), np.array([np.nan if v is None else v for v in values], float)


def _departures(axis: Any, months: dict[str, dict[str, float]], label: str) -> None:
    dark, light = colours(3)[[0, 2]]
    for shift, key, colour, mark in (
        (-0.12, "innovation", dark, "o"),
        (0.12, "residual", light, "s"),
    ):
        month, mean = _series(months, f"{key}_mean")
        _, sd = _series(months, f"{key}_sd")
        said = "observed - background" if key == "innovation" else "observed - analysis"
        axis.errorbar(month + shift, mean, sd, color=colour, fmt=mark, capsize=3, label=said)
    axis.axhline(0.0, color="0.5", linewidth=0.8)
    _month_axis(axis, label, "mean and standard deviation")


def _errors(axis: Any, months: dict[str, dict[str, float]], label: str) -> None:
    dark, light = colours(3)[[0, 2]]
    for kind, colour, mark in (("observation", light, "s"), ("background", dark, "o")):
        for source, line in (("assumed", "-"), ("desroziers", "--")):
            month, error = _series(months, f"{kind}_error_{source}")
            said = f"{kind}, {source.capitalize() if source != 'assumed' else source}"
            axis.plot(month, error, line, color=colour, marker=mark, markersize=4, label=said)
    axis.set_ylim(bottom=0.0)
    _month_axis(axis, label, "errors assumed and diagnosed")


def _month_axis(axis: Any, label: str, title: str) -> None:
    axis.set_xlim(0.5, 12.5)
    axis.set_xticks(range(1, 13), list("JFMAMJJASOND"))
    axis.set_ylabel(label)
    axis.set_title(title, fontsize="medium", loc="left")
    axis.grid(alpha=0.3)
    axis.legend(fontsize="x-small")


def _fates(axis: Any, used: int, rejected: dict[str, int], name: str) -> None:
    fates = {"used": used, **{why.replace("_", " "): n for why, n in rejected.items()}}
    dark, light = colours(3)[[0, 2]]
    bars = axis.barh(
        list(fates), list(fates.values()), color=[dark] + [light] * len(rejected), height=0.6
    )
    axis.bar_label(bars, padding=3, fontsize="small")
    axis.invert_yaxis()
    axis.margins(x=0.15)
    axis.set_xlabel(f"observations of {name}")
    axis.set_title("used, and rejected for", fontsize="medium", loc="left")


def _ranks(axis: Any, counts: np.ndarray, flatness: float | None) -> None:
    dark, light = colours(3)[[0, 2]]
    axis.bar(np.arange(counts.size), counts, width=0.9, color=light)
    expected = counts.sum() / counts.size
    chance = np.sqrt(expected * (1.0 - 1.0 / counts.size))
    axis.axhline(expected, color=dark)
    axis.axhspan(expected - 2.0 * chance, expected + 2.0 * chance, color=dark, alpha=0.15)
    axis.set_xlabel("members below the observation")
    said = "too few to judge" if flatness is None else f"chi squared {flatness:.1f} of what is due"
    axis.set_title(f"rank, {said}", fontsize="medium", loc="left")


def _applies(conf: Configuration) -> bool:
    return conf.experiment.kind == "analysis" and (conf.folder / "summary.json").is_file()


def _draw(conf: Configuration, path: Path) -> Path:
    kinds = {name_of(settings): type_of(settings) for settings in conf.observation}
    return draw_innovations(conf.folder, kinds, path)


FIGURE = Figure(_applies, _draw)
