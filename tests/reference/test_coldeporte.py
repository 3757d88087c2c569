"""A snow season at Col de Porte against what the Fortran reference computed."""

import hapex
import numpy as np

SEASON_SWE = 1.0  # kg m-2, less counts as no snow
BALANCE_WATER, BALANCE_ENERGY = 1.0e-9, 1.0e-6  # kg m-2, W m-2


def end_of_season(swe):
    """Last sample (3 h each) with snow."""
    return np.flatnonzero(swe > SEASON_SWE)[-1]


def test_the_season(shared, data):
    theirs = hapex.reference(shared, "cdp_non")
    samples = theirs["RN"].shape[0]
    ours = hapex.run_sampled(hapex.ROOT / "namelists" / "coldeporte.nml", samples * 36, 36)
    swe, depth = ours.states["swe"][:, 0], ours.states["snow_depth"][:, 0]
    found = {
        "SWE": hapex.rmse(swe, theirs["WSN_T"][:, 0]),
        "depth": hapex.rmse(depth, theirs["DSN_T"][:, 0]),
        "TG1": hapex.rmse(ours.states["tg"][..., 0], theirs["TG"][..., 0])[0],
        "TS": hapex.rmse(ours.states["ts"], theirs["TS"])[0],
        "WG": np.nanmax(hapex.rmse(ours.states["wg"], theirs["WG"])),
        "end": abs(end_of_season(swe) - end_of_season(theirs["WSN_T"][:, 0])) / 8,
    }
    allowed = {"SWE": 5.0, "depth": 0.03, "TG1": 0.5, "TS": 0.5, "WG": 0.003, "end": 1.0}
    print("\ncdp_non, RMSE and days between the ends:", {k: f"{v:.1e}" for k, v in found.items()})
    print(f"  greatest SWE {swe.max():.1f} kg m-2, depth {depth.max():.2f} m")
    print(f"  worst residuals: {ours.worst_water:.1e} kg m-2, {ours.worst_energy:.1e} W m-2")
    assert all(found[name] <= allowed[name] for name in allowed), found
    assert ours.worst_water <= BALANCE_WATER
    assert ours.worst_energy <= BALANCE_ENERGY
