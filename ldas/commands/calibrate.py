"""`ldas calibrate`: how the backscatter of each cell answers to an open loop."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ldas.config.product_entries import wanted_of
from ldas.core.errors import UserError
from ldas.cycling.backscatter import BackscatterSet
from ldas.cycling.build import read_domain
from ldas.cycling.configuration import Configuration, load
from ldas.cycling.observation_set import ObservationSet
from ldas.cycling.observing import identity, open_sets
from ldas.io.calibration_file import write_calibration
from ldas.io.surface import Surface
from observation_ops.at_cells import at_cells
from observation_ops.backscatter_fit import Fit, Pairs, fit_backscatter
from observation_ops.incidence_angle import ANGLE
from observation_ops.products import open_wanted

from .pairing import Paired, pairs, refused, target_of

TARGET = "calibration_file"
CELLS_AT_ONCE = 2000
ANGLE_SPREAD = 1.5  # degrees, standard deviation within an orbit at one place: more are several


def calibrate_all(path: Path) -> Iterator[str]:
    """Write the calibration of every set of backscatter; a line about each.

    Raises UserError if there is none, or no open loop to fit it to.
    """
    conf = load(path)
    if conf.calibration.open_loop is None:
        raise UserError(f"{path.name}: &calibration open_loop: missing; folder of an open loop")
    folder, surface = conf.file(conf.calibration.open_loop), read_domain(conf)
    sets = [s for s in open_sets(conf, surface, False) if isinstance(s, BackscatterSet)]
    if not sets:
        raise UserError(f"{path.name}: &observation type: no set is 'sigma0'; nothing to calibrate")
    for found in sets:
        yield _calibrate_one(conf, found, surface, folder)


def refusals(conf: Configuration, sets: Sequence[ObservationSet]) -> list[str]:
    """What `ldas calibrate` would refuse of a namelist's open sets."""
    assert conf.calibration.open_loop is not None
    folder, surface = conf.file(conf.calibration.open_loop), read_domain(conf)
    wanted = [found for found in sets if isinstance(found, BackscatterSet)]

    def paired(found: ObservationSet) -> object:
        return _pairs(conf, found, surface, folder)  # type: ignore[arg-type]

    return refused(conf, wanted, folder, TARGET, paired)


def _calibrate_one(
    conf: Configuration, found: BackscatterSet, surface: Surface, folder: Path
) -> str:
    target = target_of(conf, found, folder, TARGET)
    orbits, paired = _pairs(conf, found, surface, folder)
    parts = [
        fit_backscatter(_part(paired, slice(k, k + CELLS_AT_ONCE)), conf.calibration.soil)
        for k in range(0, surface.grid.cells, CELLS_AT_ONCE)
    ]
    fit = Fit(
        *(
            np.concatenate(arrays, axis=-1)
            for arrays in zip(*(part.__dict__.values() for part in parts), strict=True)
        )
    )
    least, lowest = found.settings.min_pairs, found.settings.r_min
    good = (fit.count >= least).any(axis=0) & (np.nan_to_num(fit.r, nan=-np.inf) >= lowest)
    if not good.any():
        best = np.nan_to_num(fit.r, nan=-1.0).max()
        raise UserError(
            f"&observation '{found.name}': no cell with {least} pairs of an orbit has a fit with a "
            f"correlation of r_min = {lowest:g} (at most {best:.2f})"
        )
    write_calibration(
        target,
        surface.grid,
        orbits,
        fit.__dict__,
        conf.calibration.soil,
        {**identity(conf, found), "period": str(conf.period), "open_loop": str(folder)},
    )
    return (
        f"wrote {target}: {int(fit.count.sum())} pairs in {surface.grid.cells} cells and "
        f"{orbits.size} orbits; {100.0 * good.mean():.0f} % of the cells have "
        f"{least} pairs of an orbit and R of {lowest:g}; medians: "
        f"R {np.nanmedian(fit.r):.2f}, left {np.nanmedian(fit.error):.2f} dB, "
        f"{0.1 * np.nanmedian(fit.sensitivity):.1f} dB for 0.1 m3 m-3"
    )


