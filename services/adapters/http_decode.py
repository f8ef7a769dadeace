"""Content-Encoding undone with a bound on what comes out, so that a small body cannot become a large one."""

import zlib
from collections.abc import Callable

import brotli
import zstandard

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
MAX_LAYERS = 4
_STEP = 65536
# What RFC 9659 asks of a decoder for HTTP; a larger window is a way to make us allocate.
_MAX_WINDOW = 8 * 1024 * 1024


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says, or that says something we never asked for."""


class UnpacksTooLarge(Exception):
    """More would come out than was allowed."""


def unpack(body: bytes, content_encoding: str, limit: int) -> bytes:
    """The body without its encodings, last applied first undone. Raises BadEncoding or UnpacksTooLarge.

    No layer yields more than `limit` bytes, also those in between.
    """
    layers = [name for part in content_encoding.lower().split(",") if (name := part.strip()) and name != "identity"]
    if len(layers) > MAX_LAYERS:
        raise BadEncoding(f"{len(layers)} encodings on top of each other")
    for name in reversed(layers):
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise BadEncoding(f"an encoding that was not asked for: {name!r:.40}")
        # A response without a body (304, or 200 with length 0) may carry the header all the same.
        body = decoder(body, limit) if body else body
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip file, one after the other; zeros after the last are padding."""
    parts: list[bytes] = []
    room = limit
    while body.rstrip(b"\0") or not parts:
        part, body = _inflate(body, room, 16 + zlib.MAX_WBITS)
        parts.append(part)
        room -= len(part)
        if not body.startswith(b"\x1f\x8b"):
            break  # servers append rubbish; other clients ignore it as well
    return b"".join(parts)


def _deflate(body: bytes, limit: int) -> bytes:
    """A zlib stream, or the bare deflate stream that some servers send for it (RFC 9110 section 8.4.1.2)."""
    try:
        return _inflate(body, limit, zlib.MAX_WBITS)[0]
    except BadEncoding:
        return _inflate(body, limit, -zlib.MAX_WBITS)[0]


def _inflate(body: bytes, limit: int, window: int) -> tuple[bytes, bytes]:
    """One stream's output and what follows it."""
    stream = zlib.decompressobj(window)
    try:
        out = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadEncoding(str(error)) from error
    if len(out) > limit:
        raise UnpacksTooLarge
    if not stream.eof:
        raise BadEncoding("the compressed body ends early")
    return out, stream.unused_data


def _brotli(body: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    room, given = limit, body
    try:
        while not stream.is_finished():
            part = stream.process(given, output_buffer_limit=_STEP)
            given = b""
            parts.append(part)
            room -= len(part)
            if room < 0:
                raise UnpacksTooLarge
            if not part and not stream.is_finished() and stream.can_accept_more_data():
                raise BadEncoding("the compressed body ends early")
    except brotli.error as error:
        raise BadEncoding(str(error)) from error
    return b"".join(parts)


def _zstd(body: bytes, limit: int) -> bytes:
    """All frames. Fed in pieces so small that one of them cannot yield much (a block of 128 KiB takes 4 bytes)."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    parts: list[bytes] = []
    room, at = limit, 0
    stream = decompressor.decompressobj()
    try:
        while at < len(body):
            piece = body[at : at + 128]
            part = stream.decompress(piece)
            at += len(piece) - len(stream.unused_data)
            parts.append(part)
            room -= len(part)
            if room < 0:
                raise UnpacksTooLarge
            if stream.eof and at < len(body):
                stream = decompressor.decompressobj()
    except zstandard.ZstdError as error:
        raise BadEncoding(str(error)) from error
    if not stream.eof:
        raise BadEncoding("the compressed body ends early")
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
