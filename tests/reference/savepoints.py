"""Every ISBA process fed with what the reference fed it, step by step.

`outputs_of(case)` runs our processes on the recorded inputs of a savepoint case and
returns pairs (ours, reference) by the reference's name.
"""

import json
from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.constants import GRAVITY, L_V
from ldas.land_models.isba import column
from ldas.land_models.isba.column import NO_COVER, Workspace
from ldas.land_models.isba.plants import stomata_jarvis
from ldas.land_models.isba.records import (
    LAYERS,
    WIDTH,
    Air,
    Canopy,
    Exchange,
    Fluxes,
    Profile,
    Properties,
    SnowCover,
    Soil,
    vertical_grid,
)
from ldas.land_models.isba.snow.records import SnowWork
from ldas.land_models.isba.soil import heat as soil_heat
from ldas.land_models.isba.soil import hydraulics as soil_hydraulics
from ldas.land_models.isba.soil import stress as soil_stress
from ldas.land_models.isba.soil import thermal as soil_thermal
from ldas.land_models.isba.surface import atmosphere, interception
from ldas.land_models.isba.surface import energy as surface_energy
from ldas.land_models.isba.surface import exchange as surface_exchange
from ldas.land_models.isba.tridiagonal import Work

UNDEFINED = 1e19


def row(values=1.0):
    """A padded profile, filled with `values` as far as they go."""
    out = np.ones(WIDTH)
    values = np.atleast_1d(values)
    out[: values.size] = values
    return out


def rows(count):
    return [row() for _ in range(count)]


def room(capacity=1.0, root_weight=1.0):
    return Workspace(
        Work(*rows(7)),
        Properties(row(), row(capacity), *rows(4)),
        row(root_weight),
        row(),
        row(),
        SnowWork(*rows(10)),
    )


class Case:
    """A savepoint case: inputs and outputs by name, one value or profile a step."""

    def __init__(self, folder: Path) -> None:
        with netCDF4.Dataset(folder / "steps.nc") as steps:
            steps.set_auto_mask(False)
            self.data = {
                name: v[:].astype(float)[:, 0] for name, v in steps.variables.items() if v.ndim > 1
            }
            self.data["step"] = steps["step"][:].astype(int)
        per_patch = json.loads((folder / "params.json").read_text())["per_patch"]
        self.par = next(iter(per_patch.values()))
        self.n = int(self.par["NWG_LAYER"])

    def __getitem__(self, name):
        return self.data[name]

    @property
    def steps(self):
        return self.data["I_TA"].shape[0]

    def soil(self):
        first = lambda name: float(self.par[name][0])
        sand = first("SAND")
        wsat = first("WSAT")
        return Soil(
            self.n,
            wsat,
            first("WFC"),
            first("WWILT"),
            first("BCOEF"),
            first("MPOTSAT"),
            first("CONDSAT"),
            first("HCAPSOIL"),
            float(soil_hydraulics.saturated_thawed_conductivity(np.array(sand), np.array(wsat))),
            first("CONDDRY"),
        )

    def roots(self):
        return row(np.diff(self.par["ROOTFRAC"], prepend=0.0))

    def column(self, k, prefix="I"):
        w = np.where(self["I_WG"][k] > UNDEFINED, self.soil().wfc, self["I_WG"][k])
        wi = np.where(self["I_WGI"][k] > UNDEFINED, 0.0, self["I_WGI"][k])
        out = Profile(row(0.3), row(0.0), row(280.0))
        out.w[:LAYERS], out.wi[:LAYERS] = w, wi
        out.wi[LAYERS:] = 0.0
        out.t[:LAYERS] = self[f"{prefix}_TG"][k]
        return out

    def canopy(self, k):
        par = self.par
        lai, veg = self["I_LAI"][k], self["I_VEG"][k]
        return Canopy(
            0.0 if lai > UNDEFINED else lai,
            veg,
            self["I_Z0"][k],
            self["I_Z0H"][k],
            self["I_SNOWFREE_ALB"][k],
            self["I_EMIS"][k],
            par["CV"],
            par["WRMAX_CF"],
            par.get("RSMIN", 40.0),
            par.get("RGL", 100.0),
            par.get("GAMMA", 0.0),
        )

    def air(self, k):
        z_wind = self["I_UREF"][k]
        return Air(
            self["I_TA"][k],
            self["I_QA"][k],
            surface_exchange.effective_wind(self["I_VMOD"][k], z_wind),
            self["I_VMOD"][k],
            self["I_SW"][k],
            self["I_LW"][k],
            self["I_PS"][k],
            self["I_RR"][k],
            self["I_SR"][k],
            self["I_CSP"][k],
            np.cos(self["I_ZENITH"][k]),
            self["I_RHOA"][k],
            self["I_EXNA"][k],
            self["I_EXNS"][k],
            self["I_ZREF"][k],
            z_wind,
        )

    def cover(self, k):
        return SnowCover(self["SN_PSN"][k], self["SN_PSNG"][k], self["SN_PSNV"][k])


