"""One product fetched: what is there of it is gone on with, and nothing is believed unchecked."""

import hashlib
import os
import random
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from ldas.config.images_group import Archive
from ldas.core.errors import UserError
from ldas.io.netcdf import NO_ROOM

from .archive import AGAIN, Product
from .credentials import Credentials, told

PART = ".part"
PIECE = 2**20
REDIRECTS = 5
SLOWEST = 1024  # bytes a second, of a connection that is waited for
SPARE = 2**28  # bytes that stay free on the disk


class Refused(Exception):
    """What no further attempt will change."""


class Failed(Exception):
    """What another attempt may change, and how long the server asks to wait (s)."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Fetcher:
    """Fetches products into a folder; several threads may use it at a time."""

    def __init__(
        self, folder: Path, settings: Archive, credentials: Credentials, stop: threading.Event
    ) -> None:
        self.folder, self.settings, self.credentials, self.stop = (
            folder,
            settings,
            credentials,
            stop,
        )

    def path(self, product: Product) -> Path:
        """Where a product is kept."""
        kind = "SEN3" if product.name.startswith("S3") else "SAFE"
        return self.folder / f"{product.name}.{kind}.zip"

    def is_there(self, product: Product) -> bool:
        """Whether a whole product is there; what has another size is not."""
        path = self.path(product)
        return path.exists() and product.size in (None, path.stat().st_size)

    def fetch(self, product: Product) -> Path:
        """Fetch a product; raises UserError naming it where all attempts fail."""
        path = self.path(product)
        if self.is_there(product):
            return path
        part = path.with_name(path.name + PART)
        why = ""
        for attempt in range(self.settings.retries + 1):
            if self.stop.is_set():
                raise UserError(f"{product.name}: stopped")
            try:
                self._attempt(product, part)
                _check(product, part)
                with part.open("rb") as file:
                    os.fsync(file.fileno())
                part.replace(path)
                return path
            except Refused as error:
                raise UserError(f"{product.name}: {error}") from None
            except Failed as error:
                why = str(error)
                if attempt < self.settings.retries:
                    self._wait(attempt, error.wait)
        raise UserError(
            f"{product.name}: {why}, after {self.settings.retries + 1} attempts; what is there is "
            "kept, the same command goes on"
        )

    def _wait(self, attempt: int, asked: float | None) -> None:
        """Longer from time to time, never all threads at once, never longer than the patience."""
        pause = min(2.0**attempt * (0.5 + random.random()), self.settings.patience)
        self.stop.wait(min(max(pause, asked or 0.0), self.settings.patience))

    def _attempt(self, product: Product, part: Path) -> None:
        begun = part.stat().st_size if part.exists() else 0
        if product.size is not None and begun > product.size:
            part.unlink()
            begun = 0
        if product.size is not None and begun == product.size:
            return
        most = int(self.settings.largest * 2**30)
        if product.size is not None and product.size > most:
            raise Refused(
                f"has {product.size / 2**30:.1f} GiB, more than &archive largest = "
                f"{self.settings.largest:g}"
            )
        from requests.exceptions import RequestException
        from urllib3.exceptions import HTTPError

        try:
            with self._open(product.url, begun) as answer:
                self._take(answer, product, part, begun, most)
        except (RequestException, HTTPError, OSError) as error:
            if getattr(error, "errno", None) in NO_ROOM:
                raise Refused(f"{part}: cannot be written ({error.strerror})") from None
            kind = type(error).__name__
            raise Failed(f"{told(product.url)}: the connection broke ({kind})") from None

    def _open(self, url: str, begun: int) -> Any:
        """The answer of a server, redirections followed; credentials go to allowed hosts alone."""
        from requests import Session
        from requests.utils import get_environ_proxies

        for _ in range(REDIRECTS + 1):
            if not url.startswith(("https://", "http://")):
                raise Refused(f"'{told(url)}' is no address of http(s)")
            headers = {"Accept-Encoding": "identity", **self.credentials.headers(url)}
            if begun:
                headers["Range"] = f"bytes={begun}-"
            session = Session()
            session.trust_env = False  # netrc is asked below, for the hosts that are allowed
            login = None if "Authorization" in headers else self.credentials.login(url)
            answer = session.get(
                url, headers=headers, auth=login, stream=True, allow_redirects=False,
                timeout=self.settings.patience, proxies=get_environ_proxies(url),
            )  # fmt: skip
            if not answer.is_redirect:
                return answer
            url = urljoin(url, answer.headers["Location"])
            answer.close()
        raise Refused(f"more than {REDIRECTS} redirections")

    def _take(self, answer: Any, product: Product, part: Path, begun: int, most: int) -> None:
        status, place = answer.status_code, told(answer.url)
        if status == 416:  # what is there is not the beginning of what the server has
            part.unlink(missing_ok=True)
            raise Failed(f"{place}: has not what is begun")
        if status in AGAIN:
            raise Failed(f"{place}: HTTP {status}", _seconds(answer.headers.get("Retry-After")))
        if status in (401, 403):
            raise Refused(
                f"{place}: wants credentials that it accepts (HTTP {status}; &archive "
                "token_variable, or netrc, and hosts)"
            )
        if status not in (200, 206):
            raise Refused(f"{place}: HTTP {status}")
        goes_on = status == 206 and begun > 0 and _begins(answer, begun)
        if not goes_on:
            begun = 0
        expected = _whole(answer.headers.get("Content-Length"))
        total = None if expected is None else begun + expected
        if product.size is not None and total is not None and total != product.size:
            part.unlink(missing_ok=True)
            raise Failed(f"{place}: sends {total} bytes, the archive says {product.size}")
        limit = most if product.size is None else product.size
        if total is not None and total > limit:
            raise Refused(f"{place}: sends {total / 2**30:.1f} GiB, more than &archive largest")
        self._refuse_full_disk(product, (total or 0) - begun)
        with part.open("ab" if goes_on else "wb") as out:
            written = begun
            for piece in self._pieces(answer):
                written += len(piece)
                if written > limit:
                    out.close()
                    part.unlink(missing_ok=True)
                    raise Failed(f"{place}: sends more bytes than it said")
                out.write(piece)
                if self.stop.is_set():
                    raise Failed("stopped")
        wanted = product.size if product.size is not None else total
        if wanted is not None and written < wanted:
            raise Failed(f"{place}: the connection ended at {written} of {wanted} bytes")

    def _pieces(self, answer: Any) -> Iterator[bytes]:
        """What comes, as it comes; raises Failed where that is hardly anything."""
        since, taken = time.monotonic(), 0
        while piece := answer.raw.read1(PIECE, decode_content=False):
            yield piece
            taken += len(piece)
            gone = time.monotonic() - since
            if gone > self.settings.patience:
                if taken < SLOWEST * gone:
                    raise Failed(f"{told(answer.url)}: sends less than {SLOWEST} bytes a second")
                since, taken = time.monotonic(), 0

    def _refuse_full_disk(self, product: Product, more: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if more + SPARE > free:
            raise Refused(
                f"{more / 2**30:.1f} GiB have no room on the disk of '{self.folder}' "
                f"({free / 2**30:.1f} GiB free)"
            )


def _check(product: Product, part: Path) -> None:
    """Raise Failed, the file removed, for what is not what the archive says it is."""
    if product.size is not None and part.stat().st_size != product.size:
        part.unlink()
        raise Failed("has another size than the archive says")
    if product.checksum is not None:
        kind, wanted = product.checksum
        with part.open("rb") as file:
            found = hashlib.file_digest(file, kind).hexdigest()
        if found != wanted:
            part.unlink()
            raise Failed(f"has another checksum ({kind}) than the archive says")
    if not zipfile.is_zipfile(part):
        part.unlink()
        raise Failed("is no zip, or a cut one")


def _begins(answer: Any, begun: int) -> bool:
    """Whether a part of a file begins where it was asked to."""
    return str(answer.headers.get("Content-Range", "")).startswith(f"bytes {begun}-")


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _seconds(text: str | None) -> float | None:
    """How long a server asks to wait; dates are not read."""
    return float(text) if text is not None and text.isdigit() else None
