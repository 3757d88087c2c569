"""Radar backscatter of a place from its soil moisture and leaf area, in dB.

A water cloud (Attema and Ulaby 1978) of leaves over the soil, as Sentinel-1 has been assimilated
before (Modanesi et al. 2022), but what leaves scatter is bounded: with more of them than the years
of the calibration had it stays that of a dense canopy. The soil's own backscatter follows a
straight line of its moisture in dB, or the calibrated integral equation model (Baghdadi et al.
2006) for a roughness, with Mironov's dielectric constant.
"""

from typing import NamedTuple

import numpy as np

from retrieval.dielectric import mironov
from retrieval.iem import decibels, iem_b, linear
from retrieval.water_cloud import cloud, transmissivity

LAWS = ("linear", "iem")  # of the soil
MOISTURE = (0.01, 0.60)  # m3 m-3: what is looked for
NEARBY, CLOSE, STEPS = 1.0e-3, 1.0e-4, 60  # m3 m-3, dB, at most


class Signature(NamedTuple):
    """How places answer to the radar, under the angle of one orbit; shapes broadcast."""

    plants: np.ndarray  # A of the water cloud: backscatter of a dense canopy, 1
    attenuation: np.ndarray  # B, 1 for each m2 m-2 of leaves
    soil: np.ndarray  # dB per m3 m-3, or the rms height of the surface, cm
    offset: np.ndarray  # dB
    theta: np.ndarray  # degrees from nadir
    clay: np.ndarray  # 1

    def of(self, places: np.ndarray) -> "Signature":
        """Those of some places."""
        return Signature(*(values[places] for values in self))


def soil_backscatter(moisture: np.ndarray, s: Signature, law: str) -> np.ndarray:
    """Backscatter of the bare soil (dB) at `moisture` (m3 m-3), VV.

    Raises ValueError for an unknown law.
    """
    if law == "linear":
        return s.offset + s.soil * moisture
    if law == "iem":
        moist = np.maximum(moisture, 0.0)
        return s.offset + decibels(iem_b(mironov(moist, s.clay), s.soil, s.theta))
    raise ValueError(f"law '{law}', allowed: {', '.join(LAWS)}")


def backscatter(moisture: np.ndarray, lai: np.ndarray, s: Signature, law: str) -> np.ndarray:
    """Backscatter of soil and plants (dB); `moisture` in m3 m-3, `lai` in m2 m-2."""
    soil = linear(soil_backscatter(moisture, s, law))
    return decibels(cloud(soil, s.plants, s.theta, seen_through(lai, s)))


def seen_through(lai: np.ndarray, s: Signature) -> np.ndarray:
    """What of the soil's backscatter comes through the leaves (1)."""
    return transmissivity(lai, s.theta, s.attenuation)


def moisture_of(
    sigma: np.ndarray, lai: np.ndarray, s: Signature, law: str
) -> tuple[np.ndarray, np.ndarray]:
    """Moisture (m3 m-3) that gives a backscatter (dB), and what 1 m3 m-3 more adds to it (dB).

    The inverse of `backscatter`. NaN where plants alone scatter as much, or no soil from MOISTURE
    gives it.
    """
    through = seen_through(lai, s)
    plants = s.plants * np.cos(np.radians(s.theta)) * (1.0 - through)
    with np.errstate(invalid="ignore", divide="ignore"):
        soil = decibels((linear(sigma) - plants) / through)
    low, high = (np.full(np.shape(soil), v) for v in MOISTURE)
    below, above = (soil_backscatter(v, s, law) - soil for v in (low, high))
    inside = (below <= 0.0) & (above >= 0.0)
    found = low
    for _ in range(STEPS):
        with np.errstate(invalid="ignore", divide="ignore"):
            found = low - below * (high - low) / (above - below)
        found = np.where(inside, np.clip(found, low, high), low)
        off = soil_backscatter(found, s, law) - soil
        if np.nanmax(np.abs(off[inside]), initial=0.0) < CLOSE:
            break
        lower = off < 0.0
        low, below = np.where(lower, found, low), np.where(lower, off, 0.5 * below)
        high, above = np.where(lower, high, found), np.where(lower, 0.5 * above, off)
    more = backscatter(found + NEARBY, lai, s, law) - backscatter(found - NEARBY, lai, s, law)
    return np.where(inside, found, np.nan), np.where(inside, more / (2.0 * NEARBY), np.nan)
