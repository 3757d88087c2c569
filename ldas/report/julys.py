"""From one July to the next: what each experiment says, and what the analyses change of it.

Figures 8 to 11 of the study of Sentinel-1 soil moisture in ISBA, with the map of irrigation
that an evaluation names.
"""

import numpy as np
import xarray as xr

from ldas.core.errors import UserError
from ldas.evaluation.sources import ExperimentSource
from ldas.figures.maps import Beside, draw_scatter
from ldas.io.output_table import STATE_BY_NAME
from ldas.report.page import Section

from .map_figure import add_maps
from .work import Evaluation, map_like

LATEST = 3  # changes from July to July that are drawn
Julys = dict[str, dict[str, dict[str, xr.DataArray]]]  # by quantity, experiment and years


def units_of(label: str) -> str:
    """Unit of a variable of the state, or of what a map calls it: WG5, LAI."""
    return STATE_BY_NAME[label.rstrip("0123456789").lower()].units


def draw_julys(
    work: Evaluation, section: Section, julys: Julys, reference: ExperimentSource
) -> None:
    """Maps of the July to July change, of what analyses change of it, and how these go together.

    The experiments are compared with the `reference`, on whose grid they are.
    """
    if not any(mine for found in julys.values() for mine in found.values()):
        return
    first, beside = reference.name, irrigation_map(work, reference)
    said = f"; beside it {beside.label} ('{beside.name}')" if beside else ""
    less: Julys = {}
    for label, found in julys.items():
        add_maps(
            work, section, f"july_{label}", _panels(found, LATEST),
            f"change of {label} ({units_of(label)})", f"July to July change of {label}",
            f"Change of the July mean of {label} from year to year", change=True,
        )  # fmt: skip
        base = found[first]
        less[label] = {
            name: {years: v - base[years] for years, v in mine.items() if years in base}
            for name, mine in found.items()
            if name != first
        }
        add_maps(
            work, section, f"july_less_{label}", _panels(less[label], 1),
            f"{label} ({units_of(label)})",
            f"July to July change of {label}, less that of '{first}'",
            f"What each experiment adds to the change of {label} from one July to the next: above "
            f"zero where it has become more than '{first}' says{said}", change=True, beside=beside,
        )  # fmt: skip
    _scatter(work, section, less, first)


def _panels(found: dict[str, dict[str, xr.DataArray]], latest: int) -> dict[str, xr.DataArray]:
    """The latest changes of each experiment, by what a panel is called."""
    return {
        f"{name}, {years}": change
        for name, mine in found.items()
        for years, change in list(mine.items())[-latest:]
    }


def _scatter(work: Evaluation, section: Section, less: Julys, first: str) -> None:
    root = next((label for label in less if label != "LAI"), None)
    if root is None or "LAI" not in less:
        return
    pairs: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, mine in less[root].items():
        common = [years for years in mine if years in less["LAI"].get(name, {})]
        if common:
            fields = (less["LAI"][name][common[-1]], mine[common[-1]])
            pairs[f"{name}, {common[-1]}"] = tuple(v.values.ravel() for v in fields)
    if pairs:
        section.figure(
            draw_scatter(
                pairs, ("LAI (m2 m-2)", f"{root} (m3 m-3)"),
                f"July to July change, less that of '{first}', by cell",
                work.path("figures", "scatter_july.png"),
            ),
            f"How the change of leaf area that an analysis adds goes with that of {root}",
        )  # fmt: skip


def irrigation_map(work: Evaluation, like: ExperimentSource) -> Beside | None:
    """The map of irrigation that the namelist names."""
    entries = work.setup.evaluation
    if entries.irrigation_file is None:
        return None
    path, (lat, lon) = work.setup.file(entries.irrigation_file), like.grid()
    try:
        values = map_like(path, "irrigation map", entries.irrigation_variable, lat, lon)
    except UserError as error:
        work.problems += error.problems
        return None
    place = {"lat": lat, "lon": lon}
    field = xr.DataArray(np.ma.filled(values.astype(float), np.nan), place, ("lat", "lon"))
    return Beside(path.name, field, entries.irrigation_variable.replace("_", " "))
