"""The namelist group of `ldas surface`: maps in, surface file out."""

from typing import Literal

from ldas.core.settings import Group, Numbers, Strings, entry


class SurfaceMaps(Group):
    """Maps as agencies ship them, the cells they are brought to, and the file that is made."""

    output: str = entry("surface.nc", "surface file to write")
    box: Numbers = entry([], "south, north, west, east; not needed with an outline", "degrees")
    outline: str | None = entry(
        None, "vector file (GeoJSON, shapefile ...); cells whose middle lies outside are no land"
    )
    resolution: float = entry(0.01, "size of the cells", "degrees", gt=0.0, le=5.0)
    land_cover_files: Strings = entry(help="land cover: GeoTIFF or NetCDF files or patterns")
    land_cover: Literal["cgls_lc100", "worldcover"] = entry(
        "cgls_lc100", "classes: Copernicus 100 m (version 3) or ESA WorldCover"
    )
    land_cover_variable: str = entry("band_data", "variable with the classes")
    patch_table: str | None = entry(
        None, "CSV of patch shares by class", shown="that of the land cover"
    )
    clay_files: Strings = entry(help="clay: SoilGrids, HWSD ... GeoTIFF or NetCDF")
    clay_variable: str = entry("band_data", "its variable")
    sand_files: Strings = entry(help="sand, likewise")
    sand_variable: str = entry("band_data", "its variable")
    soil_units: Literal["as_stored", "g kg-1", "%", "1"] = entry(
        "as_stored", "unit of clay and sand; SoilGrids ships g kg-1 without saying so"
    )
    dem_files: Strings = entry([], "altitude: a digital elevation model; none: no altitude")
    dem_variable: str = entry("band_data", "its variable, m")
    lai_product: str | None = entry(None, "leaf area by month: a product of `ldas products`")
    lai_files: Strings = entry([], "its files")
    figure: bool = entry(True, "draw what was made, beside the file")
