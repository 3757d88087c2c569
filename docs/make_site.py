"""Build the documentation site: `make site`.

The pages of docs/, the README as the front page and an API page for every package are put
together in a folder of their own, where Sphinx makes HTML of them; a warning is an error.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from ldas import __version__

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = {
    "Using it": (
        *(
            "tutorials/first_run",
            "running",
            "operations",
            "tutorials/operations",
            "real_files",
            "images",
            "tutorials/notebook",
            "tutorials/twin",
            "tutorials/own_model",
            "study",
        ),
        *(
            "retrieval",
            "change_detection",
            "smap_s1",
            "smen",
            "soil_water_index",
            "assimilation",
            "backscatter",
            "irrigation",
            "evaluation",
        ),
    ),
    "Understanding it": ("science", "architecture", "scaling", "coupling_models", "noah_owp"),
    "Reference": (
        "reference/namelist",
        "reference/parameters",
        "reference/outputs",
        "reference/products",
    ),
    "The project": ("CHANGELOG", "CONTRIBUTING"),
}
TOP = ("ldas", "forcing", "observation_ops", "retrieval")
CONF = f"""
project = "ldas"
author = "The ldas developers"
version = release = "{__version__}"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "ldas {__version__}"
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpicky = False
suppress_warnings = ["myst.header"]
"""


def from_root(name: str) -> str:
    """A page that stands above docs/, its links led to where the pages are now."""
    text = re.sub(r"\]\(docs/", "](", (ROOT / name).read_text())
    return text.replace("](CITATION.cff)", "](CHANGELOG.md)")


def contents() -> str:
    """The navigation: a table of contents for each part."""
    parts = {**CHAPTERS, "API": tuple(f"api/{package}" for package in packages())}
    return "\n".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"
        for caption, pages in parts.items()
    )


def packages() -> dict[str, list[str]]:
    """Modules by package."""
    found: dict[str, list[str]] = {}
    for path in sorted(p for top in TOP for p in (ROOT / top).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if path.name != "__init__.py":
            found.setdefault(module.rpartition(".")[0], []).append(module)
    return found


def api_page(package: str, modules: list[str]) -> str:
    """What is public in the modules of a package, from the docstrings."""
    parts = [f"# {package}\n"]
    for module in modules:
        title = module.removeprefix(f"{package}.")
        parts.append(
            f"## {title}\n\n```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```\n"
        )
    return "\n".join(parts)


def assemble(source: Path) -> None:
    """Write everything that Sphinx reads."""
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text(f"{from_root('README.md')}\n{contents()}")
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        (source / name).write_text(from_root(name))
    (source / "api").mkdir()
    for package, modules in packages().items():
        (source / "api" / f"{package}.md").write_text(api_page(package, modules))


def main(target: Path) -> int:
    """Build the site in `target`; returns Sphinx' exit status."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        assemble(source)
        doctrees = str(Path(folder) / "doctrees")
        options = ["-b", "html", "-q", "-W", "--keep-going", "-d", doctrees]
        return sphinx([*options, str(source), str(target)])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
