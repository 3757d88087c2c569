"""The simulated base that the networks are trained and judged on.

Uniform draws of soil, plants and geometry, forward model, noise as an instrument and an
optical product have it (El Hajj et al. 2017). Half of a base trains, half judges.
"""

from dataclasses import dataclass

import numpy as np

from .dielectric import hallikainen
from .iem import decibels, iem_b
from .oh import cross_polarised
from .water_cloud import water_cloud

MOISTURE = (2.0, 40.0)  # vol.%
HEIGHT = (0.5, 3.8)  # cm
THETA = (20.0, 45.0)  # degrees
NDVI = (0.0, 0.75)
CLAY, SAND = 0.25, 0.40  # 1, of a mean soil
SIGMA_NOISE = 0.75  # dB
NDVI_NOISE = 0.15  # relative
LOWEST = -30.0  # dB: rougher or drier than that is below what Sentinel-1 sees, and left out


@dataclass(frozen=True)
class Base:
    """Simulations: `inputs` (n, 3) noisy sigma0 (dB), theta (degrees), NDVI; the rest the truth.

    `moisture` in vol.%, `height` in cm.
    """

    inputs: np.ndarray
    moisture: np.ndarray
    height: np.ndarray
    ndvi: np.ndarray

    def half(self, which: int) -> "Base":
        """The half that trains (0) or judges (1)."""
        return Base(*(values[which::2] for values in self.__dict__.values()))


def forward(
    moisture: np.ndarray,
    height: np.ndarray,
    theta: np.ndarray,
    ndvi: np.ndarray,
    clay: float = CLAY,
    sand: float = SAND,
) -> np.ndarray:
    """Sigma0 VV in dB without noise; moisture in vol.%."""
    soil = iem_b(hallikainen(0.01 * np.asarray(moisture), clay, sand), height, theta)
    return decibels(water_cloud(soil, ndvi, theta))


def forward_both(
    moisture: np.ndarray, height: np.ndarray, theta: np.ndarray, ndvi: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sigma0 VV and VH in dB without noise; moisture in vol.%, height in cm.

    The soil's VH after Oh (2004).
    """
    soil = iem_b(hallikainen(0.01 * np.asarray(moisture), CLAY, SAND), height, theta)
    crossed = cross_polarised(height, theta) * soil
    return (
        decibels(water_cloud(soil, ndvi, theta)),
        decibels(water_cloud(crossed, ndvi, theta, "VH")),
    )


def simulate(
    number: int,
    seed: int,
    moisture: tuple[float, float] = MOISTURE,
    sigma_noise: float = SIGMA_NOISE,
    ndvi_noise: float = NDVI_NOISE,
) -> Base:
    """That many noisy simulations with moisture drawn from a range (vol.%)."""
    random = np.random.default_rng(seed)
    low = np.array([moisture[0], HEIGHT[0], THETA[0], NDVI[0]])
    high = np.array([moisture[1], HEIGHT[1], THETA[1], NDVI[1]])
    drawn = low + (high - low) * random.random((number, 4))
    noise = random.standard_normal((number, 2))
    mv, height, theta, ndvi = drawn.T
    clean = forward(mv, height, theta, ndvi)
    sigma = clean + sigma_noise * noise[:, 0]
    seen = np.clip(ndvi * (1.0 + ndvi_noise * noise[:, 1]), 0.0, 1.0)
    kept = clean > LOWEST
    inputs = np.stack([sigma, theta, seen], axis=1)
    return Base(inputs[kept], mv[kept], height[kept], ndvi[kept])


class Posterior:
    """The best that can be known of moisture: its mean given noisy inputs, by Bayes on a grid.

    With the base's own distributions and noise it is the floor of any retrieval's RMSE. The
    soil's backscatter is tabulated at whole degrees and interpolated between.
    """

    def __init__(
        self,
        moisture: tuple[float, float] = MOISTURE,
        sigma_noise: float = SIGMA_NOISE,
        ndvi_noise: float = NDVI_NOISE,
        steps: tuple[int, int, int] = (76, 48, 48),
    ) -> None:
        """`steps` are the cells of moisture, roughness and NDVI, whose middles stand for them."""
        self.sigma_noise, self.ndvi_noise = sigma_noise, ndvi_noise
        self.moisture = _middles(moisture, steps[0])
        self.ndvi = _middles(NDVI, steps[2])
        self.theta = np.arange(THETA[0], THETA[1] + 1.0)
        eps = hallikainen(0.01 * self.moisture, CLAY, SAND)[:, None, None]
        height = _middles(HEIGHT, steps[1])[None, :, None]
        self.soil = iem_b(eps, height, self.theta[None, None, :])

    def mean(self, inputs: np.ndarray) -> np.ndarray:
        """Mean moisture (vol.%) for each of `inputs` (n, 3)."""
        return np.array([self._one(*row) for row in inputs])

    def _one(self, sigma: float, theta: float, seen: float) -> float:
        k = min(int(theta - self.theta[0]), self.theta.size - 2)
        share = theta - self.theta[k]
        soil = (1.0 - share) * self.soil[..., k] + share * self.soil[..., k + 1]
        modelled = decibels(water_cloud(soil[..., None], self.ndvi, theta))
        spread = np.maximum(self.ndvi_noise * self.ndvi, 1e-3)
        misfit = ((sigma - modelled) / self.sigma_noise) ** 2 + ((seen - self.ndvi) / spread) ** 2
        weight = np.exp(-0.5 * (misfit - misfit.min())) / spread * (modelled > LOWEST)
        by_moisture = weight.sum(axis=(1, 2))
        return float(by_moisture @ self.moisture / by_moisture.sum())


def _middles(bounds: tuple[float, float], number: int) -> np.ndarray:
    return bounds[0] + (bounds[1] - bounds[0]) * (np.arange(number) + 0.5) / number
