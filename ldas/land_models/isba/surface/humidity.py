"""Saturation specific humidity over water and ice.

Integrated Clausius-Clapeyron with constant heat capacities (Noilhan & Mahfouf 1996):
e_s(T) = exp(alpha - beta/T - gamma ln T), the ice set at and below the triple point.
"""

import math

from ldas.core.constants import C_ICE, C_WATER, CP_V, E_SAT_TRIPLE, EPSILON, L_S, L_V, R_V, T_TRIPLE
from ldas.core.elementary import exp, log
from ldas.core.kernel import kernel


def _coefficients(latent_heat: float, heat_capacity: float) -> tuple[float, float, float]:
    gamma = (heat_capacity - CP_V) / R_V
    beta = latent_heat / R_V + gamma * T_TRIPLE
    alpha = math.log(E_SAT_TRIPLE) + beta / T_TRIPLE + gamma * math.log(T_TRIPLE)
    return alpha, beta, gamma


ALPHA_W, BETA_W, GAMMA_W = _coefficients(L_V, C_WATER)
ALPHA_I, BETA_I, GAMMA_I = _coefficients(L_S, C_ICE)


@kernel
def saturation_vapour_pressure(t: float) -> float:
    """Saturation vapour pressure (Pa) at temperature `t` (K); over ice if t <= 273.16 K."""
    warm = t > T_TRIPLE
    alpha = ALPHA_W if warm else ALPHA_I
    beta = BETA_W if warm else BETA_I
    gamma = GAMMA_W if warm else GAMMA_I
    return exp(alpha - beta / t - gamma * log(t))


@kernel
def specific_humidity_of(e: float, p: float) -> float:
    """Specific humidity (kg kg-1) of air at pressure `p` with vapour pressure `e` (Pa)."""
    ratio = e / p
    return EPSILON * ratio / (1.0 + (EPSILON - 1.0) * ratio)


@kernel
def vapour_pressure_of(q: float, p: float) -> float:
    """Vapour pressure (Pa) of air at pressure `p` (Pa) with specific humidity `q` (kg kg-1)."""
    return q * p / (EPSILON + q * (1.0 - EPSILON))


@kernel
def q_sat(t: float, p: float) -> float:
    """Saturation specific humidity (kg kg-1) at temperature `t` (K) and pressure `p` (Pa)."""
    return specific_humidity_of(saturation_vapour_pressure(t), p)


@kernel
def dq_sat_dt(t: float, p: float, qs: float) -> float:
    """Derivative of `q_sat` with temperature (kg kg-1 K-1), given qs = q_sat(t, p)."""
    e = vapour_pressure_of(qs, p)
    if t > T_TRIPLE:
        dlne = BETA_W / (t * t) - GAMMA_W / t
    else:
        dlne = BETA_I / (t * t) - GAMMA_I / t
    return dlne * qs / (1.0 + (EPSILON - 1.0) * e / p)