class Comparison(dict):
    """Lists of (ours, reference) by name."""

    def add(self, name, ours, theirs):
        pairs = self.setdefault(name, ([], []))
        pairs[0].append(np.array(ours, dtype=float))
        pairs[1].append(np.array(theirs, dtype=float))

    def arrays(self):
        return {name: (np.array(a), np.array(b)) for name, (a, b) in self.items()}


def compare(case):
    """All processes of every step against the reference."""
    out, grid, soil = Comparison(), vertical_grid(), case.soil()
    for k in range(case.steps):
        canopy, air, dt = case.canopy(k), case.air(k), case["I_PTSTEP"][k]
        compare_air(case, k, air, out)
        compare_soil_properties(case, k, grid, soil, canopy, out)
        compare_canopy(case, k, soil, canopy, air, out)
        compare_energy(case, k, grid, soil, canopy, air, dt, out)
        compare_water(case, k, grid, soil, canopy, air, dt, out)
    return out.arrays()


def compare_air(case, k, air, out):
    out.add("I_RHOA", atmosphere.air_density(air.t, air.q, air.p, air.z_temperature), air.rho)
    out.add("I_EXNS", atmosphere.exner(air.p), air.exner_surface)
    upper = air.p - air.rho * GRAVITY * air.z_temperature
    out.add("I_EXNA", atmosphere.exner(upper), air.exner)


def compare_soil_properties(case, k, grid, soil, canopy, out):
    profile = case.column(k)
    conductivity, capacity = rows(2)
    soil_thermal.fill_below_hydrology(profile, grid.node, soil)
    soil_thermal.soil_thermal_properties(profile.w, profile.wi, soil, conductivity, capacity)
    out.add("SD_COND", conductivity[:LAYERS], case["SD_COND"][k])
    out.add("SD_HCAP", capacity[:LAYERS], case["SD_HCAP"][k])
    c_g = soil_thermal.ground_inertia(grid.dz[0], case["SD_HCAP"][k][0])
    out.add("SD_CG", c_g, case["SD_CG"][k])
    out.add("SD_CT", soil_thermal.surface_inertia(c_g, case["I_WR"][k], canopy), case["SD_CT"][k])
    frozen = soil_thermal.frozen_fraction(profile.w[0], profile.wi[0])
    out.add("SD_FROZEN1", frozen, case["SD_FROZEN1"][k])


def compare_canopy(case, k, soil, canopy, air, out):
    weight = row()
    f2 = soil_stress.soil_water_stress(case.column(k).w, case.roots(), soil, weight)
    out.add("SS_F2", f2, case["SS_F2"][k])
    out.add("SS_F2WGHT", weight[: case.n], case["SS_F2WGHT"][k][: case.n])
    wrmax = interception.interception_capacity(canopy)
    out.add("WL_WRMAX", wrmax, case["WL_WRMAX"][k])
    delta = interception.wet_fraction(case["I_WR"][k], wrmax, canopy.z0, canopy.lai)
    out.add("WL_DELTA", delta, case["WL_DELTA"][k])
    if "RSMIN" in case.par:
        rs = stomata_jarvis.jarvis_resistance(air, canopy, case["SS_F2"][k])
        out.add("ST_RS", rs, case["ST_RS"][k])


