"""Coarse soil moisture made fine by a network of convolutions that is trained first."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ldas import __version__
from ldas.config.smen_group import SmenSettings
from ldas.config.source_group import ProductSource
from ldas.core.errors import UserError
from ldas.imagery.retrieval import Retrieval
from ldas.imagery.retrieval_file import QUALITY, Field, Layout, RetrievalFile
from ldas.imagery.smen_days import Day, Work, prepare
from retrieval.smen import PAST, Smen, jax_numpy, read_smen, unbiased_rmse, write_smen
from retrieval.smen_training import Pairs, applied, optax
from retrieval.smen_training import train as train_network

FLAGS = ("retrieved", "no_coarse", "too_early", "never_seen")
CODE = {name: code for code, name in enumerate(FLAGS)}
HINTS = {
    "": "the coarse source has no value in any cell; does it cover them?",
    "no_coarse": "the coarse source has no value in any cell; does it cover them?",
    "too_early": f"{PAST} earlier days with coarse and fine values are needed; see least_share",
    "never_seen": "the fine source does not cover the cells",
}


def found_in(namelist: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the products of a namelist; raises UserError for what is wrong with them."""
    work = prepare(namelist, given)
    for one in (work.coarse, work.fine):
        times = [stamp.time for stamp in one.stamps]
        yield (
            f"&source '{one.settings.name}': {len(times)} fields of {one.product.variable} "
            f"[{one.product.units}], {times[0]} to {times[-1]}"
        )
    net = _network(work)
    error = f"{net.error:.4f} {work.fine.units}"
    yield f"network of {net.about['pairs']} days, one standard error {error}"
    found = ((day.time, _flags(net, day)) for day in _asked_for(work))
    seen = ((time, {"ssm": np.where(f == 0, 0.0, np.nan), QUALITY: f}) for time, f in found)
    first = _layout(work).first_value(work.path.name, seen)
    yield f"{first}: a first value can be retrieved"


def train(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Train the network of a namelist; returns its path. Raises UserError for bad input."""
    work = prepare(namelist, given)
    _needed(jax_numpy)
    _needed(optax)
    s, times, pairs = work.settings, *_pairs(work)
    until = times[-1] if s.train_until is None and times.size else s.train_until
    cut = int(np.searchsorted(times, until, side="right")) if times.size else 0
    one, two = pairs.part(slice(0, cut)), pairs.part(slice(cut, times.size))
    info(f"{cut} days of {work.lat.size} x {work.lon.size} cells train, {times.size - cut} test")
    about = {**work.about(), "pairs": cut, "made_by": f"ldas {__version__}"}
    try:
        net = train_network(one, s.inputs, s.epochs, s.rate, s.seed, about, info)
    except ValueError as error:
        raise UserError(f"{work.path.name}: {error}: days with both, up to train_until") from None
    info(f"uRMSE [{work.fine.units}]: days that train, later days")
    found = {"coarse, as it is": lambda p: p.coarse, f"network, {s.inputs}": partial(applied, net)}
    for name, of in found.items():
        numbers = [f"{unbiased_rmse(of(p), p.fine):.4f}" for p in (one, two) if p.fine.size]
        info(f"  {name}: {', '.join(numbers)}")
    write_smen(work.network, net)
    return work.network


def retrieve(namelist: Path, given: Mapping[str, Any], info: Callable[[str], None]) -> Path:
    """Write the product of a namelist; returns its path. Raises UserError for bad input."""
    work = prepare(namelist, given)
    net, layout = _network(work), _layout(work)
    times = np.array([day.time for day in _asked_for(work)], "datetime64[s]")
    if times.size == 0:
        raise UserError(f"{work.path.name}: no day has a coarse value from start to end")
    attributes = {
        "title": "Soil moisture of a coarse product made fine (SMEN)",
        "source": f"ldas {__version__}, inputs {net.inputs}",
        "namelist": work.path.read_text(),
    }
    with RetrievalFile(
        work.target, {"lat": work.lat, "lon": work.lon}, times, layout, attributes
    ) as out:
        for number, day in enumerate(_asked_for(work)):
            out.write(slice(number, number + 1), slice(None), _fields(net, day))
    out.refuse_nothing()
    cells = work.lat.size * work.lon.size
    for time, number in zip(times, out.retrieved, strict=True):
        info(f"{time}: {number} of {cells} cells")
    return work.target


def _needed(library: Callable[[], object]) -> None:
    """Raise UserError if a library is not installed."""
    try:
        library()
    except ImportError as error:
        raise UserError(str(error)) from None


def _network(work: Work) -> Smen:
    """The network that is there; raises UserError if there is none, or one of other products."""
    _needed(jax_numpy)
    if not work.network.exists():
        raise UserError(
            f"&retrieval network: {work.network} does not exist; `ldas retrieve --train "
            f"{work.path.name}` makes it"
        )
    try:
        net = read_smen(work.network)
    except ValueError as error:
        raise UserError(f"&retrieval network: {error}") from None
    for name, value in work.about().items():
        if net.about.get(name) != value:
            raise UserError(
                f"&retrieval network: {work.network} was trained on {name} {net.about.get(name)}, "
                f"found {value}"
            )
    return net


def _pairs(work: Work) -> tuple[np.ndarray, Pairs]:
    """Times and images of the days with both, that have PAST such days before them."""
    days = [day for day in work.days() if day.fine is not None and len(day.past) == PAST]
    times = np.array([day.time for day in days], "datetime64[s]")
    empty = np.empty((0, *work.shape))
    return times, Pairs(
        np.stack([day.coarse for day in days]) if days else empty,
        np.stack([np.stack(day.past) for day in days]) if days else empty[:, None],
        np.stack([day.fine for day in days if day.fine is not None]) if days else empty,
    )


def _asked_for(work: Work) -> Iterator[Day]:
    """The days from start on; those before only fill the past."""
    start = work.settings.start
    return (day for day in work.days() if start is None or day.time >= start)


def _flags(net: Smen, day: Day) -> np.ndarray:
    """Why there is no value (row, col), 0 where there is one."""
    flag = np.where(np.isfinite(day.coarse), 0, CODE["no_coarse"])
    if net.inputs == "spatial":
        return flag
    if len(day.past) < PAST:
        return np.where(flag == 0, CODE["too_early"], flag)
    seen = np.isfinite(np.stack(day.past)).any(axis=0)
    return np.where((flag == 0) & ~seen, CODE["never_seen"], flag)


def _fields(net: Smen, day: Day) -> Mapping[str, np.ndarray]:
    flag, empty = _flags(net, day), np.full(day.coarse.shape, np.nan)
    good = flag == 0
    if not good.any():
        return {"ssm": empty, "ssm_uncertainty": empty, QUALITY: flag}
    past = np.stack([*[empty] * (PAST - len(day.past)), *day.past])
    found = np.where(good, net(day.coarse, past), np.nan)
    return {"ssm": found, "ssm_uncertainty": np.where(good, net.error, np.nan), QUALITY: flag}


def _layout(work: Work) -> Layout:
    units = work.fine.units
    fields = (
        Field("ssm", units, "surface soil moisture of the coarse product, made fine"),
        Field("ssm_uncertainty", units, "one standard error of ssm"),
    )
    return Layout(fields, FLAGS, HINTS)


RETRIEVAL = Retrieval(SmenSettings, found_in, retrieve, {"source": ProductSource}, train)
