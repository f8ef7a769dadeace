"""feedparser, for what our own reader finds nothing in: slow, so last; bytes only, for a string it would open."""

import calendar
import io
from datetime import UTC, datetime
from typing import Any

import feedparser

from services.core.errors import BadInput
from services.core.models import Entry
from services.crawler.sources.dates import parse_date
from services.crawler.sources.document import FeedDocument, FeedKind
from services.crawler.sources.text import body_text, one_line, plain, web_link
from services.crawler.sources.tree import mended

_MAX_BYTES = 2 * 1024 * 1024


def read_tolerantly(text: str, base_url: str | None, zone: str | None) -> FeedDocument:
    """The feed as feedparser reads it; with no entries where it finds none."""
    body = mended(text).encode("utf-8", "replace")[:_MAX_BYTES]
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base_url or ""}
    try:
        parsed = feedparser.parse(io.BytesIO(body), response_headers=headers, resolve_relative_uris=False)
    except Exception as error:
        # It promises nothing about what it raises, and what it cannot read is the document's fault.
        raise BadInput(f"not a feed that can be read: {type(error).__name__}: {error}"[:300]) from error
    feed = parsed.feed
    return FeedDocument(
        kind=_kind(parsed.get("version") or ""),
        title=plain(feed.get("title")),
        link=web_link(feed.get("link"), base_url),
        language=one_line(feed.get("language")),
        entries=tuple(_entry(entry, base_url, zone) for entry in parsed.entries),
    )


def _kind(version: str) -> FeedKind:
    if version in ("rss10", "rss090"):
        return "rdf"
    return "atom" if version.startswith("atom") else "cdf" if version == "cdf" else "rss"


def _entry(entry: Any, base_url: str | None, zone: str | None) -> Entry:
    raw = one_line(entry.get("published"))
    summary = body_text(entry.get("summary"))
    bodies = [body_text(part.get("value")) or "" for part in entry.get("content", ())]
    return Entry(
        id=one_line(entry.get("id")) or "",
        url=web_link(entry.get("link"), base_url),
        title=plain(entry.get("title")),
        author=plain(entry.get("author")),
        published=(parse_date(raw, zone) if raw else None) or _time(entry.get("published_parsed")),
        published_raw=raw,
        updated=parse_date(entry.get("updated") or "", zone) or _time(entry.get("updated_parsed")),
        summary=summary,
        content=max([*bodies, summary or ""], key=len) or None,
    )


def _time(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None
