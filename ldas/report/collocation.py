"""Probe, model and product judged by each other: in pairs, and by triple collocation."""

import numpy as np
import pandas as pd

from ldas.evaluation.comparison import as_row
from ldas.evaluation.metrics import scores
from ldas.evaluation.triple_collocation import triple_collocation
from ldas.report.page import Section

from .work import Evaluation

PAIR_COLUMNS = ("N", "R", "R_low", "R_high", "p", "ubRMSD", "RMSD", "bias")


def pairs_section(work: Evaluation) -> Section:
    """Each two of probe, reference and product at their common times, for every probe."""
    section, rows = Section("Probe, model and product"), []
    unitless = {product.name for product in work.products if product.unitless}
    model = work.setup.reference
    products = [product.name for product in work.products if product.name != model]
    for probe, tables in work.pairs.values():
        for product in (name for name in products if model in tables.get(name, ())):
            place = {"network": probe.network, "station": probe.station, "quantity": probe.quantity}
            for one, other in ((model, "measured"), (product, "measured"), (product, model)):
                x, y = (tables[product][name].to_numpy() for name in (one, other))
                found = as_row(scores(x, y, work.how.confidence), bool(unitless & {one, other}))
                row = {name: found[name] for name in PAIR_COLUMNS}
                rows.append({**place, "compared": f"{one} against {other}", **row})
    if rows:
        table = pd.DataFrame(rows)
        work.write_table("pairs.csv", table)
        section.table(table, "each two of them at the times that all three have; bias is the first "
                      "less the second")  # fmt: skip
    return section


def collocation_section(work: Evaluation) -> Section:
    """A table with a row for each probe, open loop and product at their common times.

    Analyses are left out: their errors are those of what they have assimilated, too.
    """
    section, rows = Section("Triple collocation"), []
    free = [s.name for s in work.experiments if not [*s.folder.glob("analysis_*.nc")]]
    products = [s.name for s in work.products]
    for probe, tables in work.pairs.values():
        for product in (name for name in tables if name in products):
            for model in (name for name in free if name in tables[product]):
                columns = ("measured", model, product)
                found = triple_collocation(*(tables[product][c].to_numpy() for c in columns))
                row = {
                    "network": probe.network,
                    "station": probe.station,
                    "quantity": probe.quantity,
                    "experiment": model,
                    "product": product,
                    "N": found.n,
                }
                for k, name in enumerate(("probe", "experiment", "product")):
                    row |= {f"R of {name}": found.r[k], f"error of {name}": found.error[k]}
                rows.append({**row, "undefined": found.undefined})
    if not rows:
        return section
    table = pd.DataFrame(rows)
    work.write_table("triple_collocation.csv", table)
    section.text(
        "Correlation of each with a truth that none of the three is, and its error (one standard "
        "deviation, in the unit and the range of the probe), if the errors of probe, model and "
        "product are independent of each other. A probe's error is also that of a point that "
        "stands for a cell.",
        meta=True,
    )
    numbers = [c for c in table if c.startswith(("R of", "error of"))]
    median = table.groupby(["quantity", "experiment", "product"], sort=False)[numbers].median()
    counts = table.groupby(["quantity", "experiment", "product"], sort=False).size()
    if len(median) < len(table):
        median.insert(0, "probes", counts)
        section.table(median.reset_index(), "medians of the probes")
    shown = table.replace({"undefined": {"": np.nan}}).dropna(axis=1, how="all")
    section.table(shown, "every probe")
    return section
