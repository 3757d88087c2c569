"""The namelist group of `ldas retrieve` with method 'hybrid'."""

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Strings, chosen_from, entry

from .change_detection_groups import ChangeDetection


class Hybrid(ChangeDetection):
    """S2MP's network told where sigma0 lies between its dry and its wet reference."""

    method: chosen_from(RETRIEVALS) = entry("hybrid", "how moisture is retrieved")
    ndvi_files: Strings = entry(help="NDVI, or red and near infrared")
    ndvi_max: float = entry(0.75, "largest NDVI that is retrieved", "1", gt=0.0, le=1.0)
    networks: str | None = entry(None, "networks of `ldas retrieve --train`", shown="the shipped")
