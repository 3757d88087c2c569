"""Homogeneous objects in a stack of NDVI images: the catchments of its gradient.

Where NDVI changes from place to place in the course of a year lies an edge. The gradient of the
smoothed stack, over all months, is flooded from its hollows (watershed); hollows shallower than
what noise makes are none. How deep noise is, is told by the quarter of the pixels with the
smallest gradient, so that nothing has to be given. Watershed was chosen against the graph of
Felzenszwalb and Huttenlocher, superpixels and merged regions (docs/images.md).
"""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from ldas.core.errors import UserError

SMOOTHING = 0.7  # pixels
QUIET = 0.25  # share of the pixels whose gradient is taken to be noise
DEPTH = 0.5  # of a hollow, to the gradient of noise
BLOCK, AROUND = 1024, 128  # pixels that are looked at at a time, and beside them


def gradient(ndvi: np.ndarray) -> np.ndarray:
    """Change of NDVI from pixel to pixel (row, col), root mean square of a stack's images."""
    total = np.zeros(ndvi.shape[1:])
    for image in ndvi:
        smooth = ndimage.gaussian_filter(image, SMOOTHING)
        total += ndimage.sobel(smooth, 0) ** 2 + ndimage.sobel(smooth, 1) ** 2
    return np.sqrt(total / len(ndvi)) / 8.0


def objects(ndvi: np.ndarray) -> np.ndarray:
    """Labels (row, col) from 1 on of the objects in a stack (time, row, col); 0 without NDVI.

    Raises UserError where scikit-image is missing.
    """
    try:
        from skimage.morphology import h_minima
        from skimage.segmentation import watershed
    except ImportError:
        raise UserError(
            "&plots: segmentation needs scikit-image; install it: pip install 'ldas[imagery]'"
        ) from None
    there = np.isfinite(ndvi).any(axis=0)
    if not there.any():
        return np.zeros(there.shape, np.int32)
    slope = gradient(_without_gaps(ndvi))
    depth = max(DEPTH * float(np.quantile(slope[there], QUIET)), 1e-9)
    hollows, _ = ndimage.label(h_minima(slope, depth), np.ones((3, 3)))
    return watershed(slope, hollows, mask=there).astype(np.int32)


def _without_gaps(ndvi: np.ndarray) -> np.ndarray:
    """What is missing of an image is what is usual at that time."""
    out = np.empty(ndvi.shape)
    for filled, image in zip(out, ndvi, strict=True):
        there = np.isfinite(image)
        filled[:] = np.where(there, image, np.median(image[there]) if there.any() else 0.0)
    return out


def blocks(shape: tuple[int, int]) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Parts of an image, each with what lies around it: (part, part and around)."""
    for top in range(0, shape[0], BLOCK):
        for left in range(0, shape[1], BLOCK):
            firsts, sizes = (top, left), shape
            inner = tuple(slice(a, min(a + BLOCK, n)) for a, n in zip(firsts, sizes, strict=True))
            outer = tuple(
                slice(max(0, s.start - AROUND), min(n, s.stop + AROUND))
                for s, n in zip(inner, sizes, strict=True)
            )
            yield inner, outer


def owned(labels: np.ndarray, inner: tuple[slice, slice], outer: tuple[slice, slice]) -> np.ndarray:
    """Labels of a part and around it without the objects whose middle lies outside the part."""
    number = int(labels.max())
    if number == 0:
        return labels
    ids = np.arange(1, number + 1)
    middles = np.array(ndimage.center_of_mass(labels > 0, labels, ids))
    mine = np.ones(number + 1, bool)
    for axis in range(2):
        at = middles[:, axis] + outer[axis].start
        mine[1:] &= (at >= inner[axis].start) & (at < inner[axis].stop)
    mine[0] = False
    return np.where(mine[labels], labels, 0)


def numbered(labels: np.ndarray, smallest: int) -> np.ndarray:
    """Labels from 1 on in the order of the image, without objects of fewer pixels."""
    count = np.bincount(labels.ravel())
    count[0] = 0
    first = np.full(count.size, labels.size)
    np.minimum.at(first, labels.ravel(), np.arange(labels.size))
    kept = np.flatnonzero(count >= max(smallest, 1))
    new = np.zeros(count.size, np.int32)
    new[kept[np.argsort(first[kept])]] = np.arange(1, kept.size + 1)
    return new[labels]


def without_rim(labels: np.ndarray, pixels: int) -> np.ndarray:
    """Labels with 0 within some pixels of another object, or of none."""
    if pixels <= 0:
        return labels
    size = 2 * pixels + 1
    low = ndimage.minimum_filter(labels, size, mode="nearest")
    high = ndimage.maximum_filter(labels, size, mode="nearest")
    return np.where(low == high, labels, 0)
