"""Photosynthesis and stomata of the canopy: A-gs.

Jacobs et al. (1996) for the leaf, Calvet et al. (1998) for the canopy, Calvet (2000) and
Calvet et al. (2004) for the response of herbs and of trees to soil water stress. CO2 is
counted in kg per kg of air, so that a flux in kg kg-1 m s-1 times the air's density is in
kg m-2 s-1.
"""

import math
from typing import NamedTuple

from ldas.core.constants import L_V, MOLAR_MASS_AIR, MOLAR_MASS_CO2, T_TRIPLE
from ldas.core.elementary import exp, log
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Air
from ldas.land_models.isba.surface.humidity import q_sat

from .stomata_jarvis import RS_MAX, RS_MIN

HERB, TREE, TROPICAL_TREE = range(3)  # how a plant answers to soil water stress

PPM = 1.0e-6 * MOLAR_MASS_CO2 / MOLAR_MASS_AIR  # kg kg-1 in one part per million by volume
PAR_SHARE = 0.48  # 1, of shortwave; Goudriaan & van Laar 1994
DARK_SHARE = 1.0 / 9.0  # 1, dark respiration over maximum net assimilation; van Heemst 1986
WATER_OVER_CO2 = 1.6  # 1, diffusivities
WATER_OVER_AIR = 1.606  # 1, molar masses
GS_CO2_MIN = 1.0e-5  # m s-1
TINY = 1.0e-12
D_AVOIDING, D_TOLERANT = 0.03, 0.3  # kg kg-1, saturation deficit limits; Calvet 2000
A_WOOD, A_WOOD_STRESSED, B_WOOD = 4.7, 2.8, 7.0  # ln(gm in mm s-1) = A - B f0; Calvet et al. 2004
F0_WOOD_MAX = 0.95  # 1
F0_TROPICAL = 0.74  # 1
Q10_GAMMA, Q10_GM, Q10_AMAX = 1.5, 2.0, 2.0
TEMPERATURE_SLOPE = 0.3  # K-1
T_REFERENCE = 25.0  # degC
FORWARD_SCATTERED = 0.9442719  # 1, sqrt of the share of PAR not scattered, black leaves 1
DIFFUSE = 0.25  # 1, of the sky's share in PAR
EXTINCTION_DIFFUSE, EXTINCTION_DIRECT = 0.8, 0.5
MU_MIN = 0.01  # 1
GAUSS = ((0.5 - math.sqrt(0.15), 5 / 18), (0.5, 8 / 18), (0.5 + math.sqrt(0.15), 5 / 18))
I_OPTIMAL = 500.0  # W m-2, PAR at which the best assimilation is defined
RHO_OPTIMAL = 1.2  # kg m-3


class Pathway(NamedTuple):
    """What tells C3 from C4 plants (Jacobs 1994; Calvet et al. 1998; Gibelin et al. 2006)."""

    gamma: float  # compensation point at 25 degC, kg kg-1
    epsilon: float  # quantum use efficiency, kg J-1
    f0: float  # ratio (Ci - gamma) / (Ca - gamma) without deficit, herbs
    t1_gm: float  # degC, cold and
    t2_gm: float  # hot limits of the mesophyll conductance,
    t1_amax: float  # and of the saturated assimilation
    t2_amax: float
    a: float  # ln(gm in mm s-1) = a + b ln(Dmax in g kg-1), herbs
    b: float
    t_optimal: float  # degC


C3 = Pathway(45.0 * PPM, 0.017e-6, 0.95, 5.0, 36.0, 8.0, 38.0, 2.381, -0.6103, 25.0)
C4 = Pathway(2.8 * PPM, 0.014e-6, 0.60, 13.0, 36.0, 13.0, 38.0, 5.323, -0.8929, 35.0)


class Leaf(NamedTuple):
    """A plant's traits."""

    kind: int  # HERB, TREE or TROPICAL_TREE
    avoiding: bool  # stress strategy: keeps its water (else tolerant: spends it)
    gm: float  # mesophyll conductance at 25 degC without stress, m s-1
    gc: float  # cuticular conductance, m s-1
    dmax: float  # deficit at which the stomata close, trees, kg kg-1
    f2i: float  # critical soil wetness, 1
    amax: float  # saturated assimilation at 25 degC, kg m-2 s-1
    path: Pathway


class Stressed(NamedTuple):
    """Traits as the soil water leaves them."""

    gm: float  # m s-1 at 25 degC
    f0: float  # 1
    dmax: float  # kg kg-1


class Uptake(NamedTuple):
    """What the canopy takes up during a step, per ground area."""

    rs: float  # canopy resistance, s m-1
    an: float  # net assimilation, kg kg-1 m s-1
    respiration: float  # of the leaves, kg kg-1 m s-1
    an_leaf: float  # net assimilation of the mean leaf, kg kg-1 m s-1


@kernel
def herb_gm(dmax: float, path: Pathway) -> float:
    """Mesophyll conductance (m s-1) that goes with `dmax` (kg kg-1); Calvet 2000, eq. 9."""
    return 1.0e-3 * exp(path.a + path.b * log(1.0e3 * dmax))


