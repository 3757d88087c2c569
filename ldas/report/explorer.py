"""A map to zoom and to click: the series of every source in the cell that is pointed at."""

from typing import Any

import numpy as np
import xarray as xr

from ldas.evaluation.maps import onto
from ldas.evaluation.opening import layers_at
from ldas.figures.tools import distinct
from ldas.report.page import Section

from .julys import units_of
from .work import Evaluation

BUDGET = 6_000_000  # bytes of all series in the page
MOST = 200_000_000  # values of a product that is looked at
NONE = -32768  # stands for no value among the whole numbers that series are kept as
SCALE = 20000.0  # of them to 1 m3 m-3
CLICK = """
const col = Math.floor((cb_obj.x - west) / wide), row = Math.floor((cb_obj.y - south) / high);
if (col < 0 || row < 0 || col >= cols || row >= rows) return;
const cell = row * cols + col;
for (let k = 0; k < series.length; k++) {
  const values = store[k].data.values, y = series[k].data.y, times = y.length;
  const found = new Float64Array(times);
  for (let t = 0; t < times; t++) {
    const v = values[cell * times + t];
    found[t] = v === none ? NaN : v / scale;
  }
  series[k].data = {x: series[k].data.x, y: found};
}
mark.data = {x: [west + (col + 0.5) * wide], y: [south + (row + 0.5) * high]};
title.text = `${mark.data.y[0].toFixed(3)} N, ${mark.data.x[0].toFixed(3)} E`;
"""


def explorer_section(work: Evaluation) -> Section:
    """The section, or how to have it where bokeh is not installed; empty without maps."""
    section = Section("Explorer")
    fields = _fields(work)
    if not fields:
        return section
    try:
        import bokeh  # noqa: F401
    except ImportError:
        section.text(
            "A map to zoom and click for the series of each cell needs bokeh: pip install "
            "'ldas[report]'.",
            meta=True,
        )
        return section
    days = _days_of_a_value(fields)
    first = next(iter(fields.values()))
    section.text(
        "Surface soil moisture: click a cell for its series, drag or scroll to zoom, click a name "
        f"to hide it. The map is the mean of '{first.name}'."
        + (f" Means of {days} days." if days > 1 else ""),
        meta=True,
    )
    section.pieces.append(_drawn(fields, days))
    return section


def _fields(work: Evaluation) -> dict[str, xr.DataArray]:
    """Surface moisture (time, lat, lon) of all sources on the cells of the first."""
    sources, found = work.mapped, {}
    layers = layers_at(sources[0].layer_bounds()[:, 1], (0.025,)) if sources else ()
    layer = layers[0] + 1 if layers else 0
    for source in sources:
        if source.offers("wg", (layer,), 0.0):
            found[source.name] = source.field("wg", layer).rename(source.name)
    for product in work.products:
        if product.variable != "wg" or product.bare or not product.stamps():
            continue
        if not found and not product.product.regular:
            continue
        grid = next(iter(found.values())) if found else None
        axes = product.grid() if grid is None else (grid.lat.values, grid.lon.values)
        if len(product.stamps()) * axes[0].size * axes[1].size > MOST:
            continue
        field = product.over(*axes)
        if field is not None:
            field = field if grid is None else onto(field, grid)
            found[product.name] = field.rename(product.name).sortby("time")
    maps = [f for f in found.values() if f.lat.size > 1 and f.lon.size > 1]
    return {str(field.name): field for field in maps if np.isfinite(field.values).any()}


def _days_of_a_value(fields: dict[str, xr.DataArray]) -> int:
    """How many days are averaged, so that all series fit into the page."""
    size = sum(2 * field.size for field in fields.values())
    return max(1, int(np.ceil(size / BUDGET)))


