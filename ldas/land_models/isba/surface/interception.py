"""Rain held by the canopy: wet fraction (Deardorff 1978, Manzi & Planton 1994) and budget."""

from ldas.core.elementary import power
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Canopy

DELTA_MAX = 1.0


@kernel
def interception_capacity(canopy: Canopy) -> float:
    """Most water the canopy can hold (kg m-2)."""
    return canopy.wrmax_cf * canopy.veg * canopy.lai


@kernel
def wet_fraction(wr: float, wrmax: float, z0: float, lai: float) -> float:
    """Wet fraction Delta of the canopy (1).

    Low canopies follow (wr/wrmax)^(2/3), tall ones the LAI-dependent form; the two are
    blended between roughness lengths `z0` of 0.5 and 1 m.
    """
    if wrmax <= 0.0 or wr <= 0.0:
        return 0.0
    w = min(wr, wrmax)
    high_share = max(min(2.0 * z0 - 1.0, 1.0), 0.0)
    delta = 0.0
    if high_share < 1.0:
        delta = (1.0 - high_share) * power(w / wrmax, 2.0 / 3.0)
    if high_share > 0.0:
        k = 1.0 + 2.0 * lai
        delta += high_share * w / ((1.0 - k) * w + k * wrmax)
    return min(DELTA_MAX, delta)


@kernel
def intercept(
    wr: float, wrmax: float, veg: float, rain: float, evaporation: float, dt: float
) -> tuple[float, float]:
    """New canopy water (kg m-2) and drip (kg m-2 s-1), given rain and canopy `evaporation`.

    Evaporation of more than there is makes a negative drip, taken from the ground.
    """
    w = wr - dt * (evaporation - veg * rain)
    deficit = min(0.0, w / dt)
    w = max(0.0, w)
    excess = max(0.0, (w - wrmax) / dt)
    return min(w, wrmax), excess + deficit
