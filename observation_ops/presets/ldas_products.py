"""What `ldas retrieve` writes."""

from observation_ops.preset import Check, Preset

PRESETS = (
    Preset(
        name="ldas_s2mp",
        meaning="soil moisture of `ldas retrieve`, S2MP",
        type="ssm",
        variable="ssm",
        error_variable="ssm_uncertainty",
        checks=(Check("quality", "in", (0,)),),
        resolution=1.0,
        depth=0.05,
        overpass="of Sentinel-1",
        source="El Hajj et al. (2017), doi:10.3390/rs9121292",
        tried="the twin's product",
    ),
)
