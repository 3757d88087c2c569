"""A-gs, growth and respiration fed with what the reference fed them, step by step."""

import numpy as np
from savepoints import Comparison, row

from ldas.core.sun import place_vector, sun_vector
from ldas.land_models.isba.plants import nitrogen_dilution, photosynthesis, respiration
from ldas.land_models.isba.plants.canopy_structure import (
    C3_CROP,
    GRASS,
    roughness_length,
    surface_emissivity,
    vegetation_cover,
)
from ldas.land_models.isba.records import vertical_grid

PLACE = place_vector(43.484, 1.3)  # HAPEX
FORMS = {"hapex_nit_c3": C3_CROP, "hapex_nit_grass": GRASS}


def leaf_of(par):
    return photosynthesis.Leaf(
        photosynthesis.HERB,
        par["STRESS"] > 0.5,
        par["GMES"],
        par["GC"],
        par["DMAX"],
        par["F2I"],
        par["AMAX"],
        photosynthesis.C3,
    )


def ageing_of(par):
    return nitrogen_dilution.Ageing(
        par["SEFOLD"],
        par["LAIMIN"],
        1.0 / (par["CE_NITRO"] * par["CNA_NITRO"] + par["CF_NITRO"]),
        par["ANMAX"],
        par["GMES"],
        nitrogen_dilution.self_shading_lai(43.484),
    )


def compare_plants(case, form):
    """Stomata, assimilation, pools, LAI and what follows from it."""
    out = Comparison()
    leaf, age = leaf_of(case.par), ageing_of(case.par)
    out.add("BSLAI_NITRO", age.leaf_mass, case.par["BSLAI_NITRO"])
    for k in range(case.steps):
        compare_sun(case, k, out)
        canopy, air = case.canopy(k), case.air(k)
        out.add("I_VEG", vegetation_cover(canopy.lai, form), canopy.veg)
        out.add("I_Z0", roughness_length(canopy.lai, form, 0.0), canopy.z0)
        out.add("I_EMIS", surface_emissivity(canopy.veg, form), canopy.emissivity)
        exposed = (1.0 - case["WL_DELTA"][k]) * (1.0 - case["SN_PSNV"][k])
        uptake = photosynthesis.canopy_uptake(
            leaf,
            canopy.lai,
            exposed,
            case["SS_F2"][k],
            case["I_TG"][k][0],
            case["I_RESA"][k],
            case["I_LE"][k],
            air,
        )
        assimilated = case["I_ANDAY"][k] + uptake.an * case["I_PTSTEP"][k] * air.rho
        best = max(case["I_ANFM"][k], uptake.an_leaf)
        out.add("ST_RS", uptake.rs, case["ST_RS"][k])
        out.add("ST_AN", uptake.an, case["ST_AN"][k])
        out.add("ST_GPP", uptake.an + uptake.respiration, case["ST_GPP"][k])
        out.add("ST_RESP_LEAF", uptake.respiration, case["ST_RESP_LEAF"][k])
        out.add("ST_ANDAY", assimilated, case["ST_ANDAY"][k])
        out.add("ST_ANFM", best, case["ST_ANFM"][k])
        if k + 1 < case.steps and case["step"][k + 1] == case["step"][k] + 1:
            compare_growth(case, k, age, out)
    return out.arrays()


def compare_sun(case, k, out):
    """Zenith angle at the start of the step, as it is used: by day not below the horizon."""
    year, month, day = (int(case[f"I_{name}"][k]) for name in ("YEAR", "MONTH", "DAY"))
    into_day = int(case["I_TIME"][k] - case["I_PTSTEP"][k])
    start = np.datetime64(f"{year}-{month:02d}-{day:02d}") + np.timedelta64(into_day, "s")
    mu = float(sun_vector(start) @ PLACE)
    theirs = np.cos(case["I_ZENITH"][k])
    if case["I_SW"][k] > 0.0:
        out.add("I_ZENITH", max(mu, 0.01), max(theirs, 0.01))


def compare_growth(case, k, age, out):
    """Pools at the start of the next step from those of this one."""
    pools = nitrogen_dilution.Pools(
        *case["I_BIOMASS"][k],
        case["ST_ANDAY"][k],
        case["ST_ANFM"][k],
        case["I_RESP_BIOMASS"][k][1],
        case["I_RESP_BIOMASS"][k][2],
    )
    dt, lai, grid = case["I_PTSTEP"][k], case["I_LAI"][k], vertical_grid()
    if case["I_TIME"][k] == dt:
        pools, lai = nitrogen_dilution.daily_growth(pools, lai, age)
    t = row(case["HY_TG"][k])
    t_deep = respiration.depth_mean(t, grid.dz, 1.0)
    structural = respiration.structural_respiration(pools.structural, False, t[0], dt)
    below = respiration.below_respiration(pools.below, t_deep, dt)
    after = k + 1
    out.add("I_LAI", lai, case["I_LAI"][after])
    out.add("I_BIOMASS", pools[:3], case["I_BIOMASS"][after])
    out.add(
        "I_RESP_BIOMASS",
        [pools.respired_structural + structural, pools.respired_below + below],
        case["I_RESP_BIOMASS"][after][1:],
    )
