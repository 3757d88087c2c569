"""The first look at an experiment: where the soil is wet, and how it dries in time."""

from pathlib import Path

import netCDF4
import numpy as np

from ldas.core.errors import UserError

ROOT_ZONE_LAYER = 5  # 20-40 cm, counted from 1
SHOWN_LAYERS = (1, 2, 3, 5, 8)
COLOURS = "cividis"  # readable without colour vision


def read_series(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, netCDF4.Dataset]:
    """Times (datetime64[s]) and values (time, ...) of a state variable over all months, and
    the last file, open. Raises UserError if the experiment has no output."""
    paths = sorted(folder.glob("state_*.nc"))
    if not paths:
        raise UserError(f"{folder}: no state_*.nc; run the experiment first")
    times, values = [], []
    dataset = None
    for path in paths:
        dataset = netCDF4.Dataset(path)
        if name not in dataset.variables:
            raise UserError(f"{path}: no variable '{name}' among the outputs")
        times.append(np.asarray(dataset["time"][:]).astype("datetime64[s]"))
        values.append(np.ma.filled(dataset[name][:], np.nan))
    assert dataset is not None
    return np.concatenate(times), np.concatenate(values), dataset


def draw_soil_moisture(folder: Path, output: Path | None = None) -> Path:
    """Map of the mean root-zone moisture and time series by layer; returns the PNG's path.

    Raises UserError if matplotlib is not installed or there is nothing to draw.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        raise UserError("figures need matplotlib; install it: pip install 'ldas[plot]'") from None
    time, wg, dataset = read_series(folder, "wg")
    lat, lon = np.asarray(dataset["lat"][:]), np.asarray(dataset["lon"][:])
    bounds = np.asarray(dataset["depth_bounds"][:])
    mapped = lat.size > 1 and lon.size > 1
    figure, axes = pyplot.subplots(
        1,
        2 if mapped else 1,
        figsize=(13 if mapped else 9, 4.8),
        squeeze=False,
        layout="constrained",
    )
    if mapped:
        _draw_map(figure, axes[0, 0], lat, lon, wg)
    _draw_series(axes[0, -1], time, wg, bounds)
    period = f"{str(time[0])[:10]} to {str(time[-1])[:10]}"
    figure.suptitle(f"Soil moisture of '{folder.name}', {period}")
    path = output or folder / "soil_moisture.png"
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path


def _draw_map(figure, axis, lat: np.ndarray, lon: np.ndarray, wg: np.ndarray) -> None:  # noqa: ANN001
    with np.errstate(invalid="ignore"):
        mean = wg[:, ROOT_ZONE_LAYER - 1].mean(axis=0)
    image = axis.pcolormesh(lon, lat, mean, cmap=f"{COLOURS}_r", shading="nearest")
    axis.set_facecolor("0.9")
    axis.set_aspect(1.0 / np.cos(np.radians(lat.mean())))
    axis.set(xlabel="longitude (°E)", ylabel="latitude (°N)", title="mean of 20-40 cm (WG5)")
    figure.colorbar(image, ax=axis, label="liquid water (m³ m⁻³)")


def _draw_series(axis, time: np.ndarray, wg: np.ndarray, bounds: np.ndarray) -> None:  # noqa: ANN001
    from matplotlib import colormaps, dates

    colours = colormaps[COLOURS](np.linspace(0.0, 0.9, len(SHOWN_LAYERS)))
    for layer, colour in zip(SHOWN_LAYERS, colours, strict=True):
        top, bottom = 100.0 * bounds[layer - 1]
        values = wg[:, layer - 1]
        series = np.array([np.nanmean(field) for field in values])
        axis.plot(time, series, color=colour, label=f"{top:.0f}-{bottom:.0f} cm", linewidth=1.3)
    axis.set(ylabel="liquid water (m³ m⁻³)", title="mean over the domain, by layer")
    locator = dates.AutoDateLocator()
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axis.legend(frameon=False, ncols=2)
    axis.grid(alpha=0.3)
