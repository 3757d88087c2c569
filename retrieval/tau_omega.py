"""Soil moisture from brightness temperature: the tau-omega model and its inversion.

The single channel algorithm at V polarisation of SMAP (O'Neill et al., ATBD of SPL2SMP): plants
attenuate by their opacity tau and scatter by their albedo omega, roughness h dampens the
reflectivity, soil reflects as Fresnel's equations and the dielectric constant of Mironov et al.
(2009) say, and soil and plants have one temperature. Temperatures in K, angles in degrees,
moisture in m3 m-3, everything else 1.
"""

import numpy as np

from .dielectric import mironov

L_BAND = 1.41  # GHz
ANGLE = 40.0  # degrees, SMAP's
MOISTURE = (0.02, 0.60)  # m3 m-3: what is looked for
CLOSE = 1e-11  # m3 m-3, or 1 of reflectivity
STEPS = 100  # at most; seven to ten are enough


def fresnel_v(dielectric: np.ndarray, theta: np.ndarray | float = ANGLE) -> np.ndarray:
    """Reflectivity of a smooth surface at V polarisation."""
    cos, sin2 = np.cos(np.radians(theta)), np.sin(np.radians(theta)) ** 2
    root = np.sqrt(dielectric - sin2)
    return np.abs((dielectric * cos - root) / (dielectric * cos + root)) ** 2


def rough(reflectivity: np.ndarray, h: np.ndarray, theta: np.ndarray | float = ANGLE) -> np.ndarray:
    """Reflectivity of a rough surface, dampened by exp(-h cos2 theta)."""
    return reflectivity * np.exp(-h * np.cos(np.radians(theta)) ** 2)


def brightness_temperature(
    moisture: np.ndarray,
    clay: np.ndarray,
    temperature: np.ndarray,
    tau: np.ndarray,
    omega: np.ndarray,
    h: np.ndarray,
    theta: np.ndarray | float = ANGLE,
) -> np.ndarray:
    """TB at V polarisation (K) of soil under plants; `tau` at nadir, `clay` a fraction.

    SMAP's files give the opacity along the path: times cos(theta) it is `tau`.
    """
    r = rough(fresnel_v(mironov(moisture, clay, L_BAND), theta), h, theta)
    through = np.exp(-tau / np.cos(np.radians(theta)))
    plants = (1.0 - omega) * (1.0 - through) * (1.0 + r * through)
    return temperature * ((1.0 - r) * through + plants)


def soil_reflectivity(
    tb: np.ndarray,
    temperature: np.ndarray,
    tau: np.ndarray,
    omega: np.ndarray,
    h: np.ndarray,
    theta: np.ndarray | float = ANGLE,
) -> np.ndarray:
    """Reflectivity that the smooth soil must have for such a TB; may lie outside 0 to 1."""
    cos = np.cos(np.radians(theta))
    through = np.exp(-tau / cos)
    bright = through + (1.0 - omega) * (1.0 - through)
    dim = through * (1.0 - (1.0 - omega) * (1.0 - through))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (bright - tb / temperature) / dim * np.exp(h * cos**2)


def moisture_of(
    reflectivity: np.ndarray, clay: np.ndarray, theta: np.ndarray | float = ANGLE
) -> np.ndarray:
    """Moisture whose smooth surface has that reflectivity; NaN beyond what soil can have.

    Reflectivity rises with moisture, so there is one: found by the false position between two
    bounds (the Illinois method).
    """
    given = (np.asarray(v, float) for v in (reflectivity, clay, theta))
    wanted, clay, theta = np.broadcast_arrays(*given)
    shape = wanted.shape

    def off(moisture: np.ndarray, k: np.ndarray) -> np.ndarray:
        return fresnel_v(mironov(moisture, clay.flat[k], L_BAND), theta.flat[k]) - wanted.flat[k]

    found = np.full(wanted.size, np.nan)
    left = np.arange(wanted.size)
    low, high = (np.full(wanted.size, bound) for bound in MOISTURE)
    below, above = off(low, left), off(high, left)
    possible = (below <= 0.0) & (above >= 0.0)
    left, low, high, below, above = (v[possible] for v in (left, low, high, below, above))
    side = np.zeros(left.size)
    for _ in range(STEPS):
        if left.size == 0:
            break
        middle = low - below * (high - low) / (above - below)
        value = off(middle, left)
        done = (np.abs(value) < CLOSE) | (high - low < CLOSE)
        found[left[done]] = middle[done]
        under = value < 0.0
        halved_above = np.where(side == -1.0, 0.5 * above, above)
        halved_below = np.where(side == 1.0, 0.5 * below, below)
        low, high = np.where(under, middle, low), np.where(under, high, middle)
        below = np.where(under, value, halved_below)
        above = np.where(under, halved_above, value)
        side = np.where(under, -1.0, 1.0)
        kept = ~done
        left, low, high, below, above, side = (
            v[kept] for v in (left, low, high, below, above, side)
        )
    return found.reshape(shape)


def single_channel(
    tb: np.ndarray,
    clay: np.ndarray,
    temperature: np.ndarray,
    tau: np.ndarray,
    omega: np.ndarray,
    h: np.ndarray,
    theta: np.ndarray | float = ANGLE,
) -> np.ndarray:
    """Moisture (m3 m-3) from TB at V polarisation; NaN where no soil gives such a TB."""
    wanted = soil_reflectivity(tb, temperature, tau, omega, h, theta)
    return moisture_of(wanted, clay, theta)