@kernel
def herb_stress(leaf: Leaf, f2: float) -> Stressed:
    """Herbs: Dmax moves along the line that ties it to gm, then gm or Dmax falls with f2."""
    path = leaf.path
    limit = D_AVOIDING if leaf.avoiding else D_TOLERANT
    drought = f2 / leaf.f2i
    if f2 >= leaf.f2i:
        unstressed = 1.0e-3 * exp((log(1.0e3 * leaf.gm) - path.a) / path.b)
        dmax = unstressed - (unstressed - limit) * (1.0 - f2) / (1.0 - leaf.f2i)
        gm = herb_gm(dmax, path)
    elif leaf.avoiding:
        dmax = limit
        gm = herb_gm(limit, path) * drought
    else:
        dmax = limit * drought
        gm = herb_gm(limit, path)
    if not leaf.avoiding and dmax <= D_AVOIDING:
        dmax = D_AVOIDING
        gm = herb_gm(D_AVOIDING, path) * drought
    return Stressed(gm, path.f0, dmax)


@kernel
def tree_stress(leaf: Leaf, f2: float) -> Stressed:
    """Trees: f0 or gm moves from its unstressed to its stressed value, then both with f2."""
    f0 = (A_WOOD - log(1.0e3 * leaf.gm)) / B_WOOD
    gm_stressed = leaf.gm if leaf.avoiding else 1.0e-3 * exp(A_WOOD_STRESSED - B_WOOD * f0)
    if f2 < leaf.f2i:
        gm = gm_stressed * f2 / leaf.f2i
        f0_stressed = (A_WOOD_STRESSED - log(1.0e3 * max(TINY, gm))) / B_WOOD
        return Stressed(gm, min(F0_WOOD_MAX, f0_stressed), leaf.dmax)
    stress = (1.0 - f2) / (1.0 - leaf.f2i)
    if leaf.avoiding:
        f0_stressed = (A_WOOD_STRESSED - log(1.0e3 * gm_stressed)) / B_WOOD
        return Stressed(leaf.gm, f0 - (f0 - f0_stressed) * stress, leaf.dmax)
    return Stressed(leaf.gm - (leaf.gm - gm_stressed) * stress, f0, leaf.dmax)


@kernel
def soil_stress_response(leaf: Leaf, f2: float) -> Stressed:
    """Traits under soil water stress `f2` (1: none)."""
    if leaf.kind == HERB:
        return herb_stress(leaf, f2)
    if leaf.kind == TREE:
        return tree_stress(leaf, f2)
    return Stressed(leaf.gm * f2, F0_TROPICAL, leaf.dmax)


@kernel
def temperature_response(t: float, ln_q10: float, t1: float, t2: float) -> float:
    """Factor (1) on a rate given at 25 degC, inhibited below `t1` and above `t2` (degC)."""
    rise = exp(0.1 * (t - T_REFERENCE) * ln_q10)
    cold, hot = exp(TEMPERATURE_SLOPE * (t1 - t)), exp(TEMPERATURE_SLOPE * (t - t2))
    return rise / ((1.0 + cold) * (1.0 + hot))


LN_Q10_GAMMA, LN_Q10_GM, LN_Q10_AMAX = (math.log(q) for q in (Q10_GAMMA, Q10_GM, Q10_AMAX))


@kernel
def absorbed_par(par: float, mu: float, lai_above: float) -> float:
    """PAR (W m-2) left below `lai_above`, sun at the cosine `mu` of its zenith angle."""
    sky = DIFFUSE / (DIFFUSE + mu)
    path = lai_above * FORWARD_SCATTERED
    kept_diffuse = 1.0 - exp(-EXTINCTION_DIFFUSE * path)
    kept_direct = 1.0 - exp(-EXTINCTION_DIRECT * path / mu)
    return par * (1.0 - sky * kept_diffuse - (1.0 - sky) * kept_direct)


class Rates(NamedTuple):
    """What all leaves of a canopy share during a step."""

    ca: float  # CO2 of the air, kg kg-1
    ci: float  # inside the leaf, kg kg-1
    am: float  # light-saturated net assimilation, kg kg-1 m s-1
    rd: float  # dark respiration, kg kg-1 m s-1
    efficiency: float  # of light, kg kg-1 m s-1 per W m-2
    residual: float  # assimilation left at closed stomata times the deficit's share
    ds: float  # leaf-to-air saturation deficit, kg kg-1
    gc: float  # m s-1


