"""ASCAT soil moisture: degree of saturation (Wagner et al. 1999, 2013)."""

from observation_ops.preset import Check, PixelTime, Preset

DOUBTFUL = (  # shares (%) above which a value tells little of the soil
    ("frozen_soil_probability", 50.0),
    ("snow_cover_probability", 50.0),
    ("topography_flag", 20.0),
    ("wetland_flag", 15.0),
)

PRESETS = (
    Preset(
        name="ascat_l2",
        meaning="ASCAT L2 surface soil moisture, EUMETSAT, orbits (NetCDF)",
        type="ssm",
        variable="soil_moisture",
        error_variable="soil_moisture_error",
        fill=(65535,),
        checks=tuple(Check(name, "at_most", (limit,)) for name, limit in DOUBTFUL),
        time=PixelTime(("utc_line_nodes",)),
        resolution=25.0,
        depth=0.02,
        overpass="9:30 and 21:30 local",
        source="EUMETSAT ASCAT product guide, EUM/OPS-EPS/MAN/04/0028",
        tried="Metop-A 25 km, 2017-02-20",
    ),
    Preset(
        name="ascat_l2_bufr",
        meaning="ASCAT L2 surface soil moisture, EUMETCast and H SAF (H16, H101 ...), BUFR",
        type="ssm",
        variable="surfaceSoilMoisture",
        error_variable="estimatedErrorInSurfaceSoilMoisture",
        checks=(
            Check("frozenLandSurfaceFraction", "at_most", (50.0,)),
            Check("snowCover", "at_most", (50,)),
            Check("topographicComplexity", "at_most", (20.0,)),
            Check("inundationAndWetlandFraction", "at_most", (15.0,)),
        ),
        time=PixelTime(("time",)),
        resolution=25.0,
        depth=0.02,
        overpass="9:30 and 21:30 local",
        source="WMO BUFR sequence 3-12-061; EUMETSAT ASCAT product guide",
        tried="Metop-A 25 km, 3 minutes of 2017-02-20 (all frozen: none good)",
    ),
    Preset(
        name="hsaf_ssm_ts",
        meaning="H SAF ASCAT time series by cell (H111 to H121), contiguous ragged",
        type="ssm",
        variable="sm",
        units="percent",
        error_variable="sm_noise",
        checks=(
            Check("proc_flag", "in", (0,)),
            Check("conf_flag", "in", (0,), needed=False),
            Check("ssf", "in", (0, 1)),
        ),
        resolution=25.0,
        depth=0.02,
        overpass="9:30 and 21:30 local",
        source="H SAF product user manuals, hsaf.meteoam.it",
        tried="H111 cell 1436, H113 and H119 cell 0165",
    ),
)
