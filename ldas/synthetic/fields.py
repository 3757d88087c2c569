"""A mosaic of fields that are known, and their NDVI month by month at pixels of 10 m."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

PIXEL = 10.0  # m
SUMMER, WINTER, GRASS = "summer crop", "winter crop", "grass"
# NDVI by month from January on
COURSES = {
    SUMMER: (0.25, 0.22, 0.20, 0.20, 0.28, 0.50, 0.78, 0.80, 0.62, 0.35, 0.25, 0.25),
    WINTER: (0.35, 0.42, 0.55, 0.75, 0.82, 0.65, 0.30, 0.22, 0.20, 0.22, 0.25, 0.30),
    GRASS: (0.50, 0.52, 0.58, 0.68, 0.75, 0.72, 0.65, 0.60, 0.62, 0.62, 0.56, 0.52),
}
SHIFT = 0.5  # months, spread of the calendar between fields
VIGOUR = 0.08  # 1, of their greenness
PATCHY = 0.04  # NDVI, of large patches within a field
NOISE = 0.03  # NDVI, of a pixel of one month
BLUR = 0.5  # pixels, of the instrument


@dataclass(frozen=True)
class Fields:
    """Labels (row, col), 0 between fields, and NDVI (month, row, col)."""

    label: np.ndarray
    ndvi: np.ndarray

    def areas(self) -> np.ndarray:
        """Hectares of each label, from 0 on."""
        return np.bincount(self.label.ravel()) * PIXEL**2 / 1e4


def make_fields(size: int, seed: int, hectares: float = 4.0) -> Fields:
    """A mosaic of `size` x `size` pixels with fields of about so many hectares.

    Fields are those places nearer to one of some points than to the others, longer in one
    direction than across; paths of a pixel lie between some of them.
    """
    random = np.random.default_rng([seed, 11])
    number = max(2, round(size**2 * PIXEL**2 / 1e4 / hectares))
    points = random.uniform(0.0, size, (number, 2))
    stretch = np.array([1.0, 1.8])
    row, col = np.mgrid[:size, :size]
    places = np.stack([row.ravel(), col.ravel()], axis=1)
    near, which = cKDTree(points * stretch).query(places * stretch, k=2)
    label = which[:, 0].reshape(size, size) + 1
    paths = random.random(number) < 0.5  # beside these fields there is one
    edge = ((near[:, 1] - near[:, 0]) < 0.9) & paths[which].any(axis=1)
    crop = random.choice(list(COURSES), number + 1, p=(0.4, 0.35, 0.25))
    shift = random.normal(0.0, SHIFT, number + 1)
    vigour = random.normal(1.0, VIGOUR, number + 1)
    months = np.arange(12)
    courses = np.array(
        [
            v * np.interp((months - s) % 12.0, np.arange(13), (*COURSES[c], COURSES[c][0]))
            for c, s, v in zip(crop, shift, vigour, strict=True)
        ]
    )
    label[edge.reshape(size, size)] = 0
    courses[0] = COURSES[GRASS]
    ndvi = courses[label].transpose(2, 0, 1)
    patches = ndimage.gaussian_filter(random.standard_normal((size, size)), 8.0)
    ndvi = ndvi + PATCHY * patches / patches.std()
    ndvi = ndimage.gaussian_filter(ndvi, (0.0, BLUR, BLUR))
    ndvi = ndvi + NOISE * random.standard_normal(ndvi.shape)
    return Fields(label, np.clip(ndvi, -0.1, 0.95))


def overlap(truth: np.ndarray, found: np.ndarray, least: float) -> np.ndarray:
    """Intersection over union of each true field above `least` hectares with its best object."""
    rows = np.bincount(truth.ravel())
    cols = np.bincount(found.ravel())
    pairs, counts = np.unique(
        truth.ravel().astype(np.int64) * cols.size + found.ravel(), return_counts=True
    )
    best = np.zeros(rows.size)
    for pair, both in zip(pairs, counts, strict=True):
        field, thing = divmod(int(pair), cols.size)
        if thing > 0:
            best[field] = max(best[field], both / (rows[field] + cols[thing] - both))
    large = rows * PIXEL**2 / 1e4 >= least
    large[0] = False
    return best[large]
