"""A replayed letter through enricher, linker and sink: it comes out once, however often it is sent back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from services.adapters.memory_bus import MemoryBus
from services.adapters.memory_index import MemoryIndex
from services.app.account import account
from services.app.dlq import STATES, Selection
from services.core.accounts import Account
from services.core.clock import Clock, ManualClock, SystemClock
from services.core.envelope import record_of
from services.core.errors import WorkerStopped
from services.core.models import RawArticle
from services.core.outcomes import outcome_of, outcome_record
from services.core.ports import COLLECTIONS
from services.core.runner import Runner, RunnerOptions
from services.core.stage import Handler
from services.core.topics import ENRICHED, EVENTS, RAW
from services.enricher.stage import EnricherHandler
from services.enricher.worker import Coded, Item, code_message
from services.linker.stage import LinkerHandler
from services.sink.stage import SinkHandler
from tests.app.letters import NOW, letters, replay, there
from tests.enricher.articles import BODY, raw


class Coders:
    """Codes in this process at a time that stands; as long as it is `broken`, the article "bad" stops its worker."""

    def __init__(self) -> None:
        self.broken = True

    async def map(self, items: Sequence[Item]) -> list[Coded | Exception]:
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Coded | Exception:
        if self.broken and RawArticle.model_validate_json(item.value).id == "bad":
            return WorkerStopped("took more than its time")
        return code_message(replace(item, now=NOW))

    async def close(self) -> None:
        pass


class Line:
    """Enricher, linker and sink over a bus and an index in memory."""

    def __init__(self) -> None:
        self.bus, self.index, self.coders = MemoryBus(), MemoryIndex(), Coders()

    async def start(self) -> None:
        await self.bus.start()
        await self.index.install()
        await self.bus.create_topics(3)

    async def fetch(self, *articles: RawArticle) -> None:
        for each in articles:
            opened = outcome_of(each, "fetched", stage="crawler", now=NOW)
            await self.bus.publish([outcome_record(opened, None), record_of(RAW, each.id, each)])

    async def run(self, until: Callable[[], Awaitable[bool]]) -> None:
        """Until it has come to that, and then until nothing waits any more."""
        clock: Clock = SystemClock()
        stop = asyncio.Event()
        enricher = EnricherHandler(coders=self.coders, clock=ManualClock(NOW))
        handlers: list[Handler] = [enricher, LinkerHandler(self.bus, clock), SinkHandler(self.index, clock)]
        runners = [Runner(self.bus, each, clock=clock, options=RunnerOptions(poll_timeout=0.02)) for each in handlers]
        tasks = [asyncio.create_task(runner.run(stop)) for runner in runners]
        try:
            async with asyncio.timeout(60):
                while not (await until() and await self._is_idle(handlers)):
                    assert not any(task.done() for task in tasks)
                    await asyncio.sleep(0.02)
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def _is_idle(self, handlers: Sequence[Handler]) -> bool:
        lags = [await self.bus.lag(each.group, [*each.topics, *each.bulk_topics]) for each in handlers]
        return not any(lag.messages for group in lags for lag in group.values())

    async def shown(self) -> dict[str, dict[str, Any]]:
        """Everything a reader sees, with its versions."""
        return {
            name: {hit.id: (hit.version, hit.document) async for hit in self.index.scan(name)} for name in COLLECTIONS
        }

    async def events(self) -> set[tuple[str, bytes | None]]:
        """All that was ever said of events; the same may be said again."""
        return {(message.key, message.value) for message in await there(self.bus, EVENTS)}

    async def account(self) -> Account:
        report = await account(self.bus, now=NOW)
        assert report.holds, report.accounts.faults
        return report.accounts.total


async def test_a_letter_that_is_replayed_twice_changes_nothing_the_second_time() -> None:
    line = Line()
    await line.start()
    text = "\n\n".join(BODY)
    await line.fetch(
        raw(id="good", text=text, url="https://a.example/1"), raw(id="bad", text=text, url="https://b.example/2")
    )

    async def set_aside() -> bool:
        return bool(await letters(line.bus))

    await line.run(set_aside)
    assert await line.account() == Account(fetched=2, indexed=1, dead_lettered=1)
    assert set((await line.shown())["articles"]) == {"good"}

    line.coders.broken = False
    assert [obstacle for _, obstacle in await replay(line.bus)] == [None]

    async def arrived() -> bool:
        return "bad" in (await line.shown())["articles"]

    await line.run(arrived)
    shown = await line.shown()
    assert await line.account() == Account(fetched=2, indexed=2)
    assert any(event["mention_count"] == 2 for _, event in shown["events"].values())

    articles, events = len(await there(line.bus, ENRICHED)), await line.events()
    assert [obstacle for _, obstacle in await replay(line.bus, Selection(states=STATES))] == [None]

    async def coded_again() -> bool:
        return len(await there(line.bus, ENRICHED)) > articles

    await line.run(coded_again)
    assert await line.shown() == shown
    assert await line.events() == events
    assert await line.account() == Account(fetched=2, indexed=2)
    assert await letters(line.bus) == []
    await line.bus.close()
    await line.index.close()
