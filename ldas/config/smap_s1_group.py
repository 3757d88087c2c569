"""The namelist group of `ldas retrieve` with method 'smap_s1': SMAP made fine by Sentinel-1."""

from typing import Literal

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Strings, chosen_from, entry

from .retrieval_groups import RadarImages


class SmapS1(RadarImages):
    """SMAP's brightness temperature, made fine by Sentinel-1, and its soil moisture."""

    method: chosen_from(RETRIEVALS) = entry("smap_s1", "how moisture is retrieved")
    vh_variable: str = entry("sigma0_vh", "sigma0 VH, in the files of sigma0")
    radiometer_files: Strings = entry(help="files of the radiometer or patterns")
    radiometer_product: str = entry(
        "smap_l2", "product by name that says where and when its values are"
    )
    tb_variable: str = entry("tb_v_corrected", "brightness temperature at V polarisation, K")
    temperature_variable: str = entry("surface_temperature", "of soil and plants, K")
    opacity_variable: str = entry(
        "vegetation_opacity_option2", "opacity of the plants along the path, as SMAP gives it"
    )
    albedo_variable: str = entry("albedo", "single scattering albedo of the plants")
    roughness_variable: str = entry("roughness_coefficient", "h of the soil")
    clay_variable: str = entry("clay_fraction", "fraction of clay")
    hours: float = entry(24.0, "most between the radar and the radiometer", "h", gt=0.0)
    beta: Literal["snapshot", "series"] = entry(
        "snapshot",
        "emissivity over backscatter: from each pair of images, or by regression in time",
    )
    least_pairs: int = entry(20, "fewest pairs of images for beta = 'series'", ge=3)
    most_opacity: float = entry(
        0.6, "largest opacity at nadir (about 5 kg m-2 of crops) that is retrieved", "1", gt=0.0
    )
    tb_error: float = entry(1.3, "one standard error of brightness temperature", "K", gt=0.0)
    noise: float = entry(0.33, "one standard error of a cell's sigma0", "dB", gt=0.0)
