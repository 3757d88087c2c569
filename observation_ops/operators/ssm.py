"""Surface soil moisture: the model's liquid water at 1 to 4 cm (WG2)."""

import numpy as np

from observation_ops.observation_type import ObservationType


class SurfaceSoilMoisture(ObservationType):
    """Errors are given in the soil's range between wilting point and field capacity."""

    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """Variance ((m3 m-3)^2): Barbu et al. (2014)."""
        return (error * soil_range) ** 2


TYPE = SurfaceSoilMoisture(
    name="ssm",
    meaning="surface soil moisture, equivalent: liquid water at 1-4 cm (WG2)",
    variable="wg",
    layer=2,
    model_units="m3 m-3",
    plain="index",
    lower=0.0,
    upper=1.0,
    error=0.4,
    error_help="of the soil's range, default 0.4 (Barbu et al. 2014)",
)
