"""The namelist groups of `ldas images`: the cells, and what is made of which images."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from ldas.core.settings import Group, Instant, Integers, Numbers, Strings, as_list, entry

Steps = Annotated[
    list[Literal["download", "land_cover", "sentinel1", "sentinel2", "sentinel3", "plots"]],
    BeforeValidator(as_list),
]


class Images(Group):
    """Images as agencies ship them, brought to one grid: which steps, which cells, which days."""

    steps: Steps = entry(["sentinel1", "sentinel2"], "what is made, in this order")
    output_dir: str = entry("images", "folder of what is made")
    start: Instant | None = entry(None, "first instant of images that are used, UTC")
    end: Instant | None = entry(None, "last instant of images that are used, UTC")
    grid_file: str | None = entry(
        None, "GeoTIFF or NetCDF (lat, lon) whose pixels are the cells, e.g. the land cover"
    )
    box: Numbers = entry([], "south, north, west, east, where no grid_file is given", "degrees")
    area_file: str | None = entry(
        None, "vector file whose extent is taken, where neither grid_file nor box is given"
    )
    crs: str = entry("EPSG:4326", "projection of the cells, where no grid_file is given")
    resolution: float = entry(
        0.001, "size of the cells, where no grid_file is given: degrees, or m if projected", gt=0.0
    )
    dem_files: Strings = entry(
        [], "digital elevation model: GeoTIFF files or patterns; without one say height"
    )
    dem_geoid: float = entry(
        0.0, "height of the elevation model's zero above the ellipsoid", "m", ge=-120.0, le=120.0
    )
    geoid_file: str | None = entry(
        None, "GeoTIFF of that height where it is not one number (EGM2008 ...), in place of it"
    )
    dem_missing: Literal["refuse", "sea"] = entry(
        "refuse", "cells without a height: refused, or taken for sea"
    )
    height: float | None = entry(
        None,
        "height above the ellipsoid of flat ground, where no elevation model is given",
        "m",
        ge=-500.0,
        le=9000.0,
    )
    land_cover_files: Strings = entry(
        [], "land cover classes, for the step land_cover: GeoTIFF files or patterns"
    )
    figure: bool = entry(True, "draw what is made, beside each file")
    memory: float = entry(4.0, "most memory that images may take", "GiB", gt=0.0)


class Archive(Group):
    """A STAC archive whose products are searched and downloaded by the step `download`.

    Credentials are never given here: a token in the environment variable named, or a user and
    password in netrc, is sent to the hosts listed and to no other.
    """

    url: str = entry("", "of the STAC API, https://...; the step download needs it")
    collections: Strings = entry(["sentinel-1-grd", "sentinel-2-l2a"], "those that are searched")
    folder: str = entry("products", "where products are kept")
    cloud_most: float = entry(
        80.0, "most cloud of an optical product, by its own metadata", "%", ge=0.0, le=100.0
    )
    orbits: Integers = entry([], "relative orbits of radar products", shown="all")
    hosts: Strings = entry([], "hosts that credentials are sent to", shown="that of url")
    token_variable: str = entry(
        "LDAS_ARCHIVE_TOKEN", "environment variable with a bearer token, if one is needed"
    )
    largest: float = entry(10.0, "largest product that is downloaded", "GiB", gt=0.0)
    workers: int = entry(4, "products downloaded at a time", ge=1, le=32)
    retries: int = entry(5, "attempts after one that failed", ge=0, le=100)
    patience: float = entry(
        60.0, "longest wait for a server to answer, and between attempts", "s", gt=0.0, le=3600.0
    )


class Sentinel1(Group):
    """Sentinel-1 ground-range products (SAFE folders or zips) to sigma0, pass by pass."""

    files: Strings = entry([], "SAFE folders or zips, or patterns")
    polarisations: Strings = entry(["VV", "VH"], "those that are made")
    orbits: Integers = entry([], "relative orbits that are used", shown="all")
    units: Literal["dB", "linear"] = entry("dB", "of backscatter as it is written")
    radiometry: Literal["sigma0", "gamma0"] = entry(
        "sigma0",
        "backscatter per area on the ellipsoid, or per area that the radar sees of the "
        "terrain (flattened)",
    )
    thermal_noise: bool = entry(True, "take the thermal noise off")
    looks: float | None = entry(
        None,
        "side of the squares averaged before geocoding",
        "m",
        shown="a quarter of the cells', all of it for gamma0",
        gt=0.0,
    )
    border: float = entry(500.0, "margin of a frame that is left out", "m", ge=0.0, le=50_000.0)
    mask_hidden: bool = entry(True, "no value in layover and shadow")
    speckle_window: int = entry(
        0, "side of the window of the multitemporal speckle filter, cells; 0: none", ge=0, le=99
    )


class Optical(Group):
    """What NDVI of all optical sensors is asked for."""

    files: Strings = entry([], "")
    least_clear: float = entry(
        0.5, "least share of a cell's pixels that must be clear", "1", gt=0.0, le=1.0
    )
    synthesis: Literal["none", "month", "decade"] = entry(
        "month", "period of which one NDVI is made"
    )
    gap: float = entry(70.0, "longest gap of the syntheses that is filled", "d", ge=0.0)
    packed: bool = entry(False, "write NDVI as bytes (steps of 0.008) to save room")


class Sentinel2(Optical):
    """Sentinel-2 Level-2A products (SAFE or Theia) to NDVI, and to syntheses of it."""

    files: Strings = entry([], "SAFE or Theia folders or zips, or patterns")
    classes: Integers = entry(
        [4, 5, 7], "classes of SCL that are clear (4 plants, 5 bare, 6 water, 7 unclassified)"
    )
    cloud_margin: float = entry(
        60.0, "distance to what is not clear within which nothing is used", "m", ge=0.0, le=5000.0
    )


class Sentinel3(Optical):
    """Sentinel-3 SYN VGT-S products (one or ten days, 1 km) to NDVI, and to syntheses of it."""

    files: Strings = entry([], "SY_2_VG1 or SY_2_V10 folders or zips, or patterns")
    uncertain: bool = entry(False, "use pixels too of which it is uncertain whether they are clear")


class Plots(Group):
    """Labels of fields on the cells: of a vector file, or of what NDVI is the same."""

    output: str = entry("plots.nc", "file of labels, in output_dir")
    files: Strings = entry(
        [], "vector files of fields (shapefile, GeoPackage ...)", shown="none: NDVI is segmented"
    )
    ndvi_file: str | None = entry(
        None, "stack of NDVI on the cells that is segmented", shown="that of &sentinel2 synthesis"
    )
    buffer: float = entry(
        10.0,
        "rim of a field that is left out, as the pixels of the neighbours shine into it",
        "m",
        ge=0.0,
        le=1000.0,
    )
    smallest: float = entry(
        0.5, "smallest field that is kept, without its rim", "ha", ge=0.0, le=1e5
    )
    mask_file: str | None = entry(None, "land cover: only cells of its classes are fields")
    mask_variable: str = entry("land_cover", "its variable; band_data of a GeoTIFF")
    mask_classes: Integers = entry([40], "classes that are fields (CGLS: 40 cropland)")
