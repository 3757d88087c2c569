"""The snow pack and its coupling fed with what the reference fed them, step by step."""

import numpy as np
from savepoints import UNDEFINED, Comparison, room, row

from ldas.core.constants import L_S, L_V
from ldas.land_models.isba import column
from ldas.land_models.isba.records import Canopy, Fluxes, SnowCover, vertical_grid
from ldas.land_models.isba.snow import cover as snow_cover
from ldas.land_models.isba.snow import pack as snow
from ldas.land_models.isba.snow.records import SNOW_LAYERS, SnowPack


def defined(values, instead):
    return np.where(np.abs(values) < UNDEFINED, values, instead)


def pack_at(case, k, prefix="I"):
    """The pack; the reference keeps its enthalpy per volume."""
    swe = defined(case[f"{prefix}_WSNOW"][k], 0.0)
    rho = defined(case[f"{prefix}_SNOWRHO"][k], snow_cover.RHO_MIN)
    heat = defined(case[f"{prefix}_SNOWHEAT"][k], 0.0) * swe / rho
    age = defined(case[f"{prefix}_SNOWAGE"][k], 0.0)
    return SnowPack(*(row(profile) for profile in (swe, rho, heat, age)))


def bare_canopy(case, k):
    """The surface without snow: its roughness is recorded apart."""
    canopy, z0 = case.canopy(k), case["I_Z0VEG"][k]
    return Canopy(canopy.lai, canopy.veg, z0, z0 / case.par["Z0_O_Z0H"], *canopy[4:])


def compare_snow(case):
    """Cover, roughness, pack, fluxes, and the snow's part in the column's budgets."""
    out, grid = Comparison(), vertical_grid()
    for k in range(case.steps):
        air, dt = case.air(k), case["I_PTSTEP"][k]
        pack, canopy = pack_at(case, k), bare_canopy(case, k)
        cover = SnowCover(0.0, 0.0, 0.0)
        swe = float(pack.swe[:SNOW_LAYERS].sum())
        if swe > 0.0:
            cover = snow_cover.snow_cover(swe, snow.pack_depth(pack), canopy.veg, canopy.z0)
            canopy = snow_cover.canopy_in_snow(canopy, cover.total, air.z_wind, air.z_temperature)
        for name, value in zip(("PSN", "PSNG", "PSNV"), cover, strict=True):
            out.add(f"I_{name}", value, case[f"I_{name}"][k])
        out.add("I_Z0", canopy.z0, case["I_Z0"][k])
        out.add("I_Z0H", canopy.z0h, case["I_Z0H"][k])
        if swe > 0.0 or air.snow > 0.0:
            compare_pack(case, k, pack, cover, canopy, air, grid, dt, out)
        compare_coupling(case, k, cover, canopy, air, grid, dt, out)
    return out.arrays()


def compare_pack(case, k, pack, cover, canopy, air, grid, dt, out):
    albedo = float(defined(case["I_SNOWALB"][k], 0.0))
    site = snow.SnowSite(0.0, 0.0, case["I_TG"][k][0], grid.dz[0], case["SD_COND"][k][0])
    ours = snow.step_snow(pack, albedo, cover.total, site, canopy, air, room().snow, dt)
    gone = pack.swe[0] <= 0.0
    layers = slice(0, SNOW_LAYERS)
    theirs = pack_at(case, k, "SN")
    out.add("SN_WSNOW", pack.swe[layers], theirs.swe[layers])
    out.add("SN_SNOWRHO", pack.rho[layers], theirs.rho[layers])
    out.add("SN_SNOWHEAT", pack.heat[layers], theirs.heat[layers])
    out.add("SN_SNOWAGE", pack.age[layers], theirs.age[layers])
    if not gone:
        out.add("SN_SNOWALB", ours.albedo, case["SN_SNOWALB"][k])
        out.add("SN_SNOWTEMP", snow.surface_temperature(pack), case["SN_SNOWTEMP"][k][0])
    for name, value in (
        ("RNSNOW", ours.rn),
        ("HSNOW", ours.h),
        ("LES3L", ours.les),
        ("EVAP3L", ours.les / L_S),
        ("GFLUXSNOW", ours.g),
        ("GRNDFLUX", ours.ground),
        ("FLSN_COR", ours.correction),
        ("THRUFAL", ours.water),
        ("EVAPCOR", ours.lack),
    ):
        out.add(f"SN_{name}", value, case[f"SN_{name}"][k])
    assert ours.residual <= 1e-6  # W m-2


