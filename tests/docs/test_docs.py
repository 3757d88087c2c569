"""The documentation: tutorials run as they stand, reference pages are current, links lead."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.mark.mpi
@pytest.mark.minutes
@pytest.mark.parametrize(
    "page", sorted((DOCS / "tutorials").glob("*.md")), ids=lambda page: page.stem
)
def test_tutorial(page, tmp_path):
    blocks = re.findall(r"```(sh|python)\n(.*?)```", page.read_text(), flags=re.S)
    assert blocks
    scripts = Path(sys.executable).parent
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    for language, text in blocks:
        command = ["bash", "-euc", text] if language == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_reference_pages_are_current():
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stale = [
        n for n, page in module.PAGES.items() if (DOCS / "reference" / n).read_text() != page()
    ]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *DOCS.rglob("*.md")], ids=lambda page: str(page.relative_to(ROOT))
)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_twins_namelist_is_the_one_that_is_written(tmp_path):
    from ldas.cycling.configuration import load
    from ldas.synthetic.twin import namelist

    written = tmp_path / "joint.nml"
    written.write_text(namelist("joint"))
    ours, theirs = load(ROOT / "namelists" / "twin.nml"), load(written)
    for group in ("model", "output", "assimilation"):
        one, two = (dict(getattr(conf, group)) for conf in (ours, theirs))
        one.pop("restart", None), two.pop("restart", None)
        assert one == two
    for one, two in zip(ours.observation, theirs.observation, strict=True):
        paths = {"files", "rescaling_file"}
        assert one.model_dump(exclude=paths) == two.model_dump(exclude=paths)


def test_every_namelist_of_the_project_is_right(monkeypatch):
    from ldas.cycling.configuration import load
    from ldas.evaluation.setup import is_evaluation, load_setup
    from ldas.imagery.retrieval import is_retrieval, load_groups

    monkeypatch.setenv("LDAS_DATA", str(ROOT))
    for path in sorted((ROOT / "namelists").glob("*.nml")):
        kind = load_setup if is_evaluation(path) else load
        (load_groups if is_retrieval(path) else kind)(path)
