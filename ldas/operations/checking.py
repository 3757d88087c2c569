"""What `ldas check` says of a cycle: all that `ldas cycle` would refuse, and where it stands."""

from collections.abc import Iterator
from pathlib import Path

from ldas.core.clock import iso
from ldas.core.errors import Problems, UserError
from ldas.core.mosaic import Mosaic
from ldas.cycling.analysis_run import make_analyst
from ldas.cycling.build import Subdomain, chosen_outputs, make_model, read_domain
from ldas.cycling.run import check_contents, check_settings
from ldas.evaluation.climatology import DAYS
from ldas.io.climate_file import read_climate
from ldas.io.file_hash import content_hashes
from ldas.io.netcdf import writable_folder
from ldas.io.restart import check_columns, latest_restart, read_restart
from ldas.io.surface import Surface
from ldas.land_models.base import LandModel

from .books import Books
from .idle import NAME
from .making import last_time
from .planning import Planner, Wait
from .settings import Operations, load_operations


def refuse(operations: Operations, surface: Surface) -> None:
    """Raise UserError for what a cycle reads beside weather and observations and cannot use."""
    name = operations.cycle.climate
    if name is not None:
        grid = surface.grid
        read_climate(operations.base.file(name), grid.lat, grid.lon, DAYS - 1)


def check_cycle(path: Path) -> Iterator[str]:
    """Lines about what is right; raises UserError with all that is not."""
    operations = load_operations(path)
    yield f"{path.name}: all entries are right"
    problems = Problems()
    try:
        writable_folder(operations.folder, "&experiment output_dir")
    except UserError as error:
        problems.add(error)
    surface = read_domain(operations.base)
    for look in (refuse, _model):
        try:
            look(operations, surface)
        except UserError as error:
            problems.add(error)
    planner = None
    try:
        planner = _looked(operations, surface)
    except UserError as error:
        problems.add(error)
    if planner is not None:
        for each in planner.sightings:
            if each.name in planner.useless_sets():
                for line in each.broken:
                    problems.add(line)
    problems.raise_if_any()
    assert planner is not None
    yield from _found(operations, surface, planner)
    yield "no problem found"


def _model(operations: Operations, surface: Surface) -> None:
    """Raise UserError for a model or filter that cannot be, or a state that is not for them."""
    base = operations.base
    surface = surface.part(slice(None))
    mosaic = Mosaic.from_fractions(surface.fractions)
    model = make_model(base, surface, mosaic, None)
    chosen_outputs(base, model)
    if operations.set_names():
        nothing = operations.with_observations([()] * len(base.observation))
        make_analyst(nothing, Subdomain(surface, mosaic, model, None))
    latest = latest_restart(operations.folder)
    if latest is None:
        _begins(operations, surface, mosaic, model)
        return
    restart = read_restart(latest, model.state_table)
    check_settings(restart.settings, operations.fingerprint(), str(latest), operations.folder)
    check_columns(restart, latest, *_places(surface, mosaic))
    accepted = base.experiment.accept_changed_inputs
    contents = content_hashes(operations.fixed_inputs())
    check_contents(restart.notes.get("inputs", {}), contents, str(latest), accepted)


def _begins(operations: Operations, surface: Surface, mosaic: Mosaic, model: LandModel) -> None:
    named = getattr(operations.base.model, "restart", None)
    if named is not None:
        path = operations.base.file(named)
        restart = read_restart(path, model.state_table)
        check_columns(restart, path, *_places(surface, mosaic))


def _places(surface: Surface, mosaic: Mosaic) -> tuple:
    grid = surface.grid
    return grid.cell_lat[mosaic.cell], grid.cell_lon[mosaic.cell], mosaic.patch


def _looked(operations: Operations, surface: Surface) -> Planner:
    """What has arrived, seen without a word written."""
    kept = Books(Path(":memory:"))
    planner = Planner(operations, surface, kept)
    planner.look(last_time(operations))
    return planner


def _found(operations: Operations, surface: Surface, planner: Planner) -> Iterator[str]:
    """Lines on what is there and what is next."""
    yield f"domain: {surface.grid.cells} cells"
    for weather in planner.weathers:
        spans = list(weather.spans.values())
        reach = "nothing yet"
        if spans:
            reach = f"{iso(min(s.first for s in spans))} to {iso(max(s.last for s in spans))}"
        yield f"forcing '{weather.label}': {len(spans)} files, {reach}"
    for sightings in planner.sightings:
        assert sightings.set is not None
        stamps = sightings.set.product.stamps
        reach = "nothing yet"
        if stamps:
            reach = f"{len(stamps)} fields, {iso(stamps[0].time)} to {iso(stamps[-1].time)}"
        yield f"observations '{sightings.name}': {len(sightings.files)} files, {reach}"
    for line in planner.broken():
        yield f"warning: {line}"
    last = last_time(operations)
    window = operations.next_window(last)
    step = planner.next(last, window.end + operations.replay)
    if isinstance(step, Wait):
        yield f"warning: stands at {iso(last)}; the next window waits for {'; '.join(step.reasons)}"
    else:
        yield f"stands at {iso(last)}; all is there for the window {window}"
    if (operations.folder / NAME).is_file():
        yield f"books: {operations.folder / NAME}"
