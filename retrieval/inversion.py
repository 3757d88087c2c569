"""Networks applied to images: moisture and its uncertainty, pixel by pixel, compiled."""

from dataclasses import dataclass

import numpy as np

from ldas.core.elementary import exp
from ldas.core.kernel import parallel_kernel, prange

from .network import Network

BLOCK = 512  # pixels of which one thread computes all neurons in turn


@dataclass(frozen=True)
class Uncertainty:
    """One standard error (vol.%) by classes of retrieved moisture, NDVI and angle.

    `table` (moisture, ndvi, theta); the edges lie between the classes.
    """

    moisture: np.ndarray
    ndvi: np.ndarray
    theta: np.ndarray
    table: np.ndarray


def invert(
    network: Network,
    uncertainty: Uncertainty,
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    *more: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Moisture and its uncertainty (vol.%), shaped as `sigma` (dB); theta in degrees.

    `more` are further inputs that a network was trained on. NaN where an input is NaN. What the
    network gives outside its range of training is held at the end of that range.
    """
    shape = np.shape(sigma)
    flat = [np.ascontiguousarray(v, dtype=np.float64).ravel() for v in (sigma, theta, ndvi)]
    others = np.empty((len(more), flat[0].size))
    for k, values in enumerate(more):
        others[k] = np.ravel(values)
    moisture, error = np.empty(flat[0].size), np.empty(flat[0].size)
    _invert(
        *flat,
        others,
        *(np.ascontiguousarray(part) for part in network.folded()[:3]),
        network.folded()[3],
        network.y_low,
        network.y_high,
        uncertainty.moisture,
        uncertainty.ndvi,
        uncertainty.theta,
        uncertainty.table,
        moisture,
        error,
    )
    return moisture.reshape(shape), error.reshape(shape)


@parallel_kernel
def _invert(
    sigma: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    others: np.ndarray,
    v: np.ndarray,
    c: np.ndarray,
    w: np.ndarray,
    d: float,
    lowest: float,
    highest: float,
    edge_moisture: np.ndarray,
    edge_ndvi: np.ndarray,
    edge_theta: np.ndarray,
    table: np.ndarray,
    moisture: np.ndarray,
    error: np.ndarray,
) -> None:
    """Fill moisture and error: w tanh(v x + c) + d, then the class of each pixel."""
    n = sigma.size
    for block in prange((n + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(n, (block + 1) * BLOCK)
        for i in range(begin, end):
            moisture[i] = d
        for j in range(w.size):
            v0, v1, v2, cj, wj = v[j, 0], v[j, 1], v[j, 2], c[j], w[j]
            for i in range(begin, end):  # error: for the time being what goes into the neuron
                error[i] = v0 * sigma[i] + v1 * theta[i] + v2 * ndvi[i] + cj
            for k in range(others.shape[0]):
                vjk = v[j, 3 + k]
                for i in range(begin, end):
                    error[i] += vjk * others[k, i]
            for i in range(begin, end):
                moisture[i] += wj * (1.0 - 2.0 / (exp(2.0 * error[i]) + 1.0))
        for i in range(begin, end):
            y = min(max(moisture[i], lowest), highest)
            if np.isnan(sigma[i] + theta[i] + ndvi[i] + others[:, i].sum()):
                moisture[i], error[i] = np.nan, np.nan
                continue
            moisture[i] = y
            a, b, g = 0, 0, 0
            for edge in edge_moisture:
                a += y >= edge
            for edge in edge_ndvi:
                b += ndvi[i] >= edge
            for edge in edge_theta:
                g += theta[i] >= edge
            error[i] = table[a, b, g]
