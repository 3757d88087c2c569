"""Pedotransfer functions and root profile: from clay, sand and rooting depth to parameters.

Clapp & Hornberger (1978) as used by Noilhan & Lacarrere (1995); field capacity is the
water content at -33 kPa (Decharme et al. 2011). Clay and sand are fractions (0-1).
"""

import numpy as np

LAYER_BOTTOM = np.array(
    [0.01, 0.04, 0.10, 0.20, 0.40, 0.60, 0.80, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0]
)  # m, Decharme et al. 2013
THICKNESS = np.diff(LAYER_BOTTOM, prepend=0.0)  # m
NODE_DEPTH = LAYER_BOTTOM - 0.5 * THICKNESS  # m
NODE_SPACING = np.append(0.5 * (THICKNESS[:-1] + THICKNESS[1:]), 0.5 * THICKNESS[-1])  # m

QUARTZ_CONDUCTIVITY = 7.7  # W m-1 K-1, Peters-Lidard et al. 1998
OTHER_CONDUCTIVITY = 2.0  # W m-1 K-1, minerals other than quartz
OTHER_CONDUCTIVITY_LOW_QUARTZ = 3.0  # W m-1 K-1, where quartz is at most 0.2
ICE_CONDUCTIVITY = 2.22  # W m-1 K-1
WATER_CONDUCTIVITY = 0.57  # W m-1 K-1
MINERAL_DENSITY = 2700.0  # kg m-3
MINERAL_SPECIFIC_HEAT = 733.0  # J kg-1 K-1
MINERAL_HEAT_CAPACITY = MINERAL_DENSITY * MINERAL_SPECIFIC_HEAT  # J m-3 K-1


def saturation(sand: np.ndarray) -> np.ndarray:
    """Porosity wsat (m3 m-3) from sand."""
    return 0.494305 - 0.108 * sand


def wilting_point(clay: np.ndarray) -> np.ndarray:
    """Water content at the wilting point wwilt (m3 m-3) from clay."""
    return 37.1342e-3 * np.sqrt(100.0 * clay)


def field_capacity(clay: np.ndarray, sand: np.ndarray) -> np.ndarray:
    """Water content at -33 kPa wfc (m3 m-3)."""
    return (
        0.2298915119
        - 0.4062575773 * sand
        + 0.0874218705 * clay
        + 0.2942558675 * np.cbrt(sand)
        + 0.0413771051 * np.cbrt(clay)
    )


def brooks_corey_b(clay: np.ndarray) -> np.ndarray:
    """Exponent b of psi = psi_sat (w/wsat)^-b."""
    return 13.7 * clay + 3.501


def saturated_potential(sand: np.ndarray) -> np.ndarray:
    """Matric potential at saturation psi_sat (m, negative)."""
    return -0.01 * 10.0 ** (1.85 - 0.88 * sand)


def saturated_conductivity(clay: np.ndarray, sand: np.ndarray) -> np.ndarray:
    """Hydraulic conductivity at saturation k_sat (m s-1)."""
    return 1.0e-6 * 10.0 ** (
        1.61874 - 5.81989 * clay - 0.0907123 * sand + 5.29268 * clay**2 + 1.20332 * sand**2
    )


def dry_conductivity(wsat: np.ndarray) -> np.ndarray:
    """Thermal conductivity of the dry soil (W m-1 K-1), Peters-Lidard et al. 1998 eq. 9."""
    density = MINERAL_DENSITY * (1.0 - wsat)
    return (0.135 * density + 64.7) / (MINERAL_DENSITY - 0.947 * density)


def solid_conductivity(sand: np.ndarray) -> np.ndarray:
    """Thermal conductivity of the soil solids (W m-1 K-1), from the quartz content."""
    quartz = 0.038 + 0.95 * sand
    other = np.where(quartz > 0.2, OTHER_CONDUCTIVITY, OTHER_CONDUCTIVITY_LOW_QUARTZ)
    return QUARTZ_CONDUCTIVITY**quartz * other ** (1.0 - quartz)


def saturated_thawed_conductivity(sand: np.ndarray, wsat: np.ndarray) -> np.ndarray:
    """Thermal conductivity of the soil with its pores full of liquid water (W m-1 K-1)."""
    return solid_conductivity(sand) ** (1.0 - wsat) * WATER_CONDUCTIVITY**wsat


def root_fraction(
    root_depth: np.ndarray, extinction: np.ndarray, linear: np.ndarray, n_layers: np.ndarray
) -> np.ndarray:
    """Share of the roots in each layer, shape (..., layer), summing to 1 (0 without roots).

    A linear share plus Jackson's (1996) profile 1 - extinction^(100 z), both closed at
    `root_depth` (m); the cumulative profile is rounded to eight decimals as the reference
    does. Layers from `n_layers` on hold none.
    """
    root_depth, extinction, linear, n_layers = (
        np.asarray(a)[..., None] for a in (root_depth, extinction, linear, n_layers)
    )
    depth = np.maximum(root_depth, 1e-6)
    decay = 100.0 * np.log(extinction)
    jackson = np.minimum(1.0, (1.0 - np.exp(decay * LAYER_BOTTOM)) / (1.0 - np.exp(decay * depth)))
    cumulative = linear * np.minimum(1.0, LAYER_BOTTOM / depth) + (1.0 - linear) * jackson
    cumulative = np.round(cumulative, 8)
    share = np.diff(cumulative, axis=-1, prepend=0.0)
    inside = np.arange(LAYER_BOTTOM.size) < n_layers
    return np.where(inside & (root_depth > 0.0), share, 0.0)


def hydrology_layers(ground_depth: np.ndarray) -> np.ndarray:
    """Number of layers that carry moisture: those whose bottom is not below `ground_depth` (m)."""
    return np.searchsorted(LAYER_BOTTOM, np.asarray(ground_depth) + 1e-6, side="right")
