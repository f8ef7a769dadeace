"""The crawler as a stage: it polls the feeds of the partitions it owns and reads the pages of their sites."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from services.core.clock import Clock
from services.core.envelope import read, record_of, tombstone
from services.core.errors import BadInput
from services.core.models import Feed, FeedState
from services.core.outbox import Outbox
from services.core.ports import Batch, Bus, Fetcher, Message, Partition, Record
from services.core.stage import Done, Failed, Result
from services.core.topics import ARTICLE_STATE, FEED_STATE, FEEDS, PAGES, PAGES_BULK
from services.core.workers import Workers
from services.crawler import metrics
from services.crawler.desk import Desk
from services.crawler.feeds import FeedPoller
from services.crawler.options import CrawlerOptions
from services.crawler.pages import PageReader
from services.crawler.politeness import Politeness, host_of
from services.crawler.poll_loop import PollLoop
from services.crawler.robots_cache import RobotsCache
from services.crawler.schedule import bounds_of
from services.crawler.shard import Shard, load, take_feed
from services.crawler.urls import site_of
from services.crawler.waiting import Waiting
from services.crawler.web import Web
from services.crawler.work import Job, Parsed, Pool, run

_log = logging.getLogger(__name__)
_GAUGES_EVERY = 15.0
_TOMBSTONES_AT_ONCE = 500


class CrawlerHandler:
    """Implements core.stage.Handler. It starts its own worker processes unless it is given a `pool`.

    The fetcher is to be started; the handler closes it when it ends.

    Partitions with the same number, of all topics, have one owner; what it knows of them is a Shard. Polls publish by
    themselves: page tasks first, and when they are durable the feed's state. Page tasks come in as messages.
    """

    name = "crawler"
    group = "crawler"
    topics: Sequence[str] = (FEEDS, PAGES)
    bulk_topics: Sequence[str] = (PAGES_BULK,)
    ordered = False
    batch_size = 1

    def __init__(
        self,
        bus: Bus,
        fetcher: Fetcher,
        clock: Clock,
        options: CrawlerOptions,
        *,
        pool: Pool | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._options = options
        self._outbox = Outbox(bus, clock, stage=self.name, patience=options.patience)
        self._fetcher = fetcher
        self._workers = _workers(options) if pool is None else None
        pool = pool or self._workers
        assert pool is not None
        self._politeness = Politeness(clock, options)
        web = Web(fetcher, self._politeness, clock, options)
        reader = PageReader(web, RobotsCache(web, clock, options), pool, clock, options)
        self._waiting = Waiting()
        self._desk = Desk(reader, pool, self._outbox, self._waiting, clock, options)
        self._poller = FeedPoller(web, pool, clock, options, chance)
        self._loop = PollLoop(clock, self._poll, concurrency=options.max_polls)
        # Per partition: page tasks wait for the pauses of their hosts, so many are read ahead.
        self.in_flight = options.in_flight
        self._owned: dict[int, set[str]] = {}
        self._shards: dict[int, Shard] = {}
        self._home: dict[str, Shard] = {}
        self._background: list[asyncio.Task[None]] = []
        metrics.start_at_zero()

    # ------------------------------------------------------------ assignment

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """Loads the shards that are new; those that we keep go on as they are."""
        self._desk.generation = max(self._desk.generation, generation)
        new = {partition.number for partition in partitions} - self._shards.keys()
        for number, shard in (await load(self._bus, new)).items():
            self._shards[number] = shard
            for feed in shard.feeds.values():
                self._home[feed.id] = shard
                self._take_up(shard, feed)
        for partition in partitions:
            self._owned.setdefault(partition.number, set()).add(partition.topic)
        if not self._background:
            self._background = [asyncio.create_task(self._loop.run()), asyncio.create_task(self._keep_house())]

    async def draining(self, partitions: frozenset[Partition]) -> None:
        """Page tasks that wait for their host or its answer are read again by the next owner."""
        self._waiting.give_up(partitions)

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Forgets the shards of which nothing is left; when it returns, nothing more is published for them."""
        for partition in partitions:
            topics = self._owned.get(partition.number, set())
            topics.discard(partition.topic)
            if not topics:
                await self._drop(partition.number)

    async def _drop(self, number: int) -> None:
        self._owned.pop(number, None)
        shard = self._shards.pop(number, None)
        if shard is None:
            return
        shard.closed = True
        self._desk.forget()
        await self._loop.stop(shard.feeds)
        for feed_id in shard.feeds:
            self._home.pop(feed_id, None)

    async def close(self) -> None:
        """Ends polling, the worker processes and the fetcher."""
        for task in self._background:
            task.cancel()
        if self._background:
            await asyncio.wait(self._background)
        self._background = []
        if self._workers is not None:
            await self._workers.close()
        await self._fetcher.close()

    # ------------------------------------------------------------ messages

    async def handle(self, batch: Batch) -> Sequence[Result]:
        """One result per message: of a feed record at once, of a page task when its page was read."""
        self._raise_what_ended_polling()
        return [await self._handle(message) for message in batch.messages]

    def _raise_what_ended_polling(self) -> None:
        # A crawler that only reads pages looks alive and is not: better to stop and be started again.
        for task in self._background:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _handle(self, message: Message) -> Result:
        shard = self._shards[message.partition]
        try:
            if message.topic == FEEDS:
                return Done(await self._feed_changed(shard, message))
            with self._waiting.of(message.source):
                return await self._desk.handle(message, shard)
        except BadInput as error:
            return Failed(error)

    async def _feed_changed(self, shard: Shard, message: Message) -> Sequence[Record]:
        if message.value is not None:
            read(Feed, message)  # a broken record is dead-lettered, also one that we were loaded with
        if message.offset < shard.feeds_read:
            return ()  # we were loaded with what came after it
        feed = take_feed(shard, message)
        if feed is None:
            self._home.pop(message.key, None)
            await self._loop.stop([message.key])
            shard.states.pop(message.key, None)
            return (tombstone(FEED_STATE, message.key, partition=shard.number),)
        self._home[feed.id] = shard
        state = self._take_up(shard, feed)
        return (self._state_record(shard, state),)

    # ------------------------------------------------------------ polling

    def _take_up(self, shard: Shard, feed: Feed) -> FeedState:
        """Fits a feed's state to what the operator says now, and schedules it."""
        bounds = bounds_of(feed.min_interval, feed.max_interval, self._options)
        state = shard.states.get(feed.id) or FeedState(
            feed_id=feed.id,
            url=feed.url,
            next_poll=self._clock.now(),
            next_poll_reason="The feed is new.",
            interval=bounds.clamp(self._options.first_factor * bounds.low),
        )
        state = shard.states[feed.id] = _fitted(state, feed)
        if state.state in ("paused", "gone"):
            self._loop.forget(feed.id)
        else:
            self._loop.schedule(feed.id, state.next_poll)
        return state

    async def _poll(self, feed_id: str) -> None:
        shard = self._home.get(feed_id)
        feed = shard.feeds.get(feed_id) if shard else None
        if shard is None or feed is None:
            return
        state = shard.states[feed_id]
        wait = self._politeness.expected_wait(host_of(state.url))
        if wait > self._options.poll_wait:
            self._loop.schedule(feed_id, self._clock.now() + timedelta(seconds=wait))
            return
        try:
            poll = await self._poller.poll(feed, state)
            if shard.closed or feed_id not in shard.feeds:
                return
            self._loop.keep()
            tasks = [record_of(PAGES, task.id, task, routing=site_of(task.url)) for task in poll.tasks]
            # In this order, each durable before the next: a crash between them reads entries twice and loses none.
            await self._outbox.publish(tasks)
            state = _fitted(poll.state, shard.feeds.get(feed_id, feed))
            await self._outbox.publish([self._state_record(shard, state)])
            metrics.POLL_RESULTS.labels(poll.result).inc()
        except Exception:
            # Not the feed's fault (the bus is away): the state that was published last stays, and it is tried again.
            _log.exception("the poll of a feed broke", extra={"feed_id": feed_id})
            again = self._clock.now() + timedelta(seconds=self._options.back_off)
            state = state.model_copy(update={"next_poll": again})
        if not shard.closed and (now_listed := shard.feeds.get(feed_id)) is not None:
            shard.states[feed_id] = state
            self._take_up(shard, now_listed)

    def _state_record(self, shard: Shard, state: FeedState) -> Record:
        # The state lies beside its feed, wherever the feed has moved to since.
        owned = state.model_copy(update={"generation": self._desk.generation})
        return record_of(FEED_STATE, state.feed_id, owned, partition=shard.number)

    # ------------------------------------------------------------ housekeeping

    async def _keep_house(self) -> None:
        """Gauges every few seconds; every hour the tombstones of articles that nobody has seen for long."""
        swept = self._clock.monotonic()
        while True:
            self._set_gauges()
            await self._clock.sleep(_GAUGES_EVERY)
            if self._clock.monotonic() - swept >= self._options.sweep_interval:
                swept = self._clock.monotonic()
                try:
                    await self._forget_old_articles()
                except Exception:
                    _log.exception("old article state could not be removed; tried again later")

    def _set_gauges(self) -> None:
        counts = dict.fromkeys(metrics.FEED_STATES, 0)
        edge = self._clock.now() - timedelta(seconds=self._options.overdue_after)
        overdue = 0
        for shard in self._shards.values():
            for state in shard.states.values():
                counts[state.state] += 1
                overdue += state.state not in ("paused", "gone") and state.next_poll < edge
        for name, number in counts.items():
            metrics.FEEDS.labels(name).set(number)
        metrics.OVERDUE.set(overdue)
        metrics.ARTICLES.set(sum(len(shard.articles) for shard in self._shards.values()))

    async def _forget_old_articles(self) -> None:
        limit = self._clock.now() - timedelta(seconds=self._options.state_lifetime)
        for shard in list(self._shards.values()):
            old = list(shard.articles.not_seen_since(limit))
            for start in range(0, len(old), _TOMBSTONES_AT_ONCE):
                ids = old[start : start + _TOMBSTONES_AT_ONCE]
                if shard.closed:
                    break
                await self._outbox.publish([tombstone(ARTICLE_STATE, key, partition=shard.number) for key in ids])
                for key in ids:
                    shard.articles.forget(key)


def _workers(options: CrawlerOptions) -> Workers[Job, Parsed]:
    return Workers(run, processes=options.processes, timeout=options.parse_timeout, preload=("services.crawler.work",))


def _fitted(state: FeedState, feed: Feed) -> FeedState:
    """The state as the operator's wishes (pause, resume, refresh) change it."""
    asked = feed.refresh_at
    if feed.paused:
        return state.model_copy(update={"state": "paused", "next_poll_reason": "The feed is paused."})
    if asked is not None and (state.last_polled is None or asked > state.last_polled):
        at = asked if state.state == "gone" else min(asked, state.next_poll)
        reason = "An operator asked for a refresh."
        return state.model_copy(update={"state": _resumed(state), "next_poll": at, "next_poll_reason": reason})
    if state.state == "paused":
        return state.model_copy(update={"state": _resumed(state), "next_poll_reason": "The feed was resumed."})
    return state


def _resumed(state: FeedState) -> str:
    """What a feed is that is polled again: what it was before it was paused or gone."""
    if state.failures:
        return "failing"
    return "ok" if state.last_success else "new"
