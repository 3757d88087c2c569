"""Backscatter of a rough soil surface: the integral equation model, plain and calibrated.

Single scattering of Fung (1994). Calibrated for C band by Baghdadi et al. (2006, 2011): the
correlation function is Gaussian and the correlation length is replaced by one that depends on
roughness and angle. Angles in degrees from nadir, lengths in cm, sigma0 linear.

Validity: k s < 3; the calibration was made for 20 to 45 degrees.
"""

import numpy as np

from .dielectric import C_BAND

LIGHT = 29.979245800  # cm GHz
SERIES_END = 1.0e-8  # 1, of the sum: terms below are left out
SERIES_MOST = 200  # terms
KS_MAX = 3.0
SMALLEST = 1.0e-12  # linear


def wave_number(frequency: float = C_BAND) -> float:
    """k in rad per cm, of a frequency in GHz."""
    return 2.0 * np.pi * frequency / LIGHT


def calibrated_length(height: np.ndarray, theta: np.ndarray, polarisation: str) -> np.ndarray:
    """Correlation length (cm) that makes the model fit; `height` rms in cm, `theta` in degrees.

    VV and HH: Baghdadi et al. (2006); HV: Baghdadi et al. (2011). The sines' arguments are
    multiples of the angle. Raises ValueError for another polarisation.
    """
    angle = np.radians(theta)
    if polarisation == "VV":
        return 1.281 + 0.134 * np.sin(0.19 * angle) ** -1.59 * height
    if polarisation == "HH":
        return 0.162 + 3.006 * np.sin(1.23 * angle) ** -1.494 * height
    if polarisation in ("HV", "VH"):
        return 0.9157 + 1.2289 * np.sin(0.1543 * angle) ** -0.3139 * height
    raise ValueError(f"polarisation '{polarisation}', allowed: VV, HH, HV")


def iem(
    dielectric: np.ndarray,
    height: np.ndarray,
    length: np.ndarray,
    theta: np.ndarray,
    polarisation: str = "VV",
    correlation: str = "exponential",
    frequency: float = C_BAND,
) -> np.ndarray:
    """Backscatter (linear) of a surface; arguments broadcast.

    `height` (rms) and `length` in cm, `theta` in degrees. Raises ValueError for a polarisation
    other than VV and HH or an unknown correlation function.
    """
    eps, s, extent, angle = np.broadcast_arrays(dielectric, height, length, np.radians(theta))
    eps = np.conj(eps)  # the formulas are written for e' + j e''
    k, sine, cosine = wave_number(frequency), np.sin(angle), np.cos(angle)
    kz, root = k * cosine, np.sqrt(eps - sine**2)
    if polarisation == "VV":
        reflection = (eps * cosine - root) / (eps * cosine + root)
        kirchhoff = 2.0 * reflection / cosine
        field = (2.0 * sine**2 * (1.0 + reflection) ** 2 / cosine) * (
            (1.0 - 1.0 / eps) + (eps - sine**2 - eps * cosine**2) / (eps**2 * cosine**2)
        )
    elif polarisation == "HH":
        reflection = (cosine - root) / (cosine + root)
        kirchhoff = -2.0 * reflection / cosine
        field = -(2.0 * sine**2 * (1.0 + reflection) ** 2 / cosine) * (
            (eps - sine**2 - cosine**2) / cosine**2
        )
    else:
        raise ValueError(f"polarisation '{polarisation}', allowed: VV, HH")
    spectrum = SPECTRA.get(correlation)
    if spectrum is None:
        raise ValueError(f"correlation '{correlation}', allowed: {', '.join(SPECTRA)}")
    damped = np.exp(-((kz * s) ** 2))
    total, term = np.zeros(s.shape), np.ones(s.shape)
    for n in range(1, SERIES_MOST + 1):
        term = term * (s**2 / n)  # s^2n / n!
        amplitude = (2.0 * kz) ** n * kirchhoff * damped + 0.5 * kz**n * field
        added = term * np.abs(amplitude) ** 2 * spectrum(2.0 * k * sine, extent, n)
        total += added
        if n > 2 and (added <= SERIES_END * total).all():
            break
    return 0.5 * k**2 * np.exp(-2.0 * (kz * s) ** 2) * total


def _gaussian(wave: np.ndarray, length: np.ndarray, n: int) -> np.ndarray:
    return length**2 / (2.0 * n) * np.exp(-((wave * length) ** 2) / (4.0 * n))


def _exponential(wave: np.ndarray, length: np.ndarray, n: int) -> np.ndarray:
    return (length / n) ** 2 * (1.0 + (wave * length / n) ** 2) ** -1.5


SPECTRA = {"gaussian": _gaussian, "exponential": _exponential}


def iem_b(
    dielectric: np.ndarray,
    height: np.ndarray,
    theta: np.ndarray,
    polarisation: str = "VV",
    frequency: float = C_BAND,
) -> np.ndarray:
    """Backscatter (linear) of bare soil by the calibrated model; VV or HH.

    Very rough soil at steep angles leaves the physical range: what falls below -120 dB is
    held there. `valid` tells where the calibration may be used.
    """
    length = calibrated_length(height, theta, polarisation)
    found = iem(dielectric, height, length, theta, polarisation, "gaussian", frequency)
    return np.maximum(found, SMALLEST)


def valid(height: np.ndarray, theta: np.ndarray, frequency: float = C_BAND) -> np.ndarray:
    """Where the calibrated model may be used: k s < 3 and 20 to 45 degrees."""
    rough = wave_number(frequency) * np.asarray(height) < KS_MAX
    return rough & (np.asarray(theta) >= 20.0) & (np.asarray(theta) <= 45.0)


def in_decibels(units: str) -> bool:
    """Whether units of sigma0 say dB (or linear); raises ValueError if they say neither."""
    known = {"db": True, "decibel": True}
    known |= dict.fromkeys(("1", "linear", "m2 m-2", "m2/m2"), False)
    if units.strip().lower() not in known:
        raise ValueError(f"units '{units}', allowed: dB, 1 or linear")
    return known[units.strip().lower()]


def decibels(sigma: np.ndarray) -> np.ndarray:
    """10 log10 of linear backscatter; NaN where it is not positive."""
    sigma = np.asarray(sigma, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sigma > 0.0, 10.0 * np.log10(sigma), np.nan)


def linear(decibel: np.ndarray) -> np.ndarray:
    """Linear backscatter of decibels."""
    return 10.0 ** (0.1 * np.asarray(decibel, float))
