"""SMAP soil moisture (O'Neill et al. 2021): good is what the producer recommends (bit 0 clear)."""

from observation_ops.preset import J2000_NOON, Check, PixelTime, Preset

SOURCE = "doi:10.5067/M20OXIZHY3RJ; flags: SMAP L2 and L3 passive product specification"
DATA = "Soil_Moisture_Retrieval_Data"


def _l3(
    name: str, what: str, grid: str, resolution: float, evening: bool, tried: str = ""
) -> Preset:
    end = "_pm" if evening else ""
    return Preset(
        name=name,
        meaning=f"SMAP {what} daily, {'ascending, 18 h' if evening else 'descending, 6 h'}",
        type="ssm",
        group=f"{DATA}_{'PM' if evening else 'AM'}",
        variable=f"soil_moisture{end}",
        units="m3 m-3",
        checks=(Check(f"retrieval_qual_flag{end}", "clear", (1,)),),
        error_variable=f"soil_moisture_error{end}",
        time=PixelTime((f"tb_time_seconds{end}",), epoch=J2000_NOON),
        places=f"ease2:{grid}",
        resolution=resolution,
        depth=0.05,
        overpass="18 h local" if evening else "6 h local",
        source=SOURCE,
        tried=tried,
    )


def _l2(name: str, what: str, grid: str, resolution: float, tried: str = "") -> Preset:
    return Preset(
        name=name,
        meaning=f"SMAP {what}, half orbits",
        type="ssm",
        group=DATA,
        variable="soil_moisture",
        units="m3 m-3",
        checks=(Check("retrieval_qual_flag", "clear", (1,)),),
        error_variable="soil_moisture_error",
        time=PixelTime(("tb_time_seconds",), epoch=J2000_NOON),
        places=f"ease2:{grid}:EASE_row_index:EASE_column_index",
        resolution=resolution,
        depth=0.05,
        overpass="6 and 18 h local",
        source=SOURCE,
        tried=tried,
    )


def _sentinel(size: int) -> Preset:
    end = f"_{size}km"
    return Preset(
        name=f"smap_s1_{size}km",
        meaning=f"SMAP/Sentinel-1 L2 at {size} km (SPL2SMAP_S)",
        type="ssm",
        group=f"{DATA}{end}",
        variable=f"soil_moisture{end}",
        units="m3 m-3",
        checks=(Check(f"retrieval_qual_flag{end}", "clear", (1,), needed=False),),
        error_variable=f"soil_moisture_std_dev{end}",
        places=f"ease2:M0{size}:EASE_row_index{end}:EASE_column_index{end}",
        resolution=float(size),
        depth=0.05,
        overpass="6 and 18 h local",
        source="doi:10.5067/ASB0EQO2LYJV",
    )


PRESETS = (
    _l3("smap_l3", "L3 36 km (SPL3SMP)", "M36", 36.0, False, "time series of v8 and v9"),
    _l3("smap_l3_pm", "L3 36 km (SPL3SMP)", "M36", 36.0, True),
    _l3("smap_l3e", "L3 enhanced 9 km (SPL3SMP_E)", "M09", 9.0, False),
    _l3("smap_l3e_pm", "L3 enhanced 9 km (SPL3SMP_E)", "M09", 9.0, True),
    _l2("smap_l2", "L2 36 km (SPL2SMP)", "M36", 36.0, "SPL2SMP R18290, 2015-08-11"),
    _l2("smap_l2e", "L2 enhanced 9 km (SPL2SMP_E)", "M09", 9.0),
    _sentinel(3),
    _sentinel(1),
    Preset(
        name="smap_l4",
        meaning="SMAP L4 surface soil moisture, a model's analysis (SPL4SMAU)",
        type="ssm",
        group="Analysis_Data",
        variable="sm_surface_analysis",
        resolution=9.0,
        depth=0.05,
        overpass="every 3 h",
        places="ease2:M09",
        error_variable="sm_surface_analysis_ensstd",
        source="doi:10.5067/LWJ6TF5SZRG3",
    ),
)
