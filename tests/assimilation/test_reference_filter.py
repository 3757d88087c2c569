"""The reference filter at its 61 cycles: Jacobians and innovations in, gain and increments out."""

import netCDF4
import numpy as np
import pytest

from ldas.assimilation.errors import leaf_area_variance, soil_moisture_variance
from ldas.assimilation.sekf import sekf_cells
from ldas.land_models.control import force_restore_range

PATCH, MISSING = 6, 900.0
TEXT_PRECISION = 1e-5  # relative, of the reference's files


@pytest.fixture
def cycles(shared):
    with netCDF4.Dataset(shared / "reference" / "surfex" / "sekf" / "hapex_c3.nc") as file:
        file.set_auto_mask(False)
        return {name: file[name][...] for name in file.variables} | {
            "sigma": file.XSIGMA,
            "error": file.XERROBS,
            "scale": file.COFSWI,
        }


def test_soil_range_is_the_reference_s(cycles):
    assert force_restore_range(np.array([0.37]))[0] == pytest.approx(cycles["scale"], rel=1e-12)


def test_gain_and_increments_of_every_cycle(cycles):
    scale = float(cycles["scale"])
    worst = {"gain": 0.0, "increment": 0.0, "analysis": 0.0}
    for k in range(61):
        jacobian = np.nan_to_num(cycles["H"][k, :, :, PATCH])[None]
        background = cycles["xb"][k, :, PATCH]
        variance = soil_moisture_variance(cycles["sigma"], scale)
        variance[7] = leaf_area_variance(background[7], cycles["sigma"][7], 0.4, 2.0)
        observed = cycles["obs_value"][k]
        innovation = np.where(observed < MISSING, cycles["innov"][k], np.nan)
        r = np.array([(cycles["error"][0] * scale) ** 2, (cycles["error"][1] * observed[1]) ** 2])
        there = np.isfinite(innovation)
        assert r[there] == pytest.approx(cycles["Rdiag"][k][there], rel=TEXT_PRECISION)
        increment, gain, _, _ = sekf_cells(
            np.array([0, 1]),
            np.ones(1),
            jacobian,
            variance[None],
            r[None],
            innovation[None],
        )
        theirs = cycles["K"][k][..., PATCH].T
        scale_of = np.abs(theirs).max() or 1.0
        worst["gain"] = max(
            worst["gain"], np.abs(gain[0] - theirs)[:, there].max(initial=0.0) / scale_of
        )
        moved = cycles["incr"][k, :, PATCH]
        scale_of = np.abs(moved).max() or 1.0
        worst["increment"] = max(worst["increment"], np.abs(increment[0] - moved).max() / scale_of)
        analysis = background + increment[0]
        against = cycles["xa"][k, :, PATCH]
        worst["analysis"] = max(worst["analysis"], np.abs(analysis / against - 1.0).max())
    print(
        "\nlargest relative difference over 61 cycles:", {n: f"{v:.1e}" for n, v in worst.items()}
    )
    assert all(value <= TEXT_PRECISION for value in worst.values()), worst
