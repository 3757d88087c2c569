"""Brightness temperature of a radiometer, made fine by a radar: SMAP and Sentinel-1.

Das et al. (2018, 2019), the SPL2SMAP_S product, in its form of emissivities. Backscatter is in
linear units. A coarse cell's pixels are given by their `cell` (pixel,), -1 for none; coarse
values are (cell,), fine ones (pixel,).
"""

import numpy as np

from .s2mp import means as means_of_many
from .tau_omega import ANGLE


def means(values: np.ndarray, cell: np.ndarray, number: int) -> np.ndarray:
    """Mean of the finite pixels of each of `number` coarse cells; NaN without one."""
    (found,), _ = means_of_many(cell, number, np.isfinite(values), (values,))
    return found


def gamma(vv: np.ndarray, vh: np.ndarray, cell: np.ndarray, number: int) -> np.ndarray:
    """d vv / d vh within each coarse cell: what plants and roughness change of both; or NaN."""
    good = np.isfinite(vv) & np.isfinite(vh) & (cell >= 0)
    both = np.where(good, vv, np.nan), np.where(good, vh, np.nan)
    co, cross = (v - means(v, cell, number)[np.maximum(cell, 0)] for v in both)
    with np.errstate(invalid="ignore", divide="ignore"):
        return means(co * cross, cell, number) / means(cross**2, cell, number)


def beta_by_series(emissivity: np.ndarray, vv: np.ndarray, least: int = 20) -> np.ndarray:
    """d emissivity / d vv of each coarse cell by regression over time, (time, cell) to (cell,).

    `emissivity` is TB over temperature. NaN for fewer than `least` pairs, or where they rise
    together: wetter soil is brighter to a radar and darker to a radiometer.
    """
    good = np.isfinite(emissivity) & np.isfinite(vv)
    number = good.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (
            np.where(good, v - np.where(good, v, 0.0).sum(axis=0) / number, 0.0)
            for v in (vv, emissivity)
        )
        slope = (x * y).sum(axis=0) / (x**2).sum(axis=0)
        return np.where((number >= least) & (slope < 0.0), slope, np.nan)


def beta_snapshot(
    emissivity: np.ndarray,
    tau: np.ndarray,
    omega: np.ndarray,
    vv: np.ndarray,
    vh: np.ndarray,
    slope: np.ndarray,
    theta: np.ndarray | float = ANGLE,
) -> np.ndarray:
    """d emissivity / d vv of each coarse cell from one pair of images (Jagdhuber et al. 2019).

    What soil takes from the emissivity of a black one under the same plants, over what it adds
    to vv beyond the part that goes with vh (`slope`, by `gamma`). NaN where that is no soil.
    """
    through = np.exp(-tau / np.cos(np.radians(theta)))
    black = through + (1.0 - omega) * (1.0 - through)
    with np.errstate(invalid="ignore", divide="ignore"):
        soil = vv - slope * vh
        found = (emissivity - black) / soil
        return np.where((soil > 0.0) & (found < 0.0), found, np.nan)


def disaggregated(
    tb: np.ndarray,
    temperature: np.ndarray,
    beta: np.ndarray,
    slope: np.ndarray,
    vv: np.ndarray,
    vh: np.ndarray,
    cell: np.ndarray,
) -> np.ndarray:
    """TB (K) of each pixel: T [ TB/T + beta ((vv - VV) + Gamma (VH - vh)) ], capitals coarse.

    `tb`, `temperature`, `beta` and `slope` (Gamma) are of the coarse cells, whose mean TB stays.
    """
    good = np.isfinite(vv) & np.isfinite(vh) & (cell >= 0)
    fine = [np.where(good, v, np.nan) for v in (vv, vh)]
    coarse = [means(v, cell, tb.size) for v in fine]
    at = np.maximum(cell, 0)
    change = (fine[0] - coarse[0][at]) + slope[at] * (coarse[1][at] - fine[1])
    return np.where(good, tb[at] + temperature[at] * beta[at] * change, np.nan)


def foliage(ndvi: np.ndarray) -> np.ndarray:
    """Water in leaves (kg m-2) by NDVI, as SMAP's algorithms have it (O'Neill et al., ATBD)."""
    green = np.clip(ndvi, 0.2, 1.0)  # below it the parabola gives hardly anything, then less
    return 1.9134 * green**2 - 0.3215 * green
