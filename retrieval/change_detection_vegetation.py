"""Change detection under plants: the largest change of sigma0 is a function of NDVI.

Zribi et al. (2008), Gao et al. (2017), Nativel et al. (2022): plants hide the soil, so that between
its dry and its wet state sigma0 changes the less the greener it is. The largest change is a
straight line in NDVI, found from all series together; moisture is the share of it that is seen.
"""

from dataclasses import dataclass, field

import numpy as np

NDVI = (0.0, 1.0)
CLASSES = 20  # of NDVI
CHANGE = (-10.0, 20.0)  # dB
STEP = 0.05  # dB
QUANTILE = 0.95  # of the changes in a class of NDVI: robustly the largest
LEAST_IN_CLASS = 50  # values, for a class to count
LEAST_CHANGE = 1.0  # dB: where the line falls below, the soil is not seen
RANGE = (0.05, 0.40)  # m3 m-3, of the driest and the wettest soil


@dataclass
class Changes:
    """How often each change above the dry reference (dB) was seen at each NDVI: gathered."""

    count: np.ndarray = field(
        default_factory=lambda: np.zeros((CLASSES, round((CHANGE[1] - CHANGE[0]) / STEP)))
    )

    def add(self, ndvi: np.ndarray, change: np.ndarray) -> None:
        """Count values of any shape, NaN left out."""
        good = np.isfinite(ndvi) & np.isfinite(change)
        found, _, _ = np.histogram2d(
            ndvi[good], change[good], bins=self.count.shape, range=(NDVI, CHANGE)
        )
        self.count += found

    def largest(self) -> tuple[float, float]:
        """Slope and intercept (dB) of the largest change as a line in NDVI, not rising.

        Weighted by the number of values in each class of NDVI. Raises ValueError for fewer than
        two classes with enough of them.
        """
        number = self.count.sum(axis=1)
        enough = number >= LEAST_IN_CLASS
        if enough.sum() < 2:
            raise ValueError(
                f"{int(enough.sum())} classes of NDVI have {LEAST_IN_CLASS} values or more; "
                "two are needed for a line"
            )
        share = np.cumsum(self.count[enough], axis=1) / number[enough, None]
        top = CHANGE[0] + STEP * (1 + (share < QUANTILE).sum(axis=1))
        middle = NDVI[0] + (np.flatnonzero(enough) + 0.5) * (NDVI[1] - NDVI[0]) / CLASSES
        weight = np.sqrt(number[enough])
        slope, intercept = np.polyfit(middle, top, 1, w=weight)
        if slope > 0.0:
            return 0.0, float(np.average(top, weights=number[enough]))
        return float(slope), float(intercept)


def moisture(
    change: np.ndarray,
    change_error: np.ndarray,
    ndvi: np.ndarray,
    line: tuple[float, float],
    least_change: float = LEAST_CHANGE,
    between: tuple[float, float] = RANGE,
) -> tuple[np.ndarray, np.ndarray]:
    """Moisture and its standard error (m3 m-3) from changes above the dry reference (dB).

    (change / largest) (wettest - driest) + driest, held between both. NaN where the largest
    change at that NDVI is below `least_change`: the soil is not seen.
    """
    slope, intercept = line
    largest = slope * ndvi + intercept
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = largest >= least_change
        share = np.where(seen, change / largest, np.nan)
        error = np.where(seen, change_error / largest, np.nan)
    span = between[1] - between[0]
    return between[0] + span * np.clip(share, 0.0, 1.0), span * error
