"""Change detection by the references of each cell (Bauer-Marschallinger et al. 2019)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.change_detection_groups import ChangeDetection
from ldas.imagery.change_series import Known, Series, prepare
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout
from ldas.imagery.series_product import first_value, sizes_of, write_series
from retrieval.change_detection import FLAGS, References, Saturation, saturation

LAYOUT = Layout(
    (
        Field("ssm", "percent", "relative surface moisture between the dry and wet reference"),
        Field("ssm_uncertainty", "percent", "one standard error of ssm"),
        Field("n_pixels", "1", "radar pixels that made the value", "i4"),
    ),
    FLAGS,
    {
        "": "sigma_files do not cover the cells of the product",
        "no_radar": "sigma_files hold no finite value in the cells",
        "angle": "theta lies outside 20 to 60 degrees; in radians?",
        "land_cover": "none of the classes is among the land cover's",
        "few_images": "there are fewer images than least_images; read years of them, or name a "
        "parameter_file",
        "little_sensitivity": "the series vary less than least_sensitivity; is sigma_units right?",
        "all_noise": "images that follow each other differ as much as the driest and the wettest; "
        "single pixels of speckle?",
        "no_ndvi": "ndvi_files do not cover the cells, or the dates, or all is cloud",
        "dense_plants": "the soil is not seen at any NDVI; see least_change",
    },
)


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the images of a namelist; raises UserError for what is wrong with them."""
    work = prepare(namelist, given["retrieval"])
    yield sizes_of(work)
    yield checked(work, given["retrieval"], LAYOUT, _values_of(given["retrieval"]))


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    s: ChangeDetection = given["retrieval"]
    work = prepare(namelist, s)
    attributes = {
        "title": "Relative surface moisture by change detection",
        "references": "Bauer-Marschallinger et al. (2019), doi:10.1109/TGRS.2018.2858004",
    }
    return written(work, s, LAYOUT, attributes, _values_of(s), info)


def saturation_of(s: ChangeDetection, known: References, part: Series) -> Saturation:
    """Relative moisture of a series, by the limits of the namelist."""
    return saturation(
        known,
        part.sigma,
        part.theta,
        s.noise,
        s.least_sensitivity,
        s.least_images,
        s.least_contrast,
    )


def _values_of(s: ChangeDetection) -> Callable[[References, Series], Mapping[str, np.ndarray]]:
    def values(known: References, part: Series) -> Mapping[str, np.ndarray]:
        found = saturation_of(s, known, part)
        return {
            "ssm": 100.0 * found.index,
            "ssm_uncertainty": 100.0 * found.error,
            "n_pixels": part.pixels,
            QUALITY: np.where(part.code != 0, part.code, found.flag),
        }

    return values


def checked(
    work: RadarWork,
    s: ChangeDetection,
    layout: Layout,
    values_of: Callable[[References, Series], Mapping[str, np.ndarray]],
) -> str:
    """A line about the first value there would be; raises UserError if there is none."""
    known = Known(work, s)
    return first_value(work, layout, lambda part: values_of(known.of(part), part))


def written(
    work: RadarWork,
    s: ChangeDetection,
    layout: Layout,
    attributes: Mapping[str, str],
    values_of: Callable[[References, Series], Mapping[str, np.ndarray]],
    info: Callable[[str], None],
    more: Mapping[str, float] | None = None,
) -> Path:
    """The product, and the references if they are to be kept; returns the product's path."""
    info(sizes_of(work))
    known = Known(work, s)
    about = {**attributes, "source": f"ldas {__version__}"}
    target = write_series(work, layout, about, lambda part: values_of(known.of(part), part), info)
    known.keep(dict(more or {}))
    return target


RETRIEVAL = Retrieval(ChangeDetection, found_in, retrieve)
