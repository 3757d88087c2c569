"""One strip of cells of S2MP: what the weather says of the soil, and its inversion."""

import numpy as np

from ldas.imagery.image_stack import Image
from ldas.imagery.s2mp_inputs import Work
from ldas.imagery.scene import Scene
from retrieval.ndvi import nearest_date
from retrieval.prior import NONE, prior_knowledge
from retrieval.s2mp import (
    CODE,
    Cells,
    averaged_retrievals,
    means,
    retrieval_of_averages,
)


def retrieve(work: Work, scene: Scene, image: Image) -> Cells:
    """The cells of one radar image, inverted before or after they are averaged."""
    assert image.time is not None
    prior = prior_of(work, scene, image.time)
    if work.settings.form == "s1s3":
        found = scene.averages(image)
        return retrieval_of_averages(
            work.networks, found.sigma, found.theta, found.ndvi, found.pixels, found.code, prior,
            work.settings.ndvi_max,
        )  # fmt: skip
    sigma, theta, there = work.radar(image, scene.strip)
    number = scene.pixel_lat.size * scene.pixel_lon.size
    (mean, angle), _ = means(scene.radar.index(), number, there, (sigma, theta))
    land, frozen = scene.land_codes(image.time), scene.frozen(image.time)
    land = np.where((land == 0) & frozen[np.maximum(scene.cell, 0)], CODE["frozen"], land)
    ndvi = scene.ndvi[nearest_date(scene.dates, image.time)]
    return averaged_retrievals(
        work.networks, mean, angle, ndvi, land, scene.cell, prior, work.settings.least_share,
        work.settings.ndvi_max,
    )  # fmt: skip


def prior_of(work: Work, scene: Scene, time: np.datetime64) -> np.ndarray:
    """Which prior knowledge the weather before a time gives (cell,)."""
    s = work.settings
    found = scene.weather(time)
    if found is None:
        return np.full(scene.cells, NONE)
    return prior_knowledge(*found, s.dry_days, s.dry_rain, s.wet_days, s.wet_rain)
