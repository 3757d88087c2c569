"""The namelist groups of `ldas retrieve` for radar images: what is read, and the cells."""

from typing import Literal

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Group, Integers, Numbers, Strings, chosen_from, entry
from retrieval.cross_ratio import RATIO_MAX


class RadarImages(Group):
    """Radar images, what lies under them, and the cells of a product."""

    method: chosen_from(RETRIEVALS) = entry("s2mp", "how moisture is retrieved")
    output: str = entry("ssm.nc", "product to write")
    sigma_files: Strings = entry(help="sigma0 VV: NetCDF, Zarr or GeoTIFF files or patterns")
    sigma_variable: str = entry("sigma0_vv", "its variable, (time, lat, lon)")
    sigma_units: Literal["as_stored", "dB", "linear"] = entry(
        "as_stored", "unit of sigma0; as_stored: its units attribute says"
    )
    theta_files: Strings = entry([], "incidence angle; none: in the files of sigma0")
    theta_variable: str = entry("theta", "its variable, (time, lat, lon) or (lat, lon), degrees")
    ndvi_files: Strings = entry([], "NDVI, or red and near infrared")
    ndvi_product: str | None = entry(None, "NDVI product by name: `ldas products` lists them")
    ndvi_variable: str | None = entry("ndvi", "NDVI; '' if it is to be made of red and nir")
    red_variable: str = entry("red", "reflectance, where ndvi_variable is ''")
    nir_variable: str = entry("nir", "reflectance, where ndvi_variable is ''")
    cloud_variable: str | None = entry(None, "cloud mask beside the NDVI")
    cloud_good: Integers = entry([0], "values of the cloud mask that are clear")
    ndvi_gap: float = entry(90.0, "longest gap of NDVI that is filled", "d", gt=0.0)
    land_cover_file: str | None = entry(None, "land cover classes (lat, lon); its pixels are used")
    land_cover_variable: str = entry("land_cover", "its variable")
    classes: Integers = entry([30, 40], "classes that are retrieved (CGLS: herbaceous, cropland)")
    slope_file: str | None = entry(None, "slope on the land cover's grid")
    slope_variable: str = entry("slope", "its variable, degrees")
    slope_max: float = entry(20.0, "steepest slope that is retrieved", "degrees", gt=0.0)
    grid_file: str | None = entry(None, "NetCDF whose lat and lon are the cells of the product")
    resolution: float = entry(
        0.00992, "size of the cells where no grid_file is given", "degrees", gt=0.0
    )
    least_share: float = entry(
        0.25, "least share of a cell's allowed pixels that must be retrieved", "1", ge=0.0, le=1.0
    )
    weather_files: Strings = entry([], "forcing, whose temperature says what is frozen")
    frozen_below: float = entry(
        274.15, "mean air temperature of the last day, below which soil counts as frozen", "K"
    )
    stem_classes: Integers = entry([], "classes of straw cereals")
    stem_days: Numbers = entry([], "first and last day of year of their stem elongation")


class BothPolarisations(RadarImages):
    """Radar images whose VH, where it is there, tells where plants hide the soil."""

    vh_variable: str | None = entry(
        None, "sigma0 VH, in the files of sigma0: tells where plants hide the soil", shown="none"
    )
    ratio_max: float = entry(
        RATIO_MAX, "VH over VV, above which plants hide the soil", "dB", ge=-30.0, le=10.0
    )


class Retrieval(BothPolarisations):
    """Radar and optical images, what is retrieved from them, and where it goes."""

    form: Literal["s1s2", "s1s3", "plots"] = entry(
        "s1s2",
        "s1s2: inverted at the pixels of the land cover, then averaged; s1s3: averaged, then "
        "inverted; plots: over the labels of fields",
    )
    ndvi_files: Strings = entry(help="NDVI, or red and near infrared")
    ndvi_max: float = entry(0.75, "largest NDVI that is retrieved", "1", gt=0.0, le=1.0)
    texture_file: str | None = entry(
        None, "NetCDF with clay and sand (1) of the cells", shown="the mean soil of the networks"
    )
    label_file: str | None = entry(None, "labels of fields on the grid of sigma0; 0: none")
    label_variable: str = entry("label", "its variable")
    dry_days: int = entry(
        10, "days without rain in weather_files that make the soil dry", "d", ge=1
    )
    dry_rain: float = entry(3.0, "most rain of those days", "kg m-2", ge=0.0)
    wet_days: int = entry(2, "days whose rain makes the soil very wet", "d", ge=1)
    wet_rain: float = entry(15.0, "least rain of those days", "kg m-2", gt=0.0)
    networks: str | None = entry(None, "networks of `ldas retrieve --train`", shown="the shipped")
