"""Values of an image between its pixels."""

import numpy as np

from ldas.core.kernel import parallel_kernel, prange

LEAST = 0.5  # of the weight must lie on pixels that have a value


@parallel_kernel
def _bilinear(image: np.ndarray, row: np.ndarray, col: np.ndarray, out: np.ndarray) -> None:
    rows, cols = image.shape
    for k in prange(row.size):
        r, c = row[k], col[k]
        out[k] = np.nan
        if not (-0.5 <= r <= rows - 0.5 and -0.5 <= c <= cols - 0.5):
            continue
        i, j = int(np.floor(r)), int(np.floor(c))
        total, weight = 0.0, 0.0
        for di in range(2):
            for dj in range(2):
                w = (1.0 - abs(r - (i + di))) * (1.0 - abs(c - (j + dj)))
                y, x = min(max(i + di, 0), rows - 1), min(max(j + dj, 0), cols - 1)
                value = image[y, x]
                if not np.isnan(value):
                    total += w * value
                    weight += w
        if weight >= LEAST:
            out[k] = total / weight


def bilinear(image: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Image values at places (in rows and columns from the middle of the first pixel).

    NaN beyond the image and where most of the weight is on pixels without a value.
    """
    out = np.empty(row.size)
    _bilinear(image, row.ravel(), col.ravel(), out)
    return out.reshape(row.shape)
