"""Pairs: values of several series at one time."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

DAY_COVERED = 0.5  # 1, of a day's values that a daily mean needs


def daily(series: pd.Series) -> pd.Series:
    """Daily means (UTC) of days of which more than half was seen."""
    good = series.dropna()
    if good.size < 2:
        return good
    per_day = pd.Timedelta(days=1) / good.index.to_series().diff().median()
    days = good.resample("1D")
    return days.mean().where(days.count() > DAY_COVERED * min(per_day, 1e6)).dropna()


def matched(
    measured: pd.Series, sources: Mapping[str, pd.Series], minutes: float, average: bool = False
) -> pd.DataFrame:
    """Columns 'measured' and one for each source, at times where all of them have a value.

    The times are those of the source with the fewest; of the others the nearest value counts,
    not farther than `minutes`. With `average` daily means are matched.
    """
    every = {"measured": measured, **sources}
    every = {name: (daily(s) if average else s.dropna()).sort_index() for name, s in every.items()}
    if any(series.empty for series in every.values()):
        return pd.DataFrame({name: np.empty(0) for name in every}, index=pd.DatetimeIndex([]))
    fewest = min((name for name in every if name != "measured"), key=lambda n: every[n].size)
    times = every[fewest].index
    limit = pd.Timedelta(0) if average else pd.Timedelta(minutes=minutes)
    table = {
        name: series.reindex(times, method="nearest", tolerance=limit).to_numpy()
        for name, series in every.items()
    }
    return pd.DataFrame(table, index=times).dropna()
