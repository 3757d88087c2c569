"""From one July to the next: what each experiment says, and what the analyses change of it.

Figures 8 to 11 of the study of Sentinel-1 soil moisture in ISBA, with the map of irrigation
that an evaluation names.
"""

import numpy as np
import xarray as xr

from ldas.core.errors import UserError
from ldas.figures.maps import Beside, draw_maps, draw_scatter
from ldas.io.output_table import STATE_BY_NAME
from ldas.report.page import Section

from .work import Evaluation, map_like

LATEST = 3  # changes from July to July that are drawn
Julys = dict[str, dict[str, dict[str, xr.DataArray]]]  # by quantity, experiment and years


def units_of(label: str) -> str:
    """Unit of what a map calls WG5 or LAI."""
    return STATE_BY_NAME[label.rstrip("0123456789").lower()].units


def draw_julys(work: Evaluation, section: Section, julys: Julys, first: str) -> None:
    """Maps of the July to July change, of what analyses change of it, and how these go together.

    `first` is the experiment that the others are compared with.
    """
    beside = _irrigation(work, julys)
    less: Julys = {}
    for label, found in julys.items():
        _maps(work, section, label, {n: dict(list(v.items())[-LATEST:]) for n, v in found.items()})
        base = found.get(first, {})
        less[label] = {
            name: {years: v - base[years] for years, v in mine.items() if years in base}
            for name, mine in found.items()
            if name != first
        }
        _maps_less(work, section, label, less[label], first, beside)
    _scatter(work, section, less, first)


def _panels(found: dict[str, dict[str, xr.DataArray]]) -> dict[str, xr.DataArray]:
    return {f"{name}, {years}": v for name, mine in found.items() for years, v in mine.items()}


def _maps(
    work: Evaluation, section: Section, label: str, found: dict[str, dict[str, xr.DataArray]]
) -> None:
    panels = _panels(found)
    if panels:
        section.figure(
            draw_maps(
                panels, f"change of {label} ({units_of(label)})", f"July to July change of {label}",
                work.path("figures", f"map_july_{label}.png"), change=True,
            ),
            f"Change of the July mean of {label} from year to year",
        )  # fmt: skip


def _maps_less(
    work: Evaluation,
    section: Section,
    label: str,
    less: dict[str, dict[str, xr.DataArray]],
    first: str,
    beside: Beside | None,
) -> None:
    panels = _panels({name: dict(list(mine.items())[-1:]) for name, mine in less.items()})
    if panels:
        section.figure(
            draw_maps(
                panels, f"{label} ({units_of(label)})",
                f"July to July change of {label}, less that of '{first}'",
                work.path("figures", f"map_july_less_{label}.png"), change=True, beside=beside,
            ),
            f"What each experiment adds to the change of {label} from one July to the next: above "
            f"zero where it has become more than '{first}' says"
            + (f"; beside it {beside.label} ('{beside.name}')" if beside else ""),
        )  # fmt: skip


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


def _irrigation(work: Evaluation, julys: Julys) -> Beside | None:
    """The map of irrigation that the namelist names."""
    entries = work.setup.evaluation
    like = next((v for found in julys.values() for mine in found.values() for v in mine.values()),
                None)  # fmt: skip
    if entries.irrigation_file is None or like is None:
        return None
    path = work.setup.file(entries.irrigation_file)
    try:
        place = like.lat.values, like.lon.values
        values = map_like(path, "irrigation map", entries.irrigation_variable, *place)
    except UserError as error:
        work.problems += error.problems
        return None
    field = xr.DataArray(np.ma.filled(values.astype(float), np.nan), like.coords, like.dims)
    return Beside(path.name, field, entries.irrigation_variable.replace("_", " "))
