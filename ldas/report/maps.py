"""The maps of an evaluation: means, differences, changes, products against experiments, truth."""

import numpy as np
import pandas as pd
import xarray as xr

from ldas.evaluation.maps import (
    aggregated,
    by_class,
    coarse_axes,
    july_changes,
    onto,
    pixel_scores,
    same_times,
)
from ldas.evaluation.opening import layers_at
from ldas.evaluation.product_source import ProductSource
from ldas.evaluation.sources import ExperimentSource
from ldas.figures.maps import draw_scatter
from ldas.report.page import Section

from .julys import Julys, draw_julys, units_of
from .map_figure import add_maps
from .products import MINUTES_OF_DAY, period_of, product_pairs
from .work import Evaluation, parts

MAPPED_DEPTHS = (0.025, 0.3)  # m, of the layers that are mapped: surface and root zone
COARSE = 25.0  # km


def fields_section(work: Evaluation) -> list[Section]:
    """Maps of experiments, and of products against them and against each other."""
    maps, products = Section("Maps"), Section("Products")
    sources = work.mapped
    if sources:
        _experiments(work, sources, maps)
        for product in work.products:
            _product(work, product, sources, products)
    product_pairs(work, products)
    return [maps, products]


def _experiments(work: Evaluation, sources: list[ExperimentSource], section: Section) -> None:
    changes: dict[str, dict[str, np.ndarray]] = {}
    julys: Julys = {}
    first = sources[0].name
    layers = layers_at(sources[0].layer_bounds()[:, 1], MAPPED_DEPTHS)
    surface, root = (f"WG{layers[k] + 1}" if layers else "" for k in (0, -1))
    mapped = [*(("wg", k + 1, f"WG{k + 1}") for k in layers), ("lai", 0, "LAI")]
    for variable, layer, label in mapped:
        having = [s for s in sources if s.offers(variable, (layer,), 0.0)]
        if not having or having[0].name != first:
            continue
        fields = {s.name: s.field(variable, layer) for s in having}
        period, units = period_of(fields[first]), units_of(label)
        means = {name: values.mean("time") for name, values in fields.items()}
        add_maps(
            work, section, f"mean_{label}", means, f"{label} ({units})", f"Mean {label}, {period}",
            f"Mean {label} of each experiment, {period}",
        )  # fmt: skip
        differences = {
            f"{name} - {first}": means[name] - means[first] for name in fields if name != first
        }
        for name in fields:
            if name != first:
                found = (means[name] - means[first]).values.ravel()
                changes.setdefault(name, {})[label] = found
        add_maps(
            work, section, f"change_{label}", differences, f"change of {label} ({units})",
            f"Change of {label}, {period}", f"Mean difference to '{first}' of {label}, {period}",
            change=True,
        )  # fmt: skip
        if label != surface:
            julys[label] = {name: july_changes(values) for name, values in fields.items()}
    scatter = {
        name: (found["LAI"], found[root])
        for name, found in changes.items()
        if {"LAI", root} <= set(found)
    }
    if scatter:
        section.figure(
            draw_scatter(
                scatter, ("change of LAI (m2 m-2)", f"change of {root} (m3 m-3)"),
                f"Mean change by cell, relative to '{first}'",
                work.path("figures", "scatter_changes.png"),
            ),
            "How the change of leaf area goes with that of the root zone",
        )  # fmt: skip
    draw_julys(work, section, julys, sources[0])


def _product(
    work: Evaluation, product: ProductSource, sources: list[ExperimentSource], section: Section
) -> None:
    """R and ubRMSD of a product and each experiment, pixel by pixel, and what changed."""
    if not product.stamps():
        work.problems.append(f"source '{product.name}': no field in the period")
        return
    layer = product.layer if product.variable == "wg" else 0
    observed = product.over(*sources[0].grid())
    if observed is None:
        work.problems.append(f"source '{product.name}': lies outside the domain")
        return
    found: dict[str, xr.Dataset] = {}
    coarse: dict[str, float] = {}
    for source in sources:
        if not source.offers(product.variable, (layer,), 0.0):
            continue
        model = source.field(product.variable, layer)
        a, b = same_times(onto(observed, model), model, MINUTES_OF_DAY)
        if a.time.size == 0:
            work.problems.append(f"source '{product.name}': no time in common with '{source.name}'")
            continue
        fewest = work.setup.evaluation.pixel_pairs
        found[source.name] = pixel_scores(b, a, fewest)
        axes = coarse_axes(model, COARSE)
        wide = pixel_scores(aggregated(b, *axes), aggregated(a, *axes), fewest)
        coarse[source.name] = float(wide.R.median())
    if not found:
        return
    section.heading(product.name)
    period = period_of(observed)
    shown = ["R"] if product.bare else ["R", "STDD", "bias"]
    for score in shown:
        add_maps(
            work, section, f"{product.name}_{score}",
            {name: scores[score] for name, scores in found.items()},
            score if score == "R" else f"{score} ({units_of(product.variable)})",
            f"{score} of experiments against '{product.name}', {period}",
            f"{score} of each experiment against '{product.name}', {period}",
            change=score == "bias",
        )  # fmt: skip
    first = sources[0].name
    if first in found and len(found) > 1:
        changed = {
            f"{name} - {first}": scores.R - found[first].R
            for name, scores in found.items()
            if name != first
        }
        add_maps(
            work, section, f"{product.name}_R_change", changed, "change of R",
            f"Change of R against '{product.name}', {period}",
            f"Change of R against '{product.name}' relative to '{first}'", change=True,
        )  # fmt: skip
    classes, names = parts(work, sources[0])
    rows = [
        {"source": name, "part": names[number], **{s: by_class(scores[s], classes)[number]
         for s in shown}, "R at 25 km": coarse[name]}
        for name, scores in found.items()
        for number in names
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    work.write_table(f"pixels_{product.name}.csv", table)
    section.table(table, f"Medians over pixels against '{product.name}', {period}")
