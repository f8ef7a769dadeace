"""What the owner of a partition number knows: its feeds, their states, its articles. Read from the compacted topics."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from services.core.envelope import read
from services.core.errors import BadInput
from services.core.models import ArticleState, Feed, FeedState
from services.core.ports import Bus, Message
from services.core.topics import ARTICLE_STATE, FEED_STATE, FEEDS
from services.crawler.ownership import ArticleBook, Known, mark_of

S = TypeVar("S", FeedState, ArticleState)


@dataclass(slots=True)
class Shard:
    """One owned partition number. `feeds_read` is the offset after the last feed record that it was loaded with."""

    number: int
    feeds: dict[str, Feed] = field(default_factory=dict)
    states: dict[str, FeedState] = field(default_factory=dict)
    articles: ArticleBook = field(default_factory=ArticleBook)
    feeds_read: int = 0
    closed: bool = False


async def load(bus: Bus, numbers: Iterable[int]) -> dict[int, Shard]:
    """The shards of these partition numbers, from the beginning of their compacted topics."""
    shards = {number: Shard(number) for number in numbers}
    if not shards:
        return shards
    wanted = sorted(shards)
    async for message in bus.read_all(FEEDS, wanted):
        take_feed(shards[message.partition], message)
    async for message in bus.read_all(FEED_STATE, wanted):
        _take_feed_state(shards[message.partition], message)
    async for message in bus.read_all(ARTICLE_STATE, wanted):
        _take_article(shards[message.partition], message)
    return shards


def take_feed(shard: Shard, message: Message) -> Feed | None:
    """Takes a record of dateline.feeds in; the feed, or None where it was removed. A broken one changes nothing."""
    shard.feeds_read = max(shard.feeds_read, message.offset + 1)
    if message.value is None:
        shard.feeds.pop(message.key, None)
        return None
    try:
        feed = read(Feed, message)
    except BadInput:
        return shard.feeds.get(message.key)  # the runner dead-letters it when it comes by there
    shard.feeds[message.key] = feed
    return feed


def known_of(state: ArticleState) -> Known:
    """What is kept in memory of an article's state."""
    return Known(
        mark_of(state.content_hash), state.revision, state.first_fetched_at, state.last_fetched_at, state.generation
    )


# A former owner may write once more after it lost the partition. Such a record is told by its generation: within a key
# it only rises in the log, and what comes with a lower one is ignored. What can not be read is as good as not there:
# the feed is polled, or the page read, once more.


def _take_feed_state(shard: Shard, message: Message) -> None:
    if message.value is None:
        shard.states.pop(message.key, None)
        return
    state = _readable(FeedState, message)
    known = shard.states.get(message.key)
    if state is not None and (known is None or state.generation >= known.generation):
        shard.states[message.key] = state


def _take_article(shard: Shard, message: Message) -> None:
    if message.value is None:
        shard.articles.forget(message.key)
        return
    state = _readable(ArticleState, message)
    known = shard.articles.get(message.key)
    if state is not None and (known is None or state.generation >= known.generation):
        shard.articles.put(message.key, known_of(state))


def _readable(model: type[S], message: Message) -> S | None:
    try:
        return read(model, message)
    except BadInput:
        return None
