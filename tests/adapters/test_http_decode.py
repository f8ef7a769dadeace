"""Bodies come out as they went in, or not at all; never larger than allowed."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.http_decode import BadEncoding, UnpacksTooLarge, unpack


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
EACH = pytest.mark.parametrize("name", sorted(PACKERS))


@given(data=st.binary(max_size=5000), names=st.lists(st.sampled_from(sorted(PACKERS)), max_size=4))
def test_what_was_packed_comes_out_again(data: bytes, names: list[str]) -> None:
    body = data
    for name in names:
        body = PACKERS[name](body)
    # An empty body stays empty whatever the header says, so only non-empty ones go through the decoders.
    assert unpack(body, ", ".join(names), 100_000) == data


@EACH
def test_exactly_the_limit_passes_and_one_byte_more_does_not(name: str) -> None:
    body = PACKERS[name](bytes(200_000))
    assert len(unpack(body, name, 200_000)) == 200_000
    with pytest.raises(UnpacksTooLarge):
        unpack(body, name, 199_999)


@EACH
def test_a_bomb_goes_off_nowhere(name: str) -> None:
    with pytest.raises(UnpacksTooLarge):
        unpack(PACKERS[name](bytes(64 * 1024 * 1024)), name, 1024 * 1024)


def test_a_bomb_within_a_bomb_goes_off_nowhere() -> None:
    inner = gzip.compress(bytes(64 * 1024 * 1024))
    with pytest.raises(UnpacksTooLarge):
        unpack(brotli.compress(inner), "gzip, br", 1024 * 1024)
    with pytest.raises(UnpacksTooLarge):
        unpack(gzip.compress(gzip.compress(bytes(8 * 1024 * 1024), 0)), "gzip, gzip", 1024 * 1024)


@EACH
@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_body_that_ends_early_is_a_bad_encoding(name: str, cut: int) -> None:
    body = PACKERS[name](bytes(range(256)) * 40)
    with pytest.raises(BadEncoding):
        unpack(body[:-cut], name, 100_000)


@EACH
def test_a_body_that_is_not_packed_is_a_bad_encoding(name: str) -> None:
    with pytest.raises(BadEncoding):
        unpack(b"<rss version='2.0'><channel/></rss>", name, 100_000)


def test_bare_deflate_is_understood_too() -> None:
    assert unpack(_raw_deflate(b"news" * 100), "deflate", 1000) == b"news" * 100


def test_all_members_and_frames_are_read() -> None:
    assert unpack(gzip.compress(b"one") + gzip.compress(b"two") + bytes(8), "gzip", 100) == b"onetwo"
    frame = zstandard.ZstdCompressor().compress
    assert unpack(frame(b"one") + frame(b"two"), "zstd", 100) == b"onetwo"
    with pytest.raises(UnpacksTooLarge):
        unpack(gzip.compress(bytes(60)) * 2, "gzip", 100)


def test_a_window_that_only_costs_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    body = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = body.compress(bytes(1000)) + body.flush()
    with pytest.raises(BadEncoding):
        unpack(packed, "zstd", 10_000)


@pytest.mark.parametrize("encoding", ["compress", "gzip, snappy", "br;q=1", ", ".join(["gzip"] * 5)])
def test_what_we_never_asked_for_is_a_bad_encoding(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        unpack(b"body", encoding, 100)


def test_identity_and_an_empty_body_stay_as_they_are() -> None:
    assert unpack(b"body", "identity", 100) == b"body"
    assert unpack(b"", "gzip, br", 100) == b""
