"""What the namelist library reads without complaint though it is wrong, told before it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ldas.core.errors import UserError

MOST_REPEATS = 10_000  # of `n*value`: more is a slip, and would be expanded
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
ENTRY = re.compile(r"([A-Za-z]\w*)\s*(\([^)]*\))?\s*=(?!=)")
REPEAT = re.compile(r"(?<![\w.])(\d+)\s*\*")


@dataclass(frozen=True)
class Line:
    """A line without comment, its quoted text blanked."""

    number: int
    code: str


def lines_of(text: str) -> Iterator[Line]:
    """Lines with something on them; raises UserError for a quote that is not closed."""
    for number, line in enumerate(text.splitlines(), 1):
        code = QUOTED.sub(lambda found: "'" + " " * (len(found.group()) - 2) + "'", line)
        code = _uncommented(code)
        if code.strip():
            yield Line(number, code)


def _uncommented(code: str) -> str:
    inside = None
    for k, character in enumerate(code):
        if inside:
            inside = None if character == inside else inside
        elif character in "'\"":
            inside = character
        elif character == "!":
            return code[:k]
    return code


def check_text(text: str, name: str) -> None:
    """Raise UserError for the first thing that is wrong; `name` is the file's, for messages."""
    group, begun = None, 0
    seen: dict[str, int] = {}
    for line in lines_of(text):
        place, code = f"{name}, line {line.number}", line.code
        if code.replace("''", "").count("'") % 2 or code.replace('""', "").count('"') % 2:
            raise UserError(f"{place}: a quote is not closed")
        rest = code.strip()
        if rest.startswith("&"):
            if group is not None:
                raise UserError(f"{place}: &{group} of line {begun} is not closed by '/'")
            words = rest[1:].split(None, 1)
            group, begun, seen = (words[0].rstrip("/") if words else ""), line.number, {}
            rest = words[1] if len(words) > 1 else ("/" if rest.endswith("/") else "")
        elif group is None:
            raise UserError(f"{place}: '{rest[:40]}' stands outside any group")
        _check_entries(rest, place, group, seen)
        if rest.rstrip().endswith("/"):
            group = None
    if group is not None:
        raise UserError(f"{name}: &{group} of line {begun} is not closed by '/'")


def _check_entries(code: str, place: str, group: str, seen: dict[str, int]) -> None:
    for number in REPEAT.findall(code):
        if len(number) > 9 or int(number) > MOST_REPEATS:
            raise UserError(f"{place}: {number}* repeats a value; allowed: at most {MOST_REPEATS}")
    for entry, index in ENTRY.findall(code):
        key = entry.lower()
        if index:
            raise UserError(
                f"{place}: &{group} {entry}{index.replace(' ', '')}: single members cannot be "
                f"given; write the whole list: {entry} = value, value, ..."
            )
        if key in seen:
            raise UserError(f"{place}: &{group} {entry} is given twice")
        seen[key] = 1
