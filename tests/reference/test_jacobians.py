"""24-h Jacobians against those of the reference, from its states.

The states are those of our own run to the date, with leaf area and soil moisture of the
reference's `x_start`, and leaf biomass moved with leaf area.
"""

from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.clock import Window
from ldas.cycling.build import build
from ldas.cycling.configuration import load
from ldas.cycling.cycle import carry
from ldas.cycling.filtering import Integration
from ldas.cycling.jacobian import sensitivity
from ldas.parallel.communicator import Serial
from observation_ops.observation_type import observation_type

NAMELIST = Path(__file__).parent / "namelists" / "hapex_nit_mix_year.nml"
NAMES = ("lai", *(f"wg{k}" for k in range(2, 9)))
DAY = np.timedelta64(1, "D")


def placed(model, state, x_start):
    """`state` with the control variables of `x_start` (control, patch)."""
    out = state.copy()
    lai = np.nan_to_num(x_start[0])
    ratio = np.where(state["lai"] > 0.0, lai / np.where(state["lai"] > 0.0, state["lai"], 1.0), 1.0)
    for pool in ("biomass_leaf", "biomass_structural"):
        out[pool][:] *= ratio
    out["lai"][:] = lai
    for layer in range(1, 8):
        given = x_start[layer]
        out["wg"][:, layer] = np.where(np.isfinite(given), given, out["wg"][:, layer])
    return out


def test_six_windows(shared, data):
    with netCDF4.Dataset(shared / "reference" / "surfex" / "jacobians.nc") as file:
        theirs = np.ma.filled(file["H"][:], np.nan)
        x_start = np.ma.filled(file["x_start"][:], np.nan)
        days = np.asarray(file["window"][:], int)
    conf = load(NAMELIST)
    local = build(conf, Serial()).local
    model, now = local.model, conf.experiment.start
    first = local.forcing.window(Window(now, now + DAY)).values[..., 0].mean(axis=1)
    state = model.initial_state(first[local.mosaic.cell], now)
    kinds = [observation_type("ssm"), observation_type("lai")]
    ours = np.full_like(theirs, np.nan)
    for k, day in enumerate(days):
        start = np.datetime64("1986-02-01T18:00:00") + int(day) * DAY
        window = Window(start, start + DAY)
        state = carry(model, state, local.forcing.window(Window(now, start)), Window(now, start))
        now = start
        start, forcing = placed(model, state, x_start[k]), local.forcing.window(window)
        ahead = Integration(start, forcing, window, np.arange(4), [window.end, window.end])
        found = sensitivity(model, NAMES, False, kinds, ahead)
        ours[k] = found.observed.transpose(1, 2, 0)
    there = np.isfinite(theirs)
    difference = np.abs(ours - theirs)[there].max()
    correlation = np.corrcoef(ours[there], theirs[there])[0, 1]
    print(f"\n{there.sum()} Jacobians: largest difference {difference:.4f}, R {correlation:.7f}")
    assert difference <= 0.01
    assert correlation >= 0.999
