"""An experiment against the measurements of a station, day by day."""

from pathlib import Path

from ldas.core.errors import UserError
from ldas.cycling.configuration import Configuration
from ldas.evaluation.station import Pair, in_model_units, modelled, pair_with, read_station

from .figure import Figure
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


def station_pairs(conf: Configuration) -> list[Pair]:
    """The first `&station` beside the experiment; raises UserError if none is given."""
    if not conf.station:
        raise UserError(f"{conf.path.name}: &station: missing; nothing to draw beside the run")
    station = conf.station[0]
    table = read_station(
        conf.file(station.file), station.time, list(dict.fromkeys(station.columns))
    )
    lat = conf.domain.latitude if station.latitude is None else station.latitude
    lon = conf.domain.longitude if station.longitude is None else station.longitude
    if lat is None or lon is None:
        raise UserError(f"{conf.path.name}: &station latitude, longitude: missing")
    pairs = []
    for name, depth, measured in in_model_units(table, station):
        at = depth if depth > 0.0 else None
        values = modelled(conf.folder, name, at, lat, lon)
        pairs.append(pair_with(measured, values, name, at))
    return pairs


FIGURE = Figure(
    lambda conf: bool(conf.station),
    lambda conf, path: draw_station(conf.folder, station_pairs(conf), path),
)
