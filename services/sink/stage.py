"""The running sink: batches of articles or events become bulk requests, each message with its own result."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from services.core.clock import Clock
from services.core.envelope import read, traceparent_of
from services.core.errors import BadInput
from services.core.models import EnrichedArticle, Event
from services.core.outcomes import dead_lettered, outcome_of, outcome_record
from services.core.ports import Batch, Hit, Index, Message, Partition
from services.core.stage import Done, Failed, Result
from services.core.topics import ENRICHED, EVENTS
from services.sink import metrics
from services.sink.document import article_plan, article_upsert, event_upsert, version_of
from services.sink.write import WriteOptions, Writer

T = TypeVar("T")
M = TypeVar("M", EnrichedArticle, Event)


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """Messages per call and uncommitted per partition; `readers` is how many documents are looked up at once."""

    batch_size: int = 500
    in_flight: int = 2000
    readers: int = 16
    write: WriteOptions = field(default_factory=WriteOptions)


@dataclass(slots=True)
class _Article:
    """An article on its way into the index, with the position of its message."""

    at: int
    article: EnrichedArticle
    stored: Hit | None = None
    error: str = ""


class SinkHandler:
    """Writes articles, mentions and events to the index (a core.stage.Handler).

    External versions make the order of messages irrelevant and repetitions harmless. An article's mentions, withdrawn
    ones included, are written before the article itself: as long as the older article is stored, a crash in between
    loses nothing of what has to be withdrawn.
    """

    name = "sink"
    group = "sink"
    topics: Sequence[str] = (ENRICHED, EVENTS)
    bulk_topics: Sequence[str] = ()
    ordered = False

    def __init__(self, index: Index, clock: Clock, options: SinkOptions | None = None) -> None:
        self._clock = clock
        options = options or SinkOptions()
        self.batch_size, self.in_flight = options.batch_size, options.in_flight
        self._readers = options.readers
        self._writer = Writer(index, clock, options.write)
        self._busy: set[str] = set()
        self._freed = asyncio.Condition()
        self._newest: datetime | None = None

    async def assigned(self, partitions: frozenset[Partition], generation: int) -> None:
        """The sink keeps nothing."""

    async def draining(self, partitions: frozenset[Partition]) -> None:
        """Every request is soon answered, or waits for an index that may be back within the drain."""

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """The sink keeps nothing."""

    async def close(self) -> None:
        """There is nothing to end."""

    async def handle(self, batch: Batch) -> Sequence[Result]:
        """Writes a batch; returns when every document has its final answer."""
        if batch.partition.topic == EVENTS:
            events, failed = _read_all(Event, batch)
            failed.update(await self._index_events(events))
            return [Failed(failed[at]) if at in failed else Done() for at in range(len(batch.messages))]
        articles, failed = _read_all(EnrichedArticle, batch)
        items = [_Article(at, article) for at, article in articles]
        failed.update(await self._index_articles(items))
        self._observe(item.article for item in items if not item.error)
        known = {item.at: item.article for item in items}
        return [self._result(m, known.get(at), failed.get(at)) for at, m in enumerate(batch.messages)]

    # ------------------------------------------------------------ events

    async def _index_events(self, events: Sequence[tuple[int, Event]]) -> dict[int, Exception]:
        failed: dict[int, Exception] = {}
        for round_ in _rounds(sorted(events, key=lambda pair: pair[1].version), key=lambda pair: pair[1].id):
            results = await self._writer.write([event_upsert(event) for _, event in round_])
            failed.update(
                {at: BadInput(w.error) for (at, _), w in zip(round_, results, strict=True) if w.result == "failed"}
            )
        return failed

    # ------------------------------------------------------------ articles

    async def _index_articles(self, items: Sequence[_Article]) -> dict[int, Exception]:
        async with self._alone_with({item.article.id for item in items}):
            for round_ in _rounds(sorted(items, key=lambda i: version_of(i.article)), key=lambda i: i.article.id):
                await self._write_round(round_)
        return {item.at: BadInput(item.error) for item in items if item.error}

    async def _write_round(self, items: Sequence[_Article]) -> None:
        await self._look_up(items)
        await self._write_mentions(items)
        sound = [item for item in items if not item.error]
        results = await self._writer.write([article_upsert(item.article) for item in sound])
        outrun = []
        for item, written in zip(sound, results, strict=True):
            if written.result == "failed":
                item.error = written.error
            elif written.result == "stale" and (item.stored is None or item.stored.version < version_of(item.article)):
                outrun.append(item)
        # Another process (one that lost this partition) wrote a newer revision since we looked.
        if outrun:
            await self._look_up(outrun)
            await self._write_mentions(outrun)

    async def _write_mentions(self, items: Sequence[_Article]) -> None:
        planned = [(item, upsert) for item in items for upsert in article_plan(item.article, item.stored)]
        results = await self._writer.write([upsert for _, upsert in planned])
        for (item, upsert), written in zip(planned, results, strict=True):
            if written.result == "failed":
                item.error = item.error or f"mention {upsert.id}: {written.error}"

    async def _look_up(self, items: Sequence[_Article]) -> None:
        gate = asyncio.Semaphore(self._readers)

        async def look(item: _Article) -> None:
            async with gate:
                item.stored = await self._writer.get("articles", item.article.id)

        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(look(item))

    @asynccontextmanager
    async def _alone_with(self, ids: set[str]) -> AsyncIterator[None]:
        """Keeps batches that hold the same article apart: each must see what the other stored."""
        async with self._freed:
            await self._freed.wait_for(lambda: not ids & self._busy)
            self._busy |= ids
        try:
            yield
        finally:
            self._busy -= ids
            async with self._freed:
                self._freed.notify_all()

    # ------------------------------------------------------------ results

    def _result(self, message: Message, article: EnrichedArticle | None, error: Exception | None) -> Result:
        now, trace = self._clock.now(), traceparent_of(message)
        if article is None:
            return Failed(error or BadInput("there is no article in it"))
        if error is not None:
            return Failed(error, outputs=[dead_lettered(article, error, stage=self.name, now=now, traceparent=trace)])
        return Done([outcome_record(outcome_of(article, "indexed", stage=self.name, now=now), trace)])

    def _observe(self, articles: Iterable[EnrichedArticle]) -> None:
        now = self._clock.now()
        for article in articles:
            metrics.FETCHED_TO_INDEXED.observe(max(0.0, (now - article.fetched_at).total_seconds()))
            # A feed's date in the future must not hide that news stopped coming.
            if article.published is not None and article.published <= now:
                self._newest = max(article.published, self._newest or article.published)
        if self._newest is not None:
            metrics.NEWEST_PUBLISHED.set(self._newest.timestamp())


def _read_all(model: type[M], batch: Batch) -> tuple[list[tuple[int, M]], dict[int, Exception]]:
    """The records of a batch with their positions, and what is wrong with the messages that hold none."""
    records: list[tuple[int, M]] = []
    failed: dict[int, Exception] = {}
    for at, message in enumerate(batch.messages):
        try:
            records.append((at, read(model, message)))
        except BadInput as error:
            failed[at] = error
    return records, failed


def _rounds(items: Iterable[T], key: Callable[[T], str]) -> Iterator[list[T]]:
    """Splits items so that no round has a key twice; the items of one key keep their order over the rounds."""
    rounds: list[dict[str, T]] = []
    for item in items:
        free = next((r for r in rounds if key(item) not in r), None)
        if free is None:
            rounds.append(free := {})
        free[key(item)] = item
    return (list(round_.values()) for round_ in rounds)
