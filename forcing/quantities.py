"""What can stand in a forcing file: each quantity with its dimension and physical range."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """A forcing quantity in SI; values outside [lower, upper] are taken for wrong."""

    name: str
    dimension: str
    meaning: str
    lower: float
    upper: float


QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity("tair", "temperature", "air temperature (K)", 180.0, 340.0),
        Quantity("qair", "specific humidity", "specific humidity (kg kg-1)", 0.0, 0.06),
        Quantity("tdew", "temperature", "dew point temperature (K)", 150.0, 320.0),
        Quantity("rh", "relative humidity", "relative humidity (1)", 0.0, 1.2),
        Quantity("wind", "speed", "wind speed (m s-1)", 0.0, 80.0),
        Quantity("wind_u", "speed", "eastward wind (m s-1)", -80.0, 80.0),
        Quantity("wind_v", "speed", "northward wind (m s-1)", -80.0, 80.0),
        Quantity("swdown", "radiation", "shortwave down (W m-2)", -5.0, 1600.0),
        Quantity("sw_direct", "radiation", "direct shortwave down (W m-2)", -5.0, 1600.0),
        Quantity("sw_diffuse", "radiation", "diffuse shortwave down (W m-2)", -5.0, 1600.0),
        Quantity("lwdown", "radiation", "longwave down (W m-2)", 40.0, 700.0),
        Quantity("psurf", "pressure", "surface pressure (Pa)", 40000.0, 110000.0),
        Quantity("rainf", "water flux", "rainfall rate (kg m-2 s-1)", -1e-9, 0.08),
        Quantity("snowf", "water flux", "snowfall rate (kg m-2 s-1)", -1e-9, 0.08),
        Quantity("precip", "water flux", "precipitation rate (kg m-2 s-1)", -1e-9, 0.08),
        Quantity("graupel", "water flux", "graupel rate (kg m-2 s-1)", -1e-9, 0.08),
        Quantity("psea", "pressure", "pressure at sea level (Pa)", 85000.0, 110000.0),
        Quantity("co2_density", "density", "carbon dioxide (kg m-3)", 2e-4, 5e-3),
        Quantity("co2_fraction", "mole fraction", "carbon dioxide (mol mol-1)", 1e-4, 3e-3),
        Quantity("z_temperature", "length", "height of temperature (m)", 0.5, 200.0),
        Quantity("z_wind", "length", "height of wind (m)", 0.5, 200.0),
        Quantity("altitude", "length", "altitude (m)", -500.0, 9000.0),
        Quantity("geopotential", "geopotential", "geopotential (m2 s-2)", -5000.0, 90000.0),
    )
}

# carbon dioxide is taken from the first of these that a file has, or from the namelist
CARBON_DIOXIDE = ("co2_density", "co2_fraction")

# each line: what the model needs, and the sets of quantities any one of which gives it
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "air temperature": (("tair",),),
    "humidity": (("qair",), ("tdew",), ("rh",)),
    "wind": (("wind",), ("wind_u", "wind_v")),
    "shortwave": (("swdown",), ("sw_direct", "sw_diffuse")),
    "longwave": (("lwdown",),),
    "pressure": (("psurf",), ("psea",)),
    "rain and snow": (
        ("rainf", "snowf"),
        ("precip", "snowf", "graupel"),
        ("precip", "snowf"),
        ("precip",),
    ),
}

# of the ground: one value for each place, read once
FIXED = ("z_temperature", "z_wind", "altitude", "geopotential")
UNITS = {
    "temperature": "K",
    "pressure": "Pa",
    "specific humidity": "kg kg-1",
    "relative humidity": "1",
    "speed": "m s-1",
    "radiation": "W m-2",
    "water flux": "kg m-2 s-1",
    "density": "kg m-3",
    "mole fraction": "1",
    "length": "m",
    "geopotential": "m2 s-2",
}
AMOUNTS = {"radiation": "J m-2", "water flux": "kg m-2"}  # of an interval, in place of a rate
