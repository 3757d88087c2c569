"""What the namelist library reads without complaint though it is wrong, told before it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ldas.core.errors import UserError

MOST_REPEATS = 10_000  # of `n*value`: more is a slip, and would be expanded
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
ENTRY = re.compile(r"([A-Za-z]\w*)\s*(\([^)]*\))?\s*=(?!=)")
REPEAT = re.compile(r"(?<![\w.])(\d+)\s*\*")
STRANGE = re.compile(r"[^\w\s=,.+*'\"()/&:-]|[^\x00-\x7f]|[\x00-\x08\x0b-\x1f]")
INNER_END = re.compile(r"/(?=\s*\S)")
GROUP = re.compile(r"[A-Za-z]\w*")
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?|[+-]?(?:nan|inf|infinity)"
LOGICAL = r"\.(?:true|false|t|f)\.|true|false|t|f"
VALUE = re.compile(rf",|(?:\d+\*)?(?:''|{NUMBER}|{LOGICAL})?", re.IGNORECASE)
BEGINS = "<="  # stands for an entry and its '=' among the values


@dataclass(frozen=True)
class Line:
    """A line without comment, its quoted text blanked."""

    number: int
    code: str


def lines_of(text: str) -> Iterator[Line]:
    """Lines with something on them; raises UserError for a quote that is not closed."""
    for number, line in enumerate(text.split("\n"), 1):
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
    group, begun, begun_entry = None, 0, False
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
            begun_entry = False
            if not GROUP.fullmatch(group):
                raise UserError(f"{place}: '&{group}' is no name of a group")
            rest = words[1] if len(words) > 1 else ("/" if rest.endswith("/") else "")
        elif group is None:
            raise UserError(f"{place}: '{rest[:40]}' stands outside any group")
        _check_characters(rest, place)
        _check_entries(rest, place, group, seen)
        begun_entry = _check_values(rest, place, begun_entry)
        if rest.rstrip().endswith("/"):
            group = None
    if group is not None:
        raise UserError(f"{name}: &{group} of line {begun} is not closed by '/'")


def _check_characters(code: str, place: str) -> None:
    """Raise UserError for what the library drops, or takes for a group's end or begin."""
    found = STRANGE.search(code)
    if found:
        character = found.group()
        raise UserError(
            f"{place}: {character!r} (U+{ord(character):04X}) has no meaning outside quotes and "
            "comments"
        )
    if "&" in code:
        raise UserError(f"{place}: a group begins within a line; begin it on a line of its own")
    if INNER_END.search(code):
        raise UserError(
            f"{place}: '/' closes the group and stands at the end of a line; paths and other text "
            "stand in quotes"
        )


def _check_values(code: str, place: str, begun: bool) -> bool:
    """Raise UserError for a word that is no value; one may stand unquoted right after the '='.

    Whether the group's first entry has begun is given, and returned.
    """
    code = ENTRY.sub(f" {BEGINS} ", QUOTED.sub(" '' ", code.rstrip().removesuffix("/")))
    before = ""
    for word in re.sub(r"\s*\*\s*", "*", code).replace(",", " , ").split():
        bare = before == BEGINS and GROUP.fullmatch(word)
        if not begun and word != BEGINS:
            raise UserError(f"{place}: '{word}' belongs to no entry")
        begun = True
        if word != BEGINS and not bare and not VALUE.fullmatch(word):
            raise UserError(
                f"{place}: '{word}' is no value: an entry is followed by '=', dates and other text "
                "stand in quotes"
            )
        before = word
    return begun


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
