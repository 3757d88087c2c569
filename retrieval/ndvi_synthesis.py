"""One NDVI of the clear dates of a period: their weighted mean."""

import numpy as np

AT_THE_ENDS = 0.5  # weight of a date at the ends of a period to that of one in its middle


def periods(first: np.datetime64, last: np.datetime64, kind: str) -> np.ndarray:
    """Beginnings (day) of the months or decades from that of one time to that of another, and
    the end of the last one.

    Decades begin on the 1st, 11th and 21st.
    """
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 2)
    days = months.astype("datetime64[D]")
    if kind == "month":
        return days
    every = np.sort(np.concatenate([days[:-1] + k for k in (0, 10, 20)]))
    begins = np.searchsorted(every, first.astype("datetime64[D]"), side="right") - 1
    ends = np.searchsorted(every, last.astype("datetime64[D]"), side="right") - 1
    after = every[ends + 1] if ends + 1 < every.size else days[-1]
    return np.append(every[begins : ends + 1], after)


def date_weight(time: np.datetime64, begin: np.datetime64, end: np.datetime64) -> float:
    """Weight of a date in a period: 1 in its middle, AT_THE_ENDS at its ends, linear between."""
    share = (time - begin) / (end - begin)
    return float(1.0 - (1.0 - AT_THE_ENDS) * abs(2.0 * share - 1.0))


def mean_of_dates(total: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """NDVI of sums of NDVI times weight, and of weights; NaN where no date is clear."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0.0, total / weight, np.nan)
