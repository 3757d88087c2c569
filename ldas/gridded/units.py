"""Units as files spell them, converted by pint with the CF registry of cf_xarray."""

import logging
import re
import warnings
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from ldas.core.constants import RHO_WATER

# spellings that occur in products and are no units of the registry
SPELLINGS = {
    "": "1",
    "-": "1",
    "~": "1",
    "none": "1",
    "unitless": "1",
    "dimensionless": "1",
    "fraction": "1",
    "(0 - 1)": "1",
    "percentage": "percent",
    "percentage (%)": "percent",
    "percent (%)": "percent",
    "percent saturation": "percent",
    "per cent": "percent",
    "vol%": "percent",
    "vol.%": "percent",
    "vol.-%": "percent",
    "% vol": "percent",
    "volumetric %": "percent",
    "degree of saturation (%)": "percent",
    "kelvins": "kelvin",
    "k": "kelvin",
    "c": "degC",
    "°c": "degC",
    "ºc": "degC",
    "deg c": "degC",
    "degc": "degC",
    "degree c": "degC",
    "degrees c": "degC",
    "degree_c": "degC",
    "degrees_c": "degC",
    "degree celsius": "degC",
    "degrees celsius": "degC",
    "degrees_celsius": "degC",
    "degree_celsius": "degC",
    "celsius": "degC",
    "f": "degF",
    "degf": "degF",
    "mb": "mbar",
    "m of water equivalent": "m",
    "ppmv": "ppm",
    "pa": "pascal",
    "hpa": "hectopascal",
}
# units of a depth of water that stands for its mass; time and mass may stand beside it
DEPTHS = {"meter", "millimeter", "centimeter"}
OTHER_THAN_DEPTH = {"second", "minute", "hour", "day", "week", "kilogram", "gram", "milligram"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SIMPLEST = 10**9  # denominator up to which a factor is taken for the fraction it is close to


@dataclass(frozen=True)
class Conversion:
    """wanted = scale * stored + offset."""

    scale: float
    offset: float


SAME = Conversion(1.0, 0.0)


@cache
def _registry() -> Any:
    logging.getLogger("pint").setLevel(logging.ERROR)  # that CF redefines some of its units
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is no matplotlib
        from cf_xarray.units import units

        return units


def conversion(units: str, wanted: str, thickness: float | None = None) -> Conversion:
    """From `units`, as a file spells them, to `wanted`.

    Water may be given as a depth where a mass per area is wanted; with the `thickness` (m) of a
    layer also as mass per area where a volume fraction is wanted. Raises ValueError, in words
    for the user, if the one is not the other in another unit.
    """
    if units == wanted:
        return SAME
    registry = _registry()
    factor, name = _spelled(units)
    try:
        stored = registry.Quantity(1.0, name)
    except Exception as error:  # pint raises many kinds for what it cannot parse
        reason = str(error).splitlines()[0] if str(error) else "no unit"
        raise ValueError(f"units '{units}' are not known ({reason})") from None
    target = registry.Unit(_spelled(wanted)[1])
    water = registry.Quantity(RHO_WATER, "kg m-3")
    if stored.dimensionality != target.dimensionality:
        depths = {name for name, _ in stored.unit_items()} - OTHER_THAN_DEPTH
        if not depths <= DEPTHS:
            raise ValueError(f"units '{units}' cannot be converted to '{wanted}'")
        for changed in (stored * water, *([stored / water / thickness] if thickness else [])):
            bare = changed if thickness is None else changed * registry.Quantity(1.0, "m-1")
            for candidate in (changed, bare):
                if candidate.dimensionality == target.dimensionality:
                    return Conversion(_exact(factor * float(candidate.to(target).magnitude)), 0.0)
        raise ValueError(f"units '{units}' cannot be converted to '{wanted}'")
    zero = float(registry.Quantity(0.0, stored.units).to(target).magnitude)
    one = float(stored.to(target).magnitude)
    return Conversion(_exact(factor * (one - zero)), zero)


def is_known(units: str) -> bool:
    """Whether the registry knows units as they are spelled."""
    try:
        _registry().Quantity(1.0, _spelled(units)[1])
    except Exception:  # pint raises many kinds for what it cannot parse
        return False
    return True


def plain_number(units: str) -> float | None:
    """What 1 of a plain unit is worth: 1 for '1' or 'fraction', 0.01 for percent; else None.

    m3 m-3 is no plain number: it says of what it is a share.
    """
    factor, name = _spelled(units)
    return {"1": factor, "percent": 0.01, "%": 0.01}.get(name)


def _spelled(units: str) -> tuple[float, str]:
    """A factor and a name for the registry."""
    text = " ".join(units.strip().split())
    known = SPELLINGS.get(text.lower())
    if known is not None:
        return 1.0, known
    number = NUMBER.match(text)
    if number and not 0.0 < float(number.group()) < float("inf"):
        raise ValueError(f"units '{units}' are not known (a factor of {number.group()})")
    if number and number.end() == len(text):
        return float(text), "1"
    if number and text[number.end()] == " ":
        return float(number.group()), _spelled(text[number.end() :])[1]
    text = re.sub(r"(?<=[A-Za-z0-9])\.(?=[A-Za-z])", " ", text)
    return 1.0, re.sub(r"^Percent$|^PERCENT$", "percent", text)


def _exact(factor: float) -> float:
    """The factor, freed of rounding where it is a simple fraction such as 1 / 3600."""
    fraction = Fraction(factor).limit_denominator(SIMPLEST)
    close = float(fraction)
    return close if close and abs(close - factor) <= 1e-12 * abs(factor) else factor