@kernel
def leaf_rates(
    ca: float,
    ds: float,
    gamma: float,
    gm: float,
    gc: float,
    f0: float,
    dmax: float,
    amax: float,
    epsilon: float,
) -> Rates:
    """Rates that do not depend on light, at the leaf's temperature; Jacobs et al. 1996."""
    ca = max(ca, gamma + 1.0e-6)
    conductance = max(gc + gm, TINY)
    f_min = max(min(gc / conductance, f0), TINY)
    deficit = min(1.0, ds / dmax) if dmax != 0.0 else 1.0
    f = f0 * (1.0 - deficit) + f_min * deficit
    ci = f * ca + (1.0 - f) * gamma
    c_min = (gc * ca + gm * gamma) / conductance
    a_min = gm * (c_min - gamma)
    am = max(amax * (1.0 - exp(-gm * (ci - gamma) / amax)), a_min)
    efficiency = epsilon * (ci - gamma) / (ci + 2.0 * gamma)
    return Rates(ca, ci, am, am * DARK_SHARE, efficiency, a_min * deficit, ds, gc)


@kernel
def leaf_exchange(rates: Rates, par: float) -> tuple[float, float]:
    """Net assimilation (kg kg-1 m s-1) and stomatal conductance (m s-1) of leaves in `par`."""
    am, rd = rates.am, rates.rd
    gross = am + rd
    an, share = 0.0, 0.0
    if am != 0.0:
        an = max(-rd, gross * (1.0 - exp(-rates.efficiency * par / gross)) - rd)
        share = (an + rd) / gross
    through_stomata = an - rates.residual * share + rd * (1.0 - share)
    drop = rates.ca - rates.ci
    base = max(GS_CO2_MIN, through_stomata / drop)
    crossing = WATER_OVER_AIR * (rates.ca + rates.ci) / (2.0 * drop)
    gs_co2 = base
    for _ in range(2):
        evaporation = WATER_OVER_CO2 * gs_co2 * rates.ds
        gs_co2 = base + crossing * evaporation
    return an, WATER_OVER_CO2 * gs_co2 + rates.gc


@kernel
def canopy_uptake(
    leaf: Leaf,
    lai: float,
    exposed: float,
    f2: float,
    t1: float,
    ra: float,
    le: float,
    air: Air,
) -> Uptake:
    """Assimilation and resistance of a canopy of `lai` over its height, by 3 Gauss points.

    `exposed` (1) is the share of leaves neither wet nor under snow; `t1` (K) the surface
    temperature; `ra` (s m-1) and `le` (W m-2) those of the last step, which give the
    humidity at the leaves.
    """
    celsius = t1 - T_TRIPLE
    path = leaf.path
    traits = soil_stress_response(leaf, f2)
    gamma = path.gamma * exp(0.1 * (celsius - T_REFERENCE) * LN_Q10_GAMMA)
    amax = leaf.amax * temperature_response(celsius, LN_Q10_AMAX, path.t1_amax, path.t2_amax)
    gm = traits.gm * temperature_response(celsius, LN_Q10_GM, path.t1_gm, path.t2_gm)
    ds = max(0.0, q_sat(t1, air.p) - air.q - le * ra / (air.rho * L_V))
    rates = leaf_rates(
        air.co2,
        ds,
        gamma,
        gm,
        leaf.gc,
        traits.f0,
        traits.dmax,
        amax / air.rho,
        path.epsilon / air.rho,
    )
    an, gs = 0.0, 0.0
    if air.sw > 0.0:
        par, mu = PAR_SHARE * air.sw, max(air.mu, MU_MIN)
        for height, weight in GAUSS:
            here = leaf_exchange(rates, absorbed_par(par, mu, lai * (1.0 - height)))
            an += here[0] * weight
            gs += here[1] * weight
    else:
        an, gs = leaf_exchange(rates, 0.0)
    gs *= min(1.0, f2 / TINY)
    rs = max(min(1.0 / (gs * lai + TINY), RS_MAX), RS_MIN)
    return Uptake(rs, exposed * an * lai, exposed * rates.rd * lai, an)


@kernel
def best_assimilation(leaf: Leaf, ca: float) -> float:
    """Net assimilation (kg kg-1 m s-1) of a leaf at its best: scale of its ageing.

    Optimal temperature and light, no deficit, no stress, `ca` (kg kg-1) of CO2.
    """
    path = leaf.path
    t = path.t_optimal
    gm = leaf.gm * temperature_response(t, LN_Q10_GM, path.t1_gm, path.t2_gm)
    amax = leaf.amax * temperature_response(t, LN_Q10_AMAX, path.t1_amax, path.t2_amax)
    gamma = path.gamma * exp(0.1 * (t - T_REFERENCE) * LN_Q10_GAMMA)
    f0 = path.f0
    if leaf.kind == TREE:
        f0 = (A_WOOD - log(1.0e3 * leaf.gm)) / B_WOOD
    elif leaf.kind == TROPICAL_TREE:
        f0 = F0_TROPICAL
    rates = leaf_rates(
        ca,
        0.0,
        gamma,
        gm,
        leaf.gc,
        f0,
        1.0,
        amax / RHO_OPTIMAL,
        path.epsilon / RHO_OPTIMAL,
    )
    rd = rates.rd * SHADED_RESPIRATION
    gross = rates.am + rd
    return max(-rd, gross * (1.0 - exp(-rates.efficiency * I_OPTIMAL / gross)) - rd)


SHADED_RESPIRATION = math.exp(-0.02)  # 1, dark respiration below a LAI of 0.1
