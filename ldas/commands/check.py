"""`ldas check`: everything that can be checked without running, all problems at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from forcing.atmosphere import Atmosphere
from ldas.config.namelist import check, expand_path, parse, read
from ldas.core.clock import Window, iso
from ldas.core.errors import Problems, UserError
from ldas.core.netcdf_input import find_inputs
from ldas.core.registries import RETRIEVALS
from ldas.core.state import State
from ldas.cycling.analysis_run import AnalysisRun
from ldas.cycling.build import System, build, read_domain, reading_of
from ldas.cycling.configuration import GROUPS, Configuration, load
from ldas.cycling.costs import costs
from ldas.cycling.observation_set import ObservationSet
from ldas.cycling.observing import open_sets
from ldas.cycling.run import Run, first_state
from ldas.cycling.trial import try_out
from ldas.evaluation.setup import is_evaluation, load_setup
from ldas.figures.coverage import draw_coverage
from ldas.image_chain.chain import is_images
from ldas.image_chain.steps import check_chain
from ldas.imagery.retrieval import is_retrieval, load_groups
from ldas.imagery.surface_file import is_surface, load_maps, make
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from ldas.io.restart import Restart, read_columns
from ldas.operations.checking import check_cycle
from ldas.operations.settings import is_cycle
from ldas.parallel.communicator import Serial
from ldas.report.julys import irrigation_map
from ldas.report.work import Evaluation, parts
from observation_ops import quality

from .calibrate import refusals as calibration_refusals
from .evaluate import compared
from .rescale import refusals as rescaling_refusals

BARS = " .:-=+*#%@"  # of a share of the cells, from none to all
MOST_FIELDS = 4000  # that are looked at for what each month covers
MOST_PLACES = 64  # orbits that are looked at for what they cover


def check_everything(path: Path, picture: Path | None = None) -> Iterator[str]:
    """Lines about what is right; raises UserError with all that is not.

    With `picture` a PNG shows which share of the domain each set of observations reaches.
    """
    if is_cycle(path):
        yield from check_cycle(path)
        return
    if is_evaluation(path):
        yield from _check_evaluation(path)
        return
    if is_surface(path):
        yield from _check_surface(path)
        return
    if is_images(path):
        yield from check_chain(path)
        yield "no problem found"
        return
    if is_retrieval(path):
        groups = load_groups(path)
        yield f"{path.name}: all entries are right"
        yield from RETRIEVALS.load(groups["retrieval"].method).check(path, groups)
        yield "no problem found"
        return
    problems = Problems()
    conf = None
    try:
        conf = load(path)
    except UserError as error:
        problems.add(error)
        _check_forcing_anyway(path, problems)
    problems.raise_if_any()
    assert conf is not None
    yield f"{path.name}: all entries are right"
    try:
        writable_folder(conf.folder, "&experiment output_dir")
    except UserError as error:
        problems.add(error)
    system = None
    strange: list[str] = []
    step_s: float | None = None
    try:
        system = build(conf, Serial())
        strange = system.local.forcing.scan(conf.period)
    except UserError as error:
        problems.add(error)
    sets: list[ObservationSet] = []
    analysis: AnalysisRun | None = None
    try:
        analysis, sets = _observations(conf, system)
    except UserError as error:
        problems.add(error)
    if system is not None and not problems.found:
        try:
            found = Run(conf, system, lambda line: None, analysis).find_restart()
            step_s = _tried_out(conf, system, found)
        except UserError as error:
            problems.add(error)
    waiting: list[str] = []
    for command, entry, open_loop, refused in (
        ("rescale", "rescaling_file", conf.rescaling.open_loop, rescaling_refusals),
        ("calibrate", "calibration_file", conf.calibration.open_loop, calibration_refusals),
    ):
        if not sets or open_loop is None:
            continue
        lines = refused(conf, sets)
        named = [name for s in conf.observation if (name := getattr(s, entry))]
        made = all(conf.file(name).is_file() for name in named)
        if not made or any("read by the same command" in line for line in lines):
            for line in lines:
                problems.add(line)
        waiting += [f"`ldas {command}` would refuse: {line}" for line in lines]
    if sets and conf.experiment.kind == "analysis":
        usable = (value for found in sets for value in _good_values(conf, found))
        if not conf.assimilation.allow_no_observations and not any(usable):
            problems.add(
                "observations: none was used would be the end of it, no set has a good value in "
                "the period and domain (&assimilation allow_no_observations = .true. lets it pass)"
            )
    problems.raise_if_any()
    assert system is not None
    yield from _found(conf, system)
    shares = {found.name: _shares(conf, found) for found in sets}
    for found in sets:
        yield from _of_set(conf, found, shares[found.name])
    seen = {name: share for name, share in shares.items() if share}
    if picture is not None and seen:
        refuse_to_overwrite(picture, conf.inputs(), "--picture")
        yield f"wrote {draw_coverage(seen, picture)}"
    yield from costs(conf, system, step_s)
    for line in (*strange, *waiting):
        yield f"warning: {line}"
    yield "no problem found"


def _tried_out(conf: Configuration, system: System, found: Restart | None) -> float | None:
    """Seconds of a step of a column, of a model that is tried out from the state a run has."""
    if found is None:
        state, start = first_state(conf, system)[0], conf.period.start
    else:
        table = system.local.model.state_table
        names = [variable.name for variable in table]
        state = State(table, read_columns(found.path, names, slice(None)))
        start = found.time
    if start >= conf.period.end:
        return None
    return try_out(system, state, Window(start, conf.period.end))


def _observations(
    conf: Configuration, system: System | None
) -> tuple[AnalysisRun | None, list[ObservationSet]]:
    """The analysis, if it is one, and the sets of a namelist as a run opens them.

    Raises UserError for what a run would refuse.
    """
    if conf.experiment.kind == "analysis" and system is not None:
        analysis = AnalysisRun(conf, system, lambda line: None)
        return analysis, analysis.analyst.sets
    return None, open_sets(conf, read_domain(conf), rescaled=False) if conf.observation else []


def _good_values(conf: Configuration, found: ObservationSet) -> Iterator[bool]:
    """For each field in the period, whether a cell has a value there that could be used."""
    for stamp in found.product.between(conf.period.start, conf.period.end):
        raw, flag = found.field(stamp)
        yield bool((np.isfinite(found.rescaled(raw, stamp.time)) & (flag == quality.USED)).any())


def _shares(conf: Configuration, found: ObservationSet) -> dict[str, float]:
    """Which share of the cells has a pixel near enough, by month (YYYY-MM)."""
    months: dict[str, np.ndarray] = {}
    for stamp in found.product.between(conf.period.start, conf.period.end)[:MOST_FIELDS]:
        seen = months.setdefault(str(stamp.time)[:7], np.zeros(found.grid.cells, bool))
        seen[found.cells(stamp.place).cell] = True
    return {month: float(seen.mean()) for month, seen in months.items()}


def _by_month(found: ObservationSet, shares: dict[str, float]) -> Iterator[str]:
    """A line on the shares of the cells by month, as bars."""
    if len(shares) > 1:
        bars = "".join(BARS[round(share * (len(BARS) - 1))] for share in shares.values())
        first, last = next(iter(shares)), list(shares)[-1]
        yield f"observations '{found.name}': cells within reach by month, {first} {bars} {last}"


def _of_set(conf: Configuration, found: ObservationSet, shares: dict[str, float]) -> Iterator[str]:
    """Lines about one set of observations: fields, unit, overlap with the run and the domain."""
    product, period = found.product, conf.period
    inside = product.between(period.start, period.end)
    covered = np.zeros(found.grid.cells, bool)
    for place in sorted({stamp.place for stamp in inside[:MOST_PLACES]}):
        covered[found.cells(place).cell] = True
    share = 100.0 * covered.mean() if covered.size else 0.0
    span = (
        f"{iso(product.stamps[0].time)} to {iso(product.stamps[-1].time)}"
        if product.stamps
        else "none"
    )
    yield (
        f"observations '{found.name}': {len(product.stamps)} fields ({span}), {len(inside)} in the "
        f"period, in '{product.units}', pixels for {share:.0f} % of the cells"
    )
    if inside and covered.any():
        away = found.distances(inside[0].place)
        yield f"observations '{found.name}': from cell to pixel up to {away:.1f} km"
    yield from _by_month(found, shares)
    for line in product.notes:
        yield f"observations '{found.name}': {line}"
    if not inside:
        yield f"warning: observations '{found.name}': no field in the period {period}"
    elif share == 0.0:
        yield f"warning: observations '{found.name}': no pixel near enough to any cell"


def _check_surface(path: Path) -> Iterator[str]:
    """Lines about maps; all fields are made as `ldas surface` makes them, none is written."""
    maps = load_maps(path)
    yield f"{path.name}: all entries are right"
    writable_folder(maps.target.parent, "&surface output")
    made = make(maps)
    for name, source in made.sources.items():
        low, high = np.nanmin(made.fields[name]), np.nanmax(made.fields[name])
        yield f"{name}: {low:.3g} to {high:.3g} {made.units[name]}, of {source}"
    yield "no problem found"


def _check_evaluation(path: Path) -> Iterator[str]:
    """Lines about an evaluation's sources and probes; raises UserError for what is wrong.

    All is compared as `ldas evaluate` does, without resampling and without a word written.
    """
    setup = load_setup(path)
    yield f"{path.name}: all entries are right"
    quick = setup.evaluation.model_copy(update={"bootstrap": 0})
    work = compared(replace(setup, evaluation=quick))
    maps = work.mapped
    if maps:
        parts(work, maps[0])
        irrigation_map(work, maps[0])
    named = [f"{station.network}/{station.name}" for station in setup.station]
    # an archive's stations far away or of other years are nothing wrong with the namelist
    mild = [line for line in work.problems if _of_archive(line, named, work)]
    wrong = [line for line in work.problems if line not in mild]
    analysed = any([*source.folder.glob("analysis_*.nc")] for source in work.experiments)
    of_fields = len(maps) > 1 or (maps and (work.products or setup.evaluation.truth))
    if work.scores.empty and not analysed and not of_fields:
        raise UserError(["nothing could be compared with anything", *wrong, *mild])
    if wrong:
        raise UserError(wrong)
    sources = [source.name for source in (*work.experiments, *work.products)]
    yield f"sources: {', '.join(sources)}"
    yield f"{len(work.probes)} probes, {len(work.pairs)} with enough common times"
    for line in mild:
        yield f"warning: {line}"
    yield "no problem found"


def _of_archive(line: str, named: list[str], work: Evaluation) -> bool:
    """Whether a line is about a probe of an archive, or about few common times only."""
    if line.endswith("fewer than &evaluation min_pairs"):
        return True
    keys = [probe.key for probe in work.probes if probe.key in line]
    return bool(keys) and not any(name in line for name in named)


def _check_forcing_anyway(path: Path, problems: Problems) -> None:
    """Look at the forcing files even if other entries are wrong."""
    try:
        groups = parse(read(path), path.name)
    except UserError:
        return
    settings = check(groups, GROUPS, path.name, Problems())
    forcing, experiment = settings.get("forcing"), settings.get("experiment")
    if forcing is None:
        return
    try:
        files = find_inputs(
            [expand_path(name, path.absolute().parent) for name in forcing.files], "&forcing files"
        )
        atmosphere = Atmosphere(files, forcing.source, reading=reading_of(forcing))
        if experiment is not None and experiment.end > experiment.start:
            atmosphere.check_period(Window(experiment.start, experiment.end))
    except UserError as error:
        problems.add(error)


def _found(conf: Configuration, system: System) -> Iterator[str]:
    atmosphere = system.local.forcing.atmosphere
    series = atmosphere.series["tair"]
    yield (
        f"domain: {system.grid.cells} cells, {system.total_columns} columns, model "
        f"'{system.local.model.name}' with a time step of {system.local.model.time_step} s"
    )
    yield (
        f"forcing: {iso(series.time[0])} to {iso(series.time[-1])} every {series.interval} s on "
        f"{atmosphere.lat.size} x {atmosphere.lon.size} points, every value of the period "
        "looked at"
    )
    yield f"outputs: {', '.join(system.outputs)} every {conf.output.frequency} s to {conf.folder}"
