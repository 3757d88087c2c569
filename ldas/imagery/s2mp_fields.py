"""Retrieval at plot scale: radar and NDVI averaged over the labels of fields, inverted once."""

import numpy as np

from ldas.core.errors import UserError
from ldas.imagery.image_stack import Image
from retrieval.ndvi import filled, nearest_date, standard_dates
from retrieval.prior import NONE
from retrieval.s2mp import CODE, Cells, means, retrieval_of_averages

from .s2mp_inputs import Work

ROWS = 2000  # of an image at a time


class Plots:
    """The fields of a label image on the grid of sigma0."""

    def __init__(self, work: Work) -> None:
        """Raises UserError if the label image does not lie on the radar's grid."""
        self.work = work
        stack, sigma = work.land["label"], work.sigma
        path = stack.images[0].path
        if stack.lat.shape != sigma.lat.shape or not np.allclose(stack.lat, sigma.lat):
            raise UserError(f"{path}: another grid than that of sigma0")
        found = np.nan_to_num(stack.read(stack.images[0], slice(None))).astype(np.int64)
        self.labels = np.unique(found[found > 0])
        if self.labels.size == 0:
            raise UserError(f"{path}: no label above 0")
        place = np.searchsorted(self.labels, found)
        self.place = np.where(found > 0, place, -1)
        self.dates, self.ndvi = self._ndvi()

    def _ndvi(self) -> tuple[np.ndarray, np.ndarray]:
        """NDVI of the fields, (date, label), from the NDVI pixel nearest to each radar pixel."""
        stack, sigma = next(iter(self.work.optical.values())), self.work.sigma
        rows = np.abs(stack.lat[:, None] - sigma.lat[None]).argmin(axis=0)
        cols = np.abs(stack.lon[:, None] - sigma.lon[None]).argmin(axis=0)
        targets = standard_dates(sigma.times.min(), sigma.times.max())
        seen = []
        for k in range(len(stack.images)):
            values = self.work.clear_ndvi(k, slice(None))[np.ix_(rows, cols)]
            (mean,), _ = means(self.place, self.labels.size, np.isfinite(values), (values,))
            seen.append(mean)
        return targets, filled(np.stack(seen), stack.times, targets, self.work.settings.ndvi_gap)

    def retrieve(self, image: Image) -> Cells:
        """The fields of one radar image."""
        assert image.time is not None
        work, number = self.work, self.labels.size
        layers = 2 if work.cross is None else 3
        totals, count = np.zeros((layers, number)), np.zeros(number, np.int64)
        for begin in range(0, work.sigma.lat.size, ROWS):
            strip = slice(begin, begin + ROWS)
            sigma, theta, good = work.radar(image, strip)
            found, seen = means(
                self.place[strip], number, good, (sigma, theta, *work.crossed(image, strip))
            )
            for total, part in zip(totals, found, strict=True):
                total += np.where(seen > 0, part, 0.0) * seen
            count += seen
        with np.errstate(invalid="ignore", divide="ignore"):
            sigma, theta, *vh = totals / count
        possible = np.bincount(self.place[self.place >= 0], minlength=number)
        land = np.where(work.hidden(sigma, *vh), CODE["plants_hide_soil"], 0)
        few = (count > 0) & (count < work.settings.least_share * possible)
        land = np.where(few, CODE["few_pixels"], land)
        return retrieval_of_averages(
            work.networks,
            sigma,
            theta,
            self.ndvi[nearest_date(self.dates, image.time)],
            count,
            land,
            np.full(number, NONE),
            work.settings.ndvi_max,
        )
