"""Units of forcing variables: the common spellings, converted; anything else refused."""

import re

# dimension -> unit in its normal form -> (scale, offset) to SI: si = scale * value + offset
CONVERSIONS: dict[str, dict[str, tuple[float, float]]] = {
    "temperature": {
        "k": (1.0, 0.0),
        "kelvin": (1.0, 0.0),
        "degc": (1.0, 273.15),
        "degree_c": (1.0, 273.15),
        "degrees_c": (1.0, 273.15),
        "celsius": (1.0, 273.15),
        "degree_celsius": (1.0, 273.15),
        "degrees_celsius": (1.0, 273.15),
        "c": (1.0, 273.15),
        "degf": (5.0 / 9.0, 459.67 * 5.0 / 9.0),
    },
    "pressure": {
        "pa": (1.0, 0.0),
        "hpa": (100.0, 0.0),
        "mbar": (100.0, 0.0),
        "mb": (100.0, 0.0),
        "kpa": (1000.0, 0.0),
    },
    "specific humidity": {"kg kg-1": (1.0, 0.0), "1": (1.0, 0.0), "g kg-1": (1.0e-3, 0.0)},
    "relative humidity": {"1": (1.0, 0.0), "%": (0.01, 0.0), "percent": (0.01, 0.0)},
    "speed": {"m s-1": (1.0, 0.0), "km h-1": (1.0 / 3.6, 0.0)},
    "radiation": {"w m-2": (1.0, 0.0), "j m-2 s-1": (1.0, 0.0)},
    "water flux": {
        "kg m-2 s-1": (1.0, 0.0),
        "mm s-1": (1.0, 0.0),
        "kg m-2 h-1": (1.0 / 3600.0, 0.0),
        "mm h-1": (1.0 / 3600.0, 0.0),
        "kg m-2 d-1": (1.0 / 86400.0, 0.0),
        "mm d-1": (1.0 / 86400.0, 0.0),
        "m s-1": (1000.0, 0.0),
        "m h-1": (1000.0 / 3600.0, 0.0),
    },
    "density": {"kg m-3": (1.0, 0.0), "g m-3": (1.0e-3, 0.0), "mg m-3": (1.0e-6, 0.0)},
    "mole fraction": {
        "1": (1.0, 0.0),
        "mol mol-1": (1.0, 0.0),
        "ppm": (1.0e-6, 0.0),
        "ppmv": (1.0e-6, 0.0),
        "1e-6": (1.0e-6, 0.0),
        "umol mol-1": (1.0e-6, 0.0),
    },
    "length": {"m": (1.0, 0.0), "km": (1000.0, 0.0)},
}
SPELLINGS = {
    "hr": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "°c": "degc",
    "watt": "w",
    "meter": "m",
    "metre": "m",
}


def normal_form(units: str) -> str:
    """`units` in lower case as factors with exponents: 'kg/m^2/s' -> 'kg m-2 s-1'."""
    text = units.strip().lower().replace("**", "").replace("^", "").replace("*", " ")
    text = re.sub(r"(?<=[a-z0-9])\.(?=[a-z])", " ", text)
    head, *divisors = text.split("/")
    factors = head.split()
    for divisor in divisors:
        first, *rest = divisor.split() or [""]
        name, power = re.fullmatch(r"(\D*?)(\d*)", first).groups() if first else ("", "")
        factors += [f"{name}-{power or 1}", *rest]
    return " ".join(_spelled(factor) for factor in factors)


def _spelled(factor: str) -> str:
    match = re.fullmatch(r"(.*?)(-?\d+)?", factor)
    name, power = match.groups() if match else (factor, None)
    return SPELLINGS.get(name, name) + (power or "") if name else factor


def conversion(units: str, dimension: str) -> tuple[float, float]:
    """(scale, offset) from `units` to SI for a `dimension` of CONVERSIONS.

    Raises ValueError if the unit is not known for that dimension, saying what is.
    """
    known = CONVERSIONS[dimension]
    found = known.get(normal_form(units))
    if found is None:
        raise ValueError(f"units '{units}' are not a {dimension}; allowed: {', '.join(known)}")
    return found
