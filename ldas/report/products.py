"""Products against each other, pixel by pixel: maps, and medians by land cover."""

import itertools

import numpy as np
import pandas as pd
import xarray as xr

from ldas.core.errors import UserError
from ldas.evaluation.land_cover import Covers
from ldas.evaluation.maps import onto, pixel_scores, same_times
from ldas.evaluation.product_source import ProductSource
from ldas.figures.land_cover import draw_by_cover
from ldas.report.page import Section

from .map_figure import add_maps
from .work import Evaluation

MINUTES_OF_DAY = 720.0
FEWEST = 10  # cells of a class that are told


def period_of(values: xr.DataArray) -> str:
    """First to last day."""
    return f"{str(values.time.values[0])[:10]} to {str(values.time.values[-1])[:10]}"


def product_pairs(work: Evaluation, section: Section) -> None:
    """Every two products of one kind against each other, on the coarser grid."""
    for one, two in itertools.combinations(work.products, 2):
        if one.product.kind is not two.product.kind or not (one.stamps() and two.stamps()):
            continue
        try:
            a, b = _brought_together(work, one, two)
        except UserError as error:
            work.problems += error.problems
            continue
        scores = pixel_scores(a, b, work.setup.evaluation.pixel_pairs)
        _told(work, section, (one, two), scores, (a.time.size, period_of(a)))


def _brought_together(
    work: Evaluation, one: ProductSource, two: ProductSource
) -> tuple[xr.DataArray, xr.DataArray]:
    """Both fields on one grid at common times; raises UserError if there is none of either."""
    pair = f"sources '{one.name}' and '{two.name}'"
    grids = [p.grid() for p in (two, one) if p.product.regular]
    grids += [source.grid() for source in work.experiments[:1]]
    if not grids:
        raise UserError(f"{pair}: neither is on a grid")
    a, b = one.over(*grids[0]), two.over(*grids[1 if two.product.regular else 0])
    if a is None or b is None:
        raise UserError(f"{pair}: no place in common")
    if a.lat.size * a.lon.size > b.lat.size * b.lon.size:
        a = onto(a, b)
    else:
        b = onto(b, a)
    a, b = same_times(a, b, MINUTES_OF_DAY)
    if a.time.size == 0:
        raise UserError(f"{pair}: no time in common")
    fewest = work.setup.evaluation.pixel_pairs
    most = int((np.isfinite(a.values) & np.isfinite(b.values)).sum(axis=0).max())
    if most < fewest:
        raise UserError(
            f"{pair}: {a.time.size} common times, at most {most} pairs in a pixel, fewer than "
            f"&evaluation pixel_pairs = {fewest}"
        )
    return a, b


def _told(
    work: Evaluation,
    section: Section,
    products: tuple[ProductSource, ProductSource],
    scores: xr.Dataset,
    times: tuple[int, str],
) -> None:
    """Maps of the scores of two products, and their medians: everywhere, and by land cover."""
    one, two = products
    pair = f"'{one.name}' and '{two.name}'"
    shown = ["R"] if one.bare != two.bare else ["R", "bias", "STDD"]
    units = one.product.units if one.bare else one.product.kind.model_units
    section.heading(f"{one.name} against {two.name}")
    for score in shown:
        label = score if score == "R" else f"{score} ({units})"
        add_maps(
            work, section, f"{one.name}_{two.name}_{score}", {score: scores[score]}, label,
            f"{score} of {pair}, {times[1]}", change=score == "bias",
        )  # fmt: skip
    row: dict[str, object] = {"products": pair, "fields": times[0]}
    row |= {score: float(scores[score].median()) for score in shown}
    table = pd.DataFrame([row])
    work.write_table(f"pixels_{one.name}_{two.name}.csv", table)
    section.table(table, f"Medians over pixels, {times[1]}")
    covers = work.covers(scores.lat.values, scores.lon.values)
    if covers is None:
        return
    by_cover = pd.DataFrame(list(_rows_by_cover(covers, scores, shown)))
    work.write_table(f"covers_{one.name}_{two.name}.csv", by_cover)
    if by_cover.empty:
        return
    section.table(
        by_cover,
        f"Medians over cells by their dominant land cover: all of them, and the homogeneous ones "
        f"({100.0 * covers.homogeneous:g} % and more); classes of {FEWEST} cells and more",
    )
    path = work.path("figures", f"covers_{one.name}_{two.name}.png")
    values = {score: scores[score].values for score in shown}
    labels = {score: score if score == "R" else f"{score} ({units})" for score in shown}
    section.figure(
        draw_by_cover(covers, values, labels, f"{pair}, {times[1]}", FEWEST, path),
        "Scores of the cells by land cover: quartiles, median, whiskers to 1.5 of their range",
    )


def _rows_by_cover(covers: Covers, scores: xr.Dataset, shown: list[str]) -> list[dict[str, object]]:
    rows = []
    for name in covers.names():
        for kind, chosen in (("all", covers.of(name)), ("homogeneous", covers.pure(name))):
            found = {s: scores[s].values[chosen] for s in shown}
            number = int(np.isfinite(found["R"]).sum())
            if number >= FEWEST:
                row = {"land cover": name, "cells": kind, "number": number}
                rows.append(row | {s: float(np.nanmedian(v)) for s, v in found.items()})
    return rows
