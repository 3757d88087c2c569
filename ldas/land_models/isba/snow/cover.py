"""How much of the ground and of the plants snow covers, and the roughness it leaves.

Boone & Etchevers (2001); Napoly et al. (2020) and Decharme et al. (2016) for the values.
"""

import math

from ldas.core.elementary import exp, log
from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Canopy, SnowCover

DEPTH_MIN = 1.0e-6  # m, a thinner pack counts as none
COVERING_DEPTH = 0.01  # m, at which the ground disappears
RHO_MIN, RHO_MAX = 50.0, 750.0  # kg m-3
Z0_MULTIPLE = 5.0  # 1, depth in roughness lengths at which half of the plants are covered
Z0_SNOW, Z0H_SNOW = 1.0e-3, 1.0e-4  # m


@kernel
def snow_cover(swe: float, depth: float, veg: float, z0: float) -> SnowCover:
    """Cover of a pack of `swe` (kg m-2) and `depth` (m) on ground with plants of `z0` (m)."""
    if swe <= 0.0:
        return SnowCover(0.0, 0.0, 0.0)
    rho = max(RHO_MIN, min(RHO_MAX, swe / max(DEPTH_MIN, depth)))
    ground = min(1.0, depth / COVERING_DEPTH)
    plants = min(swe / (swe + rho * Z0_MULTIPLE * z0), ground)
    return SnowCover((1.0 - veg) * ground + veg * plants, ground, plants)


@kernel
def blended_roughness(share: float, height: float, z0: float, z0_snow: float) -> float:
    """Roughness length (m) whose neutral drag at `height` (m) is the mean of both surfaces'."""
    drag = share / log(height / z0_snow) ** 2
    drag += (1.0 - share) / log(height / z0) ** 2
    return height / exp(math.sqrt(1.0 / drag))


@kernel
def canopy_in_snow(canopy: Canopy, share: float, z_wind: float, z_temperature: float) -> Canopy:
    """The canopy with the roughness lengths of a surface under snow for a `share` (1)."""
    return Canopy(
        canopy.lai,
        canopy.veg,
        blended_roughness(share, z_wind, canopy.z0, Z0_SNOW),
        blended_roughness(share, z_temperature, canopy.z0h, Z0H_SNOW),
        canopy.albedo,
        canopy.emissivity,
        canopy.c_v,
        canopy.wrmax_cf,
        canopy.rsmin,
        canopy.rgl,
        canopy.gamma,
    )
