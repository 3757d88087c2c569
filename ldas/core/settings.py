"""A namelist entry declared once: type, default, unit, allowed values and help.

Groups are pydantic models; the checks, the template and the reference page of the docs
are made from them.
"""

from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from .plugin import Registry

FIRST_YEAR, LAST_YEAR = 1800, 2300  # a year outside is taken for a mistake


def as_list(value: Any) -> Any:
    """A single value as a list of one: namelists do not tell them apart."""
    return value if isinstance(value, list) or value is None else [value]


def none_blank(value: list[str]) -> list[str]:
    """A list of text; raises ValueError for a member without any."""
    if any(not text.strip() for text in value):
        raise ValueError("expected text, one member is blank")
    return value


def iso_instant(value: Any) -> np.datetime64:
    """A UTC instant from ISO text; raises ValueError for anything else."""
    if isinstance(value, np.datetime64):
        return value
    if not isinstance(value, str) or not value[:4].isdigit():
        raise ValueError("expected an ISO date in quotes, like '1986-01-01T18:00'")
    try:
        instant = np.datetime64(value.strip().removesuffix("Z")).astype("datetime64[s]")
    except ValueError:
        raise ValueError("expected an ISO date, like '1986-01-01T18:00'") from None
    year = 1970 + int(instant.astype("datetime64[Y]").astype(int))
    if np.isnat(instant) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"expected an ISO date between the years {FIRST_YEAR} and {LAST_YEAR}")
    return instant


Numbers = Annotated[list[float], BeforeValidator(as_list)]
Integers = Annotated[list[int], BeforeValidator(as_list)]
Strings = Annotated[list[str], BeforeValidator(as_list), AfterValidator(none_blank)]
Instant = Annotated[np.datetime64, BeforeValidator(iso_instant)]


def chosen_from(registry: Registry) -> Any:
    """Type of an entry that names one of a registry's choices."""
    return Annotated[str, BeforeValidator(registry.checked)]


def choices(field: FieldInfo) -> tuple[str, ...]:
    """Names that an entry may have if it is chosen from a registry; else nothing."""
    for item in field.metadata:
        registry = getattr(getattr(item, "func", None), "__self__", None)
        if isinstance(registry, Registry):
            return registry.names()
    return ()


class Group(BaseModel):
    """One `&group ... /` of the namelist."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )


def entry(
    default: Any = ...,
    help: str = "",
    unit: str | None = None,
    shown: str | None = None,
    **limits: Any,
) -> Any:
    """Declare an entry: its default (... if it must be given), help, unit and limits.

    `shown` is what the template says of a default that is not in the entry itself.
    """
    extra = {key: text for key, text in (("unit", unit), ("shown", shown)) if text}
    return Field(default, description=help, json_schema_extra=extra, **limits)
