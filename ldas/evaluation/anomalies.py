"""What a series does beside its season: window anomalies and monthly relative anomalies."""

import numpy as np
import pandas as pd

COUNT_MIN = 0.2  # 1, of a window's values that must be there


def window_anomaly(series: pd.Series, days: int, standardised: bool = False) -> pd.Series:
    """Departure from the mean of the centred window (Albergel et al. 2009), or that over its sd.

    The window reaches (days - 1) / 2 to either side. NaN where fewer than a fifth of the
    values that a full window holds are there.
    """
    good = series.dropna()
    if good.empty:
        return series * np.nan
    step = good.index.to_series().diff().median()
    expected = pd.Timedelta(days=days) / step if pd.notna(step) and step.value > 0 else 1.0
    windows = good.rolling(pd.Timedelta(days=days), center=True, closed="neither")
    enough = windows.count() >= max(2.0, COUNT_MIN * expected)
    anomaly = good - windows.mean()
    if standardised:
        spread = windows.std()
        anomaly = anomaly / spread.where(spread > 0.0)
    return anomaly.where(enough).reindex(series.index)


def monthly_means(series: pd.Series, coverage: float = 0.5) -> pd.Series:
    """Means of calendar months of which at least `coverage` was seen, by month's begin."""
    good = series.dropna()
    if good.empty:
        return good
    step = good.index.to_series().diff().median()
    months = good.resample("MS")
    days = months.mean().index.days_in_month.to_numpy()
    expected = days * (pd.Timedelta(days=1) / step) if pd.notna(step) else np.ones(days.size)
    return months.mean().where(months.count() >= coverage * expected)


def relative_anomaly(series: pd.Series, year: int) -> pd.Series:
    """Monthly means relative to those of a reference year: (m - m_ref) / m_ref.

    NaN for months that the reference year lacks, and for the reference year itself.
    """
    monthly = monthly_means(series)
    if monthly.empty:
        return monthly
    reference = monthly[monthly.index.year == year]
    by_month = dict(zip(reference.index.month, reference.to_numpy(), strict=True))
    mean = np.array([by_month.get(month, np.nan) for month in monthly.index.month])
    with np.errstate(invalid="ignore", divide="ignore"):
        anomaly = (monthly - mean) / np.where(mean == 0.0, np.nan, mean)
    return anomaly.where(monthly.index.year != year)


def first_full_year(series: pd.Series) -> int | None:
    """The first year with a mean of every month."""
    monthly = monthly_means(series).dropna()
    for year in sorted(set(monthly.index.year)):
        if (monthly.index.year == year).sum() == 12:
            return int(year)
    return None
