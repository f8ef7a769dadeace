"""What a new owner reads back from the compacted topics."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from services.adapters.memory_bus import MemoryBus
from services.core.envelope import record_of
from services.core.models import ArticleState, Feed, FeedState, Model
from services.core.ports import Message
from services.core.topics import ARTICLE_STATE, FEED_STATE, FEEDS
from services.crawler.ownership import mark_of
from services.crawler.shard import load
from tests.crawler.world import START


class LoggedBus(MemoryBus):
    """Gives back a log that compaction has not been over yet."""

    def __init__(self, *log: tuple[str, str, Model | None]) -> None:
        super().__init__()
        self._kept = [
            Message(topic, 0, offset, key, record_of(topic, key, model).value if model else None, {}, START)
            for offset, (topic, key, model) in enumerate(log)
        ]

    async def read_all(self, topic: str, partitions: Sequence[int] | None = None) -> AsyncIterator[Message]:
        for message in self._kept:
            if message.topic == topic and (partitions is None or message.partition in partitions):
                yield message


def feed_state(generation: int, interval: float) -> FeedState:
    return FeedState(feed_id="f", generation=generation, url="https://a.example/", next_poll=START, interval=interval)


def article_state(generation: int, revision: int) -> ArticleState:
    return ArticleState(
        article_id="a", generation=generation, url="https://a.example/", content_hash=f"h{revision}",
        revision=revision, first_fetched_at=START, last_fetched_at=START + timedelta(hours=revision),
    )  # fmt: skip


async def test_the_newest_of_each_key_counts() -> None:
    feed = Feed(id="f", url="https://a.example/")
    bus = LoggedBus(
        (FEEDS, "f", feed), (FEEDS, "f", feed.model_copy(update={"paused": True})),
        (FEED_STATE, "f", feed_state(1, 60)), (FEED_STATE, "f", feed_state(1, 120)),
        (ARTICLE_STATE, "a", article_state(1, 1)), (ARTICLE_STATE, "a", article_state(1, 2)),
    )  # fmt: skip
    shard = (await load(bus, [0]))[0]
    known = shard.articles.get("a")
    assert known is not None
    assert (shard.feeds["f"].paused, shard.states["f"].interval) == (True, 120)
    assert (known.revision, known.mark) == (2, mark_of("h2"))
    assert shard.feeds_read == 2


async def test_a_lower_generation_later_in_the_log_is_a_zombies_and_is_ignored() -> None:
    bus = LoggedBus(
        (FEED_STATE, "f", feed_state(2, 60)), (FEED_STATE, "f", feed_state(1, 120)),
        (ARTICLE_STATE, "a", article_state(2, 5)), (ARTICLE_STATE, "a", article_state(1, 4)),
    )  # fmt: skip
    shard = (await load(bus, [0]))[0]
    known = shard.articles.get("a")
    assert known is not None
    assert (shard.states["f"].interval, known.revision) == (60, 5)


async def test_tombstones_remove() -> None:
    bus = LoggedBus(
        (FEEDS, "f", Feed(id="f", url="https://a.example/")), (FEEDS, "f", None),
        (FEED_STATE, "f", feed_state(1, 60)), (FEED_STATE, "f", None),
        (ARTICLE_STATE, "a", article_state(1, 1)), (ARTICLE_STATE, "a", None),
    )  # fmt: skip
    shard = (await load(bus, [0]))[0]
    assert (shard.feeds, shard.states, len(shard.articles)) == ({}, {}, 0)


async def test_what_cannot_be_read_is_as_good_as_not_there() -> None:
    bus = LoggedBus((FEED_STATE, "f", article_state(1, 1)), (ARTICLE_STATE, "a", feed_state(1, 1)))
    shard = (await load(bus, [0]))[0]
    assert (shard.states, len(shard.articles)) == ({}, 0)
