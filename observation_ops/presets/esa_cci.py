"""ESA CCI and C3S soil moisture: flag 0 is good; t0 is the time of each value."""

from observation_ops.preset import Y1970, Check, PixelTime, Preset


def _merged(agency: str, title: str, sensors: str, tried: str = "") -> Preset:
    active = sensors == "active"
    return Preset(
        name=f"{agency}_{sensors}",
        meaning=f"{title} soil moisture, {sensors}, daily"
        + (", degree of saturation" if active else ""),
        type="ssm",
        variable="sm",
        units="percent" if active else "m3 m-3",
        error_variable="sm_uncertainty",
        checks=(Check("flag", "in", (0,)),),
        time=PixelTime(("t0",), (86400.0,), Y1970),
        resolution=25.0,
        depth=0.05,
        overpass="mixed; within 12 h of 0 UTC",
        source="Dorigo et al. (2017), doi:10.1016/j.rse.2017.07.001; Gruber et al. (2019)",
        tried=tried,
    )


PRESETS = (
    _merged("esa_cci", "ESA CCI", "combined", "v05.2, 2016-06-07"),
    _merged("esa_cci", "ESA CCI", "active", "time series of v09.2 (all missing)"),
    _merged("esa_cci", "ESA CCI", "passive", "time series of v07.1"),
    _merged("c3s", "C3S", "combined", "v201801, 2014-01-01; time series of v202012 and v202505"),
    _merged("c3s", "C3S", "active", "time series of v202505"),
    _merged("c3s", "C3S", "passive", "time series of v202505"),
)
