"""The margins of a radar image, where there is no ground but noise of the processor."""

import numpy as np
from scipy import ndimage


def within_border(
    share: np.ndarray, margin: int, edges: tuple[bool, bool, bool, bool]
) -> np.ndarray:
    """Whether looks (row, col) lie on the margin of an image or within `margin` looks of it.

    `share` is what of each look's numbers there is, `edges` whether the image ends above, below,
    left and right of what is given. The margin is all that lies beyond such an edge, with the
    looks that lack numbers and hang together with it; a look within the image that lacks some
    is no margin.
    """
    above, below, left, right = edges
    beyond = np.zeros((share.shape[0] + 2, share.shape[1] + 2), bool)
    beyond[0], beyond[-1] = above, below
    beyond[1:-1, 0], beyond[1:-1, -1] = left, right
    outside = beyond
    if (share < 1.0).any():
        lacking = beyond.copy()
        lacking[1:-1, 1:-1] |= share < 1.0
        groups, _ = ndimage.label(lacking)
        outside = lacking & np.isin(groups, np.unique(groups[beyond]))
    if margin > 0:
        outside = ndimage.maximum_filter(outside, 2 * margin + 1, mode="constant", cval=False)
    return outside[1:-1, 1:-1]
