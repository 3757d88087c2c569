"""Soil moisture by the S2MP method, from images to a product: three forms of one retrieval.

El Hajj et al. (2017), Bazzi et al. (2019). 'S1+S2': radar and NDVI averaged over the pixels of
a land-cover map (100 m), inverted there and averaged into the cells (1 km). 'S1+S3': averaged
over the same land covers straight into the cells, inverted once. Plots: averaged over the
labels of fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .base_range import beyond
from .iem import decibels
from .inversion import invert
from .network import Network
from .prior import NAMES as PRIORS
from .training import Trained

FLAGS = (
    "retrieved",
    "no_radar",
    "angle",
    "backscatter_range",
    "land_cover",
    "slope",
    "frozen",
    "no_ndvi",
    "ndvi_range",
    "stem_elongation",
    "few_pixels",
    "outside_base",
    "at_edge",
    "plants_hide_soil",
)
CODE = {name: code for code, name in enumerate(FLAGS)}
THETA = (20.0, 45.0)  # degrees
SIGMA = (-23.0, -1.0)  # dB: outside it is no soil under crops or grass
NO_NETWORK = -1
DOUBTFUL_SHARE = 0.5  # 1, of a cell's pixels that are doubtful, from which on the cell is


@dataclass(frozen=True)
class Groups:
    """Which coarse place each row and column of an image belongs to, -1 for none."""

    rows: np.ndarray
    cols: np.ndarray
    shape: tuple[int, int]

    def index(self) -> np.ndarray:
        """Flat coarse index (row, col) of every pixel, -1 outside."""
        flat = self.rows[:, None] * self.shape[1] + self.cols[None, :]
        return np.where((self.rows[:, None] < 0) | (self.cols[None, :] < 0), -1, flat)


def groups(
    lat: np.ndarray,
    lon: np.ndarray,
    to_lat: np.ndarray,
    to_lon: np.ndarray,
    steps: tuple[float, float],
) -> Groups:
    """The cell in whose bounds each pixel's middle lies, on a regular grid of ascending middles
    `to_lat`, `to_lon` and `steps` between them (degrees)."""
    rows, cols = _within(lat, to_lat, steps[0]), _within(lon, to_lon, steps[1])
    return Groups(rows, cols, (to_lat.size, to_lon.size))


def _within(fine: np.ndarray, coarse: np.ndarray, step: float) -> np.ndarray:
    found = np.floor((fine - (coarse[0] - 0.5 * step)) / step + 1e-9).astype(np.int64)
    return np.where((found >= 0) & (found < coarse.size), found, -1)


def means(
    index: np.ndarray, number: int, good: np.ndarray, fields: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], np.ndarray]:
    """Means of `fields` over the good pixels of each of `number` places, and their count."""
    kept = good & (index >= 0)
    place = index[kept]
    count = np.bincount(place, minlength=number)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [np.bincount(place, f[kept], minlength=number) / count for f in fields]
    return found, count


def screened(sigma: np.ndarray, theta: np.ndarray, ndvi: np.ndarray, ndvi_max: float) -> np.ndarray:
    """Codes of what cannot be retrieved for its own values' sake; sigma in dB."""
    flag = np.zeros(np.shape(sigma), np.int8)
    with np.errstate(invalid="ignore"):
        for where, reason in (
            (~np.isfinite(sigma) | ~np.isfinite(theta), "no_radar"),
            (~((theta >= THETA[0]) & (theta <= THETA[1])), "angle"),
            (~((sigma >= SIGMA[0]) & (sigma <= SIGMA[1])), "backscatter_range"),
            (~np.isfinite(ndvi), "no_ndvi"),
            (ndvi > ndvi_max, "ndvi_range"),
        ):
            flag[(flag == 0) & where] = CODE[reason]
    return flag


BEYOND_BASE, HELD = 1, 2  # doubts


