"""The figures of one experiment: each drawn where there is something to draw."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ldas.core.errors import UserError, nearest
from ldas.cycling.configuration import Configuration, load, name_of
from ldas.evaluation.opening import has_variable, read_variable
from ldas.evaluation.station import Pair, modelled, pair_with, read_station
from ldas.figures.innovations import draw_innovations
from ldas.figures.plants import draw_plants
from ldas.figures.snow import draw_snow
from ldas.figures.soil_moisture import draw_soil_moisture
from ldas.figures.station import draw_station
from ldas.io.netcdf import writable_folder


def draw_figures(namelist: Path, names: Sequence[str] | None, output: Path | None) -> list[Path]:
    """Draw the figures of these `names`, or all that apply; returns the PNGs.

    Raises UserError for an unknown name or if there are no results.
    """
    conf = load(namelist)
    for name in names or []:
        if name not in FIGURES:
            known = ", ".join(FIGURES)
            raise UserError(f"--figure {name}: unknown{nearest(name, FIGURES)} (allowed: {known})")
    folder = output or conf.folder
    if not conf.folder.is_dir():
        raise UserError(f"{conf.folder}: no results; run the experiment first")
    writable_folder(folder, "--output")
    wanted = list(names) if names else [name for name in FIGURES if APPLIES[name](conf)]
    return [FIGURES[name](conf, folder / f"{name}.png") for name in wanted]


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
    for column, name, depth in zip(station.columns, station.variables, station.depths, strict=True):
        at = depth if depth > 0.0 else None
        values = modelled(conf.folder, name, at, lat, lon)
        pairs.append(pair_with(table[column], values, name, at))
    return pairs


def _station(conf: Configuration, path: Path) -> Path:
    return draw_station(conf.folder, station_pairs(conf), path)


def _has_snow(conf: Configuration) -> bool:
    if not has_variable(conf.folder, "state", "swe"):
        return False
    return bool(read_variable(conf.folder, "state", "swe").max() > 0.0)


def _innovations(conf: Configuration, path: Path) -> Path:
    kinds = {name_of(settings): settings.type for settings in conf.observation}
    return draw_innovations(conf.folder, kinds, path)


FIGURES: dict[str, Callable[[Configuration, Path], Path]] = {
    "soil_moisture": lambda conf, path: draw_soil_moisture(conf.folder, path),
    "plants": lambda conf, path: draw_plants(conf.folder, path),
    "snow": lambda conf, path: draw_snow(conf.folder, path),
    "station": _station,
    "innovations": _innovations,
}
APPLIES: dict[str, Callable[[Configuration], bool]] = {
    "soil_moisture": lambda conf: has_variable(conf.folder, "state", "wg"),
    "plants": lambda conf: (
        has_variable(conf.folder, "flux", "gpp") and has_variable(conf.folder, "state", "wg")
    ),
    "snow": _has_snow,
    "station": lambda conf: bool(conf.station),
    "innovations": lambda conf: (
        conf.experiment.kind == "analysis" and (conf.folder / "summary.json").is_file()
    ),
}
