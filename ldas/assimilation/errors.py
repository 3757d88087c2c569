"""Error variances of background and observations.

Barbu et al. (2011, 2014); Albergel et al. (2017).
"""

from collections.abc import Sequence

import numpy as np

from ldas.core.errors import UserError


def soil_moisture_variance(error: np.ndarray | float, scale: np.ndarray) -> np.ndarray:
    """Variance ((m3 m-3)^2) of an `error` given in the soil's range `scale` (m3 m-3)."""
    return (np.asarray(error) * scale) ** 2


def leaf_area_variance(lai: np.ndarray, relative: float, low: float, lai_low: float) -> np.ndarray:
    """Background variance ((m2 m-2)^2): relative from `lai_low` on, constant `low` below."""
    return np.where(lai >= lai_low, relative * lai, low) ** 2


def error_correlation(depth: Sequence[float | None], length: float, leaves: float) -> np.ndarray:
    """Correlation (control, control) of background errors.

    `depth` (m) is the middle of a layer of soil moisture, None stands for leaf area. Layers
    of soil moisture are correlated by exp(-distance / `length`) (m; 0: not at all),
    leaf area with every layer by `leaves`. Raises UserError if that is no correlation matrix.
    """
    found = np.eye(len(depth))
    for i, a in enumerate(depth):
        for j, b in enumerate(depth):
            if i == j:
                continue
            if a is None or b is None:
                found[i, j] = leaves
            elif length > 0.0:
                found[i, j] = np.exp(-abs(a - b) / length)
    if np.linalg.eigvalsh(found).min() < -1e-10:
        raise UserError(
            f"&assimilation lai_correlation = {leaves:g} with layer_correlation = {length:g} m is "
            "no correlation matrix; lower the first or raise the second"
        )
    return found


def cell_covariance(variance: np.ndarray, rho: float, correlation: np.ndarray) -> np.ndarray:
    """Error covariance of a cell, (patch control, patch control), patch by patch.

    `variance` (patch, control), `rho` the correlation between patches, `correlation`
    (control, control) that between control variables.
    """
    patches, controls = variance.shape
    between = rho + (1.0 - rho) * np.eye(patches)
    sd = np.sqrt(variance).ravel()
    whole = np.einsum("pq,mn->pmqn", between, correlation).reshape(patches * controls, -1)
    return sd[:, None] * whole * sd[None, :]
