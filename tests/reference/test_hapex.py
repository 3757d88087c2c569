"""HAPEX-MOBILHY with prescribed vegetation against what the Fortran reference computed."""

import hapex
import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("data")
NAMELIST = hapex.ROOT / "namelists" / "hapex.nml"
MOIST = slice(0, 10)  # layers down to the 2 m of soil that hold water
BALANCE_WATER, BALANCE_ENERGY = 1.0e-9, 1.0e-6  # kg m-2, W m-2


def test_every_step_of_48_hours(shared):
    theirs = hapex.reference(shared, "hapex_non_48h")
    ours = hapex.run_sampled(NAMELIST, 576, 1)
    largest = {
        "WG": np.abs(ours.states["wg"] - theirs["WG"])[..., MOIST].max(),
        "TG": np.abs(ours.states["tg"] - theirs["TG"]).max(),
        "H": np.abs(ours.fluxes["h"] - theirs["H"]).max(),
        "LE": np.abs(ours.fluxes["le"] - theirs["LE"]).max(),
    }
    allowed = {"WG": 1e-4, "TG": 0.02, "H": 1.0, "LE": 1.0}
    print("\nhapex_non_48h, largest difference:", {k: f"{v:.1e}" for k, v in largest.items()})
    assert all(largest[name] <= allowed[name] for name in allowed), largest
    assert ours.worst_water <= BALANCE_WATER
    assert ours.worst_energy <= BALANCE_ENERGY


def test_the_year(shared):
    theirs = hapex.reference(shared, "hapex_non_year")
    ours = hapex.run_sampled(NAMELIST, 105120, 36)
    wg = hapex.rmse(ours.states["wg"][..., MOIST], theirs["WG"][..., MOIST])
    tg1 = hapex.rmse(ours.states["tg"], theirs["TG"])[0, 0]
    h, le = (hapex.rmse(ours.fluxes[n.lower()], theirs[n])[0] for n in ("H", "LE"))
    lost = {
        "evaporation": ours.fluxes["evap"].sum() / theirs["EVAP"].sum() - 1.0,
        "runoff and drainage": (ours.fluxes["drainage"] + ours.fluxes["runoff"]).sum()
        / (theirs["DRAIN"] + theirs["RUNOFF"]).sum()
        - 1.0,
    }
    print(f"\nhapex_non_year, RMSE: WG {wg.max():.1e}, TG1 {tg1:.1e}, H {h:.1e}, LE {le:.1e}")
    print("  relative difference of the annual sums:", {k: f"{v:.1e}" for k, v in lost.items()})
    print(f"  worst residuals: {ours.worst_water:.1e} kg m-2, {ours.worst_energy:.1e} W m-2")
    assert wg.max() <= 0.003
    assert tg1 <= 0.2
    assert max(h, le) <= 3.0
    assert max(abs(v) for v in lost.values()) <= 0.01
    assert ours.worst_water <= BALANCE_WATER
    assert ours.worst_energy <= BALANCE_ENERGY
