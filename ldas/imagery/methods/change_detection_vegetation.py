"""Change detection under plants (Zribi et al. 2008, Gao et al. 2017, Nativel et al. 2022)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.change_detection_groups import ChangeDetectionVegetation
from ldas.core.errors import UserError
from ldas.core.netcdf_input import open_input
from ldas.imagery.change_series import Known, Series, prepare, series
from ldas.imagery.methods.change_detection import LAYOUT as PLAIN
from ldas.imagery.methods.change_detection import checked, saturation_of, written
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout
from ldas.imagery.series_product import sizes_of
from retrieval.change_detection import CODE, FLAGS, References, changes
from retrieval.change_detection_vegetation import Changes, moisture

LAYOUT = Layout(
    (
        Field("ssm", "m3 m-3", "surface soil moisture"),
        Field("ssm_uncertainty", "m3 m-3", "one standard error of ssm"),
        *PLAIN.fields[2:],
    ),
    FLAGS,
    PLAIN.hints,
)
LINE = ("largest_change_slope", "largest_change_intercept")


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the images of a namelist; raises UserError for what is wrong with them."""
    s: ChangeDetectionVegetation = given["retrieval"]
    work = _prepared(namelist, s)
    yield sizes_of(work)
    line = _line(work, s)
    yield _told(line)
    yield checked(work, s, LAYOUT, _values_of(s, line))


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    s: ChangeDetectionVegetation = given["retrieval"]
    work = _prepared(namelist, s)
    line = _line(work, s)
    info(_told(line))
    attributes = {
        "title": "Surface moisture by change detection under plants",
        "references": "Gao et al. (2017), doi:10.3390/s17091966",
    }
    more = dict(zip(LINE, line, strict=True))
    return written(work, s, LAYOUT, attributes, _values_of(s, line), info, more)


def _prepared(namelist: Path, s: ChangeDetectionVegetation) -> RadarWork:
    if s.driest >= s.wettest:
        raise UserError(
            f"{namelist.name}: &retrieval wettest: found {s.wettest:g}; must be above driest "
            f"({s.driest:g})"
        )
    return prepare(namelist, s)


def _line(work: RadarWork, s: ChangeDetectionVegetation) -> tuple[float, float]:
    """The largest change as a line in NDVI: as kept, or from all images and cells."""
    if s.parameter_file is not None:
        path = work.file(s.parameter_file)
        with open_input(path, "&retrieval parameter_file") as dataset:
            if any(name not in dataset.ncattrs() for name in LINE):
                raise UserError(f"{path}: no attributes {' and '.join(LINE)}; of another method?")
            slope, intercept = (float(dataset.getncattr(name)) for name in LINE)
            return slope, intercept
    known, gathered = Known(work, s), Changes()
    for part in series(work):
        found = known.of(part)
        change, _ = changes(found, part.sigma, part.theta, s.noise)
        usable = (found.sensitivity >= s.least_sensitivity) & (found.number >= s.least_images)
        usable &= found.contrast >= s.least_contrast
        gathered.add(part.ndvi, np.where(usable, change, np.nan))
    try:
        return gathered.largest()
    except ValueError as error:
        raise UserError(
            f"{work.path.name}: not a single value could be retrieved: no line of the largest "
            f"change against NDVI ({error}); do ndvi_files cover the cells, and are there "
            f"least_images ({s.least_images}) images?"
        ) from None


def _told(line: tuple[float, float]) -> str:
    return f"largest change: {line[1]:.2f} dB at NDVI 0, {line[0] + line[1]:.2f} dB at NDVI 1"


def _values_of(
    s: ChangeDetectionVegetation, line: tuple[float, float]
) -> Callable[[References, Series], Mapping[str, np.ndarray]]:
    def values(known: References, part: Series) -> Mapping[str, np.ndarray]:
        plain = saturation_of(s, known, part)
        change, error = changes(known, part.sigma, part.theta, s.noise)
        wet, sd = moisture(change, error, part.ndvi, line, s.least_change, (s.driest, s.wettest))
        flag = np.where(part.code != 0, part.code, plain.flag)
        flag = np.where((flag == 0) & ~np.isfinite(part.ndvi), CODE["no_ndvi"], flag)
        flag = np.where((flag == 0) & ~np.isfinite(wet), CODE["dense_plants"], flag)
        return {
            "ssm": np.where(flag == 0, wet, np.nan),
            "ssm_uncertainty": np.where(flag == 0, sd, np.nan),
            "n_pixels": part.pixels,
            QUALITY: flag,
        }

    return values


RETRIEVAL = Retrieval(ChangeDetectionVegetation, found_in, retrieve)
