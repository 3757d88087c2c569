"""Small charts as SVG within a page: bars and lines over windows, readable without scripts."""

import html
import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 760, 150
LEFT, BOTTOM, TOP = 64, 22, 8
# Okabe and Ito (2008): told apart without colour vision
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#8a8a8a")


def bars(days: Sequence[str], stacks: Mapping[str, Sequence[float]], label: str) -> str:
    """Stacked bars, one a window; `stacks` by what they are."""
    totals = [sum(values[k] for values in stacks.values()) for k in range(len(days))]
    high = max([*totals, 1e-12])
    pieces = _frame(days, 0.0, high, label)
    width = (WIDTH - LEFT) / max(len(days), 1)
    for k, day in enumerate(days):
        base = 0.0
        for (name, values), colour in zip(stacks.items(), COLOURS * len(stacks), strict=False):
            if values[k] > 0:
                top = _y(base + values[k], 0.0, high)
                tall = _y(base, 0.0, high) - top
                pieces.append(
                    f'<rect x="{LEFT + k * width + 1:.1f}" y="{top:.1f}" '
                    f'width="{max(width - 2, 1):.1f}" height="{tall:.1f}" fill="{colour}">'
                    f"<title>{html.escape(f'{day} {name}: {values[k]:g}')}</title></rect>"
                )
                base += values[k]
    return _svg(pieces, label) + _legend(list(stacks))


def lines(
    days: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    label: str,
    limits: Sequence[float] = (),
) -> str:
    """Points joined by lines; None where there is none. `limits` are drawn across."""
    known = [v for values in series.values() for v in values if v is not None and math.isfinite(v)]
    low, high = min([*known, *limits, 0.0]), max([*known, *limits, 0.0])
    pieces = _frame(days, low, high, label)
    for limit in limits:
        y = _y(limit, low, high)
        pieces.append(
            f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8a4b00" '
            f'stroke-dasharray="5 4"><title>limit {limit:g}</title></line>'
        )
    step = (WIDTH - LEFT) / max(len(days), 1)
    for (name, values), colour in zip(series.items(), COLOURS * len(series), strict=False):
        points = [
            (LEFT + (k + 0.5) * step, _y(v, low, high), k, v)
            for k, v in enumerate(values)
            if v is not None and math.isfinite(v)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
        pieces.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
        pieces += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}">'
            f"<title>{html.escape(f'{days[k]} {name}: {v:.3g}')}</title></circle>"
            for x, y, k, v in points
        ]
    return _svg(pieces, label) + (_legend(list(series)) if len(series) > 1 else "")


def _y(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.0
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _frame(days: Sequence[str], low: float, high: float, label: str) -> list[str]:
    """Axes, and the first, middle and last day."""
    pieces = []
    for value in (low, 0.5 * (low + high), high):
        y = _y(value, low, high)
        pieces.append(
            f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d8dfe6"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    step = (WIDTH - LEFT) / max(len(days), 1)
    places = {0: "start", len(days) // 2: "middle", len(days) - 1: "end"} if days else {}
    for k, anchor in places.items():
        x = {"start": LEFT, "end": WIDTH}.get(anchor, LEFT + (k + 0.5) * step)
        pieces.append(f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{days[k]}</text>')
    return pieces


def _svg(pieces: Sequence[str], label: str) -> str:
    said = html.escape(label)
    return (
        f'<figure><figcaption>{said}</figcaption><svg role="img" aria-label="{said}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" '
        'style="max-width:60rem;font:11px system-ui,sans-serif;fill:#5b6b7b">'
        f"{''.join(pieces)}</svg></figure>"
    )


def _legend(names: Sequence[str]) -> str:
    items = "".join(
        f'<span style="margin-right:1.2rem"><span style="display:inline-block;width:.8em;'
        f'height:.8em;background:{colour}"></span> {html.escape(name)}</span>'
        for name, colour in zip(names, COLOURS * len(names), strict=False)
    )
    return f'<p class="meta">{items}</p>'
