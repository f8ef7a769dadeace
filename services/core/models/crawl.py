"""What the crawler keeps and hands on: feeds, their state, page tasks, article state, outcomes."""

from typing import Literal

from pydantic import Field

from services.core.models.article import HttpInfo, RawArticle
from services.core.models.base import Model, UtcTime
from services.core.models.event import Source


class Feed(Model):
    """A feed that an operator listed. `id` hashes its URL; a removed feed is a tombstone under its id."""

    id: str
    url: str
    source: Source = Source()
    tags: tuple[str, ...] = ()
    paused: bool = False
    refresh_at: UtcTime | None = None
    min_interval: float | None = Field(default=None, gt=0, description="seconds")
    max_interval: float | None = Field(default=None, gt=0, description="seconds")
    zone: str | None = Field(default=None, description="IANA zone for dates that carry none")
    language: str | None = None
    text_from: Literal["auto", "feed", "page"] = "auto"


class Validators(Model):
    """HTTP validators as the server sent them, byte for byte (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


class FeedState(Model):
    """What the owner of a feed knows about it. A record of a lower `generation` later in the log is ignored.

    `seen` is the base64 of packed 8-byte hashes of entries (id and content), newest last, at most 2,000.
    `validators` are good for `validators_url` only; `last_full` is the last whole answer (200), `last_unconditional`
    the last request that left validators out though there were some.
    """

    feed_id: str
    generation: int = 0
    url: str
    validators: Validators = Validators()
    validators_url: str | None = None
    last_full: UtcTime | None = None
    last_unconditional: UtcTime | None = None
    body_hash: str | None = None
    next_poll: UtcTime
    next_poll_reason: str = ""
    interval: float = Field(gt=0, description="seconds")
    last_polled: UtcTime | None = None
    last_success: UtcTime | None = None
    last_status: int | None = None
    last_error: str | None = None
    failures: float = 0.0
    state: Literal["new", "ok", "failing", "gone", "paused"] = "new"
    redirect_to: str | None = None
    redirect_count: int = 0
    seen: str = ""


class Entry(Model):
    """One entry of a feed, as the feed gave it; `content` is the longest body, HTML or text."""

    id: str
    url: str | None = None
    title: str | None = None
    author: str | None = None
    published: UtcTime | None = None
    published_raw: str | None = None
    updated: UtcTime | None = None
    summary: str | None = None
    content: str | None = None
    language: str | None = None


class PageTask(Model):
    """A page to read, for the owner of its site; `body` is what the feed carried, where that may stand for the page.

    `hops` counts redirects and canonical links that led here from other sites, so that two sites cannot play
    ping-pong with it. `article` is one that came whole, from a file or an archive: it is only to be numbered, and
    `url` is empty where it has none.
    """

    id: str = Field(description="article id: hash of the canonical URL")
    url: str
    feed_id: str | None = None
    source: Source = Source()
    entry: Entry | None = None
    body: str | None = None
    article: RawArticle | None = None
    found_at: UtcTime
    hops: int = Field(default=0, ge=0)


class ArticleState(Model):
    """The newest fetch of an article, for revisions and duplicates. Lower generations later in the log are ignored."""

    article_id: str
    generation: int = 0
    url: str
    content_hash: str
    revision: int = Field(ge=1)
    first_fetched_at: UtcTime
    last_fetched_at: UtcTime
    http: HttpInfo | None = None


OutcomeKind = Literal["fetched", "duplicate", "rejected", "indexed", "dead_lettered"]


class Outcome(Model):
    """What became of one fetch. `id` hashes (article id, fetched_at): one fetch, however often it is reported.

    `fetched` opens the account of a fetch; exactly one of the others closes it.
    """

    id: str
    article_id: str
    revision: int | None = None
    fetched_at: UtcTime
    feed_id: str | None = None
    source_id: str = ""
    kind: OutcomeKind
    reason: str | None = None
    stage: str
    time: UtcTime
