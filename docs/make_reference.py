"""Write the reference pages that are made from the declarations in the code: `make docs`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ldas.commands.products import PRODUCT_HEADS, SOURCE_HEADS, product_rows, source_rows
from ldas.commands.template import template
from ldas.core.mosaic import PATCHES
from ldas.io.output_table import FLUX_VARIABLES, STATE_VARIABLES
from ldas.land_models.isba.parameters import PARAMETERS
from ldas.land_models.isba.plants.canopy_structure import (
    FORM,
    roughness_length,
    surface_emissivity,
    vegetation_cover,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rooms import picture

FOLDER = Path(__file__).resolve().parent / "reference"
ROOMS_BEGIN = "<!-- rooms: made by docs/make_reference.py from the imports; do not edit -->"
ROOMS_END = "<!-- end of rooms -->"
MADE = "<!-- made by docs/make_reference.py from the code; do not edit -->\n"


def namelist_page() -> str:
    """Every group and entry."""
    return f"""{MADE}
# The namelist

What `ldas template` prints. A line that begins with `!` is optional and stands for nothing
until its `!` is removed.

```fortran
{template()}```
"""


def parameter_page() -> str:
    """ISBA's parameters with their defaults per patch."""
    rows = [
        "| parameter | unit | meaning | source | range |",
        "|---|---|---|---|---|",
    ]
    for p in PARAMETERS:
        rows.append(
            f"| `{p.name}` | {p.units} | {p.meaning} | {p.source} | {p.lower:g} to {p.upper:g} |"
        )
    numbers = ["| patch | " + " | ".join(f"`{p.name}`" for p in PARAMETERS if p.default) + " |"]
    numbers.append("|" + "---|" * (1 + sum(p.default is not None for p in PARAMETERS)))
    for k, patch in enumerate(PATCHES):
        values = [f"{p.default[k]:g}" for p in PARAMETERS if p.default]
        numbers.append(f"| {k + 1} {patch} | " + " | ".join(values) + " |")
    return "\n".join(
        [
            MADE,
            "# Parameters of ISBA",
            "",
            "Each can be overridden by an entry of the same name in `&model` (one value, or one",
            "for each patch) and, cell by cell, by a variable of that name in the surface file.",
            "",
            *rows,
            "",
            "## Defaults by patch",
            "",
            *numbers,
            "",
            "## What follows from the leaves",
            "",
            "Where `veg`, `z0` and `emissivity` are not given they follow from the leaf area of",
            "each step by SURFEX 8.1's rules (veg_from_lai, veg_height_from_lai, z0v_from_lai,",
            "emis_from_veg), with the patch's `height` above for trees. Trees and grass cover",
            "their share whatever their leaf area, a deciduous wood in winter too.",
            "",
            *_of_leaves(),
            "",
        ]
    )


def _of_leaves() -> list[str]:
    """Cover, roughness and emissivity of each patch at two leaf areas."""
    rows = [
        "| patch | `veg` at LAI 1 | at LAI 4 | `z0` (m) at LAI 1 | at LAI 4 | `emissivity` at "
        "LAI 1 | at LAI 4 |",
        "|---|---|---|---|---|---|---|",
    ]
    height = next(p.default for p in PARAMETERS if p.name == "height")
    for k, (patch, form) in enumerate(zip(PATCHES, FORM, strict=True)):
        veg = [vegetation_cover(lai, form) for lai in (1.0, 4.0)]
        z0 = [roughness_length(lai, form, height[k]) for lai in (1.0, 4.0)]
        emissivity = [surface_emissivity(share, form) for share in veg]
        numbers = " | ".join(f"{value:.4g}" for value in (*veg, *z0, *emissivity))
        rows.append(f"| {k + 1} {patch} | {numbers} |")
    return rows


def output_page() -> str:
    """Every output variable."""
    rows = [
        "| variable | dimensions | unit | meaning | standard name | in time |",
        "|---|---|---|---|---|---|",
    ]
    for v in (*STATE_VARIABLES, *FLUX_VARIABLES):
        rows.append(
            f"| `{v.name}` | {', '.join(v.dims)} | {v.units} | {v.long_name} | "
            f"{v.standard_name or ''} | {(v.cell_methods or '').removeprefix('time: ')} |"
        )
    return "\n".join([MADE, "# Output variables", "", *rows, ""])


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of Markdown."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def product_page() -> str:
    """Every product and weather source that is known by name."""
    products = [(f"`{name}`", *rest) for name, *rest in product_rows()]
    sources = [(f"`{name}`", *rest) for name, *rest in source_rows()]
    lines = [
        MADE,
        "# Products and weather known by name",
        "",
        "`&observation product = 'NAME'` and `&source product = 'NAME'` say of the files what",
        "stands here; every entry given beside it counts instead. km: resolution, m: depth.",
        "",
        *table(PRODUCT_HEADS, products),
        "",
        "`&forcing source = 'NAME'`:",
        "",
        *table(SOURCE_HEADS, sources),
        "",
    ]
    return "\n".join(lines)


def architecture_page() -> str:
    """The page on the architecture, the picture of its rooms made anew."""
    text = (FOLDER.parent / "architecture.md").read_text()
    before, rest = text.split(ROOMS_BEGIN)
    _, after = rest.split(ROOMS_END)
    return f"{before}{ROOMS_BEGIN}\n```\n{picture()}\n```\n{ROOMS_END}{after}"


PAGES = {
    "namelist.md": namelist_page,
    "parameters.md": parameter_page,
    "outputs.md": output_page,
    "products.md": product_page,
    "../architecture.md": architecture_page,
}


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())


if __name__ == "__main__":
    main()
