"""Page tasks when their owner leaves or their reader dies: what is given up, what is let end, what is accounted for."""

import asyncio
from collections.abc import Sequence

from services.core.clock import ManualClock
from services.core.errors import WorkerStopped
from services.core.ids import article_id, fetch_id
from services.core.models import RawArticle
from services.core.ports import Batch, Partition, Record
from services.core.topics import OUTCOMES, PAGES, PAGES_BULK
from tests.crawler.world import START, STORY, InlinePool, RecordingBus, done, failed, page, page_task, world


async def test_the_account_of_a_page_that_stops_its_worker_is_closed_with_its_dead_letter() -> None:
    async with world(pool=InlinePool("deadly")) as w:
        w.web.put(STORY, page("A deadly page."))
        await w.own()
        await w.send_task(page_task())
        (result,) = await w.deliver(PAGES)
        assert isinstance(failed(result).error, WorkerStopped)
        (closed,) = await w.outcomes()
        assert (closed.kind, closed.reason, closed.article_id) == ("dead_lettered", "WorkerStopped", article_id(STORY))


async def test_the_account_of_a_given_article_that_stops_its_worker_is_that_of_its_fetch() -> None:
    given = RawArticle(id="given", text="deadly", fetched_at=START, first_fetched_at=START)
    async with world(pool=InlinePool("deadly")) as w:
        await w.own()
        await w.send_task(page_task(id="given", article=given), PAGES_BULK)
        (result,) = await w.deliver(PAGES_BULK)
        assert isinstance(failed(result).error, WorkerStopped)
        (closed,) = await w.outcomes()
        assert (closed.id, closed.kind) == (fetch_id("given", START), "dead_lettered")


async def test_pages_that_wait_for_their_host_are_given_up_when_their_owner_leaves() -> None:
    async with world(pause=3600.0, longest_wait=1e6) as w:
        urls = [f"{STORY}/{number}" for number in range(3)]
        for url in urls:
            w.web.put(url, page(url))
            await w.send_task(page_task(url=url))
        await w.own()
        messages = [message async for message in w.bus.read_all(PAGES)]
        waiting = [asyncio.create_task(w.handler.handle(Batch(m.source, [m]))) for m in messages]
        await w.settle()
        await w.handler.draining(frozenset({Partition(PAGES, (messages[0].partition + 1) % 4)}))
        await w.settle()
        assert not any(task.done() for task in waiting)
        await w.handler.draining(w.owned)
        await asyncio.wait(waiting)
        assert all(task.cancelled() for task in waiting)
        assert await w.articles() == []


async def test_a_page_that_is_being_published_is_not_given_up() -> None:
    class Slow(RecordingBus):
        async def publish(self, records: Sequence[Record]) -> None:
            if records[0].topic == OUTCOMES:
                begun.set()
                await release.wait()
            await super().publish(records)

    begun, release, clock = asyncio.Event(), asyncio.Event(), ManualClock(START)
    bus = Slow(clock)
    await bus.start()
    await bus.create_topics(4)
    async with world(bus, clock) as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        delivering = asyncio.create_task(w.deliver(PAGES))
        while not begun.is_set():
            await w.wait(1)
        await w.handler.draining(w.owned)
        release.set()
        (result,) = await delivering
        assert len(done(result).outputs) == 1
        assert len(await w.articles()) == 1
    await bus.close()


async def test_an_owner_who_comes_back_reads_what_it_has_no_state_of() -> None:
    async with world() as w:
        w.web.put(STORY, page())
        await w.own()
        await w.send_task(page_task())
        (message,) = [message async for message in w.bus.read_all(PAGES)]
        handling = asyncio.create_task(w.handler.handle(Batch(message.source, [message])))
        while not handling.done():
            await w.wait(1)
        # What followed was never published: the partitions went away, and came back.
        await w.lose(range(4))
        await w.own(generation=2)
        await w.deliver_pages()
        assert [article.revision for article in await w.articles()] == [1, 1]
        assert [state.generation for state in await w.article_states()] == [2]
