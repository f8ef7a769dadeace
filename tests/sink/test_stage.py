"""The running sink, batch by batch."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.envelope import record_of
from services.core.errors import BadInput
from services.core.ids import fetch_id
from services.core.models import EnrichedArticle, Event, Outcome
from services.core.ports import Batch, Message, Partition, Upsert
from services.core.stage import Done, Failed, Result
from services.core.topics import ENRICHED, EVENTS, OUTCOMES
from services.sink import metrics
from services.sink.document import article_upsert
from services.sink.stage import SinkHandler
from tests.sink.records import NOW, CountingClock, ScriptedIndex, article, as_index, event


def batch(*records: EnrichedArticle | Event | bytes, topic: str = ENRICHED) -> Batch:
    messages = []
    for offset, record in enumerate(records):
        if isinstance(record, bytes):
            key, value, headers = "k", record, {}
        else:
            made = record_of(topic, record.id, record)
            key, value, headers = made.key, made.value or b"", dict(made.headers)
        messages.append(Message(topic, 0, offset, key, value, headers, NOW))
    return Batch(Partition(topic, 0), messages)


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    records = [record for result in results if isinstance(result, Done) for record in result.outputs]
    assert {record.topic for record in records} <= {OUTCOMES}
    return [Outcome.model_validate_json(record.value or b"") for record in records]


@pytest.fixture
def index() -> ScriptedIndex:
    return ScriptedIndex()


@pytest.fixture
def handler(index: ScriptedIndex) -> SinkHandler:
    return SinkHandler(as_index(index), CountingClock())


async def test_an_article_its_mentions_and_its_outcome(handler: SinkHandler, index: ScriptedIndex) -> None:
    fresh = article(mentions=(1, 2))
    results = await handler.handle(batch(fresh))
    assert set(index.stored) == {("articles", "a1"), ("mentions", "a1-m1"), ("mentions", "a1-m2")}
    (outcome,) = outcomes(results)
    assert (outcome.id, outcome.kind, outcome.revision) == (fetch_id("a1", fresh.fetched_at), "indexed", 1)
    assert (outcome.feed_id, outcome.source_id, outcome.stage) == ("f1", "gulf-courier.example", "sink")


async def test_the_outcome_goes_to_the_partition_of_the_article(handler: SinkHandler) -> None:
    (result,) = await handler.handle(batch(article()))
    assert isinstance(result, Done)
    assert [(r.key, r.routing) for r in result.outputs] == [(fetch_id("a1", article().fetched_at), "a1")]


async def test_events_are_written_without_outcomes(handler: SinkHandler, index: ScriptedIndex) -> None:
    results = await handler.handle(batch(event(version=2), event("e2"), topic=EVENTS))
    assert outcomes(results) == []
    assert {key: item.version for key, item in index.stored.items()} == {("events", "e1"): 2, ("events", "e2"): 1}


async def test_several_versions_of_an_event_in_one_batch_leave_the_newest(
    handler: SinkHandler, index: ScriptedIndex
) -> None:
    await handler.handle(batch(event(version=3), event(version=1), event(version=2), topic=EVENTS))
    assert index.stored["events", "e1"].version == 3


async def test_a_repetition_changes_nothing_and_is_indexed_all_the_same(
    handler: SinkHandler, index: ScriptedIndex
) -> None:
    await handler.handle(batch(article()))
    before = dict(index.stored)
    results = await handler.handle(batch(article(), article()))
    assert index.stored == before
    assert [outcome.kind for outcome in outcomes(results)] == ["indexed", "indexed"]


async def test_bytes_that_are_no_record_fail_alone(handler: SinkHandler, index: ScriptedIndex) -> None:
    results = await handler.handle(batch(b"\xff{", article(), b"{}"))
    assert [type(result) for result in results] == [Failed, Done, Failed]
    assert ("articles", "a1") in index.stored


async def test_a_document_that_the_index_refuses_for_good_fails_alone(
    handler: SinkHandler, index: ScriptedIndex
) -> None:
    index.refusals = {"a2": ["failed"]}
    results = await handler.handle(batch(article("a1"), article("a2"), article("a3")))
    assert [type(result) for result in results] == [Done, Failed, Done]
    assert isinstance(results[1], Failed)
    assert isinstance(results[1].error, BadInput)


async def test_an_article_with_a_refused_mention_is_dead_lettered_and_not_half_shown(
    handler: SinkHandler, index: ScriptedIndex
) -> None:
    index.refusals = {"a1-m2": ["failed"]}
    (result,) = await handler.handle(batch(article(mentions=(1, 2))))
    assert isinstance(result, Failed)
    assert "mention a1-m2" in str(result.error)
    assert ("articles", "a1") not in index.stored


async def test_a_refused_event_fails_alone(handler: SinkHandler, index: ScriptedIndex) -> None:
    index.refusals = {"e1": ["failed"]}
    results = await handler.handle(batch(event("e1"), event("e2"), topic=EVENTS))
    assert [type(result) for result in results] == [Failed, Done]


REVISIONS = [
    article(revision=1, mentions=(1, 2)),
    article(revision=2, mentions=(1, 3)),
    article(revision=2, coder=4, mentions=(1, 4)),
    article(revision=3, mentions=(1,)),
]


@pytest.mark.parametrize("order", list(itertools.permutations(REVISIONS)))
@pytest.mark.parametrize("together", [True, False])
async def test_whatever_the_order_of_revisions_the_newest_shows_with_its_mentions_alone(
    order: tuple[EnrichedArticle, ...], together: bool
) -> None:
    index = ScriptedIndex()
    handler = SinkHandler(as_index(index), CountingClock())
    for part in [order] if together else [(one,) for one in order]:
        await handler.handle(batch(*part))
    assert index.stored["articles", "a1"].document["revision"] == 3
    assert index.shown() == {"a1-m1"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(REVISIONS), min_size=1, max_size=8), st.lists(st.integers(1, 3), max_size=8))
async def test_repeated_and_shuffled_revisions_show_the_highest_seen(
    seen: list[EnrichedArticle], sizes: list[int]
) -> None:
    index = ScriptedIndex()
    handler = SinkHandler(as_index(index), CountingClock())
    rest = list(seen)
    for size in [*sizes, len(seen)]:
        part, rest = rest[:size], rest[size:]
        if part:
            await handler.handle(batch(*part))
    newest = max(seen, key=lambda one: (one.revision, one.coder.number))
    assert index.stored["articles", "a1"].document["coder"]["number"] == newest.coder.number
    assert index.shown() == {mention.id for mention in newest.events}


async def test_a_crash_before_the_article_is_written_leaves_nothing_stale_after_the_repetition(
    index: ScriptedIndex,
) -> None:
    await SinkHandler(as_index(index), CountingClock()).handle(batch(article(revision=1, mentions=(1, 2))))

    def crash(items: Sequence[Upsert]) -> None:
        if items[0].collection == "articles":
            raise RuntimeError("killed")

    index.before = crash
    with pytest.raises(RuntimeError):
        await SinkHandler(as_index(index), CountingClock()).handle(batch(article(revision=2, mentions=(1,))))
    index.before = lambda items: None
    await SinkHandler(as_index(index), CountingClock()).handle(batch(article(revision=2, mentions=(1,))))
    assert index.shown() == {"a1-m1"}


async def test_a_newer_revision_that_another_process_writes_meanwhile_wins(
    handler: SinkHandler, index: ScriptedIndex
) -> None:
    def other_process(items: Sequence[Upsert]) -> None:
        if items[0].collection == "articles":
            index.put(article_upsert(article(revision=2, mentions=(1,))))

    index.before = other_process
    await handler.handle(batch(article(revision=1, mentions=(1, 2))))
    assert index.shown() == {"a1-m1"}
    assert index.mention("a1-m2") == (2 * 2**20 + 3, True)


async def test_batches_with_the_same_article_take_turns(index: ScriptedIndex) -> None:
    handler = SinkHandler(as_index(index), CountingClock())
    await asyncio.gather(*(handler.handle(batch(one)) for one in REVISIONS))
    assert index.shown() == {"a1-m1"}


async def test_a_retracted_article_withdraws_all_its_mentions(handler: SinkHandler, index: ScriptedIndex) -> None:
    await handler.handle(batch(article(mentions=(1, 2))))
    await handler.handle(batch(article(revision=2, mentions=(), flags=("retracted",))))
    assert index.shown() == set()
    assert index.stored["articles", "a1"].document["flags"] == ["retracted"]


async def test_an_outage_only_delays(handler: SinkHandler, index: ScriptedIndex) -> None:
    index.outages = 4
    results = await handler.handle(batch(article()))
    assert [outcome.kind for outcome in outcomes(results)] == ["indexed"]


async def test_the_newest_published_time_only_rises_and_ignores_the_future(handler: SinkHandler) -> None:
    await handler.handle(batch(article("n1", published=NOW - timedelta(minutes=5))))
    newest = metrics.NEWEST_PUBLISHED._value.get()
    assert newest == (NOW - timedelta(minutes=5)).timestamp()
    late = [article("n2", published=NOW + timedelta(days=1)), article("n3", published=NOW - timedelta(days=3))]
    await handler.handle(batch(*late, article("n4", published=None)))
    assert metrics.NEWEST_PUBLISHED._value.get() == newest


async def test_bulk_items_are_counted_by_result(handler: SinkHandler, index: ScriptedIndex) -> None:
    counts = {name: metrics.BULK_ITEMS.labels(name)._value.get() for name in ("written", "stale", "retry", "failed")}
    index.refusals = {"a1": ["retry", "failed"]}
    await handler.handle(batch(article()))
    await handler.handle(batch(article("a2")))
    await handler.handle(batch(article("a2")))
    grown = {name: metrics.BULK_ITEMS.labels(name)._value.get() - count for name, count in counts.items()}
    assert grown == {"written": 3, "stale": 2, "retry": 1, "failed": 1}


async def test_an_article_that_is_dead_lettered_closes_its_account(handler: SinkHandler, index: ScriptedIndex) -> None:
    index.refusals = {"a1": ["failed"]}
    (bad, broken) = await handler.handle(batch(article(), b"{}"))
    assert isinstance(bad, Failed)
    assert isinstance(broken, Failed)
    (record,) = bad.outputs
    closed = Outcome.model_validate_json(record.value or b"")
    assert (closed.id, closed.kind) == (fetch_id("a1", article().fetched_at), "dead_lettered")
    assert (closed.reason, closed.stage, record.routing) == ("BadInput", "sink", "a1")
    assert broken.outputs == ()
