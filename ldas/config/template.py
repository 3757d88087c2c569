"""A namelist with every entry, its default, unit, allowed values and help."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from ldas.core.errors import UserError, nearest
from ldas.core.settings import Group, choices

WIDTH = 44


def namelist_template(declared: Mapping[str, type[Group]], group: str | None = None) -> str:
    """Template of one group or of all; raises UserError for a group that does not exist."""
    if group is not None:
        group = group.removeprefix("&").lower()
        if group not in declared:
            allowed = ", ".join(declared)
            raise UserError(
                f"unknown group '{group}'{nearest(group, declared)} (allowed: {allowed})"
            )
        declared = {group: declared[group]}
    return "\n".join(_group(name, declaration) for name, declaration in declared.items())


def _group(name: str, declaration: type[Group]) -> str:
    lines = [f"! {(declaration.__doc__ or '').strip().splitlines()[0]}", f"&{name}"]
    for key, field in declaration.model_fields.items():
        lines.append(_entry(key, field))
    return "\n".join([*lines, "/", ""])


def _entry(key: str, field: FieldInfo) -> str:
    if field.is_required():
        value, note = "", "must be given; "
    elif field.default is None:
        value, note = "", "" if _shown(field) else "optional; "
    else:
        value, note = fortran(field.default), ""
    text = f"   {key} = {value}" if value else f"   ! {key} = {_shown(field)}".rstrip()
    comment = f"! {note}{field.description}{_unit(field)}{allowed_text(field)}"
    return f"{text:<{WIDTH}} {comment}"


def fortran(value: Any) -> str:
    """A Python value as Fortran writes it."""
    if isinstance(value, bool):
        return ".true." if value else ".false."
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list):
        return ", ".join(fortran(item) for item in value)
    return str(value)


def _unit(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return f" [{extra['unit']}]" if isinstance(extra, dict) and "unit" in extra else ""


def _shown(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("shown", "")) if isinstance(extra, dict) else ""


def allowed_text(field: FieldInfo) -> str:
    """Allowed values of an entry in brackets, or nothing."""
    names = choices(field)
    if get_origin(field.annotation) is Literal:
        names = get_args(field.annotation)
    if names:
        return " (" + " or ".join(repr(name) for name in names) + ")"
    words = {
        annotated_types.Ge: ("ge", ">="),
        annotated_types.Gt: ("gt", ">"),
        annotated_types.Le: ("le", "<="),
        annotated_types.Lt: ("lt", "<"),
    }
    limits = [
        f"{sign} {getattr(bound, attribute):g}"
        for bound in field.metadata
        for kind, (attribute, sign) in words.items()
        if isinstance(bound, kind)
    ]
    return f" ({', '.join(limits)})" if limits else ""
