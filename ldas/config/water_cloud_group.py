"""The namelist group of `ldas retrieve` with method 'water_cloud'."""

from typing import Literal

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Instant, Strings, chosen_from, entry

from .retrieval_groups import BothPolarisations


class WaterCloud(BothPolarisations):
    """The water cloud model with A, B and the soil of each cell, fitted to another moisture.

    A `&source` goes with it, the moisture that is fitted to: a model's, a coarse product's; none
    where a parameter_file holds the fit.
    """

    method: chosen_from(RETRIEVALS) = entry("water_cloud", "how moisture is retrieved")
    ndvi_files: Strings = entry(help="NDVI, or red and near infrared")
    soil: Literal["linear", "iem"] = entry(
        "linear", "the soil's backscatter: in dB a line of moisture, or the integral equation model"
    )
    parameter_file: str | None = entry(
        None, "parameters as parameter_output wrote them", shown="fitted to the images"
    )
    parameter_output: str | None = entry(None, "where to keep the parameters for later images")
    fit_until: Instant | None = entry(
        None, "last image that is fitted to; later ones test", shown="all there are"
    )
    hours: float = entry(24.0, "most between an image and the moisture fitted to", "h", gt=0.0)
    min_pairs: int = entry(30, "fewest pairs of an orbit for its fit", ge=10)
    r_min: float = entry(
        0.3, "least correlation of fit and backscatter for a cell to be retrieved", "1", ge=-1.0,
        le=1.0,
    )  # fmt: skip
    seen_min: float = entry(
        0.3, "least share of the soil's backscatter that comes through the plants", "1", ge=0.0,
        le=1.0,
    )  # fmt: skip
