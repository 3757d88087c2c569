"""Speckle of a series of images brought down without blurring them: Quegan and Yu (2001).

IEEE TGRS 39, 2373-2379, doi:10.1109/36.964973. Image k becomes its local mean times the mean,
over the images, of each one's value over its own local mean:

    J_k = m_k / N  sum_i I_i / m_i

so that what is the same in all of them, edges and points, stays as sharp as it is. With images
of L looks whose speckle is independent, and m over W pixels,

    looks of J = L N W / (N + W - 1)
"""

import numpy as np
from scipy import ndimage


def local_mean(image: np.ndarray, window: int) -> np.ndarray:
    """Mean over `window` x `window` pixels, of those that there are; NaN without any."""
    there = np.isfinite(image)
    total = ndimage.uniform_filter(np.where(there, image, 0.0), window, mode="constant")
    share = ndimage.uniform_filter(there.astype(float), window, mode="constant")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share > 0.5 / window**2, total / share, np.nan)


def common_ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Mean of I_i / m_i from their sum and number; 1 where no image has a value."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, 1.0)


def ratio(image: np.ndarray, window: int) -> np.ndarray:
    """I / m of one image; NaN where it has no value or no positive local mean."""
    mean = local_mean(image, window)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isfinite(image) & (mean > 0.0), image / mean, np.nan)


def filtered(image: np.ndarray, common: np.ndarray, window: int) -> np.ndarray:
    """One image of a series, `common` the mean of all ratios; NaN where the image has no value."""
    return np.where(np.isfinite(image), local_mean(image, window) * common, np.nan)


def looks_after(looks: float, images: int, window: int) -> float:
    """Equivalent number of looks that the filter makes of independent images of `looks`."""
    pixels = window**2
    return looks * images * pixels / (images + pixels - 1)
