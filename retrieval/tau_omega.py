"""Soil moisture from brightness temperature: the tau-omega model and its inversion.

The single channel algorithm at V polarisation of SMAP (O'Neill et al., ATBD of SPL2SMP): plants
attenuate by their opacity tau and scatter by their albedo omega, roughness h dampens the
reflectivity, soil reflects as Fresnel's equations and the dielectric constant of Mironov et al.
(2009) say, and soil and plants have one temperature. Temperatures in K, angles in degrees,
moisture in m3 m-3, everything else 1.
"""

import numpy as np

from ldas.core.kernel import kernel, parallel_kernel, prange

from .dielectric import mironov, mixed, refractions

L_BAND = 1.41  # GHz
ANGLE = 40.0  # degrees, SMAP's
MOISTURE = (0.02, 0.60)  # m3 m-3: what is looked for
CLOSE = 1e-9  # m3 m-3, or 1 of reflectivity
STEPS = 100  # at most; seven to ten are enough


def fresnel_v(dielectric: np.ndarray, theta: np.ndarray | float = ANGLE) -> np.ndarray:
    """Reflectivity of a smooth surface at V polarisation; the dielectric constant e' - j e''."""
    cos, sin2 = np.cos(np.radians(theta)), np.sin(np.radians(theta)) ** 2
    return _fresnel(np.real(dielectric), -np.imag(dielectric), cos, sin2)


def _fresnel(real: np.ndarray, loss: np.ndarray, cos: np.ndarray, sin2: np.ndarray) -> np.ndarray:
    """Of arrays, or of numbers in kernels, in real arithmetic: a - j b is sqrt(e - sin2)."""
    p = real - sin2
    size = np.sqrt(p * p + loss * loss)
    a, b = np.sqrt(0.5 * (size + p)), np.sqrt(0.5 * np.maximum(size - p, 0.0))
    up = (real * cos - a) ** 2 + (loss * cos - b) ** 2
    return up / ((real * cos + a) ** 2 + (loss * cos + b) ** 2)


_fresnel_kernel, _mixed_kernel = kernel(_fresnel), kernel(mixed)


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
    whole = np.broadcast_arrays(*given)
    wanted, clay, theta = (np.ravel(v) for v in whole)
    parts = np.stack(np.broadcast_arrays(*refractions(clay, L_BAND)), axis=-1)
    found = np.full(wanted.size, np.nan)
    cos, sin2 = np.cos(np.radians(theta)), np.sin(np.radians(theta)) ** 2
    _find(wanted, np.ascontiguousarray(parts), cos, sin2, found)
    return found.reshape(whole[0].shape)


@kernel
def _off(moisture: float, parts: np.ndarray, cos: float, sin2: float, wanted: float) -> float:
    """How far the reflectivity at a moisture lies above the wanted one."""
    n, k = _mixed_kernel(
        moisture, parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]
    )
    return _fresnel_kernel(n * n - k * k, 2.0 * n * k, cos, sin2) - wanted


@parallel_kernel
def _find(
    wanted: np.ndarray, parts: np.ndarray, cos: np.ndarray, sin2: np.ndarray, found: np.ndarray
) -> None:
    for i in prange(wanted.size):
        low, high = MOISTURE
        below = _off(low, parts[i], cos[i], sin2[i], wanted[i])
        above = _off(high, parts[i], cos[i], sin2[i], wanted[i])
        if not (below <= 0.0 <= above):
            continue
        side = 0
        for _ in range(STEPS):
            middle = low - below * (high - low) / (above - below)
            value = _off(middle, parts[i], cos[i], sin2[i], wanted[i])
            found[i] = middle
            if abs(value) < CLOSE or high - low < CLOSE:
                break
            if value < 0.0:
                low, below = middle, value
                above = 0.5 * above if side == -1 else above
                side = -1
            else:
                high, above = middle, value
                below = 0.5 * below if side == 1 else below
                side = 1


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