def _pairs(
    conf: Configuration, found: BackscatterSet, surface: Surface, folder: Path
) -> tuple[np.ndarray, Pairs]:
    """The orbits, and what a set saw and the open loop had at the time.

    Raises UserError where there are too few of any orbit, or they are not of one.
    """
    paired = pairs(found, surface, folder, conf.period, conf.calibration.minutes)
    orbits, which = np.unique(
        [found.orbit_of(stamp) for stamp in paired.stamps], return_inverse=True
    )
    sigma = np.stack(
        [found.rescaled(v, t) for v, t in zip(paired.observed, paired.time, strict=True)]
    )
    there = np.isfinite(sigma)
    most = max(int(there[which == k].sum(axis=0).max()) for k in range(orbits.size))
    if most < found.settings.min_pairs:
        raise UserError(
            f"&observation '{found.name}': no cell has min_pairs = {found.settings.min_pairs} "
            f"pairs of an orbit (at most {most})"
        )
    theta = _angles(found, paired, which, orbits)
    moisture, lai = (paired.modelled[name] for name in found.kind.needs)
    return orbits, Pairs(sigma, moisture, lai, which, theta, surface.clay)


def _angles(
    found: BackscatterSet, paired: Paired, which: np.ndarray, orbits: np.ndarray
) -> np.ndarray:
    """The mean incidence angle of each orbit: (orbit, cell).

    Raises UserError where images that are said to be of one orbit see a cell under several.
    """
    settings = found.settings
    files = tuple(dict.fromkeys(stamp.path for stamp in found.product.stamps))
    wanted = replace(
        wanted_of(settings, ANGLE, files),
        variable=settings.angle_variable, units=None, units_given=False, checks=(),
        error_variable=None, error_needed=False, scale=None, offset=None, valid=None,
    )  # fmt: skip
    product = open_wanted(wanted, settings.reader)
    at_time = {(stamp.path, stamp.index): stamp for stamp in product.stamps}
    angles = np.full(paired.observed.shape, np.nan)
    for k, stamp in enumerate(paired.stamps):
        mine = at_time.get((stamp.path, stamp.index))
        if mine is not None:
            angles[k], _ = at_cells(product, mine, found.cells(stamp.place))
    angles = np.where(np.isfinite(paired.observed), angles * (product.factor or 1.0), np.nan)
    if not np.isfinite(angles).any():
        raise UserError(
            f"&observation '{found.name}': '{settings.angle_variable}' has no angle where there is "
            "sigma0 (&observation angle_variable)"
        )
    out = np.full((orbits.size, angles.shape[1]), np.nan)
    for k in range(orbits.size):
        mine = angles[which == k]
        number = np.isfinite(mine).sum(axis=0)
        mean = np.where(np.isfinite(mine), mine, 0.0).sum(axis=0) / np.maximum(number, 1)
        spread = np.sqrt(np.nansum((mine - mean) ** 2, axis=0) / np.maximum(number, 1))
        if spread.max(initial=0.0) > ANGLE_SPREAD:
            place = int(spread.argmax())
            grid = found.grid
            raise UserError(
                f"&observation orbit_variable: images of one orbit ({orbits[k]}) see lat "
                f"{grid.cell_lat[place]:g}, lon {grid.cell_lon[place]:g} under angles that vary by "
                f"{spread.max():.1f} degrees; name what tells the relative orbits apart"
            )
        out[k] = np.where(number > 0, mean, np.nan)
    return out


def _part(pairs: Pairs, cells: slice) -> Pairs:
    """Some cells of the pairs."""
    return Pairs(
        *(getattr(pairs, name)[:, cells] for name in ("sigma", "moisture", "lai")),
        pairs.orbit,
        pairs.theta[:, cells],
        pairs.clay[cells],
    )
