"""Cover, roughness and emissivity that follow from the leaves, as SURFEX 8.1 has them.

The numbers are worked out by hand from the rules of veg_from_lai, veg_height_from_lai,
z0v_from_lai and emis_from_veg, with XEVERG_VEG = 1, XEMISVEG = 0.97, XEMISSOIL = 0.94 and
XEMISSN = 0.99.
"""

import pytest

from ldas.core.mosaic import PATCHES
from ldas.land_models.isba.parameters import PARAMETERS
from ldas.land_models.isba.plants.canopy_structure import (
    FORM,
    roughness_length,
    surface_emissivity,
    vegetation_cover,
)

ROWS = [  # patch, leaf area, cover, roughness length, emissivity
    ("bare soil", 0.0, 0.0, 0.013, 0.94),
    ("rock", 0.0, 0.0, 0.13, 0.94),
    ("permanent snow", 0.0, 0.0, 0.0013, 0.99),
    ("deciduous broadleaf", 0.3, 0.95, 1.95, 0.9685),
    ("deciduous broadleaf", 5.0, 0.95, 1.95, 0.9685),
    ("needleleaf", 1.0, 0.95, 1.95, 0.9685),
    ("evergreen broadleaf", 5.0, 1.0, 3.9, 0.97),
    ("C3 crop", 2.0, 0.6988057881, 0.0410048, 0.9609641736),
    ("C3 crop", 4.0, 0.9092820467, 0.13, 0.9672784614),
    ("C4 crop", 6.0, 0.9726762776, 0.325, 0.9691802883),
    ("irrigated crop", 6.0, 0.9726762776, 0.325, 0.9691802883),
    ("C3 grass", 3.0, 0.95, 0.065, 0.9685),
    ("C4 grass", 0.03, 0.95, 0.001, 0.9685),
    ("wetland", 3.0, 0.95, 0.065, 0.9685),
]


@pytest.mark.parametrize(("patch", "lai", "cover", "z0", "emissivity"), ROWS)
def test_what_is_not_given(patch, lai, cover, z0, emissivity):
    k = PATCHES.index(patch)
    height = next(p.default for p in PARAMETERS if p.name == "height")[k]
    assert vegetation_cover(lai, FORM[k]) == pytest.approx(cover, abs=1e-9)
    assert roughness_length(lai, FORM[k], height) == pytest.approx(z0, rel=1e-5)
    assert surface_emissivity(cover, FORM[k]) == pytest.approx(emissivity, abs=1e-9)
