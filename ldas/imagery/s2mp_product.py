"""What S2MP writes of each scene."""

from collections.abc import Mapping

import numpy as np

from ldas.imagery.retrieval_file import QUALITY, Field, Layout
from retrieval.s2mp import FLAGS, THETA, Cells

PRIORS = {
    "flag_values": np.arange(3, dtype="i1"),
    "flag_meanings": "no_prior dry_to_slightly_wet very_wet",
}
LAYOUT = Layout(
    (
        Field("ssm", "m3 m-3", "surface soil moisture, 0 to 5 cm"),
        Field("ssm_uncertainty", "m3 m-3", "one standard error of ssm"),
        Field("n_pixels", "1", "pixels that made the value", "i4"),
        Field("network", "1", "prior knowledge whose network was used", "i1", PRIORS),
    ),
    FLAGS,
    {
        "": "sigma_files do not cover the cells of the product",
        "no_radar": "sigma_files hold no finite value in the cells",
        "angle": f"theta lies outside {THETA[0]:g} to {THETA[1]:g} degrees; in radians?",
        "backscatter_range": "sigma0 lies outside that of any soil; is sigma_units right?",
        "land_cover": "none of the classes is among the land cover's",
        "no_ndvi": "ndvi_files do not cover the cells, or the dates, or all is cloud",
        "ndvi_range": "ndvi lies above ndvi_max everywhere",
    },
)


def values_of(cells: Cells) -> Mapping[str, np.ndarray]:
    """The fields of some cells by name."""
    found = (cells.moisture, cells.error, cells.pixels, cells.network)
    return {
        **{one.name: value for one, value in zip(LAYOUT.fields, found, strict=True)},
        QUALITY: cells.flag,
    }
