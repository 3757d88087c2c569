"""ERA5-Land: names of ERA5, but amounts are accumulated since 00 UTC.

The stamp of 00 UTC holds the whole day before; that of 01 UTC begins anew.
"""

from forcing.source import DAY, Source

from .era5 import MEANS, NAMES

SOURCE = Source(
    names=NAMES,
    accumulated=DAY,
    means=MEANS,
    z_temperature=2.0,
    z_wind=10.0,
    meaning="ERA5-Land, CDS NetCDF (old and new) and GRIB; amounts since 00 UTC",
    tried="amounts accumulated by hand from ERA5 of Davos; no file with amounts at hand",
)
