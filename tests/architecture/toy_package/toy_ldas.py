"""One toy of every kind that another package can add: what is needed, and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import typer

from forcing.source import Source
from ldas.core.meteorology import FORCING
from ldas.core.settings import Group, entry
from ldas.core.state import State
from ldas.core.variable import Variable
from ldas.cycling.filters.sekf import SimplifiedExtended
from ldas.figures.figure import Figure
from ldas.gridded.geometry import Rectilinear
from ldas.imagery.retrieval import Retrieval
from ldas.land_models.base import Advance, Ground, LandModelChoice
from observation_ops.observation_type import ObservationType
from observation_ops.products import Product, Stamp, Wanted

# a land model: one store of water per column that rain fills and that empties by itself


class ToySettings(Group):
    """A store of water."""

    name: Literal["toy_model"] = entry("toy_model", "land model")
    time_step: int = entry(3600, "time step", "s", ge=1)
    threads: int = entry(1, "threads of each MPI rank", ge=1, le=1)
    restart: str | None = entry(None, "restart file to begin from")
    emptying: float = entry(1e-6, "share of the store that leaves it a second", "s-1", ge=0.0)


class ToyModel:
    name = "toy_model"
    state_table = (Variable("store", ("column",), "kg m-2", "water", lower=0.0, upper=1e4),)
    flux_names, diagnostic_names = ("runoff",), ("wr",)
    layer_bottom = np.array([1.0])

    def __init__(self, settings: ToySettings, ground: Ground) -> None:
        self.settings, self.mosaic = settings, ground.mosaic
        self.time_step = settings.time_step

    def initial_state(self, air_temperature: np.ndarray, time: np.datetime64) -> State:
        return State(self.state_table, {"store": np.zeros(self.mosaic.columns)})

    def advance(self, state: State, forcing, start: np.datetime64, steps: int) -> Advance:
        store, out = state["store"].copy(), np.zeros(self.mosaic.columns)
        rain = FORCING.index("rainf")
        for k in range(steps):
            time = start + np.timedelta64(k * self.time_step, "s")
            stamp = int((time - forcing.start).astype(int) // forcing.interval) + 1
            left = store * self.settings.emptying
            store = store + self.time_step * (forcing.values[self.mosaic.cell, stamp, rain] - left)
            out += left / steps
        return Advance(State(self.state_table, {"store": store}), {"runoff": out}, 0.0, 0.0)

    def diagnose(self, state: State, time: np.datetime64) -> dict[str, np.ndarray]:
        return {"wr": state["store"]}

    def refusals(self, forcing) -> list[str]:
        return []


MODEL = LandModelChoice(ToySettings, ToyModel)

# a forcing source: other names in the files

FORCING_SOURCE = Source(
    {
        "tair": ("temperature",),
        "qair": ("Qair",),
        "wind": ("Wind",),
        "swdown": ("SWdown",),
        "lwdown": ("LWdown",),
        "psurf": ("PSurf",),
        "rainf": ("Rainf",),
        "snowf": ("Snowf",),
        "z_temperature": ("ZREF",),
        "z_wind": ("UREF",),
        "altitude": ("ZS",),
    }
)

# an observation type: soil moisture at 20 to 40 cm


class RootZone(ObservationType):
    def variance(self, value, error, least, soil_range) -> np.ndarray:
        return (error * soil_range) ** 2


TYPE = RootZone(
    name="toy_type",
    meaning="soil moisture at 20-40 cm",
    variable="wg",
    layer=5,
    model_units="m3 m-3",
    plain="never",
    lower=0.0,
    upper=1.0,
    error=0.2,
    error_help="of the soil's range",
)

# a product reader: a text file of one pixel


class TextProduct(Product):
    def read(self, stamp: Stamp, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        value = float(stamp.path.read_text().splitlines()[stamp.index].split()[3])
        return np.array([[value]]), np.zeros((1, 1), int)


def open_text(wanted: Wanted) -> Product:
    stamps, lat, lon = [], 0.0, 0.0
    for path in wanted.files:
        for k, line in enumerate(path.read_text().splitlines()):
            time, lat, lon, _ = line.split()
            stamps.append(Stamp(np.datetime64(time), path, k))
    place = Rectilinear(np.array([float(lat)]), np.array([float(lon)]))
    return TextProduct(wanted.kind, "text", "m3 m-3", (place,), tuple(stamps), 1.0, 1.0, ())


# presets of a product

PRESETS = ()

# a filter: the simplified extended one, its increments halved


class Half(SimplifiedExtended):
    def analyse(self, outcome, background, cells, columns) -> None:
        super().analyse(outcome, background, cells, columns)
        outcome.increment *= 0.5


# a retrieval: the same number everywhere


class ToyRetrieval(Group):
    """The same number everywhere."""

    method: Literal["toy_retrieval"] = entry("toy_retrieval", "how moisture is retrieved")
    output: str = entry(help="product to write")
    moisture: float = entry(0.2, "everywhere", "m3 m-3")


def _check(namelist: Path, groups: dict) -> Iterator[str]:
    yield f"{groups['retrieval'].moisture} everywhere"


def _retrieve(namelist: Path, groups: dict, info) -> Path:
    settings = groups["retrieval"]
    target = namelist.parent / settings.output
    target.write_text(f"{settings.moisture}\n")
    return target


RETRIEVAL = Retrieval(ToyRetrieval, _check, _retrieve)

# a figure, and a command


def _draw(conf, path: Path) -> Path:
    path.write_bytes(b"\x89PNG")
    return path


FIGURE = Figure(lambda conf: True, _draw)


def command(name: str) -> None:
    """Greet."""
    typer.echo(f"hello {name}")
