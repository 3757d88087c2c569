"""Canopy resistance as a product of stress factors (Jarvis 1976; Noilhan & Planton 1989)."""

from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Air, Canopy
from ldas.land_models.isba.surface.humidity import q_sat

RS_MIN = 1.0e-4  # s m-1
RS_MAX = 5000.0  # s m-1


@kernel
def jarvis_resistance(air: Air, canopy: Canopy, f2: float) -> float:
    """Canopy resistance Rs (s m-1).

    F1 from shortwave, F2 from soil moisture, F3 from the deficit of the air, F4 from its
    temperature; Noilhan & Planton 1989, eqs. 11-15. RS_MAX without leaves.
    """
    if canopy.lai <= 0.0:
        return RS_MAX
    f = 1.1 * air.sw / (canopy.rgl * canopy.lai)
    f1 = (f + canopy.rsmin / RS_MAX) / (1.0 + f)
    f3 = 1.0
    if canopy.gamma > 0.0:
        f3 = max(1.0 - canopy.gamma * 1000.0 * (q_sat(air.t, air.p) - air.q), 1.0e-3)
    f4 = max(1.0 - 0.0016 * (298.15 - air.t) ** 2, 1.0e-3)
    conductance = canopy.lai * f1 * f2 * f3 * f4 / canopy.rsmin
    if conductance * RS_MAX <= 1.0:
        return RS_MAX
    return max(RS_MIN, 1.0 / conductance)
