"""The entries that say which product is read: shared by `&observation` and `&source`."""

from dataclasses import replace
from pathlib import Path

from ldas.core.errors import UserError
from ldas.core.registries import OBSERVATION_TYPES, PRODUCT_READERS
from ldas.core.settings import Group, Integers, chosen_from, entry
from observation_ops.observation_type import ObservationType
from observation_ops.preset import Check, Preset, preset
from observation_ops.products import Wanted, wanted_by


class ProductEntries(Group):
    """What is read of which files; a `product` known by name says all of it."""

    product: str | None = entry(
        None, "product as its agency distributes it, by name: `ldas products` lists them"
    )
    type: chosen_from(OBSERVATION_TYPES) | None = entry(
        None, "what is observed, such as surface soil moisture", shown="the product's"
    )
    reader: chosen_from(PRODUCT_READERS) = entry("netcdf", "what reads the files")
    variable: str | None = entry(
        None, "variable of the product, with time, lat and lon", shown="the product's"
    )
    group: str | None = entry(None, "group of the file", shown="the product's")
    units: str | None = entry(
        None, "unit of the variable where files say none or a wrong one", shown="as stored"
    )
    flag_variable: str | None = entry(None, "variable with the product's quality flag")
    flag_good: Integers = entry([0], "values of the flag that are good")
    error_variable: str | None = entry(
        None, "variable with the producer's own error, used where no error is given"
    )


def known(entries: ProductEntries) -> Preset | None:
    """The preset that is named; raises UserError for an unknown name."""
    return None if entries.product is None else preset(entries.product)


def type_of(entries: ProductEntries, otherwise: str = "") -> str:
    """What is observed: as given, or the product's, or `otherwise`."""
    if entries.type is not None:
        return entries.type
    found = known(entries)
    return otherwise if found is None else found.type


def missing(entries: ProductEntries) -> list[str]:
    """What neither the entries nor a product say, and products that nobody knows."""
    if entries.product is None:
        lacking = [name for name in ("type", "variable") if getattr(entries, name) is None]
        return [f"{name}: missing; give it, or product (`ldas products`)" for name in lacking]
    try:
        found = preset(entries.product)
    except UserError as error:
        return [f"product: {line}" for line in error.problems]
    if found.type not in OBSERVATION_TYPES.names():
        return [f"product: '{found.name}' is '{found.type}', which is not assimilated or judged"]
    if entries.type not in (None, found.type):
        return [f"type: found '{entries.type}', product '{found.name}' is '{found.type}'"]
    return []


def wanted_of(
    entries: ProductEntries, kind: ObservationType, files: tuple[Path, ...], otherwise: str = ""
) -> Wanted:
    """What is to be read: the preset's, with what is given in the namelist on top.

    Without a product and a variable the variable is `otherwise`.
    """
    found = known(entries)
    variable = entries.variable or otherwise
    wanted = wanted_by(found, kind, files) if found else Wanted(kind, files, variable)
    names = ("variable", "group", "units", "error_variable")
    given = {name: value for name in names if (value := getattr(entries, name)) is not None}
    if entries.flag_variable:
        given["checks"] = (Check(entries.flag_variable, "in", tuple(entries.flag_good)),)
        given["value_flags"] = False
    told = {
        "error_needed": "error_variable" in given,
        "units_given": "units" in given,
        "group_given": "group" in given,
    }
    return replace(wanted, **told, **given)
