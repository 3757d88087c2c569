"""The namelist group of `ldas retrieve` with method 'smen': coarse moisture made fine."""

from typing import Literal

from ldas.core.registries import RETRIEVALS
from ldas.core.settings import Group, Instant, chosen_from, entry


class SmenSettings(Group):
    """A network of convolutions that learns from fine products what a coarse one does not see.

    Two `&source` groups go with it, of the names 'coarse' and 'fine'.
    """

    method: chosen_from(RETRIEVALS) = entry("smen", "how moisture is retrieved")
    output: str = entry("smen.nc", "product to write")
    network: str = entry("smen.npz", "its weights: `ldas retrieve --train FILE.nml` writes them")
    start: Instant | None = entry(None, "first day that is given", shown="the first there is")
    end: Instant | None = entry(None, "last day that is given", shown="the last there is")
    grid_file: str | None = entry(
        None, "NetCDF whose lat and lon are the cells", shown="those of the fine source"
    )
    least_share: float = entry(
        0.2, "least share of cells that a day must have, coarse and fine, to be learnt from", "1",
        gt=0.0, le=1.0,
    )  # fmt: skip
    train_until: Instant | None = entry(
        None, "last instant of the days that train; later ones test", shown="all train"
    )
    inputs: Literal["both", "spatial", "temporal"] = entry(
        "both", "the coarse image of the day, what earlier fine ones had above it, or both"
    )
    epochs: int = entry(1000, "of training", ge=1)
    rate: float = entry(1e-4, "of Adam", "1", gt=0.0)
    seed: int = entry(2018, "of the weights to begin with and the order of days", ge=0)
