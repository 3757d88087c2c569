"""`ldas plot`: the figures of one experiment, each drawn where there is something to draw."""

from collections.abc import Sequence
from pathlib import Path

from ldas.core.errors import UserError, nearest
from ldas.core.registries import FIGURES
from ldas.cycling.configuration import load
from ldas.io.netcdf import writable_folder


def draw_figures(namelist: Path, names: Sequence[str] | None, output: Path | None) -> list[Path]:
    """Draw the figures of these `names`, or all that apply; returns the PNGs.

    Raises UserError for an unknown name or if there are no results.
    """
    conf = load(namelist)
    known = FIGURES.names()
    for name in names or []:
        if name not in known:
            raise UserError(
                f"--figure {name}: unknown{nearest(name, known)} (allowed: {', '.join(known)})"
            )
    folder = output or conf.folder
    if not conf.folder.is_dir():
        raise UserError(f"{conf.folder}: no results; run the experiment first")
    writable_folder(folder, "--output")
    figures = {name: FIGURES.load(name) for name in names or known}
    wanted = list(names) if names else [n for n, figure in figures.items() if figure.applies(conf)]
    return [figures[name].draw(conf, folder / f"{name}.png") for name in wanted]
