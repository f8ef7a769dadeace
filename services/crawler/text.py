"""Bytes of pages and files into clean text: which charset a body is in, and whether it is text at all."""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

from services.crawler.sources.decode import charset as named_charset
from services.crawler.sources.text import clean

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META: Final = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_META_WINDOW: Final = 4096
_DETECT_WINDOW: Final = 64 * 1024


def clean_line(text: str | None, limit: int) -> str | None:
    """One line of clean text with single spaces, cut at `limit` characters; None where nothing is left."""
    line = " ".join(clean(text).split()) if text else ""
    return line[:limit] or None


def decode(body: bytes, *, charset: str | None = None) -> str:
    """The body as clean text: by BOM, else the header's charset, else its own meta, else by what the bytes look like.

    A declared charset is not believed where the bytes are well-formed UTF-8 with non-ASCII in it: that does not happen
    by chance, and such pages are common.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return clean(body[len(bom) :].decode(name, "replace"))
    utf8 = _decode_strictly(body, "utf-8")
    if utf8 is not None and not utf8.isascii():
        return clean(utf8)
    declared = _codec(charset) or _codec(_meta_charset(body))
    if declared is not None:
        return clean(body.decode(declared, "replace"))
    return clean(utf8 if utf8 is not None else body.decode(_detect(body), "replace"))


def charset_of(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type."""
    for parameter in (content_type or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def looks_binary(body: bytes) -> bool:
    """Whether the body is no text at all: NULs without a BOM or the rhythm of UTF-16, or a well-known magic number."""
    head = body[:4096]
    if head.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF")):
        return True
    if any(head.startswith(bom) for bom, _ in _BOMS):
        return False
    nuls = head.count(0)
    # Latin text in UTF-16 has a NUL at every other place; anything else with NULs is no text.
    return nuls > 0 and not (head[0::2].count(0) > 0.4 * len(head) or head[1::2].count(0) > 0.4 * len(head))


def _meta_charset(body: bytes) -> str | None:
    match = _META.search(body[:_META_WINDOW])
    return match[1].decode("ascii") if match else None


def _codec(label: str | None) -> str | None:
    return named_charset(label.strip()) if label else None


def _decode_strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        return None


def _detect(body: bytes) -> str:
    if body[1:4096:2].count(0) > 0.4 * len(body[:4096]):
        return "utf-16-le"
    if body[0:4096:2].count(0) > 0.4 * len(body[:4096]):
        return "utf-16-be"
    best = from_bytes(body[:_DETECT_WINDOW]).best()
    return (_codec(best.encoding) if best is not None else None) or "cp1252"
