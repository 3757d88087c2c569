"""The angle under which a radar looks at a place: read beside sigma0, never assimilated."""

from .observation_type import NeverAssimilated

ANGLE = NeverAssimilated(
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
