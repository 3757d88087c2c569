"""Process by process: fed with the reference's own inputs, our outputs are the reference's."""

import numpy as np
import pytest
from savepoints import UNDEFINED, Case, compare
from savepoints_plants import FORMS, compare_plants
from savepoints_snow import compare_snow

RELATIVE = 1.0e-6
ROUND_OFF = 1.0e-15  # of the largest value: a difference below it is none

# Stomatal resistance where there are no leaves: the reference leaves a floor of 1e-4 s m-1,
# ours is RS_MAX; nothing uses it, because the vegetation fraction is 0 there.
UNUSED_WITHOUT_LEAVES = {"ST_RS": "I_VEG"}
# Latent heat of intercepted water as the difference of two equal fluxes: round-off of the
# canopy's whole flux, so it is measured against that.
MEASURED_AGAINST = {"CB_LER": "CB_LEV"}


def comparison(name, case):
    """Pairs (ours, reference) by the reference's name."""
    if name == "coldeporte_snow":
        return compare_snow(case)
    if name in FORMS:
        return compare_plants(case, FORMS[name]) | compare(case)
    return compare(case)


def largest_relative_difference(case, name, ours, theirs):
    keep = np.ones(len(theirs), bool)
    if name in UNUSED_WITHOUT_LEAVES and len(theirs) == case.steps:
        keep = case[UNUSED_WITHOUT_LEAVES[name]] > 0.0
    scale = np.abs(theirs)
    if name in MEASURED_AGAINST:
        scale = np.maximum(scale, np.abs(case[MEASURED_AGAINST[name]]))
    difference = np.where(scale < UNDEFINED, np.abs(ours - theirs), 0.0)[keep]
    none = difference <= ROUND_OFF * np.max(scale[scale < UNDEFINED], initial=0.0)
    return np.max(np.where(none, 0.0, difference / np.maximum(scale[keep], 1e-300)))


@pytest.mark.parametrize(
    ("name", "outputs"),
    [("hapex_non", 40), ("hapex_nit_c3", 50), ("hapex_nit_grass", 50), ("coldeporte_snow", 35)],
)
def test_every_process_gives_the_reference_outputs(shared, name, outputs):
    case = Case(shared / "reference" / "surfex" / "savepoints" / name)
    found = comparison(name, case)
    table = {
        output: largest_relative_difference(case, output, ours, theirs)
        for output, (ours, theirs) in found.items()
    }
    print(f"\n{name}: largest relative difference over {case.steps} steps")
    for output, worst in table.items():
        print(f"  {output:14s} {worst:.1e}")
    assert len(table) >= outputs
    assert {output: worst for output, worst in table.items() if not worst <= RELATIVE} == {}
