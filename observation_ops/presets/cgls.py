"""Copernicus Global Land and C3S: soil moisture, leaf area."""

from observation_ops.preset import Check, Preset

FLAGS = "values from 241 on are flags, not moisture"


def _swi(days: int) -> Preset:
    return Preset(
        name=f"cgls_swi1km_{days:03d}",
        meaning=f"CGLS soil water index 1 km, T = {days} d",
        type="ssm",
        variable=f"SWI_{days:03d}",
        checks=(Check("SSF", "in", (0, 1), needed=False),),
        resolution=1.0,
        depth=0.02 * days,
        overpass="daily, 12 UTC",
        source="Bauer-Marschallinger et al. (2018), doi:10.3390/rs10071030",
        tried="V1.0.1, 2017-06-01" if days in (5, 40) else "",
    )


PRESETS = (
    Preset(
        name="cgls_ssm1km",
        meaning="CGLS surface soil moisture 1 km, Sentinel-1",
        type="ssm",
        variable="ssm",
        error_variable="ssm_noise",
        resolution=1.0,
        depth=0.05,
        overpass="6 or 18 h local; the files say 12 UTC",
        source="Bauer-Marschallinger et al. (2019), doi:10.1109/TGRS.2018.2858004",
        tried="V1.1.1, 2017-06-01 to 03; time series of locations",
    ),
    *(_swi(days) for days in (2, 5, 10, 15, 20, 40, 60, 100)),
    Preset(
        name="cgls_lai300m",
        meaning="CGLS leaf area index 300 m, PROBA-V and Sentinel-3",
        type="lai",
        variable="LAI",
        error_variable="RMSE",
        resolution=0.3,
        depth=0.0,
        overpass="10 days",
        source="CGLOPS1_PUM_LAI300m-V1",
    ),
    Preset(
        name="cgls_lai1km",
        meaning="CGLS leaf area index 1 km, GEOV2",
        type="lai",
        variable="LAI",
        error_variable="RMSE",
        resolution=1.0,
        depth=0.0,
        overpass="10 days",
        source="Verger et al. (2014), doi:10.1016/j.rse.2014.09.009",
    ),
    Preset(
        name="c3s_lai",
        meaning="C3S leaf area index (TIP, effective), PROBA-V and Sentinel-3",
        type="lai",
        variable="LAI",
        error_variable="LAI_ERR",
        checks=(Check("retrieval_flag", "clear", (1, 64, 128), needed=False),),
        resolution=1.0,
        depth=0.0,
        overpass="10 days",
        source="C3S_312b_D3.3.8 product user guide LAI and fAPAR v3.0",
        tried="V3.0.1, three dekads of January 2020, North Sea (all missing)",
    ),
)
