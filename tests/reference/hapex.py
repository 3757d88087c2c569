"""HAPEX cases run through the whole system, sampled as the reference samples: the states at
each stamp and the fluxes of the one step that ends there."""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import Window
from ldas.cycling.build import build
from ldas.cycling.configuration import load
from ldas.parallel.communicator import Serial

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Sampled:
    """Arrays (stamp, column, ...) by name, and sums of the fluxes over all steps."""

    states: dict[str, np.ndarray]
    fluxes: dict[str, np.ndarray]
    worst_water: float
    worst_energy: float


def run_sampled(namelist: Path, steps: int, every: int) -> Sampled:
    """Run `steps` steps of a namelist and sample at every `every`-th of them."""
    conf = load(namelist)
    local = build(conf, Serial()).local
    model, step = local.model, np.timedelta64(conf.model.time_step, "s")
    start = conf.experiment.start
    day = local.forcing.window(Window(start, start + np.timedelta64(1, "D")))
    state = model.initial_state(day.values[..., 0].mean(axis=1)[local.mosaic.cell], start)
    states, fluxes, water, energy = [], [], 0.0, 0.0
    for k in range(0, steps, every):
        begin = start + k * step
        forcing = local.forcing.window(Window(begin, begin + every * step))
        for first, count in ((0, every - 1), (every - 1, 1)):
            if count == 0:
                continue
            done = model.advance(state, forcing, begin + first * step, count)
            state = done.state
            water, energy = max(water, done.worst_water), max(energy, done.worst_energy)
        states.append(model.diagnose(state, begin + every * step) | dict(state.items()))
        fluxes.append(done.fluxes)
    joined = lambda rows: {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Sampled(joined(states), joined(fluxes), water, energy)


def reference(shared: Path, case: str) -> dict[str, np.ndarray]:
    """Every variable of a reference case as float64, missing values NaN."""
    with netCDF4.Dataset(shared / "reference" / "surfex" / case / "reference.nc") as file:
        found = {}
        for name, variable in file.variables.items():
            if variable.dtype.kind == "f":
                values = np.ma.filled(variable[:].astype(float), np.nan)
                found[name] = np.where(np.abs(values) > 1e15, np.nan, values)
        return found


def rmse(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Root mean square difference over the stamps."""
    squares = (ours - theirs) ** 2
    found = np.isfinite(squares)
    counted = np.maximum(found.sum(axis=0), 1)
    mean = np.where(found, squares, 0.0).sum(axis=0) / counted
    return np.sqrt(np.where(found.any(axis=0), mean, np.nan))
