"""How snow comes and goes."""

from pathlib import Path

from ldas.cycling.configuration import Configuration
from ldas.evaluation.opening import has_variable, read_variable

from .figure import Figure
from .tools import colours, period, pyplot, save, time_axis


def draw_snow(folder: Path, path: Path) -> Path:
    """Time series of snow water and depth, means over the domain.

    Raises UserError if they were not written or matplotlib is not installed.
    """
    plot = pyplot()
    swe = read_variable(folder, "state", "swe").mean(("lat", "lon"))
    depth = read_variable(folder, "state", "snow_depth").mean(("lat", "lon"))
    figure, axes = plot.subplots(2, 1, figsize=(9, 6), sharex=True, layout="constrained")
    dark, light = colours(3)[:2]
    axes[0].fill_between(swe.time, 0.0, swe, color=light, alpha=0.6)
    axes[0].plot(swe.time, swe, color=dark, linewidth=1.0)
    time_axis(axes[0], "snow water (kg m⁻²)")
    axes[1].fill_between(depth.time, 0.0, depth, color=light, alpha=0.6)
    axes[1].plot(depth.time, depth, color=dark, linewidth=1.0)
    time_axis(axes[1], "snow depth (m)")
    figure.suptitle(f"Snow of '{folder.name}', {period(swe.time.values)}")
    return save(figure, path)


def _applies(conf: Configuration) -> bool:
    if not has_variable(conf.folder, "state", "swe"):
        return False
    return bool(read_variable(conf.folder, "state", "swe").max() > 0.0)


FIGURE = Figure(_applies, lambda conf, path: draw_snow(conf.folder, path))
