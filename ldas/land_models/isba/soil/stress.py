"""Root-weighted soil moisture stress (Decharme et al. 2011)."""

import numpy as np

from ldas.core.kernel import kernel
from ldas.land_models.isba.records import Soil


@kernel
def soil_water_stress(
    wg: np.ndarray, root_share: np.ndarray, soil: Soil, weight: np.ndarray
) -> float:
    """Return F2 (1) and fill `weight`, each layer's part of it, from liquid water `wg` (m3 m-3)."""
    f2 = 0.0
    for j in range(soil.n):
        available = (wg[j] - soil.wwilt) / (soil.wfc - soil.wwilt)
        weight[j] = root_share[j] * max(0.0, min(1.0, available))
        f2 += weight[j]
    return f2
