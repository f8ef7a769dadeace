"""The last two stages under the runner: from articles and mentions on the bus to what a reader finds in the index."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.adapters.memory_bus import MemoryBus
from services.adapters.memory_index import MemoryIndex
from services.core.clock import SystemClock
from services.core.envelope import record_of
from services.core.ids import link_key
from services.core.models import ArticleRevision, EnrichedArticle
from services.core.ports import AnyOf, Query, Record
from services.core.runner import Runner, RunnerOptions
from services.core.topics import ENRICHED, MENTIONS, OUTCOMES
from services.linker.stage import LinkerHandler
from services.sink.stage import SinkHandler
from tests.sink.records import article


def published(enriched: EnrichedArticle) -> list[Record]:
    """What an enricher publishes of an article."""
    ids = tuple(mention.id for mention in enriched.events)
    revision = ArticleRevision(
        article_id=enriched.id, revision=enriched.revision, coder_number=enriched.coder.number, mention_ids=ids
    )
    return [
        record_of(ENRICHED, enriched.id, enriched),
        record_of(MENTIONS, f"revision:{enriched.id}", revision, everywhere=True),
        *(
            record_of(
                MENTIONS, mention.id, mention, routing=link_key([mention.place.country if mention.place else None])
            )
            for mention in enriched.events
        ),
    ]


async def run_through(bus: MemoryBus, index: MemoryIndex, until: Callable[[], Awaitable[bool]]) -> None:
    """Runs linker and sink until it has come to that, then drains them as SIGTERM would."""
    clock, stop = SystemClock(), asyncio.Event()
    options = RunnerOptions(poll_timeout=0.02)
    runners = [
        Runner(bus, h, clock=clock, options=options) for h in (LinkerHandler(bus, clock), SinkHandler(index, clock))
    ]
    tasks = [asyncio.create_task(runner.run(stop)) for runner in runners]
    try:
        async with asyncio.timeout(20):
            while not await until():
                assert not any(task.done() for task in tasks)
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def shown(index: MemoryIndex, collection: Any) -> dict[str, dict[str, Any]]:
    return {hit.id: hit.document async for hit in index.scan(collection)}


async def feed(bus: MemoryBus, articles: Sequence[EnrichedArticle]) -> None:
    await bus.publish([record for one in articles for record in published(one)])


async def test_reports_revisions_and_replays_come_out_as_one_event_of_what_still_holds() -> None:
    bus, index = MemoryBus(), MemoryIndex()
    await bus.start()
    await index.install()
    await bus.create_topics(3)
    first, second = article("a1"), article("a2", mentions=(2,))
    await feed(bus, [first, second])

    async def joined() -> bool:
        return any(event["mention_count"] == 2 for event in (await shown(index, "events")).values())

    await run_through(bus, index, joined)
    (event_id,) = await shown(index, "events")

    await feed(bus, [first, second, article("a2", revision=2, mentions=())])

    async def amended() -> bool:
        events = await shown(index, "events")
        revision: int = (await shown(index, "articles"))["a2"]["revision"]
        return [event["mention_count"] for event in events.values()] == [1] and revision == 2

    await run_through(bus, index, amended)
    events, mentions = await shown(index, "events"), await shown(index, "mentions")
    assert [ref["mention_id"] for ref in events[event_id]["mentions"]] == ["a1-m1"]
    assert {key: document["withdrawn"] for key, document in mentions.items()} == {"a1-m1": False, "a2-m2": True}
    found = await index.search(Query("events", text="bus Ajdabiya", filters=(AnyOf("place.country", ("LBY",)),)))
    assert [hit.id for hit in found.hits] == [event_id]
    outcomes = [message.key async for message in bus.read_all(OUTCOMES)]
    assert len(set(outcomes)) == 3
    await bus.close()
    await index.close()
