"""Process by process: fed with the reference's own inputs, our outputs are the reference's."""

import numpy as np
import pytest
from savepoints import Case, compare

RELATIVE = 1.0e-6

# Stomatal resistance where there are no leaves: the reference leaves a floor of 1e-4 s m-1,
# ours is RS_MAX; nothing uses it, because the vegetation fraction is 0 there.
UNUSED_WITHOUT_LEAVES = {"ST_RS": "I_VEG"}
# Latent heat of intercepted water as the difference of two equal fluxes: round-off of the
# canopy's whole flux, so it is measured against that.
MEASURED_AGAINST = {"CB_LER": "CB_LEV"}


def largest_relative_difference(case, name, ours, theirs):
    keep = np.ones(len(theirs), bool)
    if name in UNUSED_WITHOUT_LEAVES:
        keep = case[UNUSED_WITHOUT_LEAVES[name]] > 0.0
    scale = np.abs(theirs)
    if name in MEASURED_AGAINST:
        scale = np.maximum(scale, np.abs(case[MEASURED_AGAINST[name]]))
    difference = np.abs(ours - theirs)[keep]
    return np.max(np.where(difference == 0.0, 0.0, difference / np.maximum(scale[keep], 1e-300)))


@pytest.mark.parametrize("name", ["hapex_non"])
def test_every_process_gives_the_reference_outputs(shared, name):
    case = Case(shared / "reference" / "surfex" / "savepoints" / name)
    found = compare(case)
    table = {
        output: largest_relative_difference(case, output, ours, theirs)
        for output, (ours, theirs) in found.items()
    }
    print(f"\n{name}: largest relative difference over {case.steps} steps")
    for output, worst in table.items():
        print(f"  {output:14s} {worst:.1e}")
    assert len(table) >= 40
    assert {output: worst for output, worst in table.items() if not worst <= RELATIVE} == {}
