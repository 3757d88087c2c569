"""Which line and pixel of a ground-range image shows a place: the range-Doppler equations.

A place is seen when the satellite's velocity is perpendicular to the line of sight (zero
Doppler), at the distance that this line has (Small and Schubert 2019, Guide to Sentinel-1
Geocoding, UZH-S1-GC-AD, section 3).
"""

from dataclasses import dataclass

import numpy as np

from ldas.core.kernel import kernel, parallel_kernel, prange

MOST_STEPS = 12  # of Newton's method; three are usual
CLOSE = 1e-8  # s, 0.1 mm along the track
BLOCK = 2048  # places that a thread takes at a time


@dataclass(frozen=True)
class RadarGeometry:
    """How lines and pixels of a ground-range image lie in space and time.

    `orbit` (axis, power): position (m) by seconds since the first line; `line_interval` (s) from
    line to line, `spacing` (m) from pixel to pixel. Slant range to ground range: at `time` (s)
    the polynomial `coefficients` (time, power) of slant range less `sr0` (time,), m.
    """

    orbit: np.ndarray
    line_interval: float
    spacing: float
    time: np.ndarray
    sr0: np.ndarray
    coefficients: np.ndarray


@kernel
def along(coefficients: np.ndarray, t: float) -> tuple[float, float, float]:
    """A polynomial of time, its first and its second derivative."""
    p, v, a = 0.0, 0.0, 0.0
    for k in range(coefficients.size - 1, -1, -1):
        a = a * t + 2.0 * v
        v = v * t + p
        p = p * t + coefficients[k]
    return p, v, a


@kernel
def closest_approach(orbit: np.ndarray, x: float, y: float, z: float) -> tuple[float, float]:
    """Time (s) at which a place is seen, and its distance (m); NaN if it never is."""
    t = 0.0
    for _ in range(MOST_STEPS):
        px, vx, ax = along(orbit[0], t)
        py, vy, ay = along(orbit[1], t)
        pz, vz, az = along(orbit[2], t)
        dx, dy, dz = x - px, y - py, z - pz
        doppler = dx * vx + dy * vy + dz * vz
        slope = dx * ax + dy * ay + dz * az - (vx * vx + vy * vy + vz * vz)
        step = doppler / slope
        t -= step
        if abs(step) < CLOSE:
            px, vx, ax = along(orbit[0], t)
            py, vy, ay = along(orbit[1], t)
            pz, vz, az = along(orbit[2], t)
            return t, np.sqrt((x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2)
    return np.nan, np.nan


@kernel
def ground_range(
    t: float, distance: float, time: np.ndarray, sr0: np.ndarray, coefficients: np.ndarray
) -> float:
    """Ground range (m) of a slant range; conversions linear in time between those given."""
    if np.isnan(t):
        return np.nan
    k = 0
    while k < time.size - 2 and t > time[k + 1]:
        k += 1
    weight = 0.0
    if time.size > 1:
        weight = min(max((t - time[k]) / (time[k + 1] - time[k]), 0.0), 1.0)
    other = min(k + 1, time.size - 1)
    x = distance - (sr0[k] + weight * (sr0[other] - sr0[k]))
    total = 0.0
    for power in range(coefficients.shape[1] - 1, -1, -1):
        first, second = coefficients[k, power], coefficients[other, power]
        total = total * x + (first + weight * (second - first))
    return total


@parallel_kernel
def _image_positions(
    places: np.ndarray,
    orbit: np.ndarray,
    line_interval: float,
    spacing: float,
    time: np.ndarray,
    sr0: np.ndarray,
    coefficients: np.ndarray,
    line: np.ndarray,
    pixel: np.ndarray,
    seen: np.ndarray,
) -> None:
    size = line.size
    for block in prange((size + BLOCK - 1) // BLOCK):
        for i in range(block * BLOCK, min(size, (block + 1) * BLOCK)):
            t, distance = closest_approach(orbit, places[0, i], places[1, i], places[2, i])
            seen[i] = t
            line[i] = t / line_interval
            pixel[i] = ground_range(t, distance, time, sr0, coefficients) / spacing


def image_positions(
    places: np.ndarray, geometry: RadarGeometry
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Line and pixel (both counted from the middle of the first), and time seen (s).

    `places` (axis, ...) are positions fixed to the Earth (m); results have their trailing shape
    and are NaN where a place is never seen or is NaN.
    """
    flat = np.ascontiguousarray(places.reshape(3, -1))
    line, pixel, seen = np.empty((3, flat.shape[1]))
    g = geometry
    _image_positions(
        flat, g.orbit, g.line_interval, g.spacing, g.time, g.sr0, g.coefficients, line, pixel, seen
    )
    shape = places.shape[1:]
    return line.reshape(shape), pixel.reshape(shape), seen.reshape(shape)
