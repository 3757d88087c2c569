"""Products side by side at the stations where every one of them has data, each at its own times.

The tables of the study that compares 1 km products (seed 001): R, bias and STDD of values, R of
anomalies over standard deviations (its Eq. 2), and each product averaged to 25 km as `name*`.
"""

import numpy as np
import pandas as pd

from ldas.evaluation.anomalies import window_anomaly
from ldas.evaluation.comparison import scaled_to
from ldas.evaluation.matching import matched
from ldas.evaluation.metrics import scores
from ldas.evaluation.probes import Probe
from ldas.evaluation.product_source import ProductSource
from ldas.evaluation.sources import Request
from ldas.report.page import Section

from .work import Evaluation

SCORES = ("R", "bias", "STDD", "anomaly R")
PLACE = ["network", "station", "quantity"]


def in_situ_section(work: Evaluation) -> Section:
    """A table by network, and one of every station; empty with a single product."""
    section = Section("Products in situ")
    series = _series(work)
    if len(series) < 2:
        return section
    unitless = {p.name for p in work.products if p.unitless}
    unitless |= {f"{name}*" for name in unitless}
    rows = []
    for number, probe in enumerate(work.probes):
        own = {name: found[number] for name, found in series.items()}
        if any(one is None for one in own.values()):
            continue
        pairs = {name: _pairs(work, probe, one) for name, one in own.items()}
        if any(len(table) < work.how.min_pairs for table in pairs.values()):
            continue
        rows += [_row(work, probe, name, t, name in unitless) for name, t in pairs.items()]
    if not rows:
        if any(work.series[p.name][k] is not None for p in work.products for k in _all(work)):
            work.problems.append(
                f"no probe has {work.how.min_pairs} pairs with every one of "
                f"{', '.join(series)}: no table of them side by side"
            )
        return section
    table = pd.DataFrame(rows)
    work.write_table("products_in_situ.csv", table)
    section.text(
        f"Only probes that every product has {work.how.min_pairs} pairs with and more, each at its "
        f"own times, not more than {work.how.minutes:g} min apart. Anomalies are departures from "
        f"the mean of {work.how.anomaly_days} days over their standard deviation. A star: averaged "
        "about the station.",
        meta=True,
    )
    section.table(_medians(table, ["network"]), "medians of the stations of each network")
    if table["network"].nunique() > 1:
        section.table(_medians(table, []), "medians of all stations")
    section.table(table, "every station")
    return section


def _medians(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Medians of the scores of each product, and how many stations there are."""
    groups = table.groupby([*by, "quantity", "product"], sort=False)
    found = groups[list(SCORES)].median()
    found.insert(0, "stations", groups["station"].nunique())
    return found.reset_index()


def _all(work: Evaluation) -> range:
    return range(len(work.probes))


def _series(work: Evaluation) -> dict[str, list[pd.Series | None]]:
    """What each product shows at every probe, and its version averaged about them."""
    out: dict[str, list[pd.Series | None]] = {}
    for product in work.products:
        out[product.name] = work.series[product.name]
        if product.coarse is not None:
            out[f"{product.name}*"] = _averaged(work, product, product.coarse)
    return out


def _averaged(work: Evaluation, product: ProductSource, km: float) -> list[pd.Series | None]:
    """A product averaged over `km` about each probe at which it has values itself."""
    out: list[pd.Series | None] = [None] * len(work.probes)
    which = [k for k in _all(work) if work.series[product.name][k] is not None]
    requests = [
        Request(product.variable, (), work.probes[k].lat, work.probes[k].lon) for k in which
    ]
    for k, found in zip(which, product.around(requests, km), strict=True):
        if isinstance(found, str):
            work.problems.append(f"source '{product.name}*' at {work.probes[k].key}: {found}")
            continue
        if product.index and product.scaling == "in_situ":
            found = scaled_to(product.as_share(found), work.probes[k].series, work.how.minutes)
        out[k] = found
    return out


def _pairs(work: Evaluation, probe: Probe, series: pd.Series | None) -> pd.DataFrame:
    """The common times of a probe and one product."""
    assert series is not None
    return matched(probe.series, {"product": series}, work.how.minutes, work.how.average)


def _row(
    work: Evaluation, probe: Probe, name: str, table: pd.DataFrame, unitless: bool
) -> dict[str, object]:
    """Scores of one product at one probe."""
    x, y = (table[column].to_numpy() for column in ("product", "measured"))
    found = scores(x, y, work.how.confidence)
    beside = table.apply(window_anomaly, days=work.how.anomaly_days, standardised=True).dropna()
    anomaly = np.nan
    if len(beside) >= work.how.min_pairs:
        anomaly = scores(*(beside[c].to_numpy() for c in ("product", "measured"))).r
    values = {"R": found.r, "bias": found.bias, "STDD": found.ubrmsd, "anomaly R": anomaly}
    if unitless:
        values |= {"bias": np.nan, "STDD": np.nan}
    place = dict(zip(PLACE, (probe.network, probe.station, probe.quantity), strict=True))
    return {**place, "product": name, "N": found.n, **values}
