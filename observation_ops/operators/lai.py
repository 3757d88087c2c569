"""Leaf area index: the model's own."""

import numpy as np

from observation_ops.observation_type import ObservationType


class LeafAreaIndex(ObservationType):
    """Errors are relative, with a least one."""

    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """Variance ((m2 m-2)^2): relative, at least that of `least` (Barbu et al. 2011)."""
        return np.maximum(error * value, least) ** 2


TYPE = LeafAreaIndex(
    name="lai",
    meaning="leaf area index",
    variable="lai",
    layer=None,
    model_units="m2 m-2",
    plain="same",
    lower=0.0,
    upper=15.0,
    error=0.2,
    error_help="relative, default 0.2 (Barbu et al. 2011)",
)
