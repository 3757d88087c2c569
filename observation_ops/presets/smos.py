"""SMOS soil moisture: ESA level 2, CATDS level 3, SMOS-IC."""

from observation_ops.preset import Y2000, Check, PixelTime, Preset

DAY = 86400.0


def _catds(name: str, what: str, overpass: str, tried: str = "") -> Preset:
    return Preset(
        name=name,
        meaning=f"SMOS L3 daily, CATDS, {what}",
        type="ssm",
        variable="Soil_Moisture",
        units="m3 m-3",
        error_variable="Soil_Moisture_Dqx",
        checks=(
            Check("Rfi_Prob", "at_most", (0.2,), needed=False),
            Check("Chi_2_P", "at_least", (0.05,), needed=False),
        ),
        time=PixelTime(("Mean_Acq_Time_Days", "Mean_Acq_Time_Seconds"), (DAY, 1.0), Y2000),
        resolution=25.0,
        depth=0.05,
        overpass=overpass,
        source="CATDS L3 product description, SO-TN-CBSA-GS-0029",
        tried=tried,
    )


PRESETS = (
    _catds(
        "smos_l3_asc",
        "ascending (CLF31A)",
        "6 h local",
        "v300, Europe, 2015-05-06; time series of v339",
    ),
    _catds("smos_l3_desc", "descending (CLF31D)", "18 h local"),
    Preset(
        name="smos_l2",
        meaning="SMOS L2 soil moisture UDP, half orbits (SMUDP2)",
        type="ssm",
        variable="Soil_Moisture",
        units="m3 m-3",
        error_variable="Soil_Moisture_DQX",
        checks=(
            Check("RFI_Prob", "at_most", (0.2,), needed=False),
            Check("Soil_Moisture_DQX", "at_most", (0.07,)),
        ),
        time=PixelTime(("Days", "Seconds"), (DAY, 1.0), Y2000),
        resolution=15.0,
        depth=0.05,
        overpass="6 and 18 h local",
        source="SMOS L2 and auxiliary data product specification, SO-TN-IDR-GS-0006",
        tried="v700 without latitude and longitude (cut by others): told",
    ),
    Preset(
        name="smos_ic",
        meaning="SMOS-IC daily, INRAE-BORDEAUX",
        type="ssm",
        variable="Soil_Moisture",
        units="m3 m-3",
        error_variable="Soil_Moisture_StdError",
        checks=(
            Check("Scene_Flags", "at_most", (1,)),
            Check("RMSE", "at_most", (8.0,)),
        ),
        time=PixelTime(("Days", "UTC_Seconds"), (DAY, 1.0), Y2000),
        resolution=25.0,
        depth=0.05,
        overpass="6 or 18 h local",
        source="Wigneron et al. (2021), doi:10.1016/j.rse.2020.112238",
        tried="time series of v105",
    ),
    Preset(
        name="smos_nrt",
        meaning="SMOS near real time, neural network (NetCDF)",
        type="ssm",
        variable="soil_moisture",
        units="m3 m-3",
        error_variable="soil_moisture_uncertainty",
        checks=(Check("rfi_probability", "at_most", (0.2,), needed=False),),
        resolution=15.0,
        depth=0.05,
        overpass="6 and 18 h local",
        source="Rodriguez-Fernandez et al. (2017), doi:10.5194/hess-21-5201-2017",
    ),
)
