"""Articles, as they were fetched and as the enricher leaves them."""

from typing import Literal

from pydantic import Field, model_validator

from services.core.models.base import Model, UtcTime
from services.core.models.event import EventMention, Place, Source

PublishedPrecision = Literal["second", "day", "month", "unknown"]
PublishedBasis = Literal["feed", "meta", "text", "url", "none"]


class HttpInfo(Model):
    """What the server said with the body."""

    status: int = Field(ge=100, le=599)
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None


class RawArticle(Model):
    """One fetched revision of one article, before anything was made of it.

    `id` is the hash of the canonical URL, or of the file's content where there is no URL; a given id is kept.
    `published` is the feed's date in UTC and `published_raw` its exact words. Either `html` or `text` is there.
    """

    id: str = Field(min_length=1, max_length=200)
    revision: int = Field(default=1, ge=1)
    content_hash: str = ""
    url: str | None = None
    canonical_url: str | None = None
    source: Source = Source()
    feed_id: str | None = None
    title: str | None = None
    html: str | None = None
    text: str | None = None
    summary: str | None = None
    author: str | None = None
    published: UtcTime | None = None
    published_raw: str | None = None
    fetched_at: UtcTime
    first_fetched_at: UtcTime
    http: HttpInfo | None = None
    flags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_a_body(self) -> "RawArticle":
        # A retraction is the one record without a body: it says that the article is gone.
        if self.html is None and self.text is None and "retracted" not in self.flags:
            raise ValueError("an article needs html or text")
        return self


class TextSpan(Model):
    """A stretch of the article's clean text; `start` and `end` count characters of `text`."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Entity(Model):
    """Somebody or something that acts, with where the text names it."""

    id: str
    name: str
    kind: str
    country: str | None = None
    sector: str | None = None
    mentions: tuple[TextSpan, ...] = ()


class ArticlePlace(Place):
    """A place with where the text names it."""

    mentions: tuple[TextSpan, ...] = ()


class Coder(Model):
    """Who coded it. `number` rises with every coder whose output differs; it is part of the document version."""

    name: str = "dateline"
    version: str
    number: int = Field(ge=1, lt=2**20)


class EnrichedArticle(Model):
    """A clean article with its entities, places and coded events. All offsets are in characters of `text`."""

    id: str
    revision: int = Field(ge=1)
    url: str | None = None
    source: Source = Source()
    feed_id: str | None = None
    title: str | None = None
    text: str
    language: str | None = None
    author: str | None = None
    published: UtcTime | None = None
    published_precision: PublishedPrecision = "unknown"
    published_basis: PublishedBasis = "none"
    fetched_at: UtcTime
    first_fetched_at: UtcTime
    enriched_at: UtcTime
    fingerprint: str = ""
    bands: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    places: tuple[ArticlePlace, ...] = ()
    events: tuple[EventMention, ...] = ()
    coder: Coder
    flags: tuple[str, ...] = ()
