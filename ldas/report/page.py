"""One HTML page without anything outside it: summary, tables that sort, figures inline."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

STYLE = """
:root { --ink: #1b2733; --soft: #5b6b7b; --line: #d8dfe6; --paper: #fff; --accent: #00457c; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #f5f7f9; }
nav { position: sticky; top: 0; background: var(--accent); padding: .6rem 1.2rem; z-index: 2; }
nav a { color: #fff; margin-right: 1.2rem; text-decoration: none; white-space: nowrap; }
nav a:hover, nav a:focus { text-decoration: underline; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.2rem 4rem; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: .4rem 1.2rem 1.2rem; margin: 1.2rem 0; scroll-margin-top: 3.2rem; }
h1 { font-size: 1.6rem; margin: 1rem 0 0; } h2 { font-size: 1.25rem; } h3 { font-size: 1.05rem; }
p.meta, figcaption, caption { color: var(--soft); font-size: .9rem; text-align: left; }
ul.verdicts li { margin: .35rem 0; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .86rem; margin: .6rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: right; }
th { cursor: pointer; position: relative; white-space: nowrap; background: #eef2f6; }
th:focus { outline: 2px solid var(--accent); }
th[aria-sort=ascending]::after { content: " \\25B2"; }
th[aria-sort=descending]::after { content: " \\25BC"; }
td.text, th.text { text-align: left; white-space: nowrap; }
td.better { font-weight: 600; color: #00457c; } td.worse { font-weight: 600; color: #8a4b00; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; }
ul.problems { color: #8a4b00; }
@media print { nav { display: none; } section { border: 0; } }
"""

SCRIPT = """
document.querySelectorAll("table.sorts").forEach(function (table) {
  var heads = table.tHead.rows[0].cells, body = table.tBodies[0];
  function sort(k) {
    var head = heads[k], up = head.getAttribute("aria-sort") !== "ascending";
    for (var i = 0; i < heads.length; i++) heads[i].removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    var rows = Array.prototype.slice.call(body.rows);
    function key(row) {
      var cell = row.cells[k], value = cell.getAttribute("data-value");
      if (value === null) return cell.textContent;
      return value === "" ? null : parseFloat(value);
    }
    rows.sort(function (a, b) {
      var x = key(a), y = key(b);
      if (x === null) return y === null ? 0 : 1;
      if (y === null) return -1;
      var d = typeof x === "number" && typeof y === "number" ? x - y
        : String(x).localeCompare(String(y));
      return up ? d : -d;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  for (var i = 0; i < heads.length; i++) (function (k) {
    heads[k].tabIndex = 0;
    heads[k].addEventListener("click", function () { sort(k); });
    heads[k].addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(k); }
    });
  })(i);
});
"""


@dataclass
class Section:
    """A part of the report: its title, and HTML pieces in order."""

    title: str
    pieces: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)  # what the summary says of it

    @property
    def anchor(self) -> str:
        """What links to it."""
        return "".join(c if c.isalnum() else "-" for c in self.title.lower())

    def text(self, words: str, meta: bool = False) -> None:
        """A paragraph."""
        kind = ' class="meta"' if meta else ""
        self.pieces.append(f"<p{kind}>{html.escape(words)}</p>")

    def heading(self, words: str) -> None:
        """A heading below the section's own."""
        self.pieces.append(f"<h3>{html.escape(words)}</h3>")

    def points(self, lines: Sequence[str], kind: str = "verdicts") -> None:
        """A list of sentences."""
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        self.pieces.append(f'<ul class="{kind}">{items}</ul>')

    def table(self, table: pd.DataFrame, caption: str) -> None:
        """A table whose columns sort on a click."""
        self.pieces.append(_table(table, caption))

    def figure(self, path: Path, caption: str) -> None:
        """A PNG, held in the page itself."""
        image = base64.b64encode(_small(path)).decode("ascii")
        said = html.escape(caption)
        self.pieces.append(
            f'<figure><img alt="{said}" src="data:image/png;base64,{image}">'
            f"<figcaption>{said}</figcaption></figure>"
        )


def _small(path: Path) -> bytes:
    """A PNG of at most 256 colours, which a figure of lines and a colour scale needs not exceed."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(path) as image:
        flat = image.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=0)
        flat.save(out, "PNG", optimize=True)
    return min(out.getvalue(), path.read_bytes(), key=len)


def page(title: str, meta: str, sections: Sequence[Section]) -> str:
    """The whole report; sections without content are left out."""
    shown = [section for section in sections if section.pieces]
    links = "".join(f'<a href="#{s.anchor}">{html.escape(s.title)}</a>' for s in shown)
    parts = "".join(
        f'<section id="{s.anchor}"><h2>{html.escape(s.title)}</h2>{"".join(s.pieces)}</section>'
        for s in shown
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<nav>{links}</nav><main><h1>{html.escape(title)}</h1>"
        f'<p class="meta">{html.escape(meta)}</p>{parts}</main>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _table(table: pd.DataFrame, caption: str) -> str:
    text = {name for name in table if not pd.api.types.is_numeric_dtype(table[name])}
    heads = "".join(
        f'<th class="text">{html.escape(str(name))}</th>'
        if name in text
        else f"<th>{html.escape(str(name))}</th>"
        for name in table
    )
    rows = "".join(
        "<tr>"
        + "".join(_cell(name, row[k], name in text) for k, name in enumerate(table))
        + "</tr>"
        for row in table.itertuples(index=False, name=None)
    )
    return (
        f'<div class="wide"><table class="sorts"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(name: Any, value: Any, text: bool) -> str:
    if text:
        missing = value is None or value != value
        said = "" if missing else str(value)
        kind = said if said in ("better", "worse") else ""
        return f'<td class="text {kind}">{html.escape(said)}</td>'
    if value is None or not np.isfinite(value):
        return '<td data-value=""></td>'
    whole = float(value).is_integer() and not str(name).startswith(("R", "d", "bias"))
    return f'<td data-value="{float(value)!r}">{f"{int(value)}" if whole else f"{value:.3g}"}</td>'
