"""What all figures share: matplotlib if it is there, colours, time axes, saving."""

from pathlib import Path
from typing import Any

import numpy as np

from ldas.core.errors import UserError
from ldas.io.netcdf import atomic_file

COLOURS = "cividis"  # readable without colour vision
LINES = ("-", "--", ":", "-.")
# Okabe and Ito (2008): told apart without colour vision
DISTINCT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")


def pyplot() -> Any:
    """matplotlib.pyplot without a display; raises UserError if matplotlib is not installed."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        raise UserError("figures need matplotlib; install it: pip install 'ldas[plot]'") from None
    return pyplot


def colours(number: int) -> np.ndarray:
    """That many colours, from dark to light."""
    from matplotlib import colormaps

    return colormaps[COLOURS](np.linspace(0.0, 0.9, number))


def distinct(number: int) -> list[str]:
    """That many colours that do not stand for an order."""
    return [DISTINCT[k % len(DISTINCT)] for k in range(number)]


def superscripts(units: str) -> str:
    """Units as a label shows them: m3 m-3 with raised digits."""
    return units.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def time_axis(axis: Any, label: str, title: str | None = None) -> None:
    """A time axis with few words, and a grid."""
    from matplotlib import dates

    locator = dates.AutoDateLocator()
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axis.set_ylabel(label)
    if title:
        axis.set_title(title, fontsize="medium", loc="left")
    axis.grid(alpha=0.3)


def period(time: np.ndarray) -> str:
    """First to last day."""
    return f"{str(time[0])[:10]} to {str(time[-1])[:10]}"


def save(figure: Any, path: Path) -> Path:
    """Write a figure and forget it."""
    with atomic_file(path) as temporary:
        figure.savefig(temporary, dpi=120, format=path.suffix.removeprefix(".") or "png")
    pyplot().close(figure)
    return path
