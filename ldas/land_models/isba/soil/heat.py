"""Implicit heat diffusion through the soil column (Boone et al. 2000; Decharme et al. 2011)."""

import numpy as np

from ldas.core.kernel import kernel
from ldas.land_models.isba.records import LAYERS, PADDED
from ldas.land_models.isba.tridiagonal import Work, solve_tridiagonal


@kernel
def interface_conductance(dz: float, conductivity: float, dz_next: float, next_: float) -> float:
    """Conductance (W m-2 K-1) between the middles of two neighbouring layers."""
    return 1.0 / (0.5 * dz / conductivity + 0.5 * dz_next / next_)


@kernel
def diffuse_heat(
    t: np.ndarray,
    t1: float,
    t2: float,
    conductivity: np.ndarray,
    capacity: np.ndarray,
    dz: np.ndarray,
    dt: float,
    work: Work,
) -> None:
    """Advance `t` (K) by `dt` (s) with backward Euler; no heat through the bottom.

    The top row is the surface energy budget solved for the surface temperature,
    T_1 = t1 + t2 T_2.
    """
    lower, diagonal, upper, inertia = work.lower, work.diagonal, work.upper, work.flux
    last = LAYERS - 1
    for j in range(PADDED):
        upper[j] = -interface_conductance(dz[j], conductivity[j], dz[j + 1], conductivity[j + 1])
        inertia[j] = dz[j] * capacity[j] / dt
    for j in range(1, LAYERS):
        lower[j] = upper[j - 1]
    upper[last] = -0.0
    for j in range(1, LAYERS):
        diagonal[j] = inertia[j] - lower[j] - upper[j]
        t[j] *= inertia[j]
    diagonal[0] = 1.0
    upper[0] = -t2
    t[0] = t1
    solve_tridiagonal(lower, diagonal, upper, t, LAYERS)


@kernel
def add_heat(
    t: np.ndarray, into: np.ndarray, capacity: np.ndarray, dz: np.ndarray, dt: float
) -> None:
    """Add the heat `into` (W m-2) of layers 2 on to their temperatures `t` (K) over `dt` (s)."""
    for j in range(1, LAYERS):
        t[j] += dt * into[j] / (dz[j] * capacity[j])
