"""The reference filter's 61 cycles run whole by us: own model, own Jacobians, own increments.

Not all of the initial state is in the file: deep temperatures are interpolated to 283 K, and
what was assimilated and respired the day before the first window, which feeds the first
growth, is taken such that the open loop's biomass after it is the reference's.
"""

from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from ldas.assimilation.errors import leaf_area_variance, soil_moisture_variance
from ldas.assimilation.sekf import sekf_cells
from ldas.core.clock import Window
from ldas.core.meteorology import FORCING
from ldas.cycling.build import build
from ldas.cycling.configuration import load
from ldas.cycling.cycle import carry
from ldas.cycling.filtering import Integration
from ldas.cycling.jacobian import sensitivity
from ldas.parallel.communicator import Serial
from observation_ops.observation_type import observation_type

CASE = Path(__file__).parent / "namelists" / "hapex_nit_c3crop_year.nml"
NAMES = (*(f"wg{k}" for k in range(2, 9)), "lai")
PATCH, CYCLES, MISSING = 6, 61, 900.0
DAY = np.timedelta64(1, "D")
FIRST = np.datetime64("1986-05-01T00:00:00")
YESTERDAY = {  # of the day before, in the state's units
    "assimilated": 0.02792,
    "an_leaf_max": 3e-7,
    "respired_structural": 9.0e-4,
    "respired_below": 2.9e-4,
}
LAI, WG2, WG5 = 12, 1, 4  # of the file's variables


@pytest.fixture
def reference(shared, data):
    with netCDF4.Dataset(shared / "reference" / "surfex" / "sekf" / "hapex_c3.nc") as file:
        file.set_auto_mask(False)
        found = {name: file[name][...] for name in ("truth", "openloop", "analysis")}
        found = {name: values[:, :, PATCH] for name, values in found.items()}
        found |= {"obs": file["obs_value"][...], "sigma": file.XSIGMA, "error": file.XERROBS}
        return found | {"rain": float(file.rain_factor_assim)}


@pytest.fixture
def point(tmp_path, reference):
    """The point as started on a day, with that run's parameters: cover and roughness follow
    the leaves. The reference starts anew each day, and scales the ageing of leaves to the
    air density of its first forcing."""
    text = CASE.read_text().replace("time_step = 300", "time_step = 1800")
    text = text.replace("start = '1986-01-01T00:00'", "start = '1986-05-01T00:00'")
    kept = [line for line in text.splitlines() if line.split("=")[0].strip() not in ("veg", "z0")]
    kept = [line for line in kept if "emissivity" not in line]
    text = "\n".join(kept).replace("initial_lai = 1.0", "initial_lai = 1.0\n   leaf_life = 150.0")

    def started(day):
        path = tmp_path / "c3.nml"
        path.write_text(text.replace("1986-05-01T00:00", str(day)[:16]) + "\n")
        return build(load(path), Serial()).local

    return started


def first_state(local, row):
    model = local.model
    state = model.initial_state(np.array([285.0]), FIRST)
    state["wg"][0, :10] = row[:10]
    state["tg"][0, 0] = row[10]
    state["tg"][0, 1:] = np.interp(np.arange(13), [0, 12], [row[11], 283.0])
    for name, value in zip(
        ("lai", "biomass_leaf", "biomass_structural", "biomass_below", "wr"), row[12:], strict=True
    ):
        state[name][0] = value
    for name, value in YESTERDAY.items():
        state[name][0] = value
    return state


def run(point, reference, assimilate):
    """WG1..WG10 and LAI at the end of every window, (62, 11)."""
    state = first_state(point(FIRST), reference["analysis"][0])
    kinds = [observation_type("ssm"), observation_type("lai")]
    rows = [np.append(state["wg"][0, :10], state["lai"][0])]
    for k in range(CYCLES):
        start = FIRST + k * DAY
        local = point(start)
        model = local.model
        control, scale = model.control(NAMES, False), model.control_scale()[0]
        window = Window(start, start + DAY)
        forcing = local.forcing.window(window)
        values = forcing.values.copy()
        values[..., FORCING.index("rainf")] *= reference["rain"]
        forcing = replace(forcing, values=values)
        background = carry(model, state, forcing, window)
        observed = reference["obs"][k]
        if assimilate and (observed < MISSING).any():
            ahead = Integration(state, forcing, window, np.arange(1), [window.end] * 2)
            found = sensitivity(model, NAMES, False, kinds, ahead)
            variance = soil_moisture_variance(reference["sigma"], scale)
            lai = background["lai"][0]
            variance[7] = leaf_area_variance(lai, reference["sigma"][7], 0.4, 2.0)
            equivalent = np.array([background["wg"][0, 1], lai])
            innovation = np.where(observed < MISSING, observed - equivalent, np.nan)
            r = (reference["error"] * np.array([scale, observed[1]])) ** 2
            increment, _, _, _ = sekf_cells(
                np.array([0, 1]), np.ones(1), found.observed, variance[None], r[None],
                innovation[None],
            )  # fmt: skip
            background, _ = control.add(background, increment)
        state = background
        rows.append(np.append(state["wg"][0, :10], state["lai"][0]))
    return np.array(rows)


def rmse(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


def test_open_loop_and_analysis_follow_the_reference(point, reference):
    free, analysed = run(point, reference, False), run(point, reference, True)
    theirs, truth = reference["analysis"], reference["truth"]
    wg = max(rmse(analysed[:, k], theirs[:, k]) for k in range(1, 8))
    lai = rmse(analysed[:, 10], theirs[:, LAI])
    ours = rmse(analysed[:, WG5], truth[:, WG5]) / rmse(free[:, WG5], truth[:, WG5])
    his = rmse(theirs[:, WG5], truth[:, WG5]) / rmse(reference["openloop"][:, WG5], truth[:, WG5])
    alone = rmse(free[:, 10], reference["openloop"][:, LAI])
    print(f"\nopen loop: LAI {alone:.4f} from the reference's")
    print(f"analysis: WG2-8 {wg:.1e} m3 m-3 at most, LAI {lai:.3f}")
    print(f"WG5 against truth, analysis / open loop: {ours:.3f}, the reference {his:.3f}")
    assert wg <= 0.002
    assert lai <= 0.05
    assert ours <= his + 0.005
