"""Turbulent exchange between surface and air, and the humidity the air sees there.

Louis (1979) as revised by Mascart et al. (1995) for different roughness lengths of
momentum and heat; surface relative humidity and Halstead coefficient after Noilhan &
Planton (1989) and Noilhan & Mahfouf (1996).
"""

import math

from ldas.core.constants import GRAVITY, KARMAN, PI, R_D, R_V
from ldas.core.elementary import exp, log, power, sin
from ldas.core.kernel import kernel
from ldas.land_models.isba.plants.stomata_jarvis import RS_MAX
from ldas.land_models.isba.records import Air, Canopy, Exchange, SnowCover, Soil
from ldas.land_models.isba.soil.thermal import W_MIN, frozen_fraction

from .humidity import dq_sat_dt, q_sat

RI_MAX = 0.2  # 1, the most stable Richardson number let through
HV_MIN = 1.0e-12  # 1, a smaller Halstead coefficient counts as zero
WET_FRACTION_FLOOR = 0.01  # 1, least factor by which the wet fraction is cut in a step


@kernel
def effective_wind(wind: float, z_wind: float) -> float:
    """Wind speed (m s-1) not below a threshold that grows with its height `z_wind` (m)."""
    return max(wind, 0.1 * min(10.0, z_wind))


@kernel
def soil_relative_humidity(
    w: float, w_other: float, w_floor: float, soil: Soil, qs: float, q_air: float
) -> tuple[float, float]:
    """Relative humidity HU of the bare soil (or of its ice) and the switch of its evaporation.

    `w` is the phase that evaporates, above its residual; `w_other` the phase that takes
    pore space from it. Where the air is moister than the pores but not saturated at the
    surface's temperature the flux is switched off (0); on condensation HU is 1.
    """
    hu = 0.0
    if w > 0.0:
        capacity = soil.wfc * max(w_floor, soil.wsat - w_other) / soil.wsat
        wet = min(w / capacity, 1.0)
        s = sin(0.5 * PI * min(wet, 1.0 - wet))
        hu = s * s if wet < 0.5 else 1.0 - s * s  # (1 - cos(pi wet)) / 2
    if hu * qs < q_air:
        if qs > q_air:
            return q_air / qs, 0.0
        return 1.0, 1.0
    return hu, 1.0


@kernel
def transpiration_conductance(ra: float, rs: float, f2: float) -> float:
    """Conductance (m s-1) of the dry leaves, nil when the roots find no water."""
    return 1.0 / (ra + rs) - (1.0 - f2) / (ra + RS_MAX)


@kernel
def halstead(delta: float, ra: float, rs: float, f2: float, evaporating: bool) -> float:
    """Halstead coefficient H_V (1): wet leaves freely, dry ones through Rs; all freely on dew."""
    if not evaporating:
        return 1.0
    hv = delta + (1.0 - delta) * ra * transpiration_conductance(ra, rs, f2)
    return hv if hv >= HV_MIN else 0.0


@kernel
def surface_humidity(
    veg: float, hug: float, hugi: float, ice_share: float, hv: float, qs: float, q_air: float
) -> float:
    """Specific humidity (kg kg-1) of the air touching soil, ice and leaves together."""
    soil = (1.0 - ice_share) * hug + ice_share * hugi
    return ((1.0 - veg) * soil + veg * hv) * qs + veg * (1.0 - hv) * q_air


@kernel
def richardson(t_surface: float, q_surface: float, air: Air) -> float:
    """Bulk Richardson number (1), at most RI_MAX."""
    moist = R_V / R_D - 1.0
    theta_a = air.t / air.exner * (1.0 + moist * air.q)
    theta_s = t_surface / air.exner_surface * (1.0 + moist * q_surface)
    buoyancy = GRAVITY * (theta_a - theta_s) / (0.5 * (theta_a + theta_s))
    return min(buoyancy * air.z_wind**2 / (air.wind**2 * air.z_temperature), RI_MAX)


