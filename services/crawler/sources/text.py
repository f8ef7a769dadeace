"""Text out of hostile bytes: nothing that cannot be stored, and titles without markup."""

import html
import re
from urllib.parse import urljoin

# Everything XML 1.0 forbids, C1 controls, DEL, lone surrogates and the two non-characters.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# C1 controls were meant as windows-1252 (HTML, "numeric character reference end state"); five of them mean nothing.
_MEANT = {"\r": "\n"} | {chr(byte): bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
_TAG = re.compile(r"<(?:!--|[A-Za-z/])[^<>]*>")
_LINE_BREAK = re.compile(r"[\t\n\r]")
_WEB = re.compile(r"https?://[^/]", re.IGNORECASE)
MAX_TITLE = 2_000
MAX_LINE = 4_096
MAX_BODY = 2_000_000


def clean(text: str) -> str:
    """The text without control characters and lone surrogates; line ends are LF."""
    return _UNSAFE.sub(_meant, text.replace("\r\n", "\n"))


def _meant(match: re.Match[str]) -> str:
    return _MEANT.get(match[0], "")


def body_text(text: str | None) -> str | None:
    """A body (HTML or text) cleaned, stripped and bounded; None where nothing is left."""
    return (clean(text).strip()[:MAX_BODY] if text else None) or None


def plain(text: str | None) -> str | None:
    """One line without markup and entities, bounded; None where nothing is left."""
    if not text:
        return None
    bare = clean(html.unescape(_TAG.sub("", text[: MAX_TITLE * 10])))
    return " ".join(bare.split())[:MAX_TITLE] or None


def one_line(text: str | None) -> str | None:
    """One line of text as it stands (markup is text), cleaned and bounded; None where nothing is left."""
    return (" ".join(clean(text).split())[:MAX_LINE] if text else None) or None


def absolute(link: str | None, base: str | None) -> str | None:
    """A link resolved against a base; as it stands without one. None for what is no URL, or too long to be kept."""
    target = _LINE_BREAK.sub("", clean(link or "").strip())
    if not target or len(target) >= MAX_LINE:
        return None
    if not base or _WEB.match(target):
        return target
    try:
        return urljoin(base, target)
    except ValueError:
        return None


def web_link(link: str | None, base: str | None) -> str | None:
    """A link that may be followed: http(s), or relative where no base was known. None for all others."""
    target = absolute(link, base)
    if not target or (not _WEB.match(target) and ":" in target.partition("/")[0]):
        return None
    return target
