"""ERA5 single levels: NetCDF of the CDS, old and new, and GRIB.

Amounts are those of the hour that ends at the stamp; mean rates (`mtpr` ...) likewise.
"""

from forcing.source import INTERVAL, Source

NAMES = {
    "tair": ("t2m", "2t"),
    "tdew": ("d2m", "2d"),
    "wind_u": ("u10", "10u"),
    "wind_v": ("v10", "10v"),
    "swdown": ("ssrd", "msdwswrf", "avg_sdswrf"),
    "lwdown": ("strd", "msdwlwrf", "avg_sdlwrf"),
    "psurf": ("sp",),
    "precip": ("tp", "mtpr", "avg_tprate"),
    "snowf": ("sf", "msr", "avg_tsrwe"),
    "geopotential": ("z",),
}
MEANS = frozenset({"swdown", "lwdown"})

SOURCE = Source(
    names=NAMES,
    accumulated=INTERVAL,
    means=MEANS,
    z_temperature=2.0,
    z_wind=10.0,
    meaning="ERA5 single levels, CDS NetCDF (old and new) and GRIB",
    tried="old NetCDF of Davos, January 2020; new NetCDF without dew point; GRIB of 2t",
)
