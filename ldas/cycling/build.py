"""The composition root: from a configuration to the parts of a run."""

from dataclasses import dataclass

import numpy as np

from forcing.atmosphere import Atmosphere, Reading
from forcing.grib import Chain
from ldas.config.groups import Forcing
from ldas.core.clock import iso
from ldas.core.errors import Problems, UserError
from ldas.core.grid import Grid
from ldas.core.mosaic import Mosaic
from ldas.core.netcdf_input import find_inputs
from ldas.core.registries import LAND_MODELS
from ldas.io.output_table import FLUX_BY_NAME, STATE_BY_NAME
from ldas.io.surface import Surface, read_surface, single_point
from ldas.land_models.base import Ground, LandModel, WindowForcing
from ldas.land_models.isba.parameters import PARAMETERS
from ldas.parallel.communicator import Communicator
from ldas.parallel.decomposition import Decomposition

from .configuration import Configuration


@dataclass(frozen=True)
class Subdomain:
    """What one rank computes: its cells and columns, model and forcing."""

    surface: Surface
    mosaic: Mosaic
    model: LandModel
    forcing: WindowForcing


@dataclass(frozen=True)
class System:
    """All parts of a run as one rank sees them."""

    comm: Communicator
    grid: Grid
    decomposition: Decomposition
    columns: list[int]  # of each rank
    local: Subdomain
    outputs: tuple[str, ...]
    layer_bottom: np.ndarray

    @property
    def total_columns(self) -> int:
        """Columns of all ranks."""
        return sum(self.columns)

    def places(self) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
        """Latitude, longitude and patch of all columns on rank 0, None elsewhere; collective."""
        cell, grid = self.local.mosaic.cell, self.local.surface.grid
        return (
            self.comm.gather_rows(grid.cell_lat[cell]),
            self.comm.gather_rows(grid.cell_lon[cell]),
            self.comm.gather_rows(self.local.mosaic.patch.astype(np.int64)),
        )


def build(conf: Configuration, comm: Communicator) -> System:
    """Read the domain, split it, and make this rank's model and forcing.

    Raises UserError with every problem found.
    """
    problems = Problems()
    surface = atmosphere = None
    try:
        surface = read_domain(conf)
    except UserError as error:
        problems.add(error)
    try:
        atmosphere = read_atmosphere(conf)
    except UserError as error:
        problems.add(error)
    problems.raise_if_any()
    assert surface is not None and atmosphere is not None
    decomposition, mine, mosaic = split(surface, comm)
    forcing = model = None
    try:
        forcing = atmosphere.at_cells(
            mine.grid.cell_lat,
            mine.grid.cell_lon,
            mine.altitude,
            conf.forcing.point_distance,
            conf.forcing.height_correction,
        )
    except UserError as error:
        problems.add(error)
    try:
        others = decomposition.others(columns_of(surface), comm.rank)
        model = make_model(conf, mine, mosaic, forcing, others)
    except UserError as error:
        problems.add(error)
    problems.raise_if_any()
    assert forcing is not None and model is not None
    return assembled(conf, comm, surface, decomposition, Subdomain(mine, mosaic, model, forcing))


def split(surface: Surface, comm: Communicator) -> tuple[Decomposition, Surface, Mosaic]:
    """Which cells each rank has, and the surface and columns of this one's."""
    decomposition = Decomposition.by_work(columns_of(surface), comm.size)
    if (np.diff(decomposition.bounds) == 0).any():
        raise UserError(
            f"{comm.size} processes for {surface.grid.cells} cells: at least one would have "
            f"nothing to do; start at most {surface.grid.cells}"
        )
    mine = surface.part(decomposition.cells(comm.rank))
    return decomposition, mine, Mosaic.from_fractions(mine.fractions)


def columns_of(surface: Surface) -> np.ndarray:
    """How many columns each cell has."""
    return (surface.fractions > 0.0).sum(axis=1)


def assembled(
    conf: Configuration,
    comm: Communicator,
    surface: Surface,
    decomposition: Decomposition,
    local: Subdomain,
) -> System:
    """All parts of a run put together."""
    return System(
        comm,
        surface.grid,
        decomposition,
        decomposition.sums(columns_of(surface)),
        local,
        chosen_outputs(conf, local.model),
        np.asarray(local.model.layer_bottom),
    )


def read_domain(conf: Configuration) -> Surface:
    """The surface of the namelist's domain."""
    domain = conf.domain
    if domain.surface_file is not None:
        maps = {parameter.name: parameter.monthly for parameter in PARAMETERS}
        return read_surface(conf.file(domain.surface_file), maps)
    return single_point(
        domain.latitude,
        domain.longitude,
        domain.altitude,
        domain.clay,
        domain.sand,
        domain.patch_fraction,
    )


def read_atmosphere(conf: Configuration, covering: bool = True) -> Atmosphere:
    """The forcing of the namelist, its headers checked against the period and the time step.

    With `covering` false it need not cover the period.
    """
    files = find_inputs([conf.file(name) for name in conf.forcing.files], "&forcing files")
    atmosphere = Atmosphere(files, conf.forcing.source, reading=reading_of(conf.forcing))
    if covering:
        atmosphere.check_period(conf.period)
    step = conf.model.time_step
    if atmosphere.interval % step:
        raise UserError(
            f"&model time_step: found {step}; allowed: a divisor of the forcing interval of "
            f"{atmosphere.interval} s"
        )
    first = atmosphere.series["tair"].time[0]
    if int((conf.experiment.start - first).astype(int)) % step:
        raise UserError(
            f"&experiment start: {iso(conf.experiment.start)} is not a whole number of time steps "
            f"of {step} s after the forcing's first stamp {iso(first)}"
        )
    return atmosphere


def reading_of(forcing: Forcing) -> Reading:
    """How the namelist wants forcing to be read."""
    first, last = forcing.lead_hours
    return Reading(
        forcing.z_temperature,
        forcing.z_wind,
        forcing.co2,
        forcing.longwave,
        Chain(first, last, tuple(forcing.run_hours)),
    )


def make_model(
    conf: Configuration,
    surface: Surface,
    mosaic: Mosaic,
    forcing: WindowForcing | None,
    others: tuple[int, int] = (0, 0),
) -> LandModel:
    """The land model that the namelist names, over the columns of `mosaic`.

    `others` are the numbers of columns of the ranks before and after this one.
    """
    first, after = others
    total = first + mosaic.columns + after
    ground = Ground(surface, mosaic, forcing, conf.period.start, conf.file, first, total)
    return LAND_MODELS.load(conf.model.name).make(conf.model, ground)


def chosen_outputs(conf: Configuration, model: LandModel) -> tuple[str, ...]:
    """Names of the outputs to write, in the order of the table."""
    offered = [
        name
        for name in (*STATE_BY_NAME, *FLUX_BY_NAME)
        if name in model.diagnostic_names or name in model.flux_names
    ]
    wanted = conf.output.variables
    if "all" in wanted:
        return tuple(offered)
    missing = [name for name in wanted if name not in offered]
    if missing:
        raise UserError(
            f"&output variables: model '{model.name}' does not compute {', '.join(missing)}; it "
            f"has {', '.join(offered)}"
        )
    return tuple(name for name in offered if name in wanted)
