"""The fetcher against servers that do what servers do."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import brotli
import pytest
import trustme
import zstandard

from services.adapters.http_fetcher import FetcherOptions, GuardedFetcher
from services.core.errors import ConfigError
from services.core.ports import FetchError, Request
from tests.adapters.http_servers import Server, reply, serving

AGENT = "dateline-test/1 (+https://example.org/bot)"


@asynccontextmanager
async def fetching(
    allow: tuple[str, ...] = ("127.0.0.0/8",), ports: tuple[int, ...] = (80, 443), ca_file: str | None = None
) -> AsyncIterator[GuardedFetcher]:
    fetcher = GuardedFetcher(FetcherOptions(AGENT, allow=allow, ports=ports, ca_file=ca_file, connect_timeout=5))
    await fetcher.start()
    try:
        yield fetcher
    finally:
        await fetcher.close()


async def failure(url: str, request: Request | None = None, **options: tuple[str, ...]) -> FetchError:
    async with fetching(**options) as fetcher:  # type: ignore[arg-type]
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(request or Request(url, deadline=10))
    return caught.value


async def test_a_response_comes_back_with_its_headers_in_lower_case() -> None:
    answer = reply(b"<rss/>", 'ETag: W/"a,b"', "X-Twice: 1", "X-Twice: 2", status="203 Fine")
    async with serving(answer) as server, fetching() as fetcher:
        response = await fetcher.fetch(Request(server.url("/feed?a=1")))
    assert (response.status, response.body, response.url) == (203, b"<rss/>", server.url("/feed?a=1"))
    assert response.headers["etag"] == 'W/"a,b"'
    assert response.headers["x-twice"] == "1, 2"


async def test_a_request_says_who_we_are_and_nothing_more() -> None:
    async with serving(reply(b"", "Set-Cookie: id=1")) as server, fetching() as fetcher:
        await fetcher.fetch(Request(server.url("/a%2Fb?q=%20"), headers={"If-None-Match": '"x"'}))
        await fetcher.fetch(Request(server.url("/"), headers={"user-agent": "other", "accept-encoding": "lzma"}))
    first, second = (head.decode().lower() for head in server.requests)
    assert first.startswith("get /a%2fb?q=%20 http/1.1")
    assert f"user-agent: {AGENT.lower()}" in first
    assert f"user-agent: {AGENT.lower()}" in second
    assert 'if-none-match: "x"' in first
    assert "accept-encoding: gzip, deflate, br, zstd" in second
    names = {line.partition(":")[0] for line in first.splitlines()[1:] if line}
    assert names == {"host", "connection", "user-agent", "accept", "accept-encoding", "if-none-match"}
    assert "cookie" not in second


async def test_a_body_makes_it_a_post() -> None:
    async with serving(reply(status="202 Accepted")) as server, fetching() as fetcher:
        response = await fetcher.fetch(
            Request(server.url(), headers={"Content-Type": "text/plain"}, body=b"hub.mode=x")
        )
    assert response.status == 202
    assert server.requests[0].startswith(b"POST / ")


async def test_validators_go_back_byte_for_byte() -> None:
    etag = '"\u00e9\u2013"'
    head = reply(b"").replace(b"\r\n\r\n", b"\r\nETag: " + etag.encode() + b"\r\n\r\n")
    async with serving(head) as server, fetching() as fetcher:
        stored = (await fetcher.fetch(Request(server.url()))).headers["etag"]
        await fetcher.fetch(Request(server.url(), headers={"If-None-Match": stored}))
    assert b"if-none-match: " + etag.encode() + b"\r\n" in server.requests[1]


async def test_a_redirect_comes_back_and_is_not_followed() -> None:
    async with (
        serving(reply(b"", "Location: http://127.0.0.1:1/", status="301 Moved")) as server,
        fetching() as fetcher,
    ):
        response = await fetcher.fetch(Request(server.url()))
    assert (response.status, response.headers["location"]) == (301, "http://127.0.0.1:1/")
    assert len(server.requests) == 1


async def test_not_modified_with_an_encoding_header_has_an_empty_body() -> None:
    answer = b'HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\nETag: "n"\r\n\r\n'
    async with serving(answer) as server, fetching() as fetcher:
        response = await fetcher.fetch(Request(server.url()))
    assert (response.status, response.body) == (304, b"")


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(reply(b"direct")) as server, fetching() as fetcher:
        assert (await fetcher.fetch(Request(server.url()))).body == b"direct"


# ---------------------------------------------------------------- where it may go


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]"])
async def test_an_inner_address_is_refused_where_it_is_dialled(host: str) -> None:
    async with serving(reply()) as server:
        error = await failure(server.url(host=host), allow=())
        # No hole at all, and the port allowed: what refuses is the address alone.
        async with fetching(allow=(), ports=(server.port,)) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(Request(server.url(host=host)))
    assert error.kind == "refused_url"
    assert caught.value.kind == "refused_address"
    assert server.connections == 0


async def test_a_name_that_changes_its_address_is_refused_at_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        address = next(answers)
        return [{"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 6, "flags": 0}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(aiohttp.DefaultResolver, "resolve", resolve)
    next(answers)  # what a check before the connection would have seen
    async with serving(reply()) as server, fetching(allow=(), ports=(server.port,)) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(Request(server.url(host="rebinding.example")))
    assert caught.value.kind == "refused_address"
    assert server.connections == 0


async def test_a_hole_for_one_host_and_port_is_no_hole_for_its_neighbours() -> None:
    async with serving(reply(b"a")) as mine, serving(reply(b"b")) as other:
        async with fetching(allow=(f"localhost:{mine.port}",), ports=(other.port,)) as fetcher:
            assert (await fetcher.fetch(Request(mine.url(host="localhost")))).body == b"a"
            for url in (other.url(host="localhost"), other.url()):
                with pytest.raises(FetchError) as caught:
                    await fetcher.fetch(Request(url))
                assert caught.value.kind == "refused_address"
        assert other.connections == 0


async def test_a_hole_for_an_address_and_port_holds_for_it() -> None:
    async with serving(reply(b"a")) as server, fetching(allow=(f"127.0.0.1:{server.port}",)) as fetcher:
        assert (await fetcher.fetch(Request(server.url()))).body == b"a"


async def test_a_refusal_of_one_request_does_not_colour_the_next() -> None:
    async with serving(reply(b"a")) as server, fetching(allow=(f"127.0.0.1:{server.port}",), ports=(9,)) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(Request("http://127.0.0.1:9/"))
        assert caught.value.kind == "refused_address"
        assert (await fetcher.fetch(Request(server.url()))).status == 200


# ---------------------------------------------------------------- how much it takes


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"news " * 1000)),
        ("br", brotli.compress(b"news " * 1000)),
        ("zstd", zstandard.ZstdCompressor().compress(b"news " * 1000)),
        ("gzip, br", brotli.compress(gzip.compress(b"news " * 1000))),
    ],
)
async def test_a_packed_body_comes_unpacked(encoding: str, body: bytes) -> None:
    async with serving(reply(body, f"Content-Encoding: {encoding}")) as server, fetching() as fetcher:
        assert (await fetcher.fetch(Request(server.url()))).body == b"news " * 1000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(16 << 20))),
        ("deflate", gzip.zlib.compress(bytes(16 << 20))),  # type: ignore[attr-defined]
        ("br", brotli.compress(bytes(256 << 20), quality=5)),
        ("zstd", zstandard.ZstdCompressor().compress(bytes(16 << 20))),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(16 << 20)))),
    ],
)
async def test_a_bomb_is_too_large(encoding: str, body: bytes) -> None:
    async with serving(reply(body, f"Content-Encoding: {encoding}")) as server:
        error = await failure("", Request(server.url(), max_bytes=1 << 20))
    assert error.kind == "too_large"


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nx"
    async with serving(answer) as server:
        assert (await failure("", Request(server.url(), max_bytes=1000))).kind == "too_large"


async def test_a_body_without_end_is_cut_off() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"8000\r\n" + bytes(0x8000) + b"\r\n")
            sent += 0x8000
            await writer.drain()

    async with serving(endless) as server:
        assert (await failure("", Request(server.url(), max_bytes=100_000))).kind == "too_large"
    assert sent < 50_000_000


async def test_exactly_the_limit_is_taken() -> None:
    async with serving(reply(bytes(1000))) as server, fetching() as fetcher:
        assert len((await fetcher.fetch(Request(server.url(), max_bytes=1000))).body) == 1000


async def test_headers_without_end_are_cut_off() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        number = 0
        while not writer.is_closing():
            writer.write(b"".join(b"X-%d: y\r\n" % (number + i) for i in range(500)))
            number += 500
            await writer.drain()

    async with serving(endless) as server:
        assert (await failure(server.url())).kind == "protocol"


@pytest.mark.parametrize("headers", [["X: " + "y" * 20_000], [f"X-{i}: y" for i in range(200)]])
async def test_a_header_too_long_and_headers_too_many_are_errors(headers: list[str]) -> None:
    async with serving(reply(b"", *headers)) as server:
        assert (await failure(server.url())).kind == "protocol"


async def test_headers_that_are_large_together_are_too_large() -> None:
    async with serving(reply(b"", *[f"X-{i}: " + "y" * 7000 for i in range(20)])) as server:
        assert (await failure(server.url())).kind == "too_large"


# ---------------------------------------------------------------- how long it waits


async def test_a_drip_ends_at_the_deadline() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as server:
        assert (await failure("", Request(server.url(), deadline=0.3))).kind == "timeout"


async def test_a_drip_of_headers_ends_at_the_deadline() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as server:
        assert (await failure("", Request(server.url(), deadline=0.3))).kind == "timeout"


# ---------------------------------------------------------------- what else goes wrong


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_a_reset_connection_is_asked_once() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        _reset(writer)

    async with serving(reset) as server:
        assert (await failure(server.url())).kind == "connect"
    assert len(server.requests) == 1


async def test_a_connection_reset_while_kept_open_is_asked_once() -> None:
    state: dict[str, int] = {"answers": 0}
    requests: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                state["answers"] += 1
                if state["answers"] > 1:
                    _reset(writer)
                    return
                writer.write(reply(b"first"))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with fetching() as fetcher:
        await fetcher.fetch(Request(url))
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(Request(url))
    listening.close()
    assert caught.value.kind == "connect"
    assert len(requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnot a size",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\x00\xff\x00\xff\r\n\r\n",
    ],
)
async def test_an_answer_that_is_not_http_is_a_protocol_error(answer: bytes) -> None:
    async def once(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    async with serving(once) as server:
        assert (await failure(server.url())).kind == "protocol"


async def test_a_wrong_encoding_is_named() -> None:
    async with serving(reply(b"plain", "Content-Encoding: gzip")) as server:
        error = await failure(server.url())
    assert error.kind == "bad_encoding"
    assert "gzip" in error.detail


async def test_a_closed_port_is_a_connect_error() -> None:
    async with serving(reply()) as server:
        url = server.url()
    assert (await failure(url)).kind == "connect"


async def test_a_name_without_address_is_a_dns_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        raise OSError(None, "no such name")

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr(aiohttp.DefaultResolver, "resolve", resolve)
    assert (await failure("http://missing.example/")).kind == "dns"


async def test_a_header_with_a_line_break_is_not_sent() -> None:
    async with serving(reply()) as server:
        error = await failure("", Request(server.url(), headers={"If-None-Match": '"a"\r\nX-Evil: 1'}))
        assert server.requests == []
    assert error.kind == "protocol"


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@asynccontextmanager
async def serving_tls(authority: trustme.CA, name: str) -> AsyncIterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    async with serving(reply(b"safe"), tls=context) as server:
        yield server


def _https(server: Server) -> Request:
    return Request(server.url(host="localhost").replace("http:", "https:"))


async def test_a_certificate_of_a_named_authority_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    async with serving_tls(authority, "localhost") as server, fetching(ca_file=str(file)) as fetcher:
        assert (await fetcher.fetch(_https(server))).body == b"safe"


async def test_a_certificate_of_nobody_is_a_tls_error(authority: trustme.CA) -> None:
    async with serving_tls(authority, "localhost") as server:
        assert (await failure("", _https(server))).kind == "tls"


async def test_a_certificate_for_another_name_is_a_tls_error(authority: trustme.CA, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    async with serving_tls(authority, "elsewhere.example") as server, fetching(ca_file=str(file)) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(_https(server))
    assert caught.value.kind == "tls"


async def test_a_plain_server_where_tls_should_be_is_a_tls_error() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply())
        writer.close()

    listening = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    assert (await failure(f"https://127.0.0.1:{port}/")).kind == "tls"
    listening.close()


async def test_a_missing_certificate_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="certificates"):
        await GuardedFetcher(FetcherOptions(AGENT, ca_file=str(tmp_path / "none.pem"))).start()


async def test_many_at_once_all_come_back() -> None:
    async with serving(reply(b"one")) as server, fetching() as fetcher:
        responses = await asyncio.gather(*(fetcher.fetch(Request(server.url(f"/{i}"))) for i in range(50)))
    assert {response.body for response in responses} == {b"one"}
    assert len(server.requests) == 50
