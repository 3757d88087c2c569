"""What the processes hand to each other: small records of numbers for one column, one step."""

from typing import NamedTuple

import numpy as np

from ldas.core.kernel import kernel

from .soil import hydraulics as soil_hydraulics

LAYERS = 14
PADDED = 16  # layers rounded up to whole vectors; the last ones are computed and ignored
WIDTH = PADDED + 8  # of padded profiles: loops may read a vector beyond
VECTOR = 4  # numbers that the processor works on at a time


class Grid(NamedTuple):
    """Vertical grid, shape (PADDED,)."""

    dz: np.ndarray  # thickness, m
    node: np.ndarray  # depth of the middle, m
    per_spacing: np.ndarray  # 1 / distance to the next node, m-1


class Soil(NamedTuple):
    """Parameters of the soil, the same at all depths."""

    n: int  # layers with moisture
    wsat: float  # porosity, m3 m-3
    wfc: float  # field capacity, m3 m-3
    wwilt: float  # wilting point, m3 m-3
    b: float  # Brooks-Corey exponent, 1
    psi_sat: float  # potential at saturation, m
    k_sat: float  # conductivity at saturation, m s-1
    c_mineral: float  # heat capacity of the minerals, J m-3 K-1
    thawed_conductivity: float  # thermal, pores full of liquid, W m-1 K-1
    dry_conductivity: float  # thermal, pores empty, W m-1 K-1


class Canopy(NamedTuple):
    """Vegetation and surface properties."""

    lai: float  # m2 m-2
    veg: float  # cover, 1
    z0: float  # roughness length for momentum, m
    z0h: float  # and for heat, m
    albedo: float  # 1
    emissivity: float  # 1
    c_v: float  # inertia of the canopy, K m2 J-1
    wrmax_cf: float  # interception per leaf area, kg m-2
    rsmin: float  # least stomatal resistance, s m-1
    rgl: float  # radiation scale of the stomata, W m-2
    gamma: float  # sensitivity of the stomata to the deficit of the air, kg kg-1


class Air(NamedTuple):
    """Forcing of one step."""

    t: float  # temperature, K
    q: float  # specific humidity, kg kg-1
    wind: float  # m s-1, not below the threshold of `effective_wind`
    wind_speed: float  # m s-1, as measured
    sw: float  # W m-2
    lw: float  # W m-2
    p: float  # surface pressure, Pa
    rain: float  # kg m-2 s-1
    snow: float  # kg m-2 s-1
    co2: float  # kg kg-1
    mu: float  # cosine of the sun's zenith angle, 1
    rho: float  # density, kg m-3
    exner: float  # at the height of the temperature, 1
    exner_surface: float  # 1
    z_temperature: float  # m
    z_wind: float  # m


class SnowCover(NamedTuple):
    """Shares under snow (1)."""

    total: float
    ground: float  # of the bare ground
    plants: float


class Profile(NamedTuple):
    """The soil column during its steps, shape (PADDED,)."""

    w: np.ndarray  # liquid water, m3 m-3
    wi: np.ndarray  # ice in liquid equivalent, m3 m-3
    t: np.ndarray  # K


class Properties(NamedTuple):
    """What a step derives for each layer, shape (PADDED,)."""

    conductivity: np.ndarray  # thermal, W m-1 K-1
    capacity: np.ndarray  # heat, J m-3 K-1
    psi: np.ndarray  # matric potential, m
    k: np.ndarray  # hydraulic conductivity, m s-1
    k_vapour: np.ndarray  # vapour conductivity, m s-1
    e_pores: np.ndarray  # vapour pressure over free pore water, Pa


class Exchange(NamedTuple):
    """The surface as the air sees it during one step of the energy budget."""

    qs: float  # saturation humidity at the surface temperature, kg kg-1
    dqs: float  # its derivative, kg kg-1 K-1
    evaporating: bool  # qs >= q of the air
    hug: float  # relative humidity of the soil water, 1
    switch: float  # evaporation of soil water on or off
    hugi: float  # relative humidity of the soil ice, 1
    switch_ice: float
    hv: float  # Halstead coefficient, 1
    delta: float  # wet fraction of the canopy, 1
    rs: float  # canopy resistance, s m-1
    f2: float  # soil water stress, 1
    frozen: float  # ice share of layer 1, 1
    ra: float  # aerodynamic resistance, s m-1
    ri: float  # Richardson number, 1


class Fluxes(NamedTuple):
    """Surface fluxes of one step, W m-2, up but for rn."""

    rn: float
    h: float
    leg: float  # soil water
    legi: float  # soil ice
    lev: float  # canopy, intercepted and transpired
    letr: float  # transpired


@kernel
def whole_vectors(n: int) -> int:
    """`n` layers rounded up to whole vectors."""
    return (n + VECTOR - 1) // VECTOR * VECTOR


def vertical_grid() -> Grid:
    """The grid of `soil_hydraulics`, each profile lengthened to WIDTH by its last value."""
    profiles = (
        soil_hydraulics.THICKNESS,
        soil_hydraulics.NODE_DEPTH,
        1.0 / soil_hydraulics.NODE_SPACING,
    )
    return Grid(*(np.pad(p, (0, WIDTH - p.size), mode="edge") for p in profiles))
