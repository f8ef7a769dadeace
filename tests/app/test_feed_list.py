"""The list of feeds on its topic: what is there is told, and what does not belong there stops nothing."""

import logging
from datetime import UTC, datetime

import pytest

from services.adapters.memory_bus import MemoryBus
from services.app.feeds import feed_states, listed_feeds, put_feeds, remove_feed
from services.core.envelope import record_of
from services.core.models import FeedState
from services.core.ports import Record
from services.core.topics import FEED_STATE, FEEDS
from services.crawler.opml import feed_of

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ONE, TWO = feed_of("https://one.example/feed"), feed_of("https://two.example/feed")


async def started_bus() -> MemoryBus:
    bus = MemoryBus()
    await bus.start()
    await bus.create_topics(2)
    return bus


def state(generation: int, failures: float) -> FeedState:
    return FeedState(
        feed_id=ONE.id, url=ONE.url, generation=generation, failures=failures, interval=300.0, next_poll=NOW
    )


async def test_what_was_put_is_listed_and_what_was_removed_is_not() -> None:
    bus = await started_bus()
    await put_feeds(bus, [ONE, TWO])
    await remove_feed(bus, TWO)
    assert await listed_feeds(bus) == {ONE.id: ONE}
    await bus.close()


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"id": 5}', b"\xff\xfe"])
async def test_a_record_that_is_no_feed_is_passed_over_with_a_warning(
    junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bus = await started_bus()
    await bus.publish([Record(FEEDS, "junk", junk, {}), Record(FEED_STATE, "junk", junk, {})])
    await put_feeds(bus, [ONE])
    await bus.publish([record_of(FEED_STATE, ONE.id, state(1, 2.0))])
    with caplog.at_level(logging.WARNING):
        assert await listed_feeds(bus) == {ONE.id: ONE}
        assert {key: found.failures for key, found in (await feed_states(bus)).items()} == {ONE.id: 2.0}
    warned = [text for text in caplog.messages if text.startswith("passed over a record: ")]
    assert [FEEDS in warned[0], FEED_STATE in warned[1], len(warned)] == [True, True, 2]
    await bus.close()


async def test_a_zombies_late_state_does_not_count() -> None:
    bus = await started_bus()
    for found in (state(3, 1.0), state(2, 9.0)):
        await bus.publish([record_of(FEED_STATE, ONE.id, found, partition=found.generation % 2)])
    assert (await feed_states(bus))[ONE.id].failures == 1.0
    await bus.close()
