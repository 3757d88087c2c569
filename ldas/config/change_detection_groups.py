"""The namelist groups of `ldas retrieve` by change detection."""

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Strings, chosen_from, entry

from .retrieval_groups import BothPolarisations


class ChangeDetection(BothPolarisations):
    """Change detection: where sigma0 lies between its dry and its wet reference."""

    method: chosen_from(RETRIEVALS) = entry("change_detection", "how moisture is retrieved")
    parameter_file: str | None = entry(
        None, "references as parameter_output wrote them", shown="found from the images"
    )
    parameter_output: str | None = entry(None, "where to keep the references for later images")
    dry_quantile: float = entry(
        0.05, "of the normalised series: the dry reference", "1", gt=0.0, lt=0.5
    )
    wet_quantile: float = entry(
        0.95, "of the normalised series: the wet reference", "1", gt=0.5, lt=1.0
    )
    slope_prior: float = entry(
        -0.13, "slope of sigma0 against angle where the images do not tell", "dB degree-1"
    )
    slope_spread: float = entry(0.05, "one standard error of slope_prior", "dB degree-1", gt=0.0)
    noise: float = entry(
        0.33, "one standard error of a cell's sigma0 (a pixel of 10 m has 2 dB)", "dB", gt=0.0
    )
    least_sensitivity: float = entry(1.5, "least distance of the references", "dB", gt=0.0)
    least_contrast: float = entry(
        5.0,
        "least distance of the references over what changes from one image to the next (3.3: "
        "nothing but noise)",
        "1",
        ge=0.0,
    )
    least_images: int = entry(40, "fewest images that references may come from", ge=2)


class ChangeDetectionVegetation(ChangeDetection):
    """Change detection under plants: the largest change is a function of NDVI."""

    method: chosen_from(RETRIEVALS) = entry(
        "change_detection_vegetation", "how moisture is retrieved"
    )
    ndvi_files: Strings = entry(help="NDVI, or red and near infrared")
    least_change: float = entry(
        1.0, "largest change at an NDVI, below which the soil is not seen", "dB", gt=0.0
    )
    driest: float = entry(0.05, "moisture of the driest soil", "m3 m-3", ge=0.0, lt=1.0)
    wettest: float = entry(0.40, "moisture of the wettest soil", "m3 m-3", gt=0.0, le=1.0)
