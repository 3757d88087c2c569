"""`ldas rescale`: the climates of observations and of an open loop, season by season."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ldas.core.clock import month_index
from ldas.core.errors import UserError
from ldas.cycling.build import read_domain
from ldas.cycling.configuration import Configuration, load
from ldas.cycling.observation_set import ObservationSet
from ldas.cycling.observing import identity, open_sets
from ldas.io.rescaling_file import write_rescaling
from ldas.io.surface import Surface
from observation_ops.rescaling import QUANTILES, climate_of, with_departures
from observation_ops.smooth_climate import smoothed

from .pairing import Paired, pairs, refused, target_of

TARGET = "rescaling_file"


def rescale_all(path: Path) -> Iterator[str]:
    """Write the statistics of every set that is to be rescaled; a line about each.

    Raises UserError if there is none, or no open loop to pair it with.
    """
    conf = load(path)
    wanted = [entry for entry in conf.observation if entry.rescaling != "none"]
    if not wanted:
        raise UserError(f"{path.name}: &observation rescaling: no set is to be rescaled")
    if conf.rescaling.open_loop is None:
        raise UserError(f"{path.name}: &rescaling open_loop: missing; folder of an open loop")
    folder = conf.file(conf.rescaling.open_loop)
    surface = read_domain(conf)
    for found in open_sets(conf, surface, rescaled=False):
        if found.settings.rescaling != "none":
            yield _rescale_one(conf, found, surface, folder)


def refusals(conf: Configuration, sets: Sequence[ObservationSet]) -> list[str]:
    """What `ldas rescale` would refuse of a namelist's open sets."""
    assert conf.rescaling.open_loop is not None
    folder, surface = conf.file(conf.rescaling.open_loop), read_domain(conf)
    wanted = [found for found in sets if found.settings.rescaling != "none"]

    def paired(found: ObservationSet) -> Paired:
        return pairs(found, surface, folder, conf.period, conf.rescaling.minutes)

    return refused(conf, wanted, folder, TARGET, paired)


def _rescale_one(conf: Configuration, found: ObservationSet, surface: Surface, folder: Path) -> str:
    target = target_of(conf, found, folder, TARGET)
    paired = pairs(found, surface, folder, conf.period, conf.rescaling.minutes)
    observed, modelled = paired.observed, paired.modelled[found.kind.variable]
    time, month = paired.time, month_index(paired.time)
    climate = climate_of(observed, modelled, month)
    if conf.rescaling.climate == "smooth":
        climate = smoothed(climate, observed, modelled, time)
    method = found.settings.rescaling
    climate = with_departures(climate, method, observed, modelled, month)
    write_rescaling(
        target,
        surface.grid,
        climate.__dict__,
        QUANTILES,
        {"observation": found.product.units, "model": "m3 m-3"},
        {
            **identity(conf, found),
            "period": str(conf.period),
            "open_loop": str(folder),
            "climate": conf.rescaling.climate,
        },
    )
    number = int((np.isfinite(observed) & np.isfinite(modelled)).sum())
    least, most = climate.count.min(), climate.count.max()
    short = float((climate.count < found.settings.min_pairs).mean())
    return (
        f"wrote {target}: {number} pairs in {surface.grid.cells} cells, {least} to {most} in a "
        f"season; {100.0 * short:.0f} % of months and cells have fewer than "
        f"{found.settings.min_pairs}"
    )
