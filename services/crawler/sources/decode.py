"""Bytes of a feed to text: byte order mark, HTTP charset, XML declaration, UTF-8, and a guess last."""

import codecs
import re
from itertools import islice

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The first bytes of an XML file without a byte order mark (XML 1.0 appendix F).
_STARTS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([A-Za-z0-9._:-]{1,40})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What is written under the first name is in truth the second, its superset (WHATWG Encoding Standard).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
# Python has codecs that are no charsets, some of them slow on hostile bytes (punycode, idna): only these are used.
_CHARSETS = (
    *("utf-8", "utf-16", "utf-32", "iso8859", "iso2022", "cp", "koi8", "gb", "hz", "big5", "euc", "shift_jis"),
    *("mac", "tis", "johab", "ascii", "ptcp154", "kz1048"),
)
_ONE_BYTE = ("cp12", "cp874", "iso8859", "koi8", "mac", "tis", "ptcp154", "kz1048", "ascii")
# What feeds without a label are written in. No cp1250: in a short text nobody can tell it from cp1252.
_GUESSES = ["cp1252", "cp1251", "koi8-r", "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1253", "cp1256"]
_GUESS_FROM = 65536


def decode(body: bytes, content_type: str | None = None) -> str:
    """The text of a body without its byte order mark. Never fails: what nothing explains is windows-1252."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    declared = [name for name in (_by_start(body), _by_header(content_type), _by_declaration(body)) if name]
    # Any bytes are good windows-1252, but hardly any other text is good UTF-8 by chance: so it goes before those.
    declared.sort(key=lambda name: name.startswith(_ONE_BYTE))
    at = sum(not name.startswith(_ONE_BYTE) for name in declared)
    for name in (*declared[:at], "utf-8", *declared[at:]):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return _nearly_utf_8(body) or _guess(body)


def charset(label: str) -> str | None:
    """The codec for a charset label, or None for what is no charset."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if name.startswith(_CHARSETS) else None


def _by_start(body: bytes) -> str | None:
    return next((name for start, name in _STARTS if body.startswith(start)), None)


def _by_header(content_type: str | None) -> str | None:
    match = _CHARSET.search(content_type or "")
    return _not_wide(charset(match[1])) if match else None


def _by_declaration(body: bytes) -> str | None:
    match = _DECLARED.search(body[:1024])
    return _not_wide(charset(match[1].decode())) if match else None


def _not_wide(name: str | None) -> str | None:
    # A wide encoding is known by its first bytes; where those were ASCII the feed was converted, its label not.
    return None if name and name.startswith(("utf-16", "utf-32")) else name


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.start + 1]
    return bad.decode("cp1252", "replace"), error.start + 1


codecs.register_error("dateline-one-byte", _one_byte)


def _nearly_utf_8(body: bytes) -> str | None:
    """UTF-8 into which somebody pasted windows-1252: right where good sequences outnumber the bad bytes."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return body.decode("utf-8", "dateline-one-byte") if good > bad else None


def _guess(body: bytes) -> str:
    found = next(islice(iter(from_bytes(body[:_GUESS_FROM], cp_isolation=_GUESSES)), 1), None)
    name = charset(found.encoding) if found else None
    return body.decode(name or "cp1252", "replace")
