"""Feeds that a page announces with <link rel=alternate>."""

from selectolax.lexbor import LexborHTMLParser

from services.crawler.sources.decode import decode
from services.crawler.sources.text import absolute

_TYPES = frozenset(
    (
        *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"),
        *("application/rss", "application/atom", "text/rss+xml", "text/atom+xml", "application/x-rss+xml"),
    )
)
_MAX_BYTES = 512 * 1024
_MAX_FEEDS = 50


def feeds_in_page(html: bytes, base_url: str | None) -> list[str]:
    """The feeds announced in the first 512 KiB of a page, absolute http(s) URLs in the page's order, each once."""
    page = LexborHTMLParser(decode(html[:_MAX_BYTES]))
    base_tag = page.css_first("base[href]")
    base = absolute(base_tag.attributes.get("href"), base_url) if base_tag else base_url
    found: dict[str, None] = {}
    for link in page.css("link[rel][href]"):
        target = absolute(link.attributes.get("href"), base)
        if target and _announces_feed(link.attributes) and target.lower().startswith(("http://", "https://", "/")):
            found[target] = None
    return list(found)[:_MAX_FEEDS]


def _announces_feed(attributes: dict[str, str | None]) -> bool:
    relations = (attributes.get("rel") or "").lower().split()
    kind = (attributes.get("type") or "").lower().partition(";")[0].strip()
    return ("alternate" in relations and kind in _TYPES) or "feed" in relations
