"""What a STAC archive has of an area and a period."""

import re
from dataclasses import dataclass
from typing import Any

from ldas.config.images_group import Archive
from ldas.core.errors import UserError

from .credentials import Credentials, host_of, told

MOST_BYTES = 2**26  # of one answer of the archive
MOST_PRODUCTS = 100_000
PAGE = 100
WHOLE = ("product", "safe", "zip", "safe-zip", "safe_zip", "archive")  # assets with all files
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,199}")
AGAIN = (429, 500, 502, 503, 504)
HASHES = {
    "1220": ("sha256", 64),
    "1114": ("sha1", 40),
    "d50110": ("md5", 32),
    "1340": ("sha512", 128),
}


@dataclass(frozen=True)
class Product:
    """One product of an archive: a file to fetch, and what the archive says of it."""

    name: str
    url: str
    size: int | None  # bytes
    checksum: tuple[str, str] | None  # kind of hash, and its hexadecimal digits
    cloud: float | None  # %
    orbit: int | None  # relative


def limited(retries: int, credentials: Credentials) -> Any:
    """An adapter of requests that tries again, and reads no more than MOST_BYTES."""
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry

    class Limited(HTTPAdapter):
        def send(self, request: Any, **more: Any) -> Any:
            request.headers.update(credentials.headers(request.url))
            answer = super().send(request, **{**more, "stream": True})
            content = bytearray()
            for part in answer.iter_content(2**16):
                content += part
                if len(content) > MOST_BYTES:
                    answer.close()
                    raise UserError(
                        f"{told(request.url)}: answers more than {MOST_BYTES >> 20} MiB"
                    )
            answer._content, answer._content_consumed = bytes(content), True
            return answer

    again = Retry(
        total=retries, backoff_factor=0.2, backoff_max=30.0, status_forcelist=AGAIN,
        allowed_methods=None, respect_retry_after_header=False, redirect=5,
    )  # fmt: skip
    return Limited(max_retries=again)


def search(
    settings: Archive, box: tuple[float, float, float, float], period: str
) -> tuple[list[Product], list[str]]:
    """Products of a box (west, south, east, north) and a period (`from/to`), and lines on those
    that are left out.

    Raises UserError where the archive cannot be reached or answers what is no STAC.
    """
    try:
        import pystac_client
    except ImportError:
        raise UserError(
            "&archive: searching needs pystac-client; install it: pip install 'ldas[imagery]'"
        ) from None
    if host_of(settings.url) == "" or not settings.url.startswith(("https://", "http://")):
        raise UserError(f"&archive url: found '{told(settings.url)}'; needed: https://...")
    place = told(settings.url)
    io = pystac_client.stac_api_io.StacApiIO(timeout=settings.patience, max_retries=None)
    for scheme in ("http://", "https://"):
        io.session.mount(scheme, limited(settings.retries, credentials_of(settings)))
    try:
        client = pystac_client.Client.open(settings.url, stac_io=io)
        client.add_conforms_to("ITEM_SEARCH")
        found = client.search(
            collections=settings.collections, bbox=box, datetime=period, limit=PAGE,
            max_items=MOST_PRODUCTS,
        )  # fmt: skip
        items = _items(found, place)
    except UserError:
        raise
    except pystac_client.exceptions.APIError as error:
        if isinstance(error.__context__, UserError):
            raise error.__context__ from None
        status = getattr(error, "status_code", None)
        raise UserError(f"{place}: {_why(status, error.__context__)}") from None
    except Exception as error:  # of many kinds, where what it reads is no STAC
        raise UserError(f"{place}: is no STAC API ({type(error).__name__})") from None
    products: dict[str, Product] = {}
    left: list[str] = []
    for item in items:
        product = _product(item, left)
        if product is not None and _wanted(product, settings):
            products.setdefault(product.name, product)
    return sorted(products.values(), key=lambda p: p.name), left


def _why(status: int | None, cause: BaseException | None) -> str:
    if status in (401, 403):
        return f"wants credentials that it accepts (HTTP {status}; &archive token_variable)"
    if status is None:
        return f"cannot be reached ({type(cause).__name__})"
    return f"answers with an error (HTTP {status})"


def credentials_of(settings: Archive) -> Credentials:
    """The credentials of a namelist's archive."""
    return Credentials(settings.token_variable, settings.hosts or [host_of(settings.url)])


def _items(found: Any, place: str) -> list[dict[str, Any]]:
    """Items of all pages; raises UserError for pages that repeat what was there."""
    items: dict[str, dict[str, Any]] = {}
    for page in found.pages_as_dicts():
        before, mine = len(items), page.get("features", [])
        items |= {str(item.get("id")): item for item in mine}
        if mine and len(items) == before:
            raise UserError(f"{place}: sends the same page over and over")
    return list(items.values())


def _product(item: dict[str, Any], left: list[str]) -> Product | None:
    """The file of an item; None, with a line, where there is none that can be used."""
    name = str(item.get("id", ""))
    if NAME.fullmatch(name) is None or ".." in name:
        left.append(f"a product with the name {name[:60]!r} is left out: no name for a file")
        return None
    assets = item.get("assets") or {}
    whole = [
        asset
        for key, asset in assets.items()
        if key.lower() in WHOLE or asset.get("type") in ("application/zip", "application/x-zip")
    ]
    urls = [a for a in whole if str(a.get("href", "")).startswith(("https://", "http://"))]
    if not urls:
        left.append(f"{name}: no asset with the whole product at an address of http(s)")
        return None
    asset, more = urls[0], item.get("properties") or {}
    return Product(
        name=name.removesuffix(".zip").removesuffix(".SAFE").removesuffix(".SEN3"),
        url=str(asset["href"]),
        size=_whole_number(asset.get("file:size")),
        checksum=checksum_of(str(asset.get("file:checksum", ""))),
        cloud=_number(more.get("eo:cloud_cover")),
        orbit=_whole_number(more.get("sat:relative_orbit")),
    )


def checksum_of(multihash: str) -> tuple[str, str] | None:
    """Kind and digits of a checksum as STAC writes it (multihash); None for none that is known."""
    text = multihash.lower().strip()
    for start, (kind, digits) in HASHES.items():
        if text.startswith(start) and re.fullmatch(rf"[0-9a-f]{{{digits}}}", text[len(start) :]):
            return kind, text[len(start) :]
    return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole_number(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 0 <= number < 2**53 else None


def _wanted(product: Product, settings: Archive) -> bool:
    cloudy = product.cloud is not None and product.cloud > settings.cloud_most
    elsewhere = bool(settings.orbits) and product.orbit not in (None, *settings.orbits)
    return not cloudy and not elsewhere
