"""SMAP's brightness temperature made fine by Sentinel-1, and inverted (Das et al. 2019)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.smap_s1_group import SmapS1
from ldas.core.errors import Problems, UserError
from ldas.core.netcdf_input import find_inputs
from ldas.imagery.image_stack import Image
from ldas.imagery.radar_inputs import RadarWork
from ldas.imagery.radar_inputs import prepare as prepare_images
from ldas.imagery.radiometer import FIELDS, Radiometer, open_radiometer
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout, RetrievalFile
from ldas.imagery.scene import Scene, strips
from ldas.io.netcdf import refuse_to_overwrite, writable_folder
from retrieval.s2mp import FLAGS as SCENE_FLAGS
from retrieval.smap_s1 import beta_by_series, beta_snapshot, disaggregated, foliage, gamma, means
from retrieval.tau_omega import ANGLE, single_channel_with_error

FLAGS = (
    "retrieved",
    "no_radar",
    "land_cover",
    "slope",
    "frozen",
    "few_pixels",
    "stem_elongation",
    "no_radiometer",
    "no_beta",
    "no_ndvi",
    "dense_plants",
    "no_soil",
)
CODE = {name: code for code, name in enumerate(FLAGS)}
TO_OWN = np.array([CODE.get(name, 0) for name in SCENE_FLAGS], np.int8)
DECIBEL = np.log(10.0) / 10.0
LAYOUT = Layout(
    (
        Field("ssm", "m3 m-3", "surface soil moisture, 0 to 5 cm"),
        Field("ssm_uncertainty", "m3 m-3", "one standard error of ssm"),
        Field("tb_v", "K", "brightness temperature at V polarisation, made fine"),
        Field("beta", "1", "change of emissivity over that of sigma0 VV (linear)"),
        Field("n_pixels", "1", "radar pixels that made the value", "i4"),
    ),
    FLAGS,
    {
        "": "sigma_files do not cover the cells of the product",
        "no_radar": "sigma_files hold no finite value in the cells",
        "land_cover": "none of the classes is among the land cover's",
        "no_radiometer": "radiometer_files hold nothing within hours of the images here",
        "no_beta": "moist soil is not brighter to the radar and darker to the radiometer here; "
        "are there least_pairs? is sigma_units right?",
        "no_ndvi": "ndvi_files do not cover the cells, or the dates, or all is cloud",
        "dense_plants": "the opacity is above most_opacity everywhere",
        "no_soil": "no soil has such a brightness temperature; are the units right?",
    },
)


@dataclass
class Work:
    """Both polarisations of the radar, and the radiometer over the same cells."""

    settings: SmapS1
    vv: RadarWork
    vh: RadarWork
    radiometer: Radiometer
    scenes: list[tuple[Scene, Scene]]


@dataclass(frozen=True)
class Pair:
    """A radar image and what the radiometer saw near it; fine values are (cell,)."""

    vv: np.ndarray
    vh: np.ndarray
    ndvi: np.ndarray
    pixels: np.ndarray
    code: np.ndarray
    coarse: dict[str, np.ndarray] | None


def _prepared(namelist: Path, s: SmapS1) -> Work:
    problems = Problems()
    vv = prepare_images(namelist, s, problems)
    other = s.model_copy(update={"sigma_variable": s.vh_variable, "ndvi_files": []})
    vh = prepare_images(namelist, other, Problems())
    if not np.array_equal(vv.sigma.times, vh.sigma.times):
        raise UserError(
            f"&retrieval vh_variable: '{s.vh_variable}' has other times than '{s.sigma_variable}'"
        )
    files = find_inputs([vv.file(t) for t in s.radiometer_files], "&retrieval radiometer_files")
    refuse_to_overwrite(vv.file(s.output), dict.fromkeys(files), "&retrieval output")
    writable_folder(vv.file(s.output).parent, "&retrieval output")
    lat, lon = (v.ravel() for v in np.meshgrid(vv.lat, vv.lon, indexing="ij"))
    variables = {name: getattr(s, f"{name}_variable") for name in FIELDS}
    radiometer = open_radiometer(s.radiometer_product, variables, files, lat, lon)
    return Work(
        s, vv, vh, radiometer, [(Scene(vv, *part), Scene(vh, *part)) for part in strips(vv)]
    )


def _pair(work: Work, number: int) -> Pair:
    """One image of both polarisations over all cells."""
    images: tuple[Image, Image] = work.vv.sigma.images[number], work.vh.sigma.images[number]
    seen = [[s.averages(i) for s, i in zip(pair, images, strict=True)] for pair in work.scenes]
    vv, vh = ([both[k] for both in seen] for k in (0, 1))

    def joined(parts: list, name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    time = images[0].time
    assert time is not None
    code = TO_OWN[joined(vv, "code")]
    sigma = [joined(parts, "sigma") for parts in (vv, vh)]
    code = np.where((code == 0) & ~np.isfinite(sigma[0] + sigma[1]), CODE["no_radar"], code)
    sigma = [np.where(code == 0, v, np.nan) for v in sigma]
    coarse = work.radiometer.near(time, work.settings.hours)
    if coarse is not None:
        coarse["opacity"] = coarse["opacity"] * np.cos(np.radians(ANGLE))  # at nadir
    return Pair(*sigma, joined(vv, "ndvi"), joined(vv, "pixels"), code, coarse)


def _series_beta(work: Work) -> np.ndarray | None:
    """beta of each coarse cell by regression over all images, if that is asked for."""
    if work.settings.beta != "series":
        return None
    nothing = np.full(work.radiometer.number, np.nan)
    emissivity, vv = [], []
    for number in range(len(work.vv.sigma.images)):
        pair = _pair(work, number)
        c = pair.coarse
        emissivity.append(nothing if c is None else c["tb"] / c["temperature"])
        vv.append(means(pair.vv, work.radiometer.index, work.radiometer.number))
    return beta_by_series(np.stack(emissivity), np.stack(vv), work.settings.least_pairs)


def _fields(work: Work, pair: Pair, in_time: np.ndarray | None) -> dict[str, np.ndarray]:
    """What is written of one pair."""
    s, index, number = work.settings, work.radiometer.index, work.radiometer.number
    empty = np.full(index.size, np.nan)
    out = dict.fromkeys(("ssm", "ssm_uncertainty", "tb_v", "beta"), empty)
    out["n_pixels"] = pair.pixels
    flag = pair.code.copy()
    at = np.maximum(index, 0)
    c = pair.coarse
    if c is None:
        flag[flag == 0] = CODE["no_radiometer"]
        return {**out, QUALITY: flag}
    seen = (index >= 0) & np.isfinite(c["tb"])[at]
    slope = gamma(pair.vv, pair.vh, index, number)
    if in_time is None:
        coarse_vv, coarse_vh = (means(v, index, number) for v in (pair.vv, pair.vh))
        beta = beta_snapshot(
            c["tb"] / c["temperature"], c["opacity"], c["albedo"], coarse_vv, coarse_vh, slope
        )
    else:
        beta = in_time
    tb = disaggregated(c["tb"], c["temperature"], beta, slope, pair.vv, pair.vh, index)
    opacity = c["opacity"][at]
    if s.ndvi_files:
        leaves = foliage(pair.ndvi)
        opacity = opacity * leaves / means(leaves, index, number)[at]
    for where, reason in (
        (~seen, "no_radiometer"),
        (~np.isfinite(tb), "no_beta"),
        (~np.isfinite(opacity), "no_ndvi"),
        (opacity > s.most_opacity, "dense_plants"),
    ):
        flag[(flag == 0) & where] = CODE[reason]
    good = np.flatnonzero(flag == 0)
    args = [c[name][at][good] for name in ("clay", "temperature")]
    args += [opacity[good], *(c[name][at][good] for name in ("albedo", "roughness"))]
    spread = np.hypot(s.tb_error, args[1] * beta[at][good] * pair.vv[good] * DECIBEL * s.noise)
    moisture, error = single_channel_with_error(tb[good], spread, *args)
    flag[good[~np.isfinite(moisture)]] = CODE["no_soil"]
    for name, values in (("ssm", moisture), ("ssm_uncertainty", error)):
        out[name] = empty.copy()
        out[name][good] = np.where(np.isfinite(moisture), values, np.nan)
    return {**out, "tb_v": tb, "beta": np.where(seen, beta[at], np.nan), QUALITY: flag}


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the images of a namelist; raises UserError for what is wrong with them."""
    work = _prepared(namelist, given["retrieval"])
    yield _sizes(work)
    in_time = _series_beta(work)
    found = (
        (image.time, _fields(work, _pair(work, number), in_time))
        for number, image in enumerate(work.vv.sigma.images)
    )
    yield f"{LAYOUT.first_value(namelist.name, found)}: a first value can be retrieved"


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    work = _prepared(namelist, given["retrieval"])
    target = work.vv.file(work.settings.output)
    info(_sizes(work))
    attributes = {
        "title": "Surface soil moisture from SMAP and Sentinel-1",
        "source": f"ldas {__version__}",
        "references": "Das et al. (2019), doi:10.1016/j.rse.2019.111380",
        "namelist": work.vv.path.read_text(),
    }
    axes, in_time = {"lat": work.vv.lat, "lon": work.vv.lon}, _series_beta(work)
    with RetrievalFile(target, axes, work.vv.sigma.times, LAYOUT, attributes) as out:
        for number in range(len(work.vv.sigma.images)):
            found = _fields(work, _pair(work, number), in_time)
            out.write(slice(number, number + 1), slice(None), found)
    out.refuse_nothing()
    for number, image in enumerate(work.vv.sigma.images):
        info(f"{image.time}: {out.retrieved[number]} of {work.radiometer.index.size} cells")
    return target


def _sizes(work: Work) -> str:
    stamps = work.radiometer.products["tb"].stamps
    return (
        f"{len(work.vv.sigma.images)} radar images, {len(stamps)} hours of the radiometer "
        f"({stamps[0].time} to {stamps[-1].time}), {work.radiometer.index.size} cells in "
        f"{work.radiometer.number} of the radiometer's"
    )


RETRIEVAL = Retrieval(SmapS1, found_in, retrieve)
