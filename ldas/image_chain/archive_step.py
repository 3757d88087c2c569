"""The step `download`: what the archive has of the cells, fetched by several threads."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from ldas.config.namelist import expand_path
from ldas.core.errors import Problems, UserError
from ldas.io.netcdf import writable_folder

from .archive import Product, credentials_of, search
from .chain import Chain, Progress, Say
from .download import Fetcher

SHOWN = 20  # products that a list names


def wanted(chain: Chain) -> tuple[list[Product], list[str]]:
    """The products of the cells and the period, and lines on those left out."""
    i = chain.images
    if i.start is None or i.end is None:
        raise UserError("&images start and end: missing; the step download needs them")
    if not chain.archive.url:
        raise UserError("&archive url: missing; the step download needs it")
    period = f"{i.start}Z/{i.end}Z"
    found, left = search(chain.archive, chain.grid.bounds(), period)
    if not found:
        raise UserError(
            "&archive: the archive has no product of the cells and the period"
            + (f"; left out: {left[0]}" if left else "")
        )
    return found, left


def folder_of(chain: Chain) -> Path:
    """Where products are kept."""
    return expand_path(chain.archive.folder, chain.path.parent)


def check_download(chain: Chain) -> Iterator[str]:
    """What would be downloaded: how many, how large, and which are there."""
    found, left = wanted(chain)
    fetcher = Fetcher(
        folder_of(chain), chain.archive, credentials_of(chain.archive), threading.Event()
    )
    lost = [product for product in found if not fetcher.is_there(product)]
    known = [product.size for product in lost if product.size is not None]
    size = f"{sum(known) / 2**30:.2f} GiB"
    if len(known) < len(lost):
        size += f" and {len(lost) - len(known)} of a size that the archive does not tell"
    yield f"download: {len(found)} products, {len(found) - len(lost)} are there, to fetch: {size}"
    for product in lost[:SHOWN]:
        told = "" if product.size is None else f", {product.size / 2**20:.0f} MiB"
        yield f"  {product.name}{told}"
    if len(lost) > SHOWN:
        yield f"  and {len(lost) - SHOWN} more"
    yield from left


def download(chain: Chain, say: Say) -> None:
    """Fetch what is not there yet; raises UserError naming every product that cannot be had."""
    found, left = wanted(chain)
    for line in left:
        say(line)
    folder = folder_of(chain)
    writable_folder(folder, "&archive folder")
    folder.mkdir(parents=True, exist_ok=True)
    stop, problems, progress = threading.Event(), Problems(), Progress(len(found), say)
    fetcher = Fetcher(folder, chain.archive, credentials_of(chain.archive), stop)
    with ThreadPoolExecutor(chain.archive.workers) as workers:
        try:
            waiting = {}
            for product in found:
                if fetcher.is_there(product):
                    progress.skipped(f"{product.name} is there")
                else:
                    waiting[workers.submit(fetcher.fetch, product)] = product
            for one in as_completed(waiting):
                try:
                    size = one.result().stat().st_size / 2**20
                    progress.finished(f"fetched {waiting[one].name}, {size:.0f} MiB")
                except UserError as error:
                    problems.add(error)
        except BaseException:
            stop.set()
            workers.shutdown(wait=False, cancel_futures=True)
            raise
    problems.raise_if_any()