def compare_energy(case, k, grid, soil, canopy, air, dt, out):
    start = case.column(k)
    t1_old = start.t[0]
    ex = surface_exchange.exchange(
        t1_old,
        start.w[0],
        start.wi[0],
        case["I_RESA"][k],
        soil,
        canopy,
        air,
        case["ST_RS"][k],
        case["SS_F2"][k],
        case["WL_DELTA"][k],
        case["I_WR"][k],
        NO_COVER,
        dt,
    )
    compare_exchange(case, k, canopy, air, ex, out)
    theirs = Exchange(
        ex.qs,
        ex.dqs,
        ex.evaporating,
        case["CB_HUG"][k],
        ex.switch,
        case["CB_HUGI"][k],
        ex.switch_ice,
        case["CB_HV"][k],
        ex.delta,
        case["ST_RS"][k],
        case["SS_F2"][k],
        case["SD_FROZEN1"][k],
        case["CB_RESA"][k],
        case["CB_RI"][k],
    )
    conductivity, capacity = row(case["SD_COND"][k]), row(case["SD_HCAP"][k])
    between = soil_heat.interface_conductance(
        grid.dz[0], conductivity[0], grid.dz[1], conductivity[1]
    )
    t1, t2 = surface_energy.surface_temperature_coefficients(
        t1_old,
        air,
        canopy,
        theirs,
        NO_COVER,
        0.0,
        case["SD_CT"][k],
        case["SD_CG"][k],
        between,
        dt,
    )
    t = start.t.copy()
    soil_heat.diffuse_heat(t, t1, t2, conductivity, capacity, grid.dz, dt, Work(*rows(7)))
    out.add("CB_TG", t[:LAYERS], case["CB_TG"][k])
    f = surface_energy.surface_fluxes(case["CB_TG"][k][0], t1_old, air, canopy, theirs)
    le = f.leg + f.legi + f.lev
    ours = {
        "RN": f.rn,
        "H": f.h,
        "LEG": f.leg,
        "LEGI": f.legi,
        "LEV": f.lev,
        "LETR": f.letr,
        "LER": f.lev - f.letr,
        "LE": le,
        "GFLUX": f.rn - f.h - le,
    }
    for name, value in ours.items():
        out.add(f"CB_{name}", value, case[f"CB_{name}"][k])


def compare_exchange(case, k, canopy, air, ex, out):
    for name, value in (
        ("RESA", ex.ra),
        ("RI", ex.ri),
        ("HUG", ex.hug),
        ("HUGI", ex.hugi),
        ("HV", ex.hv),
        ("DELTA", ex.delta),
        ("CH", 1.0 / (ex.ra * air.wind)),
    ):
        out.add(f"CB_{name}", value, case[f"CB_{name}"][k])
    cd, cdn = surface_exchange.momentum_drag(
        case["CB_RI"][k], air.z_wind, case["I_Z0EFF"][k], canopy.z0h
    )
    out.add("CB_CD", cd, case["CB_CD"][k])
    out.add("CB_CDN", cdn, case["CB_CDN"][k])
    out.add("CB_USTAR", np.sqrt(cd) * case["I_VMOD"][k], case["CB_USTAR"][k])


def compare_water(case, k, grid, soil, canopy, air, dt, out):
    profile = case.column(k, "CB")
    wrmax = interception.interception_capacity(canopy)
    evaporation = (case["CB_LEV"][k] - case["CB_LETR"][k]) / L_V
    wr, drip = interception.intercept(case["I_WR"][k], wrmax, canopy.veg, air.rain, evaporation, dt)
    out.add("HY_WR", wr, case["HY_WR"][k])
    out.add("HY_DRIP", drip, case["HY_DRIP"][k])
    fluxes = Fluxes(*(case[f"CB_{name}"][k] for name in ("RN", "H", "LEG", "LEGI", "LEV", "LETR")))
    reaching = (1.0 - canopy.veg) * air.rain + case["HY_DRIP"][k]
    runoff, drainage = column.step_water(
        profile,
        reaching,
        0.0,
        fluxes,
        case["SS_F2"][k],
        soil,
        canopy,
        air.p,
        grid,
        room(case["SD_HCAP"][k], case["SS_F2WGHT"][k]),
        dt,
    )
    n = case.n
    out.add("HY_WG", profile.w[:n], case["HY_WG"][k][:n])
    out.add("HY_WGI", profile.wi[:n], case["HY_WGI"][k][:n])
    out.add("HY_TG", profile.t[:LAYERS], case["HY_TG"][k])
    out.add("HY_DRAIN", drainage, case["HY_DRAIN"][k])
    out.add("HY_RUNOFF", runoff, case["HY_RUNOFF"][k])
