"""What a convention or data set calls things, and what its numbers mean in time."""

from collections.abc import Mapping
from dataclasses import dataclass

INTERVAL, DAY, RUN = "interval", "day", "run"


@dataclass(frozen=True)
class Source:
    """One convention.

    `names` gives the variables that may hold each of our quantities (`quantities.py`), the
    first that is found counts. Amounts (mm, J m-2) are `accumulated` over the interval that ends
    at a stamp, since 00 UTC, or since the start of each forecast. `means` names the quantities
    whose rates are means of that interval; water and amounts always are. Heights (m) count where
    neither files nor namelist give them.
    """

    names: Mapping[str, tuple[str, ...]]
    accumulated: str = INTERVAL
    means: frozenset[str] = frozenset()
    z_temperature: float | None = None
    z_wind: float | None = None
    meaning: str = ""
    tried: str = ""