def _drawn(fields: dict[str, xr.DataArray], days: int) -> str:
    """Map and series as HTML with the script that they need."""
    from bokeh.embed import components
    from bokeh.events import Tap
    from bokeh.layouts import column
    from bokeh.models import ColorBar, ColumnDataSource, CustomJS, HoverTool, LinearColorMapper
    from bokeh.palettes import Cividis256
    from bokeh.plotting import figure
    from bokeh.resources import Resources

    first = next(iter(fields.values())).sortby(["lat", "lon"])
    lat, lon = first.lat.values, first.lon.values
    high, wide = (float(np.median(np.diff(axis))) for axis in (lat, lon))
    west, south = float(lon[0] - 0.5 * wide), float(lat[0] - 0.5 * high)
    mean = first.mean("time").values
    row, col = _in_the_middle(mean)
    known = mean[np.isfinite(mean)]
    colours = LinearColorMapper(
        Cividis256[::-1], low=float(known.min()), high=float(known.max()), nan_color="#d9d9d9"
    )
    tools = "pan,wheel_zoom,box_zoom,tap,reset,save"
    aspect = wide * lon.size * np.cos(np.radians(lat.mean())) / (high * lat.size)
    chart = figure(
        width=560, height=int(np.clip(460 / aspect, 260, 700)), tools=tools,
        active_scroll="wheel_zoom", x_axis_label="longitude (°E)", y_axis_label="latitude (°N)",
    )  # fmt: skip
    image = chart.image(
        image=[mean.astype("f4")], x=west, y=south, dw=wide * lon.size, dh=high * lat.size,
        color_mapper=colours,
    )  # fmt: skip
    chart.add_tools(HoverTool(renderers=[image], tooltips=[("mean", "@image{0.000}")]))
    chart.add_layout(ColorBar(color_mapper=colours, title=f"({units_of('WG2')})"), "right")
    mark = ColumnDataSource({"x": [west + (col + 0.5) * wide], "y": [south + (row + 0.5) * high]})
    chart.scatter("x", "y", source=mark, marker="square", size=12, line_color="#D55E00",
                  fill_alpha=0.0, line_width=3)  # fmt: skip
    lines = figure(
        width=1080, height=330, x_axis_type="datetime", tools="pan,xwheel_zoom,box_zoom,reset,save",
        active_scroll="xwheel_zoom", y_axis_label=f"soil moisture ({units_of('WG2')})",
        title=f"{lat[row]:.3f} N, {lon[col]:.3f} E",
    )  # fmt: skip
    series, store = [], []
    for colour, (name, field) in zip(distinct(len(fields)), fields.items(), strict=True):
        part = field.sortby(["lat", "lon"])
        part = part.resample(time=f"{days}D").mean() if days > 1 else part
        values = part.transpose("lat", "lon", "time").values
        source = ColumnDataSource({"x": part.time.values, "y": values[row, col].astype(float)})
        whole = np.where(np.isfinite(values), np.round(values * SCALE), NONE).astype(np.int16)
        series.append(source)
        store.append(ColumnDataSource({"values": whole.ravel()}))
        often = part.time.size > 1 and np.median(np.diff(part.time.values)) <= np.timedelta64(
            2, "D"
        )
        if often:
            lines.line("x", "y", source=source, color=colour, legend_label=name)
        else:
            lines.scatter("x", "y", source=source, color=colour, size=5, legend_label=name)
    lines.legend.click_policy, lines.legend.orientation = "hide", "horizontal"
    lines.add_layout(lines.legend[0], "above")
    given: dict[str, Any] = {
        "west": west, "south": south, "wide": wide, "high": high, "rows": lat.size,
        "cols": lon.size, "series": series, "store": store, "mark": mark, "title": lines.title,
        "none": NONE, "scale": SCALE,
    }  # fmt: skip
    chart.js_on_event(Tap, CustomJS(args=given, code=CLICK))
    script, div = components(column(chart, lines))
    library = "".join(
        f"<script>{text}</script>" for text in Resources("inline", components=["bokeh"]).js_raw
    )
    return f'<div class="wide">{library}{div}{script}</div>'


def _in_the_middle(mean: np.ndarray) -> tuple[int, int]:
    """The cell with values that is nearest to the middle of a map."""
    row, col = np.nonzero(np.isfinite(mean))
    middle = np.array(mean.shape) / 2.0
    nearest = int(np.hypot(row - middle[0], col - middle[1]).argmin())
    return int(row[nearest]), int(col[nearest])
