"""A figure of maps, put into a section of the report and kept beside it."""

from collections.abc import Mapping

import xarray as xr

from ldas.figures.maps import Beside, draw_maps

from .page import Section
from .work import Evaluation


def add_maps(
    work: Evaluation,
    section: Section,
    name: str,
    maps: Mapping[str, xr.DataArray],
    label: str,
    title: str,
    caption: str | None = None,
    change: bool = False,
    beside: Beside | None = None,
) -> None:
    """Draw maps as `figures/map_<name>.png`; nothing without maps. The caption is the title's."""
    if maps:
        path = work.path("figures", f"map_{name}.png")
        drawn = draw_maps(maps, label, title, path, change=change, beside=beside)
        section.figure(drawn, title if caption is None else caption)
