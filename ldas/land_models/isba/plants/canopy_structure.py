"""Height, roughness, cover and emissivity of vegetation from its leaf area (SURFEX 8.1)."""

from ldas.core.elementary import exp
from ldas.core.kernel import kernel

BARE, TREES, EVERGREEN, C3_CROP, C4_CROP, GRASS, ICE = range(7)  # forms of vegetation

FORM = (  # in the order of the patches
    *(BARE, BARE, ICE, TREES, TREES, EVERGREEN),
    *(C3_CROP, C4_CROP, C4_CROP, GRASS, GRASS, GRASS),
)
COVER = 0.95  # 1, of grass and trees in leaf
COVER_EXTINCTION = 0.6  # 1, with which crops close
ALLEN_LAI, ALLEN_SCALE = 3.5, 1.3  # m2 m-2, crops are 1 m high at the first
C3_CROP_HEIGHT, C4_CROP_HEIGHT = 1.0, 2.5  # m, at most
LAI_PER_METRE_OF_GRASS = 6.0  # m2 m-2 m-1
HEIGHT_MIN = 0.001  # m
Z0_PER_HEIGHT = 0.13  # 1
Z0_MIN = 0.001  # m
LEAF_EMISSIVITY, SOIL_EMISSIVITY, SNOW_EMISSIVITY = 0.97, 0.94, 0.99  # 1


@kernel
def vegetation_height(lai: float, form: int, tree_height: float) -> float:
    """Height (m) of vegetation; bare surfaces have their `tree_height` as a given height."""
    if form == GRASS:
        h = lai / LAI_PER_METRE_OF_GRASS
    elif form in (C3_CROP, C4_CROP):
        highest = C3_CROP_HEIGHT if form == C3_CROP else C4_CROP_HEIGHT
        h = min(highest, exp((lai - ALLEN_LAI) / ALLEN_SCALE))
    else:
        h = tree_height
    return max(h, HEIGHT_MIN)


@kernel
def roughness_length(lai: float, form: int, tree_height: float) -> float:
    """Roughness length for momentum (m)."""
    return max(Z0_MIN, Z0_PER_HEIGHT * vegetation_height(lai, form, tree_height))


@kernel
def vegetation_cover(lai: float, form: int) -> float:
    """Share of the ground that vegetation covers (1)."""
    if form in (BARE, ICE) or lai <= 0.0:
        return 0.0
    if form in (C3_CROP, C4_CROP):
        return 1.0 - exp(-COVER_EXTINCTION * lai)
    return 1.0 if form == EVERGREEN else COVER


@kernel
def surface_emissivity(veg: float, form: int) -> float:
    """Emissivity (1) of leaves over a share `veg` of the ground, soil or permanent snow."""
    if form == ICE:
        return SNOW_EMISSIVITY
    return LEAF_EMISSIVITY * veg + SOIL_EMISSIVITY * (1.0 - veg)
