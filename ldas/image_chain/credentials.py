"""What is told of addresses, and to which hosts credentials go."""

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from ldas.core.errors import UserError


def told(url: str) -> str:
    """An address for messages: without user, password and query, which may be secrets."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{host}{port}{parts.path}"[:200]


def host_of(url: str) -> str:
    """The host of an address, '' for none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


class Credentials:
    """A bearer token of the environment, for some hosts alone; netrc is looked up by host."""

    def __init__(self, variable: str, hosts: Sequence[str]) -> None:
        self._token = os.environ.get(variable, "")
        self.hosts = {host.lower() for host in hosts}
        if any(c in self._token for c in "\r\n"):
            raise UserError(f"${variable}: holds a line break; no token")

    def headers(self, url: str) -> dict[str, str]:
        """What is sent to an address."""
        known = bool(self._token) and host_of(url) in self.hosts
        return {"Authorization": f"Bearer {self._token}"} if known else {}

    def login(self, url: str) -> tuple[str, str] | None:
        """User and password of netrc for an address whose host is among those allowed."""
        if host_of(url) not in self.hosts:
            return None
        from requests.utils import get_netrc_auth

        return get_netrc_auth(url)

    def __repr__(self) -> str:
        return "Credentials(...)"
