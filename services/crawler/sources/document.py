"""What a feed says, whatever it was written in."""

from dataclasses import dataclass
from typing import Literal

from services.core.models import Entry

FeedKind = Literal["rss", "rdf", "atom", "cdf", "json"]


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as parsed: texts without control characters, links absolute where a base was known.

    `entries` are in the feed's order; ids may repeat and be empty. `ttl_seconds` is RSS ttl; `skip_hours` are hours of
    the day in GMT; `skip_days` are weekdays, Monday 0; `update_seconds` is sy:updatePeriod by updateFrequency, None
    where they are odd.
    """

    kind: FeedKind
    title: str | None = None
    link: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    ttl_seconds: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    update_seconds: float | None = None
    hub: str | None = None
    self_link: str | None = None
    next_link: str | None = None
