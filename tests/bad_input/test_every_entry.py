"""Every entry of every group of a run's namelist, given what it cannot be; made from the groups."""

import re

import pytest
from annotated_types import Ge, Gt, Le, Lt
from conftest import SmallCase
from typer.testing import CliRunner

from ldas.cli import app
from ldas.core.settings import choices
from ldas.cycling.configuration import GROUPS

NO_NUMBER, NO_TEXT = "'many'", "17.5"
FREE_TEXT = {  # entries that any text may fill, wrong only by what it names (see the other tables)
    "output_dir", "surface_file", "restart", "rescaling_file", "mask_file", "open_loop",
    "parameters", "config", "library",
}  # fmt: skip


def numeric(field):
    """Whether an entry holds numbers, by its annotation."""
    return any(kind in str(field.annotation) for kind in ("float", "int")) and "str" not in str(
        field.annotation
    )


def is_list(field):
    return "list" in str(field.annotation)


def wrong_values(field):
    """Values, as namelists write them, that an entry must refuse."""
    if numeric(field):
        yield NO_NUMBER
        yield "nan"
        yield "1e999"
        for limit in field.metadata:
            match limit:
                case Ge(ge=bound):
                    yield f"{bound - 1:g}" if isinstance(bound, float) else f"{bound - 1}"
                case Gt(gt=bound):
                    yield f"{bound:g}"
                case Le(le=bound):
                    yield f"{bound + 1:g}" if isinstance(bound, float) else f"{bound + 1}"
                case Lt(lt=bound):
                    yield f"{bound:g}"
        if not is_list(field):
            yield "1, 2, 3"
        return
    if "bool" in str(field.annotation):
        yield NO_NUMBER
        yield "3"
        return
    yield NO_TEXT
    if choices(field) or "Literal" in str(field.annotation):
        yield "'nonsense'"
    elif "datetime" in str(field.annotation):
        yield "'yesterday'"
        yield "'2001-13-01'"
        yield "'2001-02-30T00:00'"


ROWS = [
    (group, name, value)
    for group, settings in GROUPS.items()
    for name, field in settings.model_fields.items()
    for value in wrong_values(field)
]


def with_entry(text, group, name, value):
    """The namelist with one entry given, in place of what stood there."""
    line = f"   {name} = {value}\n"
    if f"&{group}\n" not in text:
        return f"{text}\n&{group}\n{line}/\n"
    head, tail = text.split(f"&{group}\n", 1)
    body, rest = tail.split("\n/\n", 1)
    kept = [old for old in body.split("\n") if old.split("=")[0].strip() != name]
    return f"{head}&{group}\n{line}" + "\n".join(kept) + f"\n/\n{rest}"


def test_there_are_many():
    assert len(ROWS) > 300


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The good case, its forcing written once."""
    case = SmallCase(tmp_path_factory.mktemp("entries"))
    case.write()
    return case


@pytest.mark.parametrize(("group", "name", "value"), ROWS)
def test_entry_refused(good, group, name, value):
    path = good.folder / "case.nml"
    path.write_text(with_entry(good.text, group, name, value))
    for command in ("check", "run"):
        result = CliRunner().invoke(app, [command, str(path)])
        said = re.sub(r"\s+", " ", result.stderr)
        assert result.exit_code == 2, (command, result.exit_code, said, result.exception)
        assert "Traceback" not in said
        assert group in said and name in said, said
        assert not (good.folder / "output").exists()
