"""Where a request may go: the form of its URL, and the address and port that are really dialled."""

import re
import socket
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from yarl import URL

from services.core.errors import ConfigError
from services.core.ports import FetchError, FetchFailure

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What `is_global` lets through although nobody's news is there.
_REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "192.0.0.0/24",  # protocol assignments, a cloud's metadata service among them
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "168.63.129.16/32",  # a cloud's host agent under a public address
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# IPv6 that is assigned at all (IANA); all that wraps IPv4 but 6to4 and Teredo lies outside it.
_ASSIGNED_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation (RFC 9637)
    )
)
# A host whose last label is a number is an IPv4 address in some spelling (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z", re.IGNORECASE)
_PLAIN_V4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})\Z")
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/]+):([0-9]{1,5})\Z")
_MAX_URL = 8192


@dataclass(slots=True)
class Dial:
    """What one request may dial and, afterwards, why it did not: aiohttp turns our refusal into a connection error."""

    by_name: bool
    refused: FetchError | None = None


current_dial: ContextVar[Dial | None] = ContextVar("current_dial", default=None)


class Guard:
    """Decides by URL and by dialled address. `allow` opens holes: networks (every port) or host:port (exactly it)."""

    def __init__(self, allow: tuple[str, ...] = (), ports: tuple[int, ...] = (80, 443)) -> None:
        self._ports = frozenset(ports)
        self._networks: list[Network] = []
        self._names: set[tuple[str, int]] = set()
        for entry in allow:
            self._open(entry)

    def _open(self, entry: str) -> None:
        if match := _HOST_PORT.match(entry):
            self._names.add((match[1].strip("[]").lower(), int(match[2])))
            return
        try:
            self._networks.append(ip_network(entry, strict=False))
        except ValueError as error:
            raise ConfigError(f"allow-list: {entry!r} is neither a network (10.0.0.0/8) nor host:port") from error

    def check_url(self, text: str) -> tuple[URL, Dial]:
        """The URL as it will be requested. Raises FetchError (refused_url) for its form; the address is seen later."""
        if len(text) > _MAX_URL:
            raise FetchError("refused_url", f"a URL of {len(text)} characters")
        try:
            url = URL(text)
            host, port = (url.raw_host or "").lower(), url.port
        except ValueError as error:
            raise FetchError("refused_url", f"not a URL: {text!r:.200} ({error})") from error
        if url.scheme not in ("http", "https"):
            raise FetchError("refused_url", f"only http and https are fetched: {text!r:.200}")
        if "@" in url.raw_authority:
            raise FetchError("refused_url", "credentials in a URL are not sent")
        if not host or port is None or not 0 < port < 65536:
            raise FetchError("refused_url", f"no host or no port: {text!r:.200}")
        if _NUMBER.match(host.rstrip(".").rpartition(".")[2]) and not _is_plain_v4(host):
            raise FetchError("refused_url", f"an address that is not four decimal numbers: {host!r:.100}")
        named = (host, port) in self._names
        if not named and port not in self._ports and not self._networks:
            raise FetchError("refused_url", f"port {port} is not in the list of allowed ports")
        return url, Dial(by_name=named)

    def open_socket(self, info: Any) -> socket.socket:
        """A socket for an address about to be dialled (aiohttp asks here). Raises OSError where it may not be."""
        family, kind, protocol, _, target = info
        dial = current_dial.get()
        refusal = self._refusal(str(target[0]), int(target[1]), by_name=dial is not None and dial.by_name)
        if refusal is not None:
            if dial is not None:
                dial.refused = refusal
            raise OSError(str(refusal))
        opened = socket.socket(family=family, type=kind, proto=protocol)
        opened.setblocking(False)
        return opened

    def _refusal(self, host: str, port: int, *, by_name: bool) -> FetchError | None:
        if by_name:
            return None
        address = ip_address(host.partition("%")[0])
        if any(address in network for network in self._networks) or (str(address), port) in self._names:
            return None
        if reason := refused_address(address):
            return _refuse("refused_address", f"{address} is {reason}; an operator can allow it")
        if port not in self._ports:
            return _refuse("refused_url", f"port {port} is not in the list of allowed ports")
        return None


def _refuse(kind: FetchFailure, detail: str) -> FetchError:
    return FetchError(kind, detail)


def _is_plain_v4(host: str) -> bool:
    return bool(_PLAIN_V4.match(host)) and all(int(part) < 256 for part in host.split("."))


def refused_address(address: Address) -> str | None:
    """Why nothing may be fetched from an address, in a few words; None where it may."""
    if isinstance(address, IPv4Address):
        refused = not address.is_global or any(address in network for network in _REFUSED_V4)
        return "not a public address" if refused else None
    if address not in _ASSIGNED_V6 or any(address in network for network in _REFUSED_V6):
        return "not a public address, or wraps one of IPv4"
    return None if address.is_global else "not a public address"
