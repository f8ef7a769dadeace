"""URLs as names of pages: one spelling per page, the site a page belongs to, and what may be fetched at all."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from services.core.errors import BadInput
from services.crawler.knowledge import read_lines

MAX_URL = 4096
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SUFFIXES = PublicSuffixList()
_NAMES = [line.lower() for line in read_lines("tracking_parameters.txt")]
_TRACKING = frozenset(name for name in _NAMES if not name.endswith("*"))
_TRACKING_PREFIXES = tuple(name[:-1] for name in _NAMES if name.endswith("*"))
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = _UNRESERVED | frozenset(b"!$&'()*+,;=:@/?%")
# What a host part must look like to be read by some resolver as a number: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\Z")


def canonical_url(url: str) -> str:
    """The one spelling of a page's URL. Raises BadInput for what is no absolute http(s) URL.

    Scheme and host in lower case, host in IDNA, default port, fragment and tracking parameters dropped, dot segments
    resolved, escapes normalised (RFC 3986 section 6.2.2). The order of the query stays: it can matter.
    """
    parts = _split(url)
    host = _host(parts)
    port = _port(parts)
    authority = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        authority = f"{authority}:{port}"
    query = _escape(_without_tracking(parts.query))
    path = _without_dots(_escape(parts.path)) or "/"
    return f"{parts.scheme}://{authority}{path}" + (f"?{query}" if query else "")


@lru_cache(maxsize=65536)
def site_of(url: str) -> str:
    """The registrable domain of a URL (Public Suffix List, private section included), in IDNA.

    An IP address, a bare host name and a public suffix itself are their own site. Raises BadInput as canonical_url.
    """
    host = _host(_split(url))
    if _address(host) is not None:
        return host
    return str(_SUFFIXES.privatesuffix(host) or host)


def same_site(a: str, b: str) -> bool:
    """Whether two URLs share a site. URLs that have none share nothing."""
    try:
        return site_of(a) == site_of(b)
    except BadInput:
        return False


def is_fetchable(url: str) -> bool:
    """Whether a URL may leave the crawler: http(s), a plain host, no credentials, no disguised address.

    It says nothing about where the host resolves to: the fetcher's guard sees that.
    """
    try:
        parts = _split(url)
        _host(parts)
        _port(parts)
    except BadInput:
        return False
    return True


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise BadInput(f"a URL of {len(url)} characters is over the limit of {MAX_URL}")
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise BadInput(f"not a URL: {url!r:.200} ({error})") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadInput(f"only http and https URLs are taken: {url!r:.200}")
    if "@" in parts.netloc:
        raise BadInput("a URL with credentials in it is not taken; remove user and password")
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError as error:
        raise BadInput(f"not a port: {parts.netloc!r:.200}") from error
    if port == 0:
        raise BadInput(f"not a port: {parts.netloc!r:.200}")
    return port


def _host(parts: SplitResult) -> str:
    """The host in lower-case ASCII without a final dot; an IPv6 address compressed and without brackets."""
    try:
        name = (parts.hostname or "").removesuffix(".")
        if ":" in name:
            return str(ipaddress.IPv6Address(name))
        if not name.isascii():
            name = idna.encode(name, uts46=True).decode()
    except ValueError as error:
        raise BadInput(f"not a host: {parts.netloc!r:.200}") from error
    if not _HOST.match(name) or ".." in name:
        raise BadInput(f"not a host: {parts.netloc!r:.200}")
    # WHATWG: a host whose last label is a number is an IPv4 address; only its plain spelling is taken.
    if _NUMERIC_LABEL.match(name.rpartition(".")[2]) and _address(name) is None:
        raise BadInput(f"an address that is not written as four decimal numbers: {parts.netloc!r:.200}")
    return name


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _escape(text: str) -> str:
    """Escapes in upper case, none for unreserved characters, one for each byte that may not stand bare."""
    tidy = _ESCAPE.sub(_unescape_unreserved, text)
    data = tidy.encode("utf-8", "replace")
    escaped = "".join(chr(byte) if byte in _KEPT else f"%{byte:02X}" for byte in data)
    return re.sub(r"%(?![0-9A-F]{2})", "%25", escaped)


def _unescape_unreserved(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else match[0].upper()


def _without_tracking(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair))


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _without_dots(path: str) -> str:
    """The path with "." and ".." resolved (RFC 3986 section 5.2.4)."""
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
