"""NetCDF in and out."""
