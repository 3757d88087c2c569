"""Tables: every source against every probe, season by season, with verdicts.

A source is judged against a reference source by the same resampled blocks; it is better or
worse if the interval of the difference leaves zero out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .anomalies import window_anomaly
from .block_bootstrap import interval, resampled
from .matching import matched
from .metrics import Scores, scores
from .probes import Probe

SEASONS = {
    "all": tuple(range(1, 13)),
    "DJF": (12, 1, 2),
    "MAM": (3, 4, 5),
    "JJA": (6, 7, 8),
    "SON": (9, 10, 11),
}
BETTER, WORSE, SAME = "better", "worse", "no difference"


@dataclass(frozen=True)
class How:
    """How series are paired and judged; the entries of `&evaluation` by the same names."""

    reference: str
    minutes: float = 60.0
    average: bool = False
    min_pairs: int = 30
    anomaly_days: int = 35
    bootstrap: int = 1000
    block_days: float = 30.0
    confidence: float = 0.95
    seed: int = 1


def range_of(pooled: Sequence[pd.Series]) -> tuple[float, float] | None:
    """The 5th and 95th percentiles of measurements together; None without any."""
    values = np.concatenate([one.to_numpy() for one in pooled] or [np.empty(0)])
    if values.size == 0:
        return None
    low, high = np.percentile(values, [5.0, 95.0])
    return float(low), float(high)


def measured_with(
    index: pd.Series, measured: pd.Series, minutes: float, average: bool = False
) -> pd.Series:
    """Measurements at the times of an index."""
    return matched(measured, {"index": index}, minutes, average)["measured"]


def scaled_to(index: pd.Series, measured: pd.Series, minutes: float = 60.0) -> pd.Series:
    """An index from 0 to 1 brought to the range of measurements.

    SM* = SM (max - min) + min, with the measurements at the times of the index only, and
    their lowest and highest 5 % left out: Eq. (1) of the study of 1 km products. NaN without a
    common time.
    """
    span = range_of([measured_with(index, measured, minutes)])
    if span is None:
        return index * np.nan
    return index * (span[1] - span[0]) + span[0]


def rows_of(
    probe: Probe,
    sources: Mapping[str, pd.Series],
    how: How,
    indices: Sequence[str] = (),
    number: int = 0,
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Scores of every source at one probe, one row a season and source, and the pairs.

    Sources named in `indices` are in no unit: only their correlations are defined. `number`
    sets the random numbers of this probe apart.
    """
    table = matched(probe.series, sources, how.minutes, how.average)
    anomaly = table.apply(window_anomaly, days=how.anomaly_days) if len(table) else table
    rows = []
    for season, months in SEASONS.items():
        part = table[table.index.month.isin(months)]
        beside = anomaly[anomaly.index.month.isin(months)].dropna()
        sampled = _resampled(part, how, number)
        sampled_anomaly = _resampled(beside, how, number) if season == "all" else {}
        for name in sources:
            row = {
                "network": probe.network,
                "station": probe.station,
                "lat": probe.lat,
                "lon": probe.lon,
                "land_cover": probe.land_cover,
                "variable": probe.variable,
                "depth": probe.depth,
                "quantity": probe.quantity,
                "source": name,
                "season": season,
            }
            row |= _scores(part, beside, name, how, name in indices)
            row |= _verdicts("R", 1.0, sampled, name, how, 0)
            if name not in indices and how.reference not in indices:
                row |= _verdicts("ubRMSD", -1.0, sampled, name, how, 1)
            row |= _verdicts("anomaly_R", 1.0, sampled_anomaly, name, how, 0)
            rows.append(row)
    return rows, table


