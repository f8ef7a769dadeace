"""Feeds of every kind: bytes in, a FeedDocument out. Nothing here does I/O."""

from services.core.errors import BadInput
from services.crawler.sources.dates import find_zone
from services.crawler.sources.decode import decode
from services.crawler.sources.discover import feeds_in_page
from services.crawler.sources.document import FeedDocument, FeedKind
from services.crawler.sources.feed import kind_of, read_feed
from services.crawler.sources.jsonfeed import read_json_feed
from services.crawler.sources.tolerant import read_tolerantly
from services.crawler.sources.tree import name_of, parse_tree

__all__ = ["FeedDocument", "FeedKind", "parse_feed"]


def parse_feed(
    body: bytes, *, content_type: str | None = None, base_url: str | None = None, zone: str | None = None
) -> FeedDocument:
    """The feed in a body, of whatever kind. `zone` (IANA) holds for dates without one.

    The bytes decide, not the content type, of which only the charset counts. Raises BadInput for what is no feed; for
    a page the error names the feeds that it announces.
    """
    if zone is not None:
        find_zone(zone)
    text = decode(body, content_type)
    start = text.lstrip("\ufeff \t\r\n\0")
    if not start:
        raise BadInput("not a feed: the body is empty")
    if start.startswith(("{", "[")):
        return read_json_feed(start, base_url, zone)
    root = parse_tree(text)
    kind = kind_of(root) if root is not None else None
    document = read_feed(root, kind, base_url, zone) if root is not None and kind else None
    if document and (document.entries or not _has_items(text)):
        return document
    if (root is not None and name_of(root) in ("html", "xhtml:html")) or not _has_items(text):
        raise BadInput(_hint(body, text, base_url))
    return _second_opinion(text, base_url, zone) or document or _fail(body, text, base_url)


def _second_opinion(text: str, base_url: str | None, zone: str | None) -> FeedDocument | None:
    found = read_tolerantly(text, base_url, zone)
    return found if found.entries else None


def _has_items(text: str) -> bool:
    lower = text.lower()
    return any(mark in lower for mark in ("<item", "<entry", ":item", ":entry"))


def _fail(body: bytes, text: str, base_url: str | None) -> FeedDocument:
    raise BadInput(_hint(body, text, base_url))


def _hint(body: bytes, text: str, base_url: str | None) -> str:
    if "<html" not in text[:65536].lower() and "<!doctype html" not in text[:4096].lower():
        return f"not a feed: neither XML of a known kind nor JSON; it begins {text[:60]!r}"
    feeds = feeds_in_page(body, base_url)
    if not feeds:
        return "not a feed: an HTML page that announces none; look for the feed's own address on the site"
    return f"not a feed: an HTML page; it announces {', '.join(feeds[:5])}"