@kernel
def aerodynamic_conductance(
    ri: float, z_temperature: float, z_wind: float, wind: float, z0: float, z0h: float
) -> float:
    """Conductance 1/Ra (m s-1) for heat and vapour; Mascart et al. 1995."""
    z0 = min(z0, 0.5 * z_wind)
    z0h = min(min(z0, z0h), 0.5 * z_temperature)
    ln_m = log(z_wind / z0)
    ln_h = log(z_temperature / z0h)
    f_h = ln_m / ln_h
    c_dn = (KARMAN / ln_m) ** 2
    s = ri * wind**2
    if ri < 0.0:
        mu = max(log(z0 / z0h), 0.0)
        c_star = 3.2165 + mu * (4.3431 + mu * (0.5360 - 0.0781 * mu))
        p_h = 0.5802 - mu * (0.1571 - mu * (0.0327 - 0.0026 * mu))
        d = wind + c_star * c_dn * 15.0 * exp(p_h * ln_h) * f_h * math.sqrt(-s)
        return c_dn * (wind - 15.0 * s / d) * f_h
    return c_dn * wind * f_h / (1.0 + 15.0 * s * math.sqrt(wind**2 + 5.0 * s) / wind**3)


@kernel
def momentum_drag(ri: float, z_wind: float, z0: float, z0h: float) -> tuple[float, float]:
    """Drag coefficient C_D and its neutral value (1); Mascart et al. 1995."""
    z0 = min(z0, 0.5 * z_wind)
    z0h = min(z0, z0h)
    c_dn = (KARMAN / log(z_wind / z0)) ** 2
    if ri > 0.0:
        return c_dn / (1.0 + 10.0 * ri / math.sqrt(1.0 + 5.0 * ri)), c_dn
    mu = log(min(z0 / z0h, 200.0))
    c_star = 6.8741 + mu * (2.6933 - mu * (0.3601 - 0.0154 * mu))
    p_m = 0.5233 - mu * (0.0815 - mu * (0.0135 - 0.0010 * mu))
    c_m = 10.0 * c_star * c_dn * power(z_wind / z0, p_m)
    return c_dn * (1.0 - 10.0 * ri / (1.0 + c_m * math.sqrt(-ri))), c_dn


@kernel
def limited_wet_fraction(
    delta: float, wr: float, rain_on_leaves: float, potential: float, dt: float
) -> float:
    """Wet fraction cut so that the wet leaves do not evaporate more than they hold and catch.

    `wr` in kg m-2, `rain_on_leaves` in kg m-2 s-1; `potential` is the evaporation
    (kg m-2 s-1) that the uncut fraction would give.
    """
    need = potential * dt
    supply = wr + rain_on_leaves * dt
    if need != 0.0 and supply < need:
        return delta * max(WET_FRACTION_FLOOR, min(1.0, supply / need))
    return delta


@kernel
def exchange(
    t1: float,
    w1: float,
    wi1: float,
    ra_old: float,
    soil: Soil,
    canopy: Canopy,
    air: Air,
    rs: float,
    f2: float,
    delta: float,
    wr: float,
    snow: SnowCover,
    dt: float,
) -> Exchange:
    """The surface as the air sees it: humidities, resistances, Halstead coefficient.

    `t1`, `w1`, `wi1`: temperature (K), liquid and ice (m3 m-3) of layer 1. The stability
    is that of the surface humidity with the old resistance `ra_old` (s m-1). `wr` (kg m-2)
    limits the evaporation of the wet fraction `delta` over `dt` (s).
    """
    qs = q_sat(t1, air.p)
    evaporating = qs >= air.q
    hug, switch = soil_relative_humidity(w1 - W_MIN, wi1, 0.0, soil, qs, air.q)
    hugi, switch_ice = soil_relative_humidity(wi1, w1, W_MIN, soil, qs, air.q)
    hv = halstead(delta, ra_old, rs, f2, evaporating)
    q_surface = surface_humidity(canopy.veg, hug, hugi, wi1 / (w1 + wi1), hv, qs, air.q)
    ri = richardson(t1, q_surface, air)
    ra = 1.0 / aerodynamic_conductance(
        ri, air.z_temperature, air.z_wind, air.wind, canopy.z0, canopy.z0h
    )
    if evaporating:
        leaves = canopy.veg * (1.0 - snow.plants)
        potential = air.rho * leaves * delta * (qs - air.q) / ra
        delta = limited_wet_fraction(delta, wr, leaves * air.rain, potential, dt)
    hv = halstead(delta, ra, rs, f2, evaporating)
    return Exchange(
        qs,
        dq_sat_dt(t1, air.p, qs),
        evaporating,
        hug,
        switch,
        hugi,
        switch_ice,
        hv,
        delta,
        rs,
        f2,
        frozen_fraction(w1, wi1),
        ra,
        ri,
    )
