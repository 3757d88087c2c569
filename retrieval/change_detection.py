"""Soil moisture by change detection: where sigma0 lies between its dry and its wet reference.

TU Wien's method: Wagner et al. (1999) for scatterometers, Bauer-Marschallinger et al. (2019) for
Sentinel-1. Series are (time, cell); sigma0 in dB, angles in degrees.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

REFERENCE_ANGLE = 40.0  # degrees
SLOPE, SLOPE_SPREAD = -0.13, 0.05  # dB/degree: over land at C band, and between places
QUANTILES = (0.05, 0.95)  # of the normalised series: dry and wet
NOISE = 0.33  # dB: a third of Sentinel-1's radiometric accuracy of 1 dB (3 sigma)
THETA = (20.0, 60.0)  # degrees
FLAGS = (
    "retrieved",
    "no_radar",
    "angle",
    "land_cover",
    "slope",
    "frozen",
    "few_pixels",
    "stem_elongation",
    "few_images",
    "little_sensitivity",
    "all_noise",
    "beyond_references",
    "no_ndvi",
    "dense_plants",
    "plants_hide_soil",
)
CODE = {name: code for code, name in enumerate(FLAGS)}
LEAST_CONTRAST = 5.0  # 1: references over noise; 3.3 is nothing but noise (docs say what is real)
ROBUST = 1.4826 / np.sqrt(2.0)  # from the median of absolute differences to a deviation
BEYOND = 3.0  # standard errors outside the references, from which on it is no soil between them


@dataclass(frozen=True)
class References:
    """What is known of each cell (cell,): all that a new image needs.

    `slope` of sigma0 against angle (dB/degree), `dry` and `wet` (dB at 40 degrees), their
    standard errors, `change` from one image to the next (a standard deviation, dB), and the
    `number` of images that they come from.
    """

    slope: np.ndarray
    slope_error: np.ndarray
    dry: np.ndarray
    dry_error: np.ndarray
    wet: np.ndarray
    wet_error: np.ndarray
    change: np.ndarray
    number: np.ndarray

    @property
    def sensitivity(self) -> np.ndarray:
        """dB between the references."""
        return self.wet - self.dry

    @property
    def contrast(self) -> np.ndarray:
        """How much wider the references lie apart than images that follow each other."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.sensitivity / self.change


def incidence_slope(
    sigma: np.ndarray,
    theta: np.ndarray,
    prior: float = SLOPE,
    spread: float = SLOPE_SPREAD,
) -> tuple[np.ndarray, np.ndarray]:
    """Slope of sigma0 against angle (dB/degree) and its standard error, (cell,).

    The regression of all images of a place, where its orbits see it under different angles,
    weighed against what is known beforehand (`prior` with `spread`) by their errors: with one
    orbit it is the prior, with many and different ones the regression.
    """
    there = np.isfinite(sigma) & np.isfinite(theta)
    number = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(there, theta - np.where(there, theta, 0.0).sum(axis=0) / number, 0.0)
        y = np.where(there, sigma - np.where(there, sigma, 0.0).sum(axis=0) / number, 0.0)
        spread_of_x = (x**2).sum(axis=0)
        slope = (x * y).sum(axis=0) / spread_of_x
        left = ((y - slope * x) ** 2).sum(axis=0) / np.maximum(number - 2, 1)
        certainty = np.where(
            (number > 2) & (spread_of_x > 0.0), spread_of_x / np.maximum(left, 1e-12), 0.0
        )
    weight = certainty / (certainty + spread**-2)
    blended = prior + weight * (np.where(certainty > 0.0, slope, prior) - prior)
    return blended, np.sqrt(1.0 / (certainty + spread**-2))


