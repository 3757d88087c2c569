"""The namelist of an evaluation, checked, and the sources and probes it names."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ldas.config.evaluation_groups import Evaluation, Source, Station
from ldas.config.namelist import check, expand_path, parse, read
from ldas.config.product_entries import missing, type_of, wanted_of
from ldas.core.errors import Problems, UserError, nearest
from ldas.core.netcdf_input import find_inputs
from ldas.core.settings import Group
from ldas.cycling.configuration import DEEPEST, station_problems
from observation_ops.observation_type import observation_type
from observation_ops.products import open_wanted

from .ismn_archive import ismn_probes
from .probes import Probe, csv_probes
from .product_source import ProductSource
from .sources import ExperimentSource

DEFAULT_KIND = "ssm"  # type and variable of a source that says neither
GROUPS: dict[str, type[Group]] = {
    "evaluation": Evaluation,
    "source": Source,
    "station": Station,
}


@dataclass(frozen=True)
class Setup:
    """Checked settings of an evaluation, and the text they came from."""

    path: Path
    text: str
    evaluation: Evaluation
    source: list[Source]
    station: list[Station]

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.file(self.evaluation.output_dir) / self.evaluation.name

    @property
    def reference(self) -> str:
        """Name of the source that the others are compared with."""
        return self.evaluation.reference or self.source[0].name

    def file(self, entry: str) -> Path:
        """A path of the namelist made absolute."""
        return expand_path(entry, self.path.parent)


def is_evaluation(path: Path) -> bool:
    """Whether a namelist is one of `ldas evaluate`."""
    groups = parse(read(path), path.name)
    return "evaluation" in groups and "experiment" not in groups


def load_setup(path: Path, text: str | None = None) -> Setup:
    """Read and check a namelist of `ldas evaluate`; raises UserError with every problem.

    A `text` that is given stands for the content of the file.
    """
    text = read(path) if text is None else text
    problems = Problems()
    settings = check(parse(text, path.name), GROUPS, path.name, problems)
    problems.raise_if_any()
    setup = Setup(path.absolute(), text, **settings)
    for line in _wrong(setup):
        problems.add(f"{path.name}: {line}")
    problems.raise_if_any()
    return setup


def _wrong(setup: Setup) -> list[str]:
    lines = []
    names = [source.name for source in setup.source]
    if not names:
        lines.append("&source: missing; an experiment or product to judge")
    for name in sorted({name for name in names if names.count(name) > 1}):
        lines.append(f"&source name: '{name}' is given {names.count(name)} times; allowed: once")
    for source in setup.source:
        if (source.folder is None) == (not source.files):
            lines.append(f"&source '{source.name}': give either folder or files")
        if source.folder is not None and source.coarse is not None:
            lines.append(f"&source '{source.name}' coarse: only products are averaged")
        if source.product is not None:
            lines += [f"&source '{source.name}' {line}" for line in missing(source)]
    evaluation = setup.evaluation
    for key in ("reference", "truth"):
        value = getattr(evaluation, key)
        if value is not None and value not in names:
            lines.append(
                f"&evaluation {key}: unknown source '{value}'{nearest(value, names)} (allowed: "
                f"{', '.join(names)})"
            )
    if len(evaluation.probe_depths) != len(evaluation.probe_layers):
        lines.append(
            f"&evaluation probe_layers: {len(evaluation.probe_layers)} values; allowed: "
            f"{len(evaluation.probe_depths)}, as probe_depths"
        )
    if any(not 0.0 <= depth <= DEEPEST for depth in evaluation.probe_depths):
        lines.append(
            f"&evaluation probe_depths: found {evaluation.probe_depths}; allowed: 0 to "
            f"{DEEPEST:g} m"
        )
    if any(layer < 1 for layer in evaluation.probe_layers):
        lines.append(
            f"&evaluation probe_layers: found {evaluation.probe_layers}; allowed: from 1 on"
        )
    if evaluation.depth_max < evaluation.depth_min:
        lines.append(
            f"&evaluation depth_max: {evaluation.depth_max:g} is less than depth_min = "
            f"{evaluation.depth_min:g}"
        )
    if evaluation.start and evaluation.end and evaluation.end <= evaluation.start:
        lines.append(f"&evaluation end: {evaluation.end} is not after start = {evaluation.start}")
    for station in setup.station:
        lines += station_problems(station)
        for key in ("latitude", "longitude"):
            if getattr(station, key) is None:
                lines.append(f"&station {key}: missing for '{station.name}'")
    return lines


def open_sources(
    setup: Setup,
) -> tuple[list[ExperimentSource], list[ProductSource], list[str]]:
    """Experiments and products that can be read, and what is wrong with the others."""
    experiments, products, problems = [], [], []
    period = (setup.evaluation.start, setup.evaluation.end)
    for source in setup.source:
        try:
            if source.folder is not None:
                found = ExperimentSource(source.name, setup.file(source.folder), *period)
                found.check()
                _check_layers(setup, found)
                experiments.append(found)
                continue
            files = find_inputs([setup.file(text) for text in source.files], "&source files")
            kind = observation_type(type_of(source, DEFAULT_KIND))
            if not kind.direct:
                raise UserError(f"&source type: '{kind.name}' is no output of a model to judge by")
            wanted = wanted_of(source, kind, tuple(files), DEFAULT_KIND)
            product = open_wanted(wanted, source.reader)
            products.append(
                ProductSource(
                    source.name, product, source.layer, *period, source.scaling, source.coarse
                )
            )
        except UserError as error:
            problems += [f"source '{source.name}': {line}" for line in error.problems]
    return experiments, products, problems


def _check_layers(setup: Setup, source: ExperimentSource) -> None:
    """Raise UserError for layers of the namelist that an experiment does not have."""
    number = len(source.layer_bounds())
    over = [layer for layer in setup.evaluation.probe_layers if layer > number]
    if number and over:
        raise UserError(f"has {number} soil layers; &evaluation probe_layers names {over[0]}")


def check_year(setup: Setup, probes: list[Probe]) -> None:
    """Raise UserError if the reference year of the anomalies lies outside all measurements."""
    year = setup.evaluation.reference_year
    years = {int(y) for probe in probes for y in probe.series.index.year.unique()}
    if year is not None and years and year not in years:
        raise UserError(
            f"{setup.path.name}: &evaluation reference_year: {year}; allowed: the years with "
            f"measurements, {min(years)} to {max(years)}"
        )


def open_probes(setup: Setup) -> tuple[list[Probe], list[str]]:
    """All probes in the period, and a line about whatever cannot be used."""
    evaluation = setup.evaluation
    probes: list[Probe] = []
    problems: list[str] = []

    def take(label: str, found: Callable[[], tuple[list[Probe], list[str]]]) -> None:
        try:
            more, lines = found()
        except UserError as error:
            more, lines = [], [f"{label}{line}" for line in error.problems]
        probes.extend(more)
        problems.extend(lines)

    if evaluation.ismn is not None:
        depths = (evaluation.depth_min, evaluation.depth_max)
        archive, networks = setup.file(evaluation.ismn), evaluation.networks
        flags, covers = evaluation.flags, evaluation.land_covers
        take("", lambda: ismn_probes(archive, networks, depths, flags, covers, evaluation.stations))
    for station in setup.station:
        take(
            f"station '{station.name}': ",
            partial(csv_probes, setup.file(station.file), station),
        )
    inside = []
    for probe in probes:
        part = probe.between(evaluation.start, evaluation.end)
        if part.series.empty:
            first, last = (str(t)[:10] for t in probe.series.index[[0, -1]])
            problems.append(f"{probe.key}: no value in the period (it has {first} to {last})")
            continue
        inside.append(part)
    return inside, problems
