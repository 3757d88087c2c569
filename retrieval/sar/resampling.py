"""Values of an image between its pixels, and means over cells that are larger than they."""

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


@parallel_kernel
def _cell_means(
    image: np.ndarray, row: np.ndarray, col: np.ndarray, samples: int, out: np.ndarray
) -> None:
    high, wide = row.shape
    rows, cols = image.shape
    for i in prange(high):
        above, below = max(i - 1, 0), min(i + 1, high - 1)
        for j in range(wide):
            left, right = max(j - 1, 0), min(j + 1, wide - 1)
            tall, broad = max(below - above, 1), max(right - left, 1)
            row_down = (row[below, j] - row[above, j]) / tall
            col_down = (col[below, j] - col[above, j]) / tall
            row_right = (row[i, right] - row[i, left]) / broad
            col_right = (col[i, right] - col[i, left]) / broad
            total, count = 0.0, 0
            for a in range(samples):
                down = (a + 0.5) / samples - 0.5
                for b in range(samples):
                    across = (b + 0.5) / samples - 0.5
                    r = row[i, j] + down * row_down + across * row_right
                    c = col[i, j] + down * col_down + across * col_right
                    if -0.5 <= r < rows - 0.5 and -0.5 <= c < cols - 0.5:
                        value = image[int(np.floor(r + 0.5)), int(np.floor(c + 0.5))]
                        if not np.isnan(value):
                            total += value
                            count += 1
            out[i, j] = total / count if count >= LEAST * samples * samples else np.nan


def cell_means(image: np.ndarray, row: np.ndarray, col: np.ndarray, samples: int) -> np.ndarray:
    """Means over cells from their middles' places (row, col) in an image of smaller pixels.

    The nearest pixels of `samples` x `samples` places in each cell are averaged; where a cell ends
    is told by the places of its neighbours. NaN where most of a cell has no value.
    """
    out = np.empty(row.shape)
    _cell_means(image, np.ascontiguousarray(row), np.ascontiguousarray(col), samples, out)
    return out
