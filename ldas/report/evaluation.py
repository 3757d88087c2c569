"""Did it help, where, and is it significant: scores at probes, tables, figures, summary."""

import json

import numpy as np
import pandas as pd

from ldas import __version__
from ldas.evaluation.comparison import (
    measured_with,
    range_of,
    rows_of,
    scaled_to,
    summary,
    with_differences,
)
from ldas.evaluation.matching import matched
from ldas.evaluation.opening import layers_holding
from ldas.evaluation.probes import Probe
from ldas.evaluation.product_source import ProductSource
from ldas.evaluation.sources import ExperimentSource, Request
from ldas.figures.probes import draw_scores, draw_seasons, draw_series, draw_years
from ldas.figures.score_boxes import draw_score_boxes
from ldas.io.netcdf import write_atomically
from ldas.report.page import Section

from .verdicts import at_a_glance, probe_verdicts
from .work import Evaluation

DRAWN = 12  # probes whose series are drawn
EXPERIMENTS = "experiments"
HIDDEN = ("sampling", "lat", "lon", "quantity", "season")  # columns of the CSV only


def judge(work: Evaluation) -> None:
    """Fill scores and pairs: experiments among themselves, then with each product."""
    for source in (*work.experiments, *work.products):
        work.series[source.name] = _at_probes(work, source)
    for product in work.products:
        work.series[product.name] = _in_units(work, product)
    indices = [p.name for p in work.products if p.unitless]
    rows = []
    for number, probe in enumerate(work.probes):
        free = {s.name: work.series[s.name][number] for s in work.experiments}
        free = {name: values for name, values in free.items() if values is not None}
        samplings, by_product = {EXPERIMENTS: free} if free else {}, {}
        for product in work.products:
            values = work.series[product.name][number]
            if values is not None:
                by_product[product.name] = values
        base = {n: v for n, v in by_product.items() if n == work.setup.reference}
        for name, values in by_product.items():
            samplings[name] = {**free, name: values}
            if base and name not in base:
                beside = {**free, **base, name: values}
                common = matched(probe.series, beside, work.how.minutes, work.how.average)
                if len(common) >= work.how.min_pairs:
                    samplings[name] = beside
        if not samplings:
            work.problems.append(f"{probe.key}: no source has '{probe.variable}' there")
        for sampling, sources in samplings.items():
            found, table = rows_of(probe, sources, work.how, indices, number)
            rows += [{**row, "sampling": sampling} for row in found]
            if len(table) < work.setup.evaluation.min_pairs:
                work.problems.append(
                    f"{probe.key}: {len(table)} times common to {', '.join(sources)} within "
                    f"{work.setup.evaluation.minutes:g} min, fewer than &evaluation min_pairs"
                )
            else:
                work.pairs.setdefault(probe.key, (probe, {}))[1][sampling] = table
    found = pd.DataFrame(rows)
    if "R" in found and found["R"].notna().any():
        parts = [with_differences(part, work.setup.reference) for _, part in _by_sampling(found)]
        work.scores = pd.concat(parts, ignore_index=True)


def _in_units(work: Evaluation, product: ProductSource) -> list[pd.Series | None]:
    """What a product shows at every probe, an index brought to what was measured if it is to be."""
    series = work.series[product.name]
    pairs = list(zip(series, work.probes, strict=True))
    how = work.how
    if product.region:
        product.span = range_of(
            [
                measured_with(s, p.series, how.minutes, how.average)
                for s, p in pairs
                if s is not None
            ]
        )
        if product.span is None:
            work.problems.append(
                f"source '{product.name}': no measurement at its times to scale it to; an index"
            )
            return series
        return [None if s is None else product.in_units(s) for s in series]
    if product.index and product.scaling == "in_situ":
        return [
            None if s is None else scaled_to(product.as_share(s), p.series, how.minutes)
            for s, p in pairs
        ]
    return series


def _by_sampling(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), part) for name, part in table.groupby("sampling", sort=False)]


def _at_probes(
    work: Evaluation, source: ExperimentSource | ProductSource
) -> list[pd.Series | None]:
    """What a source has at every probe, None where it has nothing."""
    out: list[pd.Series | None] = [None] * len(work.probes)
    requests, which = [], []
    for k, probe in enumerate(work.probes):
        layers = _layers(work, probe)
        if source.offers(probe.variable, layers, probe.depth):
            requests.append(Request(probe.variable, layers, probe.lat, probe.lon))
            which.append(k)
    if not requests:
        return out
    bilinear = work.setup.evaluation.match == "bilinear"
    for k, found in zip(which, source.at_places(requests, bilinear), strict=True):
        if isinstance(found, str):
            work.problems.append(f"source '{source.name}' at {work.probes[k].key}: {found}")
        else:
            out[k] = found
    return out


