"""The angle under which a radar looks at a place: read beside sigma0, never assimilated."""

import numpy as np

from .observation_type import ObservationType


class IncidenceAngle(ObservationType):
    """Degrees from nadir."""

    def variance(
        self, value: np.ndarray, error: float, least: float, soil_range: np.ndarray
    ) -> np.ndarray:
        """No observation of a model: raises TypeError."""
        raise TypeError("incidence angles are not assimilated")


ANGLE = IncidenceAngle(
    name="theta",
    meaning="incidence angle",
    variable="theta",
    layer=None,
    model_units="degree",
    plain="never",
    lower=0.0,
    upper=90.0,
    error=0.0,
    error_help="",
)
