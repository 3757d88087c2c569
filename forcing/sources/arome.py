"""AROME and ARPEGE of Météo-France, GRIB2: amounts since the start of each forecast.

SP1 has no longwave and no surface pressure (they are in SP2 and SP3): give those files too, or
a formula for the longwave.
"""

from forcing.source import RUN, Source

SOURCE = Source(
    names={
        "tair": ("2t",),
        "rh": ("2r",),
        "qair": ("2sh",),
        "wind_u": ("10u",),
        "wind_v": ("10v",),
        "wind": ("10si",),
        "swdown": ("ssrd",),
        "lwdown": ("strd",),
        "psurf": ("sp",),
        "psea": ("prmsl",),
        "precip": ("tp",),
        "snowf": ("tsnowp",),
        "graupel": ("tgrp",),
        "geopotential": ("z",),
        "altitude": ("orog",),
    },
    accumulated=RUN,
    means=frozenset({"swdown", "lwdown"}),
    z_temperature=2.0,
    z_wind=10.0,
    meaning="AROME and ARPEGE GRIB2, lead times of each run chained; amounts since the run's start",
    tried="AROME Antilles SP1, hours 0 to 2 of 2022-11-12 12 UTC",
)