def with_doubts(
    network: Network, mv: np.ndarray, sd: np.ndarray, inputs: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moisture `mv` and its error `sd` (vol.%) that a network gave for sigma0, theta, NDVI, ....

    The third says which are BEYOND_BASE, no soil of the base giving such a sigma0, or HELD at the
    edge of what the network was trained for. Their errors are widened by how far they lie outside.
    """
    edge = (mv <= network.y_low) | (mv >= network.y_high)
    distance, in_moisture = beyond(*inputs[:3])
    held = np.zeros(mv.shape)
    held[edge] = np.abs(network(np.stack([v[edge] for v in inputs], axis=1)) - mv[edge])
    doubt = np.where(distance > 0.0, BEYOND_BASE, np.where(edge, HELD, 0))
    return mv, np.sqrt(sd**2 + in_moisture**2 + held**2), doubt


def retrieved(
    networks: Mapping[str, Trained],
    prior: np.ndarray,
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    flag: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moisture and uncertainty (m3 m-3) where `flag` is 0, by the network that `prior` says.

    The third is `flag` with what is doubtful among the retrieved: 'outside_base' where no soil of
    the base gives such a sigma0, 'at_edge' where the network would go beyond what it was trained
    for and is held there. Their uncertainty is widened by how far they lie outside.
    """
    moisture, error = (np.full(np.shape(sigma), np.nan) for _ in range(2))
    told = np.array(flag)
    for code, name in enumerate(PRIORS):
        here = (flag == 0) & (prior == code)
        if here.any():
            # below 0 an NDVI is bare soil to the networks
            inputs = (sigma[here], theta[here], np.maximum(ndvi[here], 0.0))
            t = networks[name]
            mv, sd, doubt = with_doubts(
                t.network, *invert(t.network, t.uncertainty, *inputs), inputs
            )
            told[here] = np.where(doubt == BEYOND_BASE, CODE["outside_base"], 0)
            told[here] = np.where(doubt == HELD, CODE["at_edge"], told[here])
            moisture[here], error[here] = 0.01 * mv, 0.01 * sd
    return moisture, error, told


@dataclass(frozen=True)
class Cells:
    """What a scene gives at the cells (cell,): moisture and uncertainty in m3 m-3."""

    moisture: np.ndarray
    error: np.ndarray
    pixels: np.ndarray
    network: np.ndarray
    flag: np.ndarray


def averaged_retrievals(
    networks: Mapping[str, Trained],
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    land: np.ndarray,
    cell: np.ndarray,
    prior: np.ndarray,
    least_share: float,
    ndvi_max: float,
) -> Cells:
    """'S1+S2': pixels (pixel,) inverted, then averaged into the cells.

    `sigma` linear; `land` codes why a pixel is not looked at (0: it is); `cell` the cell of
    each pixel, -1 for none; `prior` (cell,). A cell needs `least_share` of the pixels that the
    land cover allows. Errors of one cell are taken to go together: its uncertainty is their
    mean.
    """
    number = prior.size
    db = decibels(sigma)
    flag = np.where(land != 0, land, screened(db, theta, ndvi, ndvi_max))
    inside = cell >= 0
    of_pixel = np.where(inside, prior[np.maximum(cell, 0)], 0)
    mv, sd, told = retrieved(networks, of_pixel, db, theta, ndvi, np.where(inside, flag, 1))
    (moisture, error), count = means(cell, number, np.isfinite(mv), (mv, sd))
    allowed = np.bincount(cell[inside & (land == 0)], minlength=number)
    enough = (count > 0) & (count >= least_share * allowed)
    why = np.where(count > 0, CODE["few_pixels"], commonest_reason(cell, flag, number))
    code = np.where(enough, doubtful(cell, told, count), why)
    return Cells(
        np.where(enough, moisture, np.nan),
        np.where(enough, error, np.nan),
        count,
        np.where(enough, prior, NO_NETWORK),
        code,
    )


def doubtful(cell: np.ndarray, told: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The doubt that most of a cell's retrieved pixels have, 0 where few of them have any."""
    kinds = (CODE["outside_base"], CODE["at_edge"])
    inside = cell >= 0
    number = [np.bincount(cell[inside & (told == k)], minlength=count.size) for k in kinds]
    commoner = np.where(number[0] >= number[1], *kinds)
    return np.where(number[0] + number[1] > DOUBTFUL_SHARE * count, commoner, 0)


def commonest_reason(cell: np.ndarray, flag: np.ndarray, number: int) -> np.ndarray:
    """The code that most pixels of each cell have other than 0; 'no_radar' without any."""
    table = np.zeros((number, len(FLAGS)))
    inside = cell >= 0
    np.add.at(table, (cell[inside], flag[inside]), 1.0)
    table[:, 0] = 0.0
    return np.where(table.sum(axis=1) > 0.0, table.argmax(axis=1), CODE["no_radar"])


def retrieval_of_averages(
    networks: Mapping[str, Trained],
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    pixels: np.ndarray,
    land: np.ndarray,
    prior: np.ndarray,
    ndvi_max: float,
) -> Cells:
    """'S1+S3' and plots: means over cells or fields (cell,) inverted once.

    `sigma` linear, `pixels` how many made each mean, `land` codes why a cell is not looked at.
    """
    db = decibels(sigma)
    flag = np.where(land != 0, land, screened(db, theta, ndvi, ndvi_max))
    moisture, error, told = retrieved(networks, prior, db, theta, ndvi, flag)
    return Cells(moisture, error, pixels, np.where(flag == 0, prior, NO_NETWORK), told)


def land_codes(
    cover: np.ndarray,
    wanted: Sequence[int],
    slope: np.ndarray | None,
    slope_max: float,
    stem: Sequence[int] = (),
) -> np.ndarray:
    """Codes of pixels that the land itself excludes: other covers, steep slopes, and the
    covers of `stem` whose cereals stand in stem elongation at the time."""
    code = np.where(np.isin(cover, list(wanted)), 0, CODE["land_cover"])
    if slope is not None:
        steep = ~(np.asarray(slope, float) <= slope_max)
        code = np.where((code == 0) & steep, CODE["slope"], code)
    return np.where((code == 0) & np.isin(cover, list(stem)), CODE["stem_elongation"], code)