def _scores(
    part: pd.DataFrame, beside: pd.DataFrame, name: str, how: How, index: bool
) -> dict[str, Any]:
    if len(part) < how.min_pairs:
        few = f"{len(part)} pairs, fewer than {how.min_pairs}" if len(part) else "no pairs"
        return {"N": len(part), "undefined": few}
    found = scores(part[name].to_numpy(), part["measured"].to_numpy(), how.confidence)
    out = as_row(found, index)
    out["anomaly_N"] = len(beside)
    if len(beside) >= how.min_pairs:
        seen = scores(beside[name].to_numpy(), beside["measured"].to_numpy(), how.confidence)
        out |= {"anomaly_R": seen.r, "anomaly_p": seen.p}
    return out


def as_row(found: Scores, index: bool = False) -> dict[str, Any]:
    """Scores under the names of the tables; of an index in no unit only its correlations."""
    row = {
        "N": found.n,
        "N_eff": found.n_eff,
        "R": found.r,
        "R_low": found.r_low,
        "R_high": found.r_high,
        "p": found.p,
        "bias": found.bias,
        "RMSD": found.rmsd,
        "ubRMSD": found.ubrmsd,
        "undefined": found.undefined,
    }
    if index:
        row |= {"bias": np.nan, "RMSD": np.nan, "ubRMSD": np.nan}
        row["undefined"] = found.undefined or "an index without unit: only correlations"
    return row


def _resampled(part: pd.DataFrame, how: How, number: int) -> dict[str, Any]:
    """R and ubRMSD of every source in resampled series; empty if there is nothing to resample."""
    names = [name for name in part.columns if name != "measured"]
    if how.bootstrap == 0 or len(part) < how.min_pairs:
        return {}
    step = part.index.to_series().diff().median() / pd.Timedelta(days=1)
    block = max(1, round(how.block_days / step)) if step > 0 else 1
    random = np.random.default_rng([how.seed, number])
    x, y = part[names].to_numpy().T, part["measured"].to_numpy()
    found = resampled(x, y, block, how.bootstrap, random)
    return {name: tuple(kind[k] for kind in found) for k, name in enumerate(names)}


def _verdicts(
    score: str, sense: float, sampled: Mapping[str, Any], name: str, how: How, kind: int
) -> dict[str, Any]:
    """Difference of a score to the reference's, its interval and what it says."""
    if not sampled or name == how.reference or how.reference not in sampled:
        return {}
    low, high = interval(sampled[name][kind] - sampled[how.reference][kind], how.confidence)
    verdict = ""
    if np.isfinite(low):
        verdict = SAME
        if low > 0.0 or high < 0.0:
            verdict = BETTER if sense * low > 0.0 else WORSE
    return {f"d{score}_low": low, f"d{score}_high": high, f"{score}_verdict": verdict}


def with_differences(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """The table with dR, dubRMSD and danomaly_R: source less reference, at one probe and season."""
    keys = ["network", "station", "variable", "depth", "season"]
    base = table[table["source"] == reference].set_index(keys)
    place = pd.MultiIndex.from_frame(table[keys])
    out = table.copy()
    for score in ("R", "ubRMSD", "anomaly_R"):
        if score in table:
            found = base[score][~base.index.duplicated()].reindex(place).to_numpy(float)
            out[f"d{score}"] = np.where(
                table["source"] == reference, np.nan, table[score].astype(float) - found
            )
    return out


def summary(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Medians over probes and how many are better or worse, by columns of the table."""
    good = table[table["R"].notna()] if "R" in table else table.iloc[:0]
    rows = []
    for key, group in good.groupby([*by, "source"], sort=False, dropna=False):
        row: dict[str, Any] = dict(zip([*by, "source"], key, strict=True))
        row["probes"] = len(group)
        for score in ("R", "anomaly_R", "ubRMSD", "bias", "dR", "dubRMSD", "danomaly_R"):
            if score in group:
                values = group[score].astype(float)
                row[score] = values.median() if values.notna().any() else np.nan
        for score in ("R", "ubRMSD", "anomaly_R"):
            column = f"{score}_verdict"
            if column in group:
                said = group[column].value_counts()
                row[f"{score} better"] = int(said.get(BETTER, 0))
                row[f"{score} worse"] = int(said.get(WORSE, 0))
        rows.append(row)
    return pd.DataFrame(rows)
