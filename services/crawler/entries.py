"""The new entries of a feed as page tasks, and whose text may stand for a page. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.core.errors import BadInput
from services.core.ids import article_id
from services.core.models import Entry, Feed, PageTask, Source
from services.crawler.options import CrawlerOptions
from services.crawler.seen import Seen, entry_hash
from services.crawler.urls import canonical_url, same_site, site_of
from services.crawler.work import ParsedFeed

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# How a teaser ends where the rest is on the page.
_ELLIPSES = ("…", "...", "[…]", "[...]", "(more…)")


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a feed gave. `seen` is for FeedState; counts are of entries; `beyond` are those over the limit."""

    tasks: tuple[PageTask, ...]
    seen: str
    known: int
    total: int
    no_link: int
    beyond: int


def harvest(
    feed: Feed, feed_url: str, parsed: ParsedFeed, seen: Seen, now: datetime, options: CrawlerOptions
) -> Harvest:
    """The tasks for entries that are new or changed, each article once. `feed_url` is where it really came from."""
    entries = _newest(list(zip(parsed.document.entries, parsed.lengths, strict=True)), options.max_seen)
    tasks: dict[str, PageTask] = {}
    hashes: list[bytes] = []
    known = no_link = 0
    source = source_of(feed, parsed.document.title, parsed.document.language)
    for entry, length in entries:
        mark = entry_hash(entry)
        hashes.append(mark)
        if mark in seen:
            known += 1
            continue
        try:
            url = canonical_url(entry.url or "")
        except BadInput:
            no_link += 1
            continue
        believed = _is_believed(feed, feed_url, url, options)
        body = entry.content if believed and _stands_for_page(feed, entry, length, options) else None
        if not believed:
            # Else a feed could put its own headline over another publisher's page.
            entry = entry.model_copy(update={"title": None, "author": None, "summary": None})
        task = _task(feed, source, url, entry, body, now, options)
        tasks.setdefault(task.id, task)
    kept = seen.renewed(hashes, options.max_seen)
    beyond = len(parsed.document.entries) - len(entries)
    return Harvest(tuple(tasks.values()), kept, known, len(entries), no_link, beyond)


def _task(
    feed: Feed, source: Source, url: str, entry: Entry, body: str | None, now: datetime, options: CrawlerOptions
) -> PageTask:
    # The content travels as `body` or not at all: it would only make the task large.
    told = {"content": None, "summary": (entry.summary or "")[: options.max_summary] or None}
    return PageTask(
        id=article_id(url),
        url=url,
        feed_id=feed.id,
        source=source,
        entry=entry.model_copy(update=told),
        body=body,
        found_at=now,
    )


def source_of(feed: Feed, title: str | None, language: str | None) -> Source:
    """Who publishes the feed: what the operator said, completed by what the feed says of itself."""
    given = feed.source
    said = (language or "").partition("-")[0].strip().lower()
    return Source(
        id=given.id or site_of(feed.url),
        name=given.name or (title or "")[:200] or site_of(feed.url),
        country=given.country,
        language=given.language or feed.language or (said if len(said) == 2 and said.isalpha() else None),
    )


def _is_believed(feed: Feed, feed_url: str, url: str, options: CrawlerOptions) -> bool:
    """Whether what the feed says of a page counts: of pages of its own site, or where the operator trusts it."""
    own = same_site(feed.url, url) and same_site(feed_url, url)
    return own or site_of(feed.url) in options.trusted_sites


def _stands_for_page(feed: Feed, entry: Entry, length: int, options: CrawlerOptions) -> bool:
    """Whether the feed's text may be the article: only where it is whole."""
    if not entry.content or feed.text_from == "page":
        return False
    if feed.text_from == "feed":
        return length > 0
    return length >= options.whole_article and not _is_cut(entry.content)


def _is_cut(content: str) -> bool:
    tail = content.rstrip()[-200:]
    # Markup may close behind the dots: "… </p></div>".
    while tail.endswith(">") and "<" in tail:
        tail = tail[: tail.rindex("<")].rstrip()
    return tail.endswith(_ELLIPSES)


def _newest(entries: list[tuple[Entry, int]], limit: int) -> list[tuple[Entry, int]]:
    """At most `limit` entries: what is more could not be remembered and would come back at every poll."""
    if len(entries) <= limit:
        return entries
    return sorted(entries, key=lambda pair: pair[0].published or _LONG_AGO, reverse=True)[:limit]
