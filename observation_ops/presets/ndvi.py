"""NDVI of Copernicus and MODIS: for retrievals, not to be assimilated."""

from observation_ops.preset import Preset

PRESETS = (
    Preset(
        name="cgls_ndvi300m",
        meaning="CGLS NDVI 300 m, PROBA-V and Sentinel-3 (GeoTIFF or NetCDF)",
        type="ndvi",
        variable="band_data",
        scale=0.004,
        offset=-0.08,
        valid=(0.0, 250.0),
        resolution=0.3,
        depth=0.0,
        overpass="10 days",
        source="CGLOPS1_PUM_NDVI300m-V2",
        tried="numbers of a piece of Australia",
    ),
    Preset(
        name="cgls_ndvi1km",
        meaning="CGLS NDVI 1 km (GeoTIFF or NetCDF)",
        type="ndvi",
        variable="band_data",
        scale=0.004,
        offset=-0.08,
        valid=(0.0, 250.0),
        resolution=1.0,
        depth=0.0,
        overpass="10 days",
        source="CGLOPS1_PUM_NDVI1km-V3",
    ),
    Preset(
        name="mod13a2",
        meaning="MODIS Terra NDVI 1 km 16-day (sinusoidal tiles, HDF4)",
        type="ndvi",
        variable="1 km 16 days NDVI",
        scale=1e-4,  # the attribute says 10000, to be divided by
        offset=0.0,
        valid=(-2000.0, 10000.0),
        resolution=0.93,
        depth=0.0,
        overpass="16 days",
        source="Didan (2015), doi:10.5067/MODIS/MOD13A2.006",
        tried="h18v04, 2016-05-24",
    ),
)
