"""MODIS and VIIRS leaf area (sinusoidal tiles): the main algorithm, no cloud."""

from observation_ops.preset import Check, Preset

SOURCE = "Myneni et al. (2015), MOD15A2H user guide, doi:10.5067/MODIS/MOD15A2H.006"


def _lai(name: str, what: str) -> Preset:
    return Preset(
        name=name,
        meaning=f"{what} leaf area index 500 m (sinusoidal tiles, HDF4)",
        type="lai",
        variable="Lai_500m",
        error_variable="LaiStdDev_500m",
        units="m2 m-2",
        scale=0.1,
        valid=(0.0, 100.0),
        # bit 0: main algorithm; bits 3 and 4: cloud; bit 7: back-up algorithm
        checks=(Check("FparLai_QC", "clear", (1, 8, 16, 128)),),
        resolution=0.5,
        depth=0.0,
        overpass="8 days" if "8" in what else "4 days",
        source=SOURCE,
    )


def _viirs(name: str, what: str) -> Preset:
    return Preset(
        name=name,
        meaning=f"VIIRS {what} 8-day leaf area index 500 m (sinusoidal tiles, HDF-EOS5)",
        type="lai",
        group="HDFEOS/GRIDS/*/Data Fields",
        variable="Lai",
        error_variable="LaiStdDev",
        units="m2 m-2",
        scale=0.1,
        offset=0.0,
        valid=(0.0, 100.0),
        # bits 0 to 2: 0 and 1 are the main algorithm; bit 3: dead detector; in the other: clouds
        # (bit 1), their shadow (2), snow (6)
        checks=(
            Check("FparLai_QC", "clear", (2, 4, 8)),
            Check("FparExtra_QC", "clear", (2, 4, 64), needed=False),
        ),
        resolution=0.5,
        depth=0.0,
        overpass="8 days",
        source="Park et al. (2018), VIIRS LAI/FPAR user guide, doi:10.5067/VIIRS/VNP15A2H.001",
    )


PRESETS = (
    _lai("mod15a2h", "MODIS Terra 8-day"),
    _lai("myd15a2h", "MODIS Aqua 8-day"),
    _lai("mcd15a2h", "MODIS Terra and Aqua 8-day"),
    _lai("mcd15a3h", "MODIS Terra and Aqua 4-day"),
    _viirs("vnp15a2h", "Suomi NPP"),
    _viirs("vj115a2h", "NOAA-20"),
)