def compare_coupling(case, k, cover, canopy, air, grid, dt, out):
    """Surface budget of the snow-free part beside snow, soil water, and what is reported."""
    profile = case.column(k)
    inside = room(case["SD_HCAP"][k], case["SS_F2WGHT"][k])
    inside.properties.conductivity[:] = row(case["SD_COND"][k])
    f, ra, _ = column.step_energy(
        profile,
        case["I_WR"][k],
        case["I_RESA"][k],
        case["WL_DELTA"][k],
        case["ST_RS"][k],
        case["SS_F2"][k],
        case.soil(),
        canopy,
        air,
        cover,
        case["SN_GRNDFLUX"][k],
        case["SN_FLSN_COR"][k],
        grid,
        inside,
        dt,
    )
    out.add("CB_TG", profile.t[:14], case["CB_TG"][k])
    out.add("CB_RESA", ra, case["CB_RESA"][k])
    for name in ("RN", "H", "LEG", "LEGI", "LEV", "LETR"):
        out.add(f"CB_{name}", getattr(f, name.lower()), case[f"CB_{name}"][k])
    open_ground, open_plants = 1.0 - cover.ground, 1.0 - cover.plants
    share = cover.total
    whole = Fluxes(
        (1.0 - share) * case["CB_RN"][k] + share * case["SN_RNSNOW"][k],
        (1.0 - share) * case["CB_H"][k] + share * case["SN_HSNOW"][k],
        open_ground * case["CB_LEG"][k],
        open_ground * case["CB_LEGI"][k],
        open_plants * case["CB_LEV"][k],
        open_plants * case["CB_LETR"][k],
    )
    le = whole.leg + whole.legi + whole.lev + share * case["SN_LES3L"][k]
    evap = (whole.leg + whole.lev) / L_V + whole.legi / L_S + share * case["SN_EVAP3L"][k]
    out.add("AG_RN", whole.rn, case["AG_RN"][k])
    out.add("AG_H", whole.h, case["AG_H"][k])
    out.add("AG_LE", le, case["AG_LE"][k])
    out.add("AG_EVAP", evap, case["AG_EVAP"][k])
    rain = air.rain - share * air.rain
    wrmax = case["WL_WRMAX"][k]
    wr, drip = column.intercept(
        case["I_WR"][k], wrmax, canopy.veg, rain, (whole.lev - whole.letr) / L_V, dt
    )
    out.add("HY_WR", wr, case["HY_WR"][k])
    water = case.column(k, "CB")
    reaching = (1.0 - canopy.veg) * rain + drip + case["SN_THRUFAL"][k]
    runoff, drainage = column.step_water(
        water,
        reaching,
        case["SN_EVAPCOR"][k],
        whole,
        case["SS_F2"][k],
        case.soil(),
        canopy,
        air.p,
        grid,
        inside,
        dt,
    )
    n = case.n
    out.add("HY_WG", water.w[:n], case["HY_WG"][k][:n])
    out.add("HY_WGI", water.wi[:n], case["HY_WGI"][k][:n])
    out.add("HY_TG", water.t[:14], case["HY_TG"][k])
    out.add("HY_DRAIN", drainage, case["HY_DRAIN"][k])
    out.add("HY_RUNOFF", runoff, case["HY_RUNOFF"][k])
