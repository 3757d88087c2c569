"""The hybrid of Nativel et al. (2022): change detection as a further input of S2MP's network.

sigma0, angle and NDVI do not tell rough soil from wet soil; where sigma0 lies between the driest
and the wettest state of its own place does.
"""

import numpy as np

from .change_detection import FLAGS as CHANGE_FLAGS
from .inversion import invert
from .s2mp import BEYOND_BASE, HELD, SIGMA, THETA, with_doubts
from .training import Trained
from .training_base import NDVI

FLAGS = (*CHANGE_FLAGS, "backscatter_range", "outside_base", "at_edge")
CODE = {name: code for code, name in enumerate(FLAGS)}


def hybrid(
    trained: Trained,
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    index: np.ndarray,
    flag: np.ndarray,
    ndvi_max: float = NDVI[1],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moisture, standard error (m3 m-3) and codes of FLAGS of cells of any shape.

    `sigma` in dB, `theta` in degrees; `index` (0 to 1) and `flag` are those of `saturation`.
    Doubtful values ('outside_base', 'at_edge') have theirs with a wider error.
    """
    moisture, error = (np.full(np.shape(sigma), np.nan) for _ in range(2))
    told = np.array(flag, order="C")
    with np.errstate(invalid="ignore"):
        for where, reason in (
            (~((theta >= THETA[0]) & (theta <= THETA[1])), "angle"),
            (~((sigma >= SIGMA[0]) & (sigma <= SIGMA[1])), "backscatter_range"),
            (~np.isfinite(ndvi), "no_ndvi"),
            (ndvi > ndvi_max, "dense_plants"),
        ):
            told[(told == 0) & where] = CODE[reason]
    good = np.flatnonzero(told == 0)
    if good.size:
        green = np.maximum(ndvi, 0.0)
        inputs = tuple(np.ravel(v)[good] for v in (sigma, theta, green, index))
        net = trained.network
        mv, sd, doubt = with_doubts(net, *invert(net, trained.uncertainty, *inputs), inputs)
        codes = np.zeros(3, told.dtype)
        codes[[BEYOND_BASE, HELD]] = CODE["outside_base"], CODE["at_edge"]
        told.ravel()[good] = codes[doubt]
        moisture.ravel()[good], error.ravel()[good] = 0.01 * mv, 0.01 * sd
    return moisture, error, told
