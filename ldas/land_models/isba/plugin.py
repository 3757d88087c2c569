"""ISBA as `&model name = 'isba'` asks for it: its settings, and how it is made from them."""

import numpy as np

from ldas.core.clock import Window
from ldas.core.meteorology import FORCING
from ldas.core.netcdf_input import find_inputs
from ldas.land_models.base import Ground, LandModelChoice, WindowForcing

from .irrigation import Prescribed
from .model import InitialValues, Isba, Options, Site
from .parameters import PARAMETERS
from .prescribed_irrigation import read_prescribed
from .settings import IsbaSettings
from .surface.atmosphere import air_density


def make(settings: IsbaSettings, ground: Ground) -> Isba:
    """ISBA over the columns of `ground`; raises UserError for parameters that cannot be."""
    given = {p.name: getattr(settings, p.name) for p in PARAMETERS}
    temperature = settings.initial_temperature
    if temperature is not None and len(temperature) == 1:
        temperature = temperature * 3
    surface, grid = ground.surface, ground.surface.grid
    co2 = np.ones(grid.cells)
    if settings.co2_reference is not None:
        co2 = np.full(grid.cells, settings.co2_reference)
    elif ground.forcing is not None and settings.photosynthesis != "prescribed":
        co2 = reference_co2(ground.forcing, ground.start, settings.time_step)
    return Isba(
        ground.mosaic,
        Site(surface.clay, surface.sand, grid.cell_lat, grid.cell_lon, co2),
        {name: np.asarray(values) for name, values in given.items() if values is not None},
        surface.maps,
        InitialValues(
            settings.initial_swi,
            tuple(temperature) if temperature else None,
            None if settings.initial_lai is None else tuple(settings.initial_lai),
        ),
        Options(
            settings.time_step,
            settings.photosynthesis,
            settings.snow,
            settings.threads,
            settings.irrigation,
            _prescribed(settings, ground) if settings.irrigation == "prescribed" else None,
        ),
    )


def _prescribed(settings: IsbaSettings, ground: Ground) -> Prescribed:
    """The amounts of &model irrigation_files; raises UserError for what cannot be used."""
    paths = [ground.file(name) for name in settings.irrigation_files]
    files = tuple(find_inputs(paths, "&model irrigation_files"))
    grid, whole = ground.surface.grid, ground.mosaic.columns == ground.total
    return read_prescribed(files, settings.irrigation_variable, grid, ground.start, whole)


def reference_co2(forcing: WindowForcing, start: np.datetime64, time_step: int) -> np.ndarray:
    """CO2 (kg per kg of air) of each cell at the experiment's start."""
    air = forcing.window(Window(start, start + np.timedelta64(time_step, "s")))
    t, q, p, co2 = (air.values[:, 0, FORCING.index(n)] for n in ("tair", "qair", "psurf", "co2"))
    columns = zip(t, q, p, air.heights[:, 0], strict=True)
    return co2 / np.array([air_density(*values) for values in columns])


MODEL = LandModelChoice(IsbaSettings, make)
