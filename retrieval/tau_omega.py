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
NEARBY = 1e-3  # m3 m-3, on either side for a slope
STEPS = 100  # at most; four to seven are enough


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
_refractions_kernel = kernel(refractions)


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
    dark, slope = _line(temperature, tau, omega, h, theta)
    return dark - slope * tb


def _line(
    temperature: np.ndarray,
    tau: np.ndarray,
    omega: np.ndarray,
    h: np.ndarray,
    theta: np.ndarray | float,
) -> tuple[np.ndarray, np.ndarray]:
    """Reflectivity of the smooth soil is a line in TB: what it is at 0 K, and less for each K."""
    cos = np.cos(np.radians(theta))
    through = np.exp(-tau / cos)
    bright = through + (1.0 - omega) * (1.0 - through)
    dim = through * (1.0 - (1.0 - omega) * (1.0 - through))
    with np.errstate(invalid="ignore", divide="ignore"):
        rougher = np.exp(h * cos**2) / dim
        return bright * rougher, rougher / temperature


def moisture_of(
    reflectivity: np.ndarray, clay: np.ndarray, theta: np.ndarray | float = ANGLE
) -> np.ndarray:
    """Moisture whose smooth surface has that reflectivity; NaN beyond what soil can have."""
    return _found(reflectivity, clay, theta)[0]


def _found(
    reflectivity: np.ndarray, clay: np.ndarray, theta: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Moisture, and how much more of it belongs to a higher reflectivity (m3 m-3 for 1)."""
    cos = np.cos(np.radians(theta))
    given = [np.asarray(v, float) for v in (reflectivity, clay, cos)]
    shape = np.broadcast_shapes(*(v.shape for v in given))
    wanted, clay, cos = (np.ascontiguousarray(np.broadcast_to(v, shape)).ravel() for v in given)
    found, slope = np.full((2, wanted.size), np.nan)
    _find(wanted, clay, cos, found, slope)
    return found.reshape(shape), slope.reshape(shape)


@kernel
def _reflectivity(moisture: float, water: tuple[float, ...], cos: float) -> float:
    """Of a smooth soil whose clay gives `water` its refractions."""
    n, k = _mixed_kernel(moisture, *water)
    return _fresnel_kernel(n * n - k * k, 2.0 * n * k, cos, 1.0 - cos**2)


@parallel_kernel
def _find(
    wanted: np.ndarray,
    clay: np.ndarray,
    cos: np.ndarray,
    found: np.ndarray,
    slope: np.ndarray,
) -> None:
    """Reflectivity rises with moisture, so there is one: by the false position between two bounds,
    the one that stays weighed down (Anderson and Bjorck 1973)."""
    for i in prange(wanted.size):
        water = _refractions_kernel(clay[i], L_BAND)
        low, high = MOISTURE
        below = _reflectivity(low, water, cos[i]) - wanted[i]
        above = _reflectivity(high, water, cos[i]) - wanted[i]
        if not (below <= 0.0 <= above):
            continue
        side = 0
        for _ in range(STEPS):
            middle = low - below * (high - low) / (above - below)
            value = _reflectivity(middle, water, cos[i]) - wanted[i]
            found[i] = middle
            if abs(value) < CLOSE or high - low < CLOSE:
                break
            if value < 0.0:
                if side == -1:
                    weight = 1.0 - value / below
                    above *= weight if weight > 0.0 else 0.5
                low, below, side = middle, value, -1
            else:
                if side == 1:
                    weight = 1.0 - value / above
                    below *= weight if weight > 0.0 else 0.5
                high, above, side = middle, value, 1
        more = _reflectivity(found[i] + NEARBY, water, cos[i])
        less = _reflectivity(found[i] - NEARBY, water, cos[i])
        slope[i] = 2.0 * NEARBY / (more - less)


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


def single_channel_with_error(
    tb: np.ndarray,
    tb_error: np.ndarray,
    clay: np.ndarray,
    temperature: np.ndarray,
    tau: np.ndarray,
    omega: np.ndarray,
    h: np.ndarray,
    theta: np.ndarray | float = ANGLE,
) -> tuple[np.ndarray, np.ndarray]:
    """Moisture (m3 m-3) as `single_channel`, and its standard error from that of TB (K)."""
    dark, less = _line(temperature, tau, omega, h, theta)
    moisture, slope = _found(dark - less * tb, clay, theta)
    return moisture, slope * less * tb_error
