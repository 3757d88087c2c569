"""Moisture of a soil at 3 km as a bucket under passing storms, and what two sensors see of it."""

import numpy as np
from scipy.ndimage import gaussian_filter

BLOCK = 12  # fine pixels along one side of a coarse one


class FineAndCoarse:
    """`truth` (day, row, col), `coarse` each day on the fine grid, `fine` every 12 days; m3 m-3."""

    def __init__(self, side=36, years=3, seed=1, block=BLOCK):
        random = np.random.default_rng(seed)
        days = round(365.25 * years)

        def smooth(scale, least, most):
            field = gaussian_filter(random.standard_normal((side, side)), scale, mode="wrap")
            order = field.ravel().argsort().argsort().reshape(side, side)
            return least + (most - least) * order / (order.size - 1)

        dry, wet = smooth(2.0, 0.03, 0.12), smooth(3.0, 0.30, 0.45)
        drying = smooth(2.5, 0.04, 0.12)  # share lost a day in summer
        moisture, truth = 0.5 * (dry + wet), np.empty((days, side, side))
        rows, cols = np.mgrid[:side, :side]
        for day in range(days):
            season = 0.5 - 0.5 * np.cos(2.0 * np.pi * (day % 365.25 - 15.0) / 365.25)
            rain = np.zeros((side, side))
            for _ in range(random.poisson(1.2 * (1.2 - season))):
                middle, size = random.uniform(-5.0, side + 5.0, 2), random.uniform(4.0, 14.0)
                away = (rows - middle[0]) ** 2 + (cols - middle[1]) ** 2
                rain += random.exponential(14.0) * np.exp(-0.5 * away / size**2)
            moisture = moisture - (0.3 + season) * drying * (moisture - dry) + 0.01 * rain
            moisture = np.minimum(moisture, wet)
            truth[day] = moisture
        self.truth, self.block = truth, block
        blocks = truth.reshape(days, side // block, block, side // block, block).mean(axis=(2, 4))
        blocks = blocks + 0.015 * random.standard_normal(blocks.shape)
        self.coarse = np.repeat(np.repeat(blocks, block, axis=1), block, axis=2)
        self.seen = np.arange(6, days, 12)
        self.fine = truth[self.seen] + 0.02 * random.standard_normal((self.seen.size, side, side))
        for k, image in enumerate(self.fine):  # the side that a swath misses
            edge = cols - 0.2 * rows + random.uniform(-0.5, 0.5) * side
            image[(edge < 0.0) if k % 2 else (edge > side)] = np.nan
