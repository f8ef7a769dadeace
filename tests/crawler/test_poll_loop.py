"""The heap of feeds to poll."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.core.clock import ManualClock
from services.crawler.locks import KeyedLocks
from services.crawler.poll_loop import PollLoop
from tests.crawler.world import START


class Polls:
    """A loop with polls that end when they are let."""

    def __init__(self, concurrency: int = 10) -> None:
        self.clock = ManualClock(START)
        self.loop = PollLoop(self.clock, self.poll, concurrency=concurrency)
        self.begun: list[tuple[str, float]] = []
        self.ended: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.keeps = False
        self.failure: Exception | None = None

    async def poll(self, feed_id: str) -> None:
        self.begun.append((feed_id, self.clock.monotonic()))
        if self.keeps:
            self.loop.keep()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.ended.append(feed_id)

    def at(self, feed_id: str, seconds: float) -> None:
        self.loop.schedule(feed_id, START + timedelta(seconds=seconds))

    async def advance(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.advance(1.0)
            await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
async def polls() -> AsyncIterator[Polls]:
    polls = Polls()
    running = asyncio.create_task(polls.loop.run())
    await polls.settle()
    yield polls
    running.cancel()
    await asyncio.wait([running])


async def test_feeds_are_polled_at_their_time_in_order(polls: Polls) -> None:
    for feed_id, seconds in (("c", 30), ("a", 10), ("b", 20), ("now", -5)):
        polls.at(feed_id, seconds)
    await polls.settle()
    await polls.advance(40)
    assert polls.begun == [("now", 0.0), ("a", 10.0), ("b", 20.0), ("c", 30.0)]


async def test_a_new_time_takes_the_place_of_the_old_one(polls: Polls) -> None:
    polls.at("a", 10)
    polls.at("a", 25)
    polls.at("b", 25)
    polls.at("b", 5)
    await polls.settle()
    await polls.advance(40)
    assert polls.begun == [("b", 5.0), ("a", 25.0)]


async def test_a_forgotten_feed_is_not_polled(polls: Polls) -> None:
    polls.at("a", 10)
    polls.loop.forget("a")
    await polls.advance(20)
    assert polls.begun == []


async def test_a_feed_that_is_due_while_it_is_polled_comes_after_its_poll(polls: Polls) -> None:
    polls.gate.clear()
    polls.at("a", 0)
    await polls.settle()
    polls.at("a", 5)
    polls.at("b", 8)
    await polls.advance(10)
    assert polls.begun == [("a", 0.0), ("b", 8.0)]
    polls.gate.set()
    await polls.settle()
    assert polls.begun[2:] == [("a", 10.0)]


async def test_no_more_run_at_once_than_allowed() -> None:
    polls = Polls(concurrency=3)
    running = asyncio.create_task(polls.loop.run())
    polls.gate.clear()
    for number in range(8):
        polls.at(str(number), 0)
    await polls.settle()
    assert len(polls.begun) == 3
    polls.gate.set()
    await polls.settle()
    assert len(polls.ended) == 8
    running.cancel()
    await asyncio.wait([running])


async def test_stopping_cancels_a_poll_that_has_not_begun_to_publish(polls: Polls) -> None:
    polls.gate.clear()
    polls.at("a", 0)
    polls.at("b", 0)
    await polls.settle()
    await polls.loop.stop(["a"])
    polls.gate.set()
    await polls.settle()
    assert polls.ended == ["b"]


async def test_stopping_waits_for_a_poll_that_publishes(polls: Polls) -> None:
    polls.gate.clear()
    polls.keeps = True
    polls.at("a", 0)
    await polls.settle()
    stopping = asyncio.create_task(polls.loop.stop(["a"]))
    await polls.settle()
    assert not stopping.done()
    polls.gate.set()
    await stopping
    assert polls.ended == ["a"]


async def test_a_poll_that_breaks_stops_no_other(polls: Polls) -> None:
    polls.failure = RuntimeError("broken")
    polls.at("a", 0)
    await polls.settle()
    polls.failure = None
    polls.at("b", 1)
    await polls.advance(2)
    assert polls.ended == ["b"]


async def test_feeds_that_are_scheduled_over_and_over_do_not_fill_the_memory(polls: Polls) -> None:
    for number in range(5000):
        polls.at("a", 100 + number)
    assert len(polls.loop._heap) < 1100


async def test_a_clock_that_is_set_forward_is_noticed_within_a_minute(polls: Polls) -> None:
    polls.at("a", 3600)
    await polls.settle()
    polls.clock._now += timedelta(hours=1)
    await polls.advance(61)
    assert [feed_id for feed_id, _ in polls.begun] == ["a"]


async def test_a_key_is_held_by_one_at_a_time_and_forgotten_when_nobody_wants_it() -> None:
    locks = KeyedLocks()
    order: list[str] = []

    async def work(key: str, name: str) -> None:
        async with locks.alone(key):
            order.append(name + " in")
            await asyncio.sleep(0)
            order.append(name + " out")

    await asyncio.gather(work("a", "1"), work("a", "2"), work("b", "3"))
    assert order.index("1 out") < order.index("2 in")
    assert order.index("3 in") < order.index("1 out")
    assert len(locks) == 0
