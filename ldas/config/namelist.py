"""From namelist text to checked settings, all problems at once.

f90nml reads the Fortran syntax, pydantic checks the entries; what they find is told in
the user's terms: file, group, entry, what was found, what is allowed.
"""

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import f90nml
from pydantic import ValidationError

from ldas.core.errors import Problems, UserError, nearest
from ldas.core.settings import Group

from .namelist_text import check_text

CHECKOUT = Path(__file__).resolve().parents[2]
DATA_BESIDE = CHECKOUT.parent / "shared" / "data"
DATA_VARIABLE = re.compile(r"\$(\{LDAS_DATA\}|LDAS_DATA\b)")
UNSET_VARIABLE = re.compile(r"\$\{?(\w+)\}?")

REPEATED = ("observation", "station", "source")  # groups that may stand more than once


def read(path: Path) -> str:
    """Text of a namelist; raises UserError if there is none."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise UserError(f"{path}: cannot be read ({reason})") from None


def parse(text: str, name: str) -> dict[str, Any]:
    """Groups of a namelist as plain dictionaries; `name` is the file's, for messages."""
    text = text.removeprefix("\ufeff")  # what Windows editors put first
    check_text(text, name)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # its tables of what it could not read
            found = f90nml.reads(text)
    except Exception as error:  # f90nml raises many kinds, StopIteration among them
        raise UserError(f"{name}: not a Fortran namelist ({error or 'unexpected end'})") from None
    names = dict.fromkeys(str(group) for group in found)
    return {group: _plain(found[group]) for group in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if key != "_start_index"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def check(
    groups: Mapping[str, Any], declared: Mapping[str, type[Group]], name: str, problems: Problems
) -> dict[str, Any]:
    """Settings of every group that is right; `problems` is told of everything that is not.

    A group of REPEATED gives a list with one settings for each time it stands there.
    """
    for group in groups:
        if group not in declared:
            allowed = ", ".join(f"&{known}" for known in declared)
            problems.add(
                f"{name}: unknown group &{group}{nearest(group, declared)} (allowed: {allowed})"
            )
    settings: dict[str, Any] = {}
    for group, declaration in declared.items():
        given = groups.get(group, {})
        if group in REPEATED:
            settings[group] = _every(given, group, declaration, name, problems)
            continue
        if isinstance(given, list):
            problems.add(f"{name}: group &{group} is given {len(given)} times, allowed once")
            continue
        given = {key: value for key, value in given.items() if value is not None}
        try:
            settings[group] = declaration(**given)
        except ValidationError as error:
            for line in _told(error, group, declaration, group in groups):
                problems.add(f"{name}: {line}")
    return settings


def _every(
    given: Any, group: str, declaration: type[Group], name: str, problems: Problems
) -> list[Group]:
    found = []
    for item in given if isinstance(given, list) else [given] if given else []:
        try:
            found.append(declaration(**{k: v for k, v in item.items() if v is not None}))
        except ValidationError as error:
            for line in _told(error, group, declaration, True):
                problems.add(f"{name}: {line}")
    return found


def _told(error: ValidationError, group: str, declaration: type[Group], present: bool) -> list[str]:
    """What pydantic found, in the user's words, one line an entry."""
    lines: dict[str, str] = {}
    for item in error.errors():
        key = str(item["loc"][0]) if item["loc"] else ""
        place = f"&{group} {key}"
        if item["type"] == "extra_forbidden":
            line = f"{place}: unknown entry{nearest(key, declaration.model_fields)}"
        elif item["type"] == "missing":
            where = "" if present else f" (there is no &{group} group)"
            line = f"{place}: missing; {declaration.model_fields[key].description}{where}"
        else:
            found = item["input"]
            line = f"{place}: found {found!r}; {_allowed(item)}"
        lines.setdefault(key, line)
    return list(lines.values())


def _allowed(item: Any) -> str:
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if message.startswith("expected"):
        return message
    return f"allowed: {message}"


def expand_path(text: str, folder: Path) -> Path:
    """`text` with environment variables and ~ expanded, relative to `folder`.

    Where LDAS_DATA is not set it is the folder shared/data beside the checkout, if there is
    one. Raises UserError for another environment variable that is not set.
    """
    if "LDAS_DATA" not in os.environ and DATA_BESIDE.is_dir():
        text = DATA_VARIABLE.sub(lambda _: str(DATA_BESIDE), text)
    expanded = os.path.expandvars(os.path.expanduser(text))
    unset = UNSET_VARIABLE.search(expanded)
    if unset:
        raise UserError(f"'{text}': the environment variable {unset.group(1)} is not set")
    return (folder / expanded).absolute()


def digest(text: str) -> str:
    """SHA-256 of the namelist text."""
    return hashlib.sha256(text.encode()).hexdigest()
