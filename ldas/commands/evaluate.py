"""`ldas evaluate`: experiments and products judged; tables, figures, one report."""

from collections.abc import Callable
from pathlib import Path

from ldas import __version__
from ldas.core.errors import UserError
from ldas.evaluation.land_cover import check_covers
from ldas.evaluation.setup import Setup, check_year, load_setup, open_probes, open_sources
from ldas.io.netcdf import writable_folder, write_atomically
from ldas.report.analyses import analyses_section, truth_section
from ldas.report.collocation import collocation_section, pairs_section
from ldas.report.evaluation import described, judge, probe_sections, problem_section, write_summary
from ldas.report.explorer import explorer_section
from ldas.report.in_situ import in_situ_section
from ldas.report.maps import fields_section
from ldas.report.page import Section, page
from ldas.report.work import Evaluation


def evaluate(namelist: Path, info: Callable[[str], None], step: Callable[[str], None]) -> Path:
    """Judge what a namelist names; returns the report. See `judged`."""
    return judged(load_setup(namelist), info, step)


def _refuse_without(setup: Setup, names: list[str], problems: list[str]) -> None:
    """Raise UserError if there is no source, or not the one that others are judged by."""
    wanted = {"reference": setup.reference, "truth": setup.evaluation.truth}
    lost = [f"&evaluation {key}: source '{name}' cannot be used" for key, name in wanted.items()
            if name is not None and name not in names]  # fmt: skip
    if lost or not names:
        raise UserError([*lost, *problems])


def compared(setup: Setup) -> Evaluation:
    """Sources and probes opened, and scored at the probes; nothing is written.

    Raises UserError for an evaluation that cannot be made.
    """
    writable_folder(setup.folder, "&evaluation output_dir")
    experiments, products, problems = open_sources(setup)
    _refuse_without(setup, [source.name for source in (*experiments, *products)], problems)
    entries = setup.evaluation
    if entries.land_cover_file is not None:
        check_covers(setup.file(entries.land_cover_file), entries.land_cover_variable)
    work = Evaluation(setup, experiments, products, problems)
    work.probes, lines = open_probes(setup)
    check_year(setup, work.probes)
    work.problems += lines
    judge(work)
    _refuse_lonely(work)
    return work


def _refuse_lonely(work: Evaluation) -> None:
    """Raise UserError for a reference that no score could be made of, where others have some."""
    name = work.setup.reference
    if work.scores.empty or work.scores.loc[work.scores["source"] == name, "R"].notna().any():
        return
    line = (
        f"&evaluation reference: '{name}' could be compared with no probe, so that nothing can be "
        "judged by it; name another source or leave it out"
    )
    if name in [source.name for source in work.experiments]:  # its maps can
        work.problems.append(line)
        return
    raise UserError([line, *work.problems])


def judged(setup: Setup, info: Callable[[str], None], step: Callable[[str], None]) -> Path:
    """Judge all sources by all probes and by each other; returns the report.

    `step` is told what is done next. What cannot be used is told by `info` and in the report, and
    the rest is judged. Raises UserError if nothing at all can be.
    """
    step("scores all sources at the probes")
    work = compared(setup)
    for old in (*setup.folder.glob("tables/*.csv"), *setup.folder.glob("figures/*.png")):
        old.unlink()
    if len(work.scores):
        work.write_table("scores.csv", work.scores)
    step(f"{described(work)}; draws their series and maps")
    sections = [
        Section("Summary"),
        truth_section(work),
        *probe_sections(work),
        in_situ_section(work),
        pairs_section(work),
        collocation_section(work),
        *fields_section(work),
        analyses_section(work),
        problem_section(work),
    ]
    if not any(section.pieces for section in sections[1:-1]):
        raise UserError(["nothing could be compared with anything", *work.problems])
    sections.insert(-1, explorer_section(work))
    write_summary(work, sections)
    for line in work.problems:
        info(line)
    meta = f"ldas {__version__}, {setup.path.name}, {described(work)}"
    report = setup.folder / "report.html"
    write_atomically(report, page(f"Evaluation '{setup.evaluation.name}'", meta, sections))
    return report
