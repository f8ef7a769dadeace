"""The Fetcher over httpx: guarded where it dials, bounded in bytes and time, and never asking twice.

httpx runs over aiohttp's connections (httpx-aiohttp), whose `socket_factory` is where an address is really dialled.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from services.adapters.http_decode import ACCEPT_ENCODING, BadEncoding, UnpacksTooLarge, unpack
from services.adapters.http_guard import Dial, Guard, current_dial
from services.core.errors import ConfigError
from services.core.ports import FetchError, FetchFailure, Request, Response

MAX_FIELD = 16_384
MAX_HEADERS = 128
MAX_HEADER_BYTES = 65_536
# Unpacking more than this goes to a thread, so that other requests go on meanwhile.
_THREAD_FROM = 64 * 1024
# Below the five seconds after which common servers close an idle connection: reusing one that the server is just
# closing fails, and we do not ask twice.
_KEEP_ALIVE = 4.0


@dataclass(frozen=True, slots=True)
class FetcherOptions:
    """How the fetcher presents itself and where it may go.

    `allow` opens holes on purpose: networks ("10.0.0.0/8") or host:port ("demo:8000"). `ca_file` is trusted beside the
    system's authorities. Times in seconds; `connect_timeout` and `read_timeout` lie within each request's deadline.
    """

    user_agent: str
    allow: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443, 8000, 8008, 8080, 8443)
    max_connections: int = 512
    connect_timeout: float = 10.0
    read_timeout: float = 15.0
    verify: bool = True
    ca_file: str | None = None


class GuardedFetcher:
    """One connection pool for everything that leaves. Safe to use from many tasks of one event loop."""

    def __init__(self, options: FetcherOptions) -> None:
        self._options = options
        self._guard = Guard(options.allow, options.ports)
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Opens the connection pool. Raises ConfigError for a `ca_file` that cannot be read."""
        if self._client is not None:
            return
        limits = self._options
        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(client=self._session()),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=limits.connect_timeout, read=limits.read_timeout),
            follow_redirects=False,
            trust_env=False,
        )

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._options.max_connections,
            keepalive_timeout=_KEEP_ALIVE,
            ssl=_tls(self._options),
            socket_factory=self._guard.open_socket,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            max_line_size=MAX_FIELD,
            max_field_size=MAX_FIELD,
            max_headers=MAX_HEADERS,
        )
        # aiohttp repeats a GET by itself after a reset connection, which would break a host's pause. It offers no
        # public switch; a test counts requests at the server.
        session._retry_connection = False
        return session

    async def close(self) -> None:
        """Closes all connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def fetch(self, request: Request) -> Response:
        """Asks once. Raises FetchError; never anything else for what a server can do."""
        if self._client is None:
            raise RuntimeError("the fetcher was not started")
        url, dial = self._guard.check_url(request.url)
        token = current_dial.set(dial)
        try:
            async with asyncio.timeout(request.deadline):
                return await self._exchange(self._client, url, request)
        except FetchError:
            raise
        except (httpx.HTTPError, aiohttp.ClientError, OSError, ValueError, EOFError) as error:
            raise _failure(_cause(error), dial, request) from error
        finally:
            current_dial.reset(token)

    async def _exchange(self, client: httpx.AsyncClient, url: URL, request: Request) -> Response:
        began = time.monotonic()
        method = "GET" if request.body is None else "POST"
        given = httpx.Headers([(n.encode(), v.encode()) for n, v in self._headers(request).items()], encoding="utf-8")
        # Leaving the context closes a connection that has unread bytes on it, rather than pooling it.
        async with client.stream(method, str(url), headers=given, content=request.body) as response:
            headers = _headers(response.headers.raw)
            body = await _read(response, request.max_bytes)
        unpacked = await _unpack(body, headers.get("content-encoding", ""), request.max_bytes)
        return Response(request.url, response.status_code, headers, unpacked, time.monotonic() - began)

    def _headers(self, request: Request) -> dict[str, str]:
        ours = {"User-Agent": self._options.user_agent, "Accept-Encoding": ACCEPT_ENCODING}
        taken = {name.lower() for name in ours}
        given = {name: value for name, value in request.headers.items() if name.lower() not in taken}
        if "accept" not in {name.lower() for name in given}:
            ours["Accept"] = "*/*"
        return {**given, **ours}


def _tls(options: FetcherOptions) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if options.ca_file:
        try:
            context.load_verify_locations(options.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"cannot read certificates from {options.ca_file}: {error}") from error
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Names in lower case, repeated ones joined. Raises FetchError where they are larger than any honest ones."""
    headers: dict[str, str] = {}
    size = 0
    for name_bytes, value_bytes in raw:
        size += len(name_bytes) + len(value_bytes)
        name, value = _text(name_bytes).lower(), _text(value_bytes)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if size > MAX_HEADER_BYTES:
        raise FetchError("too_large", f"headers of {size} bytes; at most {MAX_HEADER_BYTES} are taken")
    return headers


def _text(raw: bytes) -> str:
    """UTF-8, so that validators go back byte for byte; what is not is ISO 8859-1, as HTTP has it of old."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


async def _read(response: httpx.Response, limit: int) -> bytes:
    """The body as it came, not unpacked: httpx would unpack without a limit."""
    told = response.headers.get("content-length", "")
    if told.isdecimal() and int(told[:20]) > limit:
        raise FetchError("too_large", f"a body of {told:.20} bytes; at most {limit} are taken")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > limit:
            raise FetchError("too_large", f"a body of more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


async def _unpack(body: bytes, encoding: str, limit: int) -> bytes:
    if not encoding:
        return body
    try:
        if len(body) < _THREAD_FROM:
            return unpack(body, encoding, limit)
        return await asyncio.to_thread(unpack, body, encoding, limit)
    except UnpacksTooLarge as error:
        raise FetchError("too_large", f"a body that unpacks to more than {limit} bytes") from error
    except BadEncoding as error:
        raise FetchError("bad_encoding", f"{encoding:.60}: {error}") from error


def _cause(error: Exception) -> Exception:
    """What aiohttp said: httpx's transport folds DNS, TLS and refusals into one class, and keeps it as the cause."""
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) else None
    return cause if isinstance(cause, Exception) else error


def _failure(error: Exception, dial: Dial, request: Request) -> FetchError:
    """What a failure of the connection is to us."""
    if dial.refused is not None and isinstance(error, aiohttp.ClientConnectorError):
        return dial.refused
    detail = f"{type(error).__name__}: {error}"[:300]
    kind: FetchFailure
    match error:
        case TimeoutError():
            kind, detail = "timeout", f"no complete answer within the time limit ({request.deadline:g} s)"
        case aiohttp.ClientConnectorDNSError():
            kind = "dns"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            kind = "tls"
        case aiohttp.InvalidURL() | httpx.UnsupportedProtocol():
            kind = "refused_url"
        case aiohttp.ClientOSError() | aiohttp.ServerDisconnectedError():
            kind = "connect"
        case aiohttp.ClientError() | httpx.HTTPError() | ValueError():
            kind = "protocol"
        case _:
            kind = "connect"
    return FetchError(kind, detail)
