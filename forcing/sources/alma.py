"""ALMA/CF names, with the spellings that SURFEX and reanalyses use for the same things."""

from forcing.source import Source

SOURCE = Source(
    names={
        "tair": ("Tair", "tas", "t2m"),
        "qair": ("Qair", "huss"),
        "tdew": ("Tdew", "TDair", "d2m"),
        "rh": ("RH", "RHair", "hurs"),
        "wind": ("Wind", "sfcWind"),
        "wind_u": ("Wind_E", "uas", "u10"),
        "wind_v": ("Wind_N", "vas", "v10"),
        "swdown": ("SWdown", "rsds"),
        "sw_direct": ("SWdown_direct", "DIR_SWdown"),
        "sw_diffuse": ("SWdown_diffuse", "SCA_SWdown"),
        "lwdown": ("LWdown", "rlds"),
        "psurf": ("PSurf", "ps"),
        "rainf": ("Rainf",),
        "snowf": ("Snowf", "prsn"),
        "precip": ("Precip", "pr"),
        "co2_density": ("CO2air",),
        "co2_fraction": ("CO2", "co2"),
        "z_temperature": ("ZREF",),
        "z_wind": ("UREF",),
        "altitude": ("ZS", "orog", "elevation"),
    },
    meaning="ALMA and CF names, SURFEX FORCING.nc; radiation at instants",
    tried="HAPEX-MOBILHY 1986, Col de Porte 1996, FORCING_test_base.nc",
)