def _layers(work: Evaluation, probe: Probe) -> tuple[int, ...]:
    """The model's layers for a probe: those of the namelist, else those that hold its depth."""
    entries = work.setup.evaluation
    if not np.isfinite(probe.depth) or not work.experiments:
        return ()
    for depth, layer in zip(entries.probe_depths, entries.probe_layers, strict=True):
        if abs(depth - probe.depth) < 1e-3:
            return (layer,)
    top, bottom = work.experiments[0].layer_bounds().T
    return tuple(int(k) + 1 for k in layers_holding(top, bottom, probe.depth))


def probe_sections(work: Evaluation) -> list[Section]:
    """Tables and figures of the probes."""
    compared, stations = Section("Against measurements"), Section("Probes")
    if work.scores.empty:
        return []
    for sampling, part in _by_sampling(work.scores):
        what = "at times common to all experiments"
        if sampling != EXPERIMENTS:
            what = f"at the times of '{sampling}'"
        for by, title in (
            ([], "all probes"),
            (["network"], "by network"),
            (["land_cover"], "by land cover"),
        ):
            table = summary(part[part["season"] == "all"], ["quantity", *by])
            if len(table) and (not by or part[by].drop_duplicates().shape[0] > 1):
                compared.table(table, f"{title}, {what}: medians, and how many are significant")
        compared.table(summary(part, ["quantity", "season"]), f"by season, {what}")
        shown = [c for c in part if part[c].notna().any() and c not in HIDDEN]
        stations.table(part.loc[part["season"] == "all", shown], f"every probe, {what}")
        work.write_table(f"summary_{sampling}.csv", summary(part, ["quantity", "season"]))
        drawn = draw_scores(
            part, work.setup.reference, work.path("figures", f"scores_{sampling}.png")
        )
        if drawn:
            compared.figure(drawn, f"Scores of each probe against those of the reference, {what}")
        drawn = draw_score_boxes(part, work.path("figures", f"boxes_{sampling}.png"))
        if drawn:
            compared.figure(drawn, f"R of the stations of each network by season, {what}")
    for key, (probe, tables) in list(work.pairs.items())[:DRAWN]:
        stations.heading(key)
        layers = ", ".join(f"{probe.variable.upper()}{n}" for n in _layers(work, probe))
        stations.text(f"{probe.title}; compared with {layers or probe.variable}", meta=True)
        for sampling, table in tables.items():
            _draw(work, stations, probe, sampling, table)
    if len(work.pairs) > DRAWN:
        stations.text(f"{len(work.pairs) - DRAWN} more probes are in the tables only.", meta=True)
    return [compared, stations]


def _draw(
    work: Evaluation, section: Section, probe: Probe, sampling: str, table: pd.DataFrame
) -> None:
    """Figures of one probe, at the times common to the experiments or those of a product."""
    days, year = work.setup.evaluation.anomaly_days, work.setup.evaluation.reference_year
    of_product = sampling != EXPERIMENTS
    what = f"{probe.key}, at the times of '{sampling}'" if of_product else probe.key
    file = f"{probe.key}_{sampling}.png" if of_product else f"{probe.key}.png"
    reference = work.setup.reference
    section.figure(
        draw_series(probe, table, days, work.path("figures", f"series_{file}"), reference),
        f"{what}: series and {days}-day anomalies",
    )
    section.figure(
        draw_seasons(probe, table, work.path("figures", f"seasons_{file}")),
        f"{what}: measured and modelled by season",
    )
    drawn = draw_years(probe, table, year, work.path("figures", f"years_{file}"))
    if drawn:
        section.figure(drawn, f"{what}: monthly relative anomalies and July means")


def problem_section(work: Evaluation) -> Section:
    """What could not be used, and why."""
    section = Section("Problems")
    if work.problems:
        section.points(work.problems, "problems")
    return section


def write_summary(work: Evaluation, sections: list[Section]) -> None:
    """The first section, and the same as JSON."""
    first = sections[0]
    lines = [line for section in sections for line in section.verdicts]
    probes = work.setup.reference, work.setup.evaluation.truth
    lines_of_probes = probe_verdicts(work.scores, *probes)
    if lines:
        first.points(lines)
    glance = at_a_glance(work.scores, *probes)
    if len(glance):
        first.table(glance, f"Medians, '{work.setup.reference}' to the source, all seasons: how "
                    "many probes are significantly better or worse (=: none)")  # fmt: skip
    first.text(
        f"{described(work)}. Reference: '{work.setup.reference}'. Verdicts by circular block "
        f"bootstrap ({work.how.bootstrap} resamplings, blocks of {work.how.block_days:g} days, "
        f"{100 * work.how.confidence:g} % confidence).",
        meta=True,
    )
    if work.problems:
        first.text(f"{len(work.problems)} things could not be used; see Problems.", meta=True)
    told = {
        "verdicts": [*lines, *lines_of_probes],
        "problems": work.problems,
        "version": __version__,
    }
    write_atomically(work.setup.folder / "summary.json", json.dumps(told, indent=2) + "\n")


def described(work: Evaluation) -> str:
    """How many sources and probes there are, and the sources' names."""
    sources = [s.name for s in (*work.experiments, *work.products)]
    return f"{len(sources)} sources ({', '.join(sources)}), {len(work.probes)} probes"
