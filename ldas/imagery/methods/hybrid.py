"""Change detection as a further input of S2MP's network (Nativel et al. 2022)."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ldas.config.hybrid_group import Hybrid
from ldas.core.errors import UserError
from ldas.imagery.change_series import Series, prepare
from ldas.imagery.methods.change_detection import LAYOUT as PLAIN
from ldas.imagery.methods.change_detection import checked, saturation_of, written
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout
from ldas.imagery.series_product import sizes_of
from retrieval.change_detection import References
from retrieval.hybrid import FLAGS, hybrid
from retrieval.training import HYBRID, SHIPPED, Trained, read_networks

LAYOUT = Layout(
    (
        Field("ssm", "m3 m-3", "surface soil moisture, 0 to 5 cm"),
        Field("ssm_uncertainty", "m3 m-3", "one standard error of ssm"),
        *PLAIN.fields[2:],
    ),
    FLAGS,
    {
        **PLAIN.hints,
        "backscatter_range": "sigma0 lies outside that of any soil; is sigma_units right?",
        "dense_plants": "ndvi lies above ndvi_max everywhere",
    },
)


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the images of a namelist; raises UserError for what is wrong with them."""
    s: Hybrid = given["retrieval"]
    work, net = prepare(namelist, s), _network(namelist, s)
    yield sizes_of(work)
    yield checked(work, s, LAYOUT, _values_of(s, net))


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    s: Hybrid = given["retrieval"]
    work, net = prepare(namelist, s), _network(namelist, s)
    attributes = {
        "title": "Surface soil moisture by change detection and a network",
        "references": "Nativel et al. (2022), doi:10.3390/rs14102434",
    }
    return written(work, s, LAYOUT, attributes, _values_of(s, net), info)


def _network(namelist: Path, s: Hybrid) -> Trained:
    path = SHIPPED if s.networks is None else namelist.absolute().parent / s.networks
    try:
        return read_networks(path)[HYBRID]
    except (ValueError, KeyError) as error:
        raise UserError(
            f"&retrieval networks: {s.networks} has no network '{HYBRID}' ({error})"
        ) from None


def _values_of(s: Hybrid, net: Trained) -> Callable[[References, Series], Mapping[str, np.ndarray]]:
    def values(known: References, part: Series) -> Mapping[str, np.ndarray]:
        plain = saturation_of(s, known, part)
        flag = np.where(part.code != 0, part.code, plain.flag)
        wet, error, flag = hybrid(
            net, part.sigma, part.theta, part.ndvi, plain.index, flag, s.ndvi_max
        )
        return {
            "ssm": wet,
            "ssm_uncertainty": error,
            "n_pixels": part.pixels,
            QUALITY: flag,
        }

    return values


RETRIEVAL = Retrieval(Hybrid, found_in, retrieve)