def at_reference_angle(sigma: np.ndarray, theta: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """sigma0 (dB) as it would be at 40 degrees."""
    return sigma - slope * (theta - REFERENCE_ANGLE)


def references(
    sigma: np.ndarray,
    theta: np.ndarray,
    prior: float = SLOPE,
    spread: float = SLOPE_SPREAD,
    quantiles: tuple[float, float] = QUANTILES,
) -> References:
    """References of each cell from a series of several years; NaN where there is no image.

    Dry and wet are quantiles of the normalised series, so that single speckled or flooded
    images do not set them; their errors are those of quantiles of a normal distribution with
    the series' spread.
    """
    slope, slope_error = incidence_slope(sigma, theta, prior, spread)
    level = at_reference_angle(sigma, theta, slope)
    number = np.isfinite(level).sum(axis=0)
    seen = number > 0
    found = np.full((2, number.size), np.nan)
    sd = np.full(number.size, np.nan)
    if seen.any():
        found[:, seen] = np.nanquantile(level[:, seen], quantiles, axis=0)
        sd[seen] = np.nanstd(level[:, seen], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = [sd * np.sqrt(q * (1.0 - q) / number) / norm.pdf(norm.ppf(q)) for q in quantiles]
    return References(
        slope,
        slope_error,
        found[0],
        errors[0],
        found[1],
        errors[1],
        _from_one_to_next(level),
        number,
    )


def _from_one_to_next(level: np.ndarray) -> np.ndarray:
    """Robust standard deviation (cell,) of what changes between images that follow each other.

    Speckle is all of it; soil that dries for days is little of it.
    """
    before = np.full(level.shape[1], np.nan)
    steps = np.full(level.shape, np.nan)
    for k, now in enumerate(level):
        steps[k] = np.abs(now - before)
        before = np.where(np.isfinite(now), now, before)
    out = np.full(level.shape[1], np.nan)
    some = np.isfinite(steps).any(axis=0)
    out[some] = ROBUST * np.nanmedian(steps[:, some], axis=0)
    return out


def changes(
    known: References, sigma: np.ndarray, theta: np.ndarray, noise: float = NOISE
) -> tuple[np.ndarray, np.ndarray]:
    """Change above the dry reference (dB) of images (..., cell), and its standard error."""
    level = at_reference_angle(sigma, theta, known.slope)
    turned = known.slope_error * (theta - REFERENCE_ANGLE)
    return level - known.dry, np.sqrt(noise**2 + turned**2 + known.dry_error**2)


@dataclass(frozen=True)
class Saturation:
    """Relative moisture (0 to 1), its standard error, and codes of FLAGS."""

    index: np.ndarray
    error: np.ndarray
    flag: np.ndarray


def saturation(
    known: References,
    sigma: np.ndarray,
    theta: np.ndarray,
    noise: float = NOISE,
    least_sensitivity: float = 1.5,
    least_images: int = 40,
    least_contrast: float = LEAST_CONTRAST,
) -> Saturation:
    """Relative moisture of images (..., cell): 0 at the dry, 1 at the wet reference, held there.

    Its error comes from the noise of sigma0 (dB), the slope and the references. No value where
    the references lie closer than `least_sensitivity` (dB), come from fewer than `least_images`,
    or lie less than `least_contrast` times as far apart as images that follow each other
    (speckle of single pixels, fields that are worked on); nor where sigma0 lies so far outside
    them that it is something else than soil between dry and wet (standing water, wet snow, frost).
    """
    level = at_reference_angle(sigma, theta, known.slope)
    with np.errstate(invalid="ignore", divide="ignore"):
        free = (level - known.dry) / known.sensitivity
        own = noise**2 + (known.slope_error * (theta - REFERENCE_ANGLE)) ** 2
        index = np.clip(free, 0.0, 1.0)
        error = (
            np.sqrt(own + ((1.0 - index) * known.dry_error) ** 2 + (index * known.wet_error) ** 2)
            / known.sensitivity
        )
        outside = np.maximum(free - 1.0, -free)
        flag = np.zeros(level.shape, np.int8)
        for where, reason in (
            (~np.isfinite(sigma) | ~np.isfinite(theta), "no_radar"),
            (~((theta >= THETA[0]) & (theta <= THETA[1])), "angle"),
            (~(known.number >= least_images), "few_images"),
            (~(known.sensitivity >= least_sensitivity), "little_sensitivity"),
            (~(known.contrast >= least_contrast), "all_noise"),
            (outside > BEYOND * error, "beyond_references"),
        ):
            flag[(flag == 0) & where] = CODE[reason]
    good = flag == 0
    return Saturation(np.where(good, index, np.nan), np.where(good, error, np.nan), flag)
