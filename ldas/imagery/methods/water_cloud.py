"""The water cloud model (Attema and Ulaby 1978) of each place, inverted for its moisture."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.source_group import ProductSource
from ldas.config.water_cloud_group import WaterCloud
from ldas.imagery.change_series import Series
from ldas.imagery.methods.change_detection import LAYOUT as PLAIN
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout
from ldas.imagery.series_product import ValuesOf, first_value, sizes_of, write_series
from ldas.imagery.water_cloud_fit import PER_NDVI, Parameters, keep, parameters, prepared
from observation_ops.backscatter import MOISTURE, backscatter, moisture_of, seen_through
from retrieval.change_detection import FLAGS as CHANGE_FLAGS

WITHIN = 2.0  # standard deviations of the fit, beyond which it is no soil from dry to wet
BETWEEN = (MOISTURE[0] + 1e-6, MOISTURE[1] - 1e-6)
FLAGS = (*CHANGE_FLAGS, "few_pairs", "poor_fit", "no_such_soil")
CODE = {name: code for code, name in enumerate(FLAGS)}
LAYOUT = Layout(
    (
        Field("ssm", "m3 m-3", "surface soil moisture, as deep as what was fitted to"),
        Field("ssm_uncertainty", "m3 m-3", "one standard error of ssm"),
        *PLAIN.fields[2:],
    ),
    FLAGS,
    {
        **PLAIN.hints,
        "few_pairs": "there are fewer pairs of an orbit than min_pairs; are the images of the same "
        "time as the &source?",
        "poor_fit": "the fit goes with the backscatter less than r_min everywhere",
        "no_such_soil": "no soil gives such a backscatter; is sigma_units right?",
        "plants_hide_soil": "less than seen_min comes through the plants everywhere",
    },
)


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the images of a namelist; raises UserError for what is wrong with them."""
    work = prepared(namelist, given)
    yield sizes_of(work.radar)
    known = parameters(work)
    yield _told(known, work.settings)
    yield first_value(work.radar, LAYOUT, _values_of(known, work.settings))


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    work = prepared(namelist, given)
    info(sizes_of(work.radar))
    known = parameters(work)
    info(_told(known, work.settings))
    about = {
        "title": "Surface soil moisture by a water cloud model of each place",
        "source": f"ldas {__version__}, soil {known.law}",
        "references": "Attema and Ulaby (1978), doi:10.1029/RS013i002p00357",
    }
    target = write_series(work.radar, LAYOUT, about, _values_of(known, work.settings), info)
    keep(work, known)
    return target


def _told(known: Parameters, s: WaterCloud) -> str:
    """How good the fit is, in words."""
    r, error = known.cells["r"], known.cells["error"]
    if not np.isfinite(r).any():
        return f"{known.orbits} orbits, no cell with a pair"
    return (
        f"{known.orbits} orbits; {100.0 * (r >= s.r_min).mean():.0f} % of the cells fit with "
        f"R of {s.r_min:g}; medians: R {np.nanmedian(r):.2f}, left {np.nanmedian(error):.2f} dB"
    )


def _values_of(known: Parameters, s: WaterCloud) -> ValuesOf:
    def values(part: Series) -> Mapping[str, np.ndarray]:
        images = [_fields(known, part, number, s) for number in range(part.sigma.shape[0])]
        return {name: np.stack([one[name] for one in images]) for name in images[0]}

    return values


def _fields(
    known: Parameters, part: Series, number: int, s: WaterCloud
) -> Mapping[str, np.ndarray]:
    """What is written of one image over some rows."""
    sigma, theta = part.sigma[number], part.theta[number]
    plants = PER_NDVI * np.maximum(part.ndvi[number], 0.0)
    orbit = known.orbit_of(theta, part.rows)
    place = known.signature(orbit, part.rows)
    noise = known.cells["error"][part.rows].ravel()
    limits = [backscatter(np.full(sigma.shape, m), plants, place, known.law) for m in BETWEEN]
    held = np.clip(sigma, *limits)
    with np.errstate(invalid="ignore"):
        held = np.where(np.abs(held - sigma) <= WITHIN * noise, held, sigma)
    found, sensitivity = moisture_of(held, plants, place, known.law)
    flag = part.code[number].astype(np.int8)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = noise / sensitivity
        for where, reason in (
            (~np.isfinite(sigma + theta), "no_radar"),
            (orbit < 0, "few_pairs"),
            (~np.isfinite(plants), "no_ndvi"),
            (~(known.of_orbit("count", orbit, part.rows) >= s.min_pairs), "few_pairs"),
            (~(known.cells["r"][part.rows].ravel() >= s.r_min), "poor_fit"),
            (~(seen_through(plants, place) >= s.seen_min), "plants_hide_soil"),
            (~np.isfinite(found), "no_such_soil"),
        ):
            flag[(flag == 0) & where] = CODE[reason]
    return {
        "ssm": np.where(flag == 0, found, np.nan),
        "ssm_uncertainty": np.where(flag == 0, error, np.nan),
        "n_pixels": part.pixels[number],
        QUALITY: flag,
    }


RETRIEVAL = Retrieval(WaterCloud, found_in, retrieve, {"source": ProductSource})
