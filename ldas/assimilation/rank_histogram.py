"""Whether an ensemble spreads as far as it errs: where observations fall among its members.

Hamill (2001): members with the observation's error added to each and the observation itself
should be alike, so that its rank among them is any with the same chance. A U shape says that
the members lie too close together, a hump that they lie too far apart.
"""

import numpy as np


def rank(observed: np.ndarray, members: np.ndarray) -> np.ndarray:
    """How many of `members` (member, obs) lie below each of `observed` (obs,)."""
    return (members < observed).sum(axis=0)


def flatness(counts: np.ndarray) -> float | None:
    """Chi squared of counts by rank (rank,) over its expected value: 1 if flat but for chance.

    None for fewer than five a rank, of which nothing can be said.
    """
    expected = counts.sum() / counts.size
    if expected < 5.0:
        return None
    return float(((counts - expected) ** 2).sum() / expected / (counts.size - 1))
