"""One strip of cells of S2MP: what the weather says of the soil, and its inversion."""

from dataclasses import replace

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
from retrieval.texture import of_place

HIDDEN = CODE["plants_hide_soil"]


def retrieve(work: Work, scene: Scene, image: Image) -> Cells:
    """The cells of one radar image, of the texture of their soils where that is known."""
    found = _of_mean_soil(work, scene, image)
    if work.texture is None:
        return found
    part = slice(scene.first_cell, scene.first_cell + scene.cells)
    clay, sand = (values.ravel()[part] for values in work.texture)
    moisture, error = of_place(found.moisture, found.error, clay, sand)
    return replace(found, moisture=moisture, error=error)


def _of_mean_soil(work: Work, scene: Scene, image: Image) -> Cells:
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
    seen = (sigma, theta, *work.crossed(image, scene.strip))
    (mean, angle, *vh), _ = means(scene.radar.index(), number, there, seen)
    land, frozen = scene.land_codes(image.time), scene.frozen(image.time)
    land = np.where((land == 0) & frozen[np.maximum(scene.cell, 0)], CODE["frozen"], land)
    land = np.where((land == 0) & _hidden(work, scene, land, mean, vh), HIDDEN, land)
    ndvi = scene.ndvi[nearest_date(scene.dates, image.time)]
    return averaged_retrievals(
        work.networks, mean, angle, ndvi, land, scene.cell, prior, work.settings.least_share,
        work.settings.ndvi_max,
    )  # fmt: skip


def _hidden(
    work: Work, scene: Scene, land: np.ndarray, vv: np.ndarray, vh: list[np.ndarray]
) -> np.ndarray:
    """Where plants hide the soil of a pixel, or on average that of its cell: single pixels are
    too noisy for the few that chance lets through to stand for a cell."""
    if not vh:
        return work.hidden(vv)
    good = (land == 0) & np.isfinite(vv + vh[0])
    whole, _ = means(scene.cell, scene.cells, good, (vv, *vh))
    return work.hidden(vv, *vh) | work.hidden(*whole)[np.maximum(scene.cell, 0)]


def prior_of(work: Work, scene: Scene, time: np.datetime64) -> np.ndarray:
    """Which prior knowledge the weather before a time gives (cell,)."""
    s = work.settings
    found = scene.weather(time)
    if found is None:
        return np.full(scene.cells, NONE)
    return prior_knowledge(*found, s.dry_days, s.dry_rain, s.wet_days, s.wet_rain)
