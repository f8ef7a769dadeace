"""The topics: what travels in them, how they are partitioned, how long they are kept. Makes schemas/topics/."""

from typing import Final, Literal, NamedTuple

from services.core import models as m
from services.core.errors import TooLarge
from services.core.ports import Record

DAY_MS: Final = 24 * 3600 * 1000
MIB: Final = 1024 * 1024
DEFAULT_PARTITIONS: Final = 12
DLQ_SUFFIX: Final = ".dlq"
DLQ_MAX_BYTES: Final = 16 * MIB
DLQ_KEPT_BYTES: Final = 64 * 1024
# How long after it was stored a record of a compacted topic stays for sure, superseded or not, on every bus: far longer
# than a member that lost its session goes on without knowing.
SUPERSEDED_MS: Final = 10 * 60 * 1000
# The lengths that frame a header, on the safe side.
_HEADER_FRAME: Final = 8


class Topic(NamedTuple):
    """One topic. `schemas` are the records it carries, `partition_by` says whose hash chooses the partition."""

    name: str
    schemas: tuple[type[m.Model], ...]
    key: str
    partition_by: Literal["site", "article id", "link key", "alert id", "dead letter"]
    cleanup: Literal["delete", "compact", "compact,delete"]
    retention_ms: int | None
    max_bytes: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    doc: str

    @property
    def compacted(self) -> bool:
        """Whether only the newest record of each key is promised to stay."""
        return self.cleanup != "delete"


FEEDS: Final = "dateline.feeds"
FEED_STATE: Final = "dateline.feed-state"
PAGES: Final = "dateline.pages"
PAGES_BULK: Final = "dateline.pages.bulk"
ARTICLE_STATE: Final = "dateline.article-state"
RAW: Final = "dateline.articles.raw"
RAW_BULK: Final = "dateline.articles.raw.bulk"
ENRICHED: Final = "dateline.articles.enriched"
MENTIONS: Final = "dateline.mentions"
LINKER_STATE: Final = "dateline.linker-state"
CORRECTIONS: Final = "dateline.corrections"
EVENTS: Final = "dateline.events"
OUTCOMES: Final = "dateline.outcomes"
ALERTS: Final = "dateline.alerts"
DLQ_STATE: Final = "dateline.dlq-state"

_WEEK = 7 * DAY_MS
_MONTH = 30 * DAY_MS

TOPICS: Final[tuple[Topic, ...]] = (
    Topic(FEEDS, (m.Feed,), "feed id", "site", "compact", None, MIB,
          ("command line", "dashboard"), ("crawler",), "The feeds to watch; the only truth about them."),
    Topic(FEED_STATE, (m.FeedState,), "feed id", "site", "compact", None, MIB,
          ("crawler",), ("crawler", "dashboard"), "Validators, schedule, health and seen entries of each feed."),
    Topic(PAGES, (m.PageTask,), "article id", "site", "delete", _WEEK, 12 * MIB,
          ("crawler", "command line"), ("crawler",), "Pages to read, for the owner of their site."),
    Topic(PAGES_BULK, (m.PageTask,), "article id", "site", "delete", _WEEK, 12 * MIB,
          ("command line",), ("crawler",), "Pages to read for back-fill: after the live ones."),
    Topic(ARTICLE_STATE, (m.ArticleState,), "article id", "site", "compact", None, MIB,
          ("crawler",), ("crawler",), "Newest content hash and revision of each article."),
    Topic(RAW, (m.RawArticle,), "article id", "article id", "delete", _WEEK, 12 * MIB,
          ("crawler", "command line"), ("enricher",), "Articles as they were fetched."),
    Topic(RAW_BULK, (m.RawArticle,), "article id", "article id", "delete", _WEEK, 12 * MIB,
          ("crawler",), ("enricher",), "Articles of archives: after the live ones."),
    Topic(ENRICHED, (m.EnrichedArticle,), "article id", "article id", "delete", _WEEK, 12 * MIB,
          ("enricher",), ("sink",), "Clean articles with entities, places and coded events."),
    Topic(MENTIONS, (m.EventMention, m.ArticleRevision), "mention id", "link key", "delete", _WEEK, MIB,
          ("enricher",), ("linker",), "Event mentions by link key; the revision of each article to every partition."),
    Topic(LINKER_STATE, (m.LinkState,), "mention id", "link key", "compact", None, MIB,
          ("linker",), ("linker",), "What the linker knows; tombstoned when it leaves the window."),
    Topic(CORRECTIONS, (m.Correction,), "correction id", "link key", "compact", None, MIB,
          ("command line", "dashboard"), ("linker",), "Links and splits that operators ordered."),
    Topic(EVENTS, (m.Event,), "event id", "link key", "compact,delete", _MONTH, 2 * MIB,
          ("linker",), ("sink",), "Linked events: output only."),
    Topic(OUTCOMES, (m.Outcome,), "fetch id", "article id", "compact,delete", _MONTH, MIB,
          ("crawler", "enricher", "sink", "command line"), ("account",), "What became of each fetch."),
    Topic(ALERTS, (m.Alert,), "alert id", "alert id", "compact", None, MIB,
          ("dashboard",), ("dashboard",), "Saved queries with their webhook and state."),
    # Kept for longer than the letters: Kafka removes those by the segment, later than their time.
    Topic(DLQ_STATE, (m.DeadLetterState,), "topic/partition/offset", "dead letter", "compact,delete", 2 * _MONTH, MIB,
          ("command line",), ("command line",), "Which dead letters were replayed or dropped."),
)  # fmt: skip

BY_NAME: Final = {topic.name: topic for topic in TOPICS}


def dlq_of(topic: str) -> str:
    """The dead-letter topic of a topic."""
    return topic + DLQ_SUFFIX


def limit_of(topic: str) -> int:
    """The largest record, in bytes of key, value and headers, that a topic takes."""
    return DLQ_MAX_BYTES if topic.endswith(DLQ_SUFFIX) else BY_NAME[topic].max_bytes


def size_of(record: Record) -> int:
    """The bytes of a record as stored: key, value, headers and their framing."""
    headers = sum(len(k.encode()) + len(v.encode()) + _HEADER_FRAME for k, v in record.headers.items())
    return len(record.key.encode()) + len(record.value or b"") + headers


def too_large(record: Record) -> TooLarge | None:
    """What a bus raises for this record, where it is over its topic's limit."""
    size, limit = size_of(record), limit_of(record.topic)
    return TooLarge(record.topic, size, limit) if size > limit else None
